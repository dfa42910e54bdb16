package email

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"sportello.dev/plugins-sdk/channel"
)

// maxFailures of one message: after them it is delivered as unreadable, so
// that it does not stand in the way of all that follow.
const maxFailures = 5

// wholeMessage is fetched without marking the message as read.
var wholeMessage = &imap.FetchItemBodySection{Peek: true}

// mediaMail is the media type of every original.
const mediaMail = "message/rfc822"

// fetch delivers a batch in the order of its UIDs. Where one is missing or out
// of order, nothing behind it is delivered and it is fetched alone: then it
// turns out whether it is gone, or the server cannot hand it out.
func (f *folder) fetch(ctx context.Context, s *imapSession, uids []imap.UID) error {
	err := f.stream(ctx, s, uids)
	var hub hubError
	if errors.As(err, &hub) || ctx.Err() != nil {
		return err
	}
	left := behind(uids, f.reached())
	if err == nil && len(left) == 0 {
		f.batch = batchSize
		return nil
	}
	if err == nil && len(uids) > 1 {
		f.batch = 1
		return nil
	}
	if err == nil {
		there, err := s.search(ctx, left[0], left[0], imap.SearchCriteria{})
		if err != nil {
			return err
		}
		if len(there) == 0 {
			f.at = f.to(left[0])
			return nil
		}
	}
	return f.failed(ctx, uids, err)
}

// failed counts against the message that stands next.
func (f *folder) failed(ctx context.Context, uids []imap.UID, cause error) error {
	if cause == nil {
		cause = errNotHandedOut
	}
	left := behind(uids, f.reached())
	if len(left) == 0 {
		return connectionFailure(cause)
	}
	next := left[0]
	f.batch = 1
	if f.failures[next]++; f.failures[next] < maxFailures {
		return connectionFailure(cause)
	}
	f.log.Warn("message given up", "folder", f.name, "uid", next, "error", cause)
	return f.giveUp(ctx, next, f.now(), "imap.fetch", "the server did not hand out message %d of %s")
}

var errNotHandedOut = errors.New("the server answered without the message")

// behind are the UIDs after a position.
func behind(uids []imap.UID, at uint32) []imap.UID {
	for i, uid := range uids {
		if uint32(uid) > at {
			return uids[i:]
		}
	}
	return nil
}

// giveUp reports a message whose original cannot be had; detail names its UID and folder. It stays upstream, as it is.
func (f *folder) giveUp(ctx context.Context, uid imap.UID, arrived time.Time, code, detail string) error {
	event := &channel.Event{
		ID: f.eventID(uid), OccurredAt: arrived, Raw: channel.Raw{Inline: []byte{}, MediaType: mediaMail},
		Body: &channel.Unparsed{Code: code, Detail: fmt.Sprintf(detail, uid, f.name)},
	}
	if err := f.advance(ctx, f.to(uid), event); err != nil {
		return err
	}
	f.unsettled = f.unsettled[:len(f.unsettled)-1]
	return nil
}

// to is the position once a message is delivered.
func (f *folder) to(uid imap.UID) position {
	at := f.at
	if f.draining {
		at.Backlog = &backlog{From: uint32(uid), To: at.Backlog.To}
	} else {
		at.UID = uint32(uid)
	}
	return at
}

func (f *folder) stream(ctx context.Context, s *imapSession, uids []imap.UID) error {
	defer guard(ctx, fetchTimeout, s.conn)()
	command := s.client.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{
		UID: true, InternalDate: true, RFC822Size: true, BodySection: []*imap.FetchItemBodySection{wholeMessage},
	})
	l := &line{folder: f, wanted: behind(uids, f.reached())}
	var failed error
	for failed == nil {
		message := command.Next()
		if message == nil {
			break
		}
		failed = f.take(ctx, message, l)
	}
	// What came before a failure is good.
	if err := l.empty(ctx); err != nil {
		failed = err
	}
	if failed != nil {
		// The rest of the batch is not wanted. The client itself cannot be
		// closed yet: it waits until the literal in the air is read.
		_ = s.conn.Close()
	}
	if err := command.Close(); err != nil && failed == nil {
		failed = err
	}
	return failed
}

// take puts one message into the line if it is the next one wanted.
func (f *folder) take(ctx context.Context, message *imapclient.FetchMessageData, l *line) error {
	var uid imap.UID
	var arrived time.Time
	var raw channel.Raw
	have := false
	for {
		switch item := message.Next().(type) {
		case nil:
			if !have || len(l.wanted) == 0 || uid != l.wanted[0] {
				return nil
			}
			return l.add(ctx, uid, arrived, raw)
		case imapclient.FetchItemDataUID:
			uid = item.UID
		case imapclient.FetchItemDataInternalDate:
			arrived = item.Time
		case imapclient.FetchItemDataBodySection:
			if item.Literal == nil || len(l.wanted) == 0 || uid != l.wanted[0] {
				continue
			}
			var err error
			raw, err = f.keep(ctx, item.Literal)
			if errors.Is(err, channel.ErrTooLarge) {
				if err := l.empty(ctx); err != nil {
					return err
				}
				l.wanted = l.wanted[1:]
				return f.giveUp(ctx, uid, f.timeOf(arrived), "limit.original", "the hub takes no original as large as message %d of %s")
			}
			if err != nil {
				return err
			}
			have = true
		}
	}
}

// keep hands the original to the hub while it is read. Whose fault an error is
// shows on which side it came up.
func (f *folder) keep(ctx context.Context, literal imap.LiteralReader) (channel.Raw, error) {
	source := &sourceReader{r: literal}
	raw, err := f.host.Raw(ctx, source, mediaMail)
	switch {
	case source.err != nil:
		return raw, connectionFailure(source.err)
	case err != nil:
		return raw, hubError{err}
	case source.n != literal.Size():
		return raw, connectionFailure(io.ErrUnexpectedEOF)
	}
	return raw, nil
}

// sourceReader remembers its own errors and counts.
type sourceReader struct {
	r   io.Reader
	n   int64
	err error
}

func (s *sourceReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

func (f *folder) deliver(ctx context.Context, c *coming) error {
	event := &channel.Event{ID: f.eventID(c.uid), OccurredAt: f.timeOf(c.arrived), Raw: c.raw, Body: c.body}
	if err := f.advance(ctx, f.to(c.uid), event); err != nil {
		return err
	}
	delete(f.failures, c.uid)
	return nil
}

// timeOf is when a message arrived; servers may leave it out.
func (f *folder) timeOf(arrived time.Time) time.Time {
	if arrived.IsZero() {
		return f.now()
	}
	return arrived
}

// read interprets an original, unless doing so has killed the process before. After a crash one is read at a time, so
// that the next tells which it was.
func (f *folder) read(ctx context.Context, id string, raw channel.Raw) (channel.Body, error) {
	if f.crumbs.Careful() {
		f.parsing.Lock()
		defer f.parsing.Unlock()
	}
	if f.crumbs.Killer(id) {
		return &channel.Unparsed{Code: "crash", Detail: "reading this message ended the process twice"}, nil
	}
	if err := f.crumbs.Parsing(ctx, id); err != nil {
		return nil, err
	}
	body, err := f.interpret(ctx, raw)
	return body, errors.Join(err, f.crumbs.Parsed(ctx))
}
