package email

import (
	"context"
	"time"

	"github.com/emersion/go-imap/v2"

	"sportello.dev/plugins-sdk/channel"
)

// batchSize is how many messages one FETCH asks for.
const batchSize = 32

// folder delivers one folder of the mailbox.
type folder struct {
	*ingestion

	name string
	at   position
	// swept says that what was committed before this run has been settled.
	swept bool
	// unsettled are delivered messages whose receipts are still awaited, or
	// whose settling upstream is due; in order.
	unsettled []delivered
	// owed are messages of which the server refused to be settled, or the
	// connection broke while they were.
	owed []imap.UID
	// delivered counts messages of this run.
	delivered int
	// failures counts attempts at the message that stands next.
	failures map[imap.UID]int
	// batch is how many messages to ask for next.
	batch int
	// draining says that the backlog is being fetched, not what is newest.
	draining bool
	// anew says that the folder is another than it was, and is not read to its end yet.
	anew bool
}

// delivered is a message that may be settled once its receipt is good.
type delivered struct {
	uid     imap.UID
	receipt *channel.Receipt
}

func newFolder(run *ingestion, name string) *folder {
	f := &folder{ingestion: run, name: name, failures: map[imap.UID]int{}, batch: batchSize}
	f.at, _ = run.deliverer.position(name)
	return f
}

