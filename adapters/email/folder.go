package email

import (
	"context"
	"strconv"
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
	// delivered counts messages of this run.
	delivered int
	// failures counts attempts at the message that stands next.
	failures map[imap.UID]int
	// batch is how many messages to ask for next.
	batch int
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
		f.health.report(f.name, channel.Status{State: channel.HealthHealthy})
		if patience = min(2*patience, f.pace.pollIdle); f.delivered > before {
			patience = f.pace.pollSoon
		}
		if err := f.wait(ctx, s, patience); err != nil {
			return err
		}
		if err := f.settle(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// begin opens the folder and finds out from where to read.
func (f *folder) begin(ctx context.Context, s *imapSession) error {
	box, err := s.selectFolder(ctx, f.name, f.config.IMAP.AfterAck == afterKeep)
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
		f.at = position{Validity: box.validity, Since: f.at.Since}
		f.unsettled, f.swept = nil, true
	}
	return f.sweep(ctx, s)
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
	return f.advance(ctx, at, nil)
}

func (f *folder) advance(ctx context.Context, to position, event *channel.Event) error {
	receipt, err := f.deliverer.deliver(ctx, f.name, to, event)
	if err != nil {
		return hubError{err}
	}
	f.at = to
	if event != nil {
		f.delivered++
		f.unsettled = append(f.unsettled, delivered{uid: imap.UID(to.UID), receipt: receipt})
	}
	return nil
}

// catchUp delivers everything behind the position.
func (f *folder) catchUp(ctx context.Context, s *imapSession) error {
	criteria := imap.SearchCriteria{}
	if since, err := time.Parse(time.DateOnly, f.at.Since); err == nil {
		criteria.Since = since
	}
	uids, err := s.search(ctx, imap.UID(f.at.UID)+1, 0, criteria)
	if err != nil {
		return err
	}
	for len(uids) > 0 {
		f.health.waiting(f.name, int64(len(uids)))
		if err := f.fetch(ctx, s, uids[:min(f.batch, len(uids))]); err != nil {
			return err
		}
		uids = behind(uids, f.at.UID)
		if err := f.settle(ctx, s); err != nil {
			return err
		}
	}
	f.health.waiting(f.name, 0)
	return nil
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

// eventID is unique as long as the server keeps its promises about UIDs.
func (f *folder) eventID(uid imap.UID) string {
	return f.name + "/" + strconv.FormatUint(uint64(f.at.Validity), 10) + "/" + strconv.FormatUint(uint64(uid), 10)
}
