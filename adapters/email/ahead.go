package email

import (
	"context"
	"time"

	"github.com/emersion/go-imap/v2"

	"sportello.dev/plugins-sdk/channel"
)

// ahead is how many mails are read while those before them wait for their turn. Reading one is mostly waiting: for its
// reader, and for the hub's disk to keep its attachments.
const ahead = 8

// line are the mails of a batch that are being read. They are delivered in the order in which they came.
type line struct {
	folder *folder
	// wanted are the UIDs that have not come yet.
	wanted []imap.UID
	coming []*coming
}

// coming is a mail in the line; body and err are there when done is closed.
type coming struct {
	uid     imap.UID
	arrived time.Time
	raw     channel.Raw
	body    channel.Body
	err     error
	done    chan struct{}
}

// add begins to read a mail, once there is room in the line.
func (l *line) add(ctx context.Context, uid imap.UID, arrived time.Time, raw channel.Raw) error {
	for len(l.coming) >= ahead {
		if err := l.deliverFirst(ctx); err != nil {
			return err
		}
	}
	c := &coming{uid: uid, arrived: arrived, raw: raw, done: make(chan struct{})}
	l.coming, l.wanted = append(l.coming, c), l.wanted[1:]
	id := l.folder.eventID(uid)
	go func() {
		defer close(c.done)
		c.body, c.err = l.folder.read(ctx, id, raw)
	}()
	return nil
}

func (l *line) deliverFirst(ctx context.Context) error {
	c := l.coming[0]
	l.coming = l.coming[1:]
	<-c.done
	if c.err != nil {
		return hubError{c.err}
	}
	return l.folder.deliver(ctx, c)
}

// empty delivers all that came. After an error nothing behind it is delivered, but all of it has ended.
func (l *line) empty(ctx context.Context) error {
	for len(l.coming) > 0 {
		if err := l.deliverFirst(ctx); err != nil {
			for _, c := range l.coming {
				<-c.done
			}
			l.coming = nil
			return err
		}
	}
	return nil
}