// connected holds one connection as long as it lasts.
func (f *folder) connected(ctx context.Context) error {
	s, err := f.openIMAP(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	if err := f.begin(ctx, s); err != nil {
		return err
	}
	patience := f.pace.pollSoon
	for ctx.Err() == nil {
		// Before the search, so that what arrives during it is not forgotten.
		select {
		case <-s.news:
		default:
		}
		before := f.delivered
		if err := f.catchUp(ctx, s); err != nil {
			return err
		}
		f.anew = false
		f.health.report(f.name, f.well())
		if patience = min(2*patience, f.pace.pollIdle); f.delivered > before {
			patience = f.pace.pollSoon
		}
		if err := f.wait(ctx, s, patience); err != nil {
			return err
		}
		// A server need not tell that the folder was deleted and made anew meanwhile, and the UIDs to settle would be those
		// of other messages then.
		if err := f.begin(ctx, s); err != nil {
			return err
		}
		if err := f.again(ctx, s); err != nil {
			return err
		}
		if err := f.settle(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// well is the health of a folder that can be read.
func (f *folder) well() channel.Status {
	if !f.anew {
		return channel.Status{State: channel.HealthHealthy}
	}
	return channel.Status{
		State: channel.HealthDegraded, Code: "imap.anew",
		Detail: "folder " + f.name + " was made anew on the server: all of it is read again, and what is here already is not doubled",
	}
}

// begin opens the folder and finds out from where to read.
func (f *folder) begin(ctx context.Context, s *imapSession) error {
	box, err := s.selectFolder(ctx, f.name, f.config.IMAP.AfterAck == afterKeep)
	if err != nil && f.at.Validity != 0 {
		return f.gone(err)
	}
	if err != nil {
		return err
	}
	switch {
	case f.at.Validity == box.validity:
	case f.at.Validity == 0 && f.config.IMAP.History == historyNew:
		return f.skipHistory(ctx, s, box)
	default:
		// The server numbers anew: all is read again, and the hub knows by
		// their content the messages that it has.
		if f.anew = f.at.Validity != 0; f.anew {
			f.log.Warn("folder made anew on the server", "folder", f.name)
			f.health.report(f.name, f.well())
		}
		f.at = position{Validity: box.validity, Since: f.at.Since}
		f.unsettled, f.owed, f.swept = nil, nil, true
	}
	return f.sweep(ctx, s)
}

// gone is a folder that was read before and cannot be opened: somebody deleted or renamed it. It may be there again in a
// moment, so that looking for it goes on; a name that never was a folder's is a mistake.
func (f *folder) gone(err error) error {
	failure := channel.AsFailure(err)
	if failure.Class != channel.FailureConfig {
		return err
	}
	return channel.Transient("imap.gone", failure.Detail+"; it was read before", err)
}

// skipHistory starts behind the messages that are there.
func (f *folder) skipHistory(ctx context.Context, s *imapSession, box selected) error {
	at := position{Validity: box.validity, Since: f.now().UTC().Format(time.DateOnly)}
	if box.next > 0 {
		at.UID = uint32(box.next) - 1
	} else {
		uids, err := s.search(ctx, 1, 0, imap.SearchCriteria{})
		if err != nil {
			return err
		}
		if len(uids) > 0 {
			at.UID = uint32(uids[len(uids)-1])
		}
	}
	f.swept = true
	at.First = at.UID
	return f.advance(ctx, at, nil)
}

// ofTrial says whether a message is a trial's test letter.
func ofTrial(event *channel.Event) bool {
	message, ok := event.Body.(*channel.InboundMessage)
	return ok && message.Trial != ""
}

func (f *folder) advance(ctx context.Context, to position, event *channel.Event) error {
	receipt, err := f.deliverer.deliver(ctx, f.name, to, event)
	if err != nil {
		return hubError{err}
	}
	f.at = to
	if event == nil {
		return nil
	}
	f.delivered++
	// The letter of a trial stays: the trial looks for it and takes it away.
	if !ofTrial(event) {
		f.unsettled = append(f.unsettled, delivered{uid: imap.UID(f.reached()), receipt: receipt})
	}
	return nil
}

// catchUp delivers everything that was not yet. A great number of messages is
// set aside as backlog, and between its batches what is new goes first.
func (f *folder) catchUp(ctx context.Context, s *imapSession) error {
	var waiting []imap.UID
	for known := false; ; {
		fresh, err := f.fresh(ctx, s)
		if err != nil {
			return err
		}
		if len(fresh) > f.pace.backlog && f.at.Backlog == nil {
			if err := f.setAside(ctx, fresh); err != nil {
				return err
			}
			waiting, fresh, known = fresh, nil, true
		}
		if err := f.fetchAll(ctx, s, fresh, len(waiting)); err != nil {
			return err
		}
		if f.at.Backlog == nil {
			f.health.waiting(f.name, 0)
			return nil
		}
		f.health.report(f.name, f.well())
		if !known {
			if waiting, err = f.found(ctx, s, f.at.Backlog.From, f.at.Backlog.To); err != nil {
				return err
			}
			known = true
		}
		if waiting, err = f.drain(ctx, s, waiting); err != nil {
			return err
		}
	}
}

// fresh are the messages behind the position.
func (f *folder) fresh(ctx context.Context, s *imapSession) ([]imap.UID, error) {
	return f.found(ctx, s, f.at.UID, 0)
}

// found are the messages above a UID, up to another or the last, that count.
func (f *folder) found(ctx context.Context, s *imapSession, above, upTo uint32) ([]imap.UID, error) {
	if upTo > 0 && upTo <= above {
		return nil, nil // a range that runs backwards would mean both of its ends
	}
	criteria := imap.SearchCriteria{}
	if since, err := time.Parse(time.DateOnly, f.at.Since); err == nil {
		criteria.Since = since
	}
	return s.search(ctx, imap.UID(above)+1, imap.UID(upTo), criteria)
}

// setAside makes a backlog of messages.
func (f *folder) setAside(ctx context.Context, uids []imap.UID) error {
	at := f.at
	at.Backlog = &backlog{From: at.UID, To: uint32(uids[len(uids)-1])}
	at.UID = at.Backlog.To
	return f.advance(ctx, at, nil)
}

// fetchAll delivers messages behind the position; more wait after them.
func (f *folder) fetchAll(ctx context.Context, s *imapSession, uids []imap.UID, more int) error {
	for len(uids) > 0 {
		f.health.waiting(f.name, int64(len(uids)+more))
		if err := f.fetch(ctx, s, uids[:min(f.batch, len(uids))]); err != nil {
			return err
		}
		uids = behind(uids, f.at.UID)
		if err := f.settle(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// drain delivers one batch of the backlog, and returns what is left of it.
func (f *folder) drain(ctx context.Context, s *imapSession, waiting []imap.UID) ([]imap.UID, error) {
	f.health.waiting(f.name, int64(len(waiting)))
	if len(waiting) > 0 {
		f.draining = true
		err := f.fetch(ctx, s, waiting[:min(f.batch, len(waiting))])
		f.draining = false
		if err != nil {
			return nil, err
		}
		if err := f.settle(ctx, s); err != nil {
			return nil, err
		}
	}
	waiting = behind(waiting, f.at.Backlog.From)
	if len(waiting) > 0 {
		return waiting, nil
	}
	at := f.at
	at.Backlog = nil
	return nil, f.advance(ctx, at, nil)
}

// reached is how far what is being fetched has come.
func (f *folder) reached() uint32 {
	if f.draining {
		return f.at.Backlog.From
	}
	return f.at.UID
}

// wait returns when there may be something to do: new messages, or a receipt.
func (f *folder) wait(ctx context.Context, s *imapSession, patience time.Duration) error {
	var receipt <-chan struct{}
	if len(f.unsettled) > 0 {
		receipt = f.unsettled[0].receipt.Done()
	}
	if s.canIdle() {
		return s.idle(ctx, patience, receipt)
	}
	s.waitFor(ctx, f.pace.pollEvery, receipt)
	return nil
}

func (f *folder) eventID(uid imap.UID) string { return eventID(f.name, f.at.Validity, uid) }
