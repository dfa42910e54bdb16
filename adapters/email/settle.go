package email

import (
	"context"
	"errors"

	"github.com/emersion/go-imap/v2"

	"sportello.dev/plugins-sdk/channel"
)

// settleSize is how many messages one STORE or MOVE names.
const settleSize = 500

// settle does upstream what the configuration asks for with the messages whose
// receipts say that the hub has committed them.
func (f *folder) settle(ctx context.Context, s *imapSession) error {
	var uids []imap.UID
	for len(f.unsettled) > 0 && len(uids) < settleSize {
		next := f.unsettled[0]
		select {
		case <-next.receipt.Done():
		default:
			return f.act(ctx, s, uids)
		}
		if err := next.receipt.Wait(); err != nil {
			return hubError{err}
		}
		uids = append(uids, next.uid)
		f.unsettled = f.unsettled[1:]
	}
	if err := f.act(ctx, s, uids); err != nil {
		return err
	}
	if len(uids) == settleSize {
		return f.settle(ctx, s)
	}
	return nil
}

// again does once more what failed: a full quota or a broken connection is no reason for a message to stay where it is
// for good. It stops at what is refused anew, which waits for the next turn behind the rest.
func (f *folder) again(ctx context.Context, s *imapSession) error {
	for waiting := len(f.owed); waiting > 0; {
		n := min(settleSize, waiting)
		uids := f.owed[:n]
		f.owed = f.owed[n:]
		if err := f.act(ctx, s, uids); err != nil {
			return err
		}
		if waiting -= n; len(f.owed) > waiting {
			return nil
		}
	}
	return nil
}

// sweep moves away or deletes what an earlier run delivered: its position is
// committed, but the process may have ended before that. Marking as read is not
// repeated, because people mark messages as unread on purpose.
func (f *folder) sweep(ctx context.Context, s *imapSession) error {
	if f.swept {
		return nil
	}
	if after := f.config.IMAP.AfterAck; after == afterMove || after == afterDelete {
		for _, part := range f.at.delivered() {
			if err := f.sweepPart(ctx, s, part); err != nil {
				return err
			}
		}
	}
	f.swept = true
	return nil
}

func (f *folder) sweepPart(ctx context.Context, s *imapSession, part imap.UIDRange) error {
	criteria := imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagDeleted}}
	uids, err := s.search(ctx, part.Start, part.Stop, criteria)
	if err != nil {
		return err
	}
	for len(uids) > 0 {
		n := min(settleSize, len(uids))
		if err := f.act(ctx, s, uids[:n]); err != nil {
			return err
		}
		uids = uids[n:]
	}
	return nil
}

// act changes committed messages. A server that refuses is no reason to stop
// reading: the messages stay where they are until again.
func (f *folder) act(ctx context.Context, s *imapSession, uids []imap.UID) error {
	if len(uids) == 0 {
		return nil
	}
	defer guard(ctx, commandTimeout, s.conn)()
	var err error
	switch set := imap.UIDSetNum(uids...); f.config.IMAP.AfterAck {
	case afterSeen:
		err = s.flag(set, imap.FlagSeen)
	case afterMove:
		err = s.move(set, f.config.IMAP.MoveTo)
	case afterDelete:
		err = s.remove(set)
	}
	if err != nil {
		f.owed = append(f.owed, uids...)
	}
	var status *imap.Error
	if errors.As(err, &status) {
		f.log.Warn("messages not settled on the server", "folder", f.name, "count", len(uids), "error", err)
		f.health.report(f.name+" settle", channel.Status{
			State: channel.HealthDegraded, Code: "imap.settle", Detail: channel.OneLine(status.Text),
		})
		return nil
	}
	if err != nil {
		return connectionFailure(err)
	}
	f.health.forget(f.name + " settle")
	return nil
}

func (s *imapSession) flag(set imap.UIDSet, flag imap.Flag) error {
	return s.client.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{flag}}, nil).Close()
}

// remove deletes messages, and only these: a server that cannot expunge single
// ones leaves them marked as deleted.
func (s *imapSession) remove(set imap.UIDSet) error {
	if err := s.flag(set, imap.FlagDeleted); err != nil {
		return err
	}
	if !s.caps.Has(imap.CapUIDPlus) && !s.caps.Has(imap.CapIMAP4rev2) {
		return nil
	}
	return s.client.UIDExpunge(set).Close()
}

// move moves messages, making the target where it is missing. Who reads another folder of the mailbox may be making the
// same one: that it exists by then is as good.
func (s *imapSession) move(set imap.UIDSet, target string) error {
	err := s.moveOnce(set, target)
	var status *imap.Error
	if !errors.As(err, &status) || status.Type != imap.StatusResponseTypeNo ||
		status.Code != imap.ResponseCodeTryCreate && status.Code != imap.ResponseCodeNonExistent {
		return err
	}
	err = s.client.Create(target, nil).Wait()
	if errors.As(err, &status) && status.Code == imap.ResponseCodeAlreadyExists {
		err = nil
	}
	if err != nil {
		return err
	}
	return s.moveOnce(set, target)
}

// moveOnce leaves messages marked as deleted where the server can neither move
// nor expunge single ones: a plain EXPUNGE would remove other people's too.
func (s *imapSession) moveOnce(set imap.UIDSet, target string) error {
	if s.caps.Has(imap.CapMove) || s.caps.Has(imap.CapUIDPlus) {
		_, err := s.client.Move(set, target).Wait()
		return err
	}
	if _, err := s.client.Copy(set, target).Wait(); err != nil {
		return err
	}
	return s.flag(set, imap.FlagDeleted)
}
