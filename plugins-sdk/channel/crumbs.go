package channel

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// crumbsKey is the state entry that the SDK keeps for a channel's Crumbs.
	crumbsKey = "sdk.crumbs"
	// maxCrashes on one item: after them only its raw bytes travel.
	maxCrashes = 2
	// parsedWait bounds the removal of a note.
	parsedWait = 5 * time.Second
)

// Error lets a parser return an Unparsed where it finds something that it must not read.
func (u *Unparsed) Error() string { return u.Code + ": " + u.Detail }

// Guard runs a parser over foreign bytes. A panic, or an *Unparsed returned as error, becomes an Unparsed body, so that
// the item is seen in quarantine with its raw bytes. Any other error is returned: it is about the hub or the provider,
// not about the item, and the item comes again.
func Guard(parse func() (Body, error)) (body Body, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			body, err = &Unparsed{Code: "crash", Detail: clip(fmt.Sprint(cause), maxDetail)}, nil
		}
	}()
	body, err = parse()
	var unparsed *Unparsed
	if errors.As(err, &unparsed) {
		return unparsed, nil
	}
	return body, err
}

// Crumbs find the item that kills the process (out of memory, a stack too deep), which Guard cannot. As long as ingest
// moves on they cost one state entry a start; only when it starts a second time from the same position they note each
// item before it is parsed. They have room for one item at a time and are not safe for concurrent use.
type Crumbs struct {
	host    *Host
	careful bool
	trail   trail
}

type trail struct {
	Cursor []byte `json:"cursor"`
	// Item is being parsed.
	Item string `json:"item,omitempty"`
	// Crashes by item since the cursor is here.
	Crashes map[string]int `json:"crashes,omitempty"`
}

// NewCrumbs is called at the beginning of Ingest.
func NewCrumbs(ctx context.Context, host *Host, start Start) (*Crumbs, error) {
	crumbs := &Crumbs{host: host}
	err := UpdateState(ctx, host, crumbsKey, func(last *trail) error {
		crumbs.careful = last.Cursor != nil && string(last.Cursor) == string(start.Cursor)
		if !crumbs.careful {
			*last = trail{}
		}
		// Never nil, so that a first start without cursor is told from no start at all.
		last.Cursor = append([]byte{}, start.Cursor...)
		if last.Item != "" {
			if last.Crashes == nil {
				last.Crashes = map[string]int{}
			}
			last.Crashes[last.Item]++
			last.Item = ""
		}
		crumbs.trail = *last
		return nil
	})
	if err != nil {
		return nil, err
	}
	return crumbs, nil
}

// Careful says that a process ended where this one begins: items are to be parsed one at a time, with a note of each.
func (c *Crumbs) Careful() bool { return c.careful }

// Killer says that the process died on this item as often as can be borne: it is to be delivered unparsed.
func (c *Crumbs) Killer(item string) bool {
	return c.trail.Crashes[item] >= maxCrashes
}

// Parsing notes the item before its bytes are read.
func (c *Crumbs) Parsing(ctx context.Context, item string) error {
	if !c.careful {
		return nil
	}
	c.trail.Item = item
	return c.save(ctx)
}

// Parsed removes the note. It is due whenever the parser has come back, with an error too: the process lives. That the
// channel is being closed does not stop it.
func (c *Crumbs) Parsed(ctx context.Context) error {
	if !c.careful || c.trail.Item == "" {
		return nil
	}
	c.trail.Item = ""
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), parsedWait)
	defer cancel()
	return c.save(ctx)
}

func (c *Crumbs) save(ctx context.Context) error {
	return UpdateState(ctx, c.host, crumbsKey, func(last *trail) error {
		*last = c.trail
		return nil
	})
}
