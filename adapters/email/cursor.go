package email

import (
	"context"
	"encoding/json"
	"maps"
	"sync"

	"github.com/emersion/go-imap/v2"

	"sportello.dev/plugins-sdk/channel"
)

// position is how far a folder was delivered: every message up to UID, except
// those of the backlog.
type position struct {
	Validity uint32 `json:"v"`
	UID      uint32 `json:"u"`
	// Since is the day from which messages count, where the history before it
	// was left out; it survives a change of UIDVALIDITY. First is the UID behind
	// which they count, as long as the UIDs mean the same.
	Since string `json:"s,omitempty"`
	First uint32 `json:"f,omitempty"`
	// Backlog waits behind newer mail.
	Backlog *backlog `json:"b,omitempty"`
}

// backlog are the messages above From, up to To, that were there in great
// number when reading began. They are delivered oldest first, and whatever
// arrives meanwhile comes before them.
type backlog struct {
	From uint32 `json:"f"`
	To   uint32 `json:"t"`
}

// delivered are the UIDs up to the position, without the backlog.
func (p position) delivered() []imap.UIDRange {
	if p.Backlog == nil {
		return ranges(p.First, p.UID)
	}
	return append(ranges(p.First, p.Backlog.From), ranges(p.Backlog.To, p.UID)...)
}

// ranges is none where nothing lies above a UID up to another.
func ranges(above, upTo uint32) []imap.UIDRange {
	if upTo <= above {
		return nil
	}
	return []imap.UIDRange{{Start: imap.UID(above) + 1, Stop: imap.UID(upTo)}}
}

// deliverer puts the events of several folders into one stream, each with the
// positions of all.
type deliverer struct {
	sink *channel.Sink

	mu        sync.Mutex
	positions map[string]position
}

// newDeliverer starts from a cursor. One that cannot be read counts as none:
// then everything is delivered again, and the hub knows what it has.
func newDeliverer(cursor []byte, folders []string, sink *channel.Sink) *deliverer {
	d := &deliverer{sink: sink, positions: map[string]position{}}
	var kept map[string]position
	if json.Unmarshal(cursor, &kept) == nil {
		for _, folder := range folders {
			if p, ok := kept[folder]; ok {
				d.positions[folder] = p
			}
		}
	}
	return d
}

func (d *deliverer) position(folder string) (position, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, ok := d.positions[folder]
	return p, ok
}

// deliver sends an event, or only moves the position when event is nil.
// Folders take turns: the order of cursors is the order of events.
func (d *deliverer) deliver(ctx context.Context, folder string, to position, event *channel.Event) (*channel.Receipt, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := maps.Clone(d.positions)
	next[folder] = to
	cursor, err := json.Marshal(next)
	if err != nil {
		return nil, err
	}
	var receipt *channel.Receipt
	if event == nil {
		receipt, err = d.sink.Advance(ctx, cursor)
	} else {
		receipt, err = d.sink.Deliver(ctx, *event, cursor)
	}
	if err != nil {
		return nil, err
	}
	d.positions = next
	return receipt, nil
}
