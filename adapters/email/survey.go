package email

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"sportello.dev/plugins-sdk/channel"
)

// Survey names the messages of every folder up to its position. A folder whose
// messages were numbered anew since is left to be read again first.
func (m *Mailbox) Survey(ctx context.Context, query channel.SurveyQuery, report func([]channel.SurveyItem) error) (uint64, error) {
	if m.config.IMAP == nil {
		return 0, nil
	}
	s, err := m.openIMAP(ctx)
	if err != nil {
		return 0, err
	}
	defer s.close()
	if len(query.Only) > 0 {
		return 0, s.describe(ctx, query.Only, report)
	}
	positions := map[string]position{}
	if len(query.Cursor) > 0 {
		if err := json.Unmarshal(query.Cursor, &positions); err != nil {
			return 0, err
		}
	}
	var waiting uint64
	for _, folder := range m.config.IMAP.Folders {
		more, err := s.survey(ctx, folder, positions[folder], report)
		if err != nil {
			return 0, err
		}
		waiting += more
	}
	return waiting, nil
}

// survey names the messages of one folder, and counts those behind its position.
func (s *imapSession) survey(ctx context.Context, folder string, at position, report func([]channel.SurveyItem) error) (uint64, error) {
	box, err := s.selectFolder(ctx, folder, true)
	if err != nil {
		return 0, err
	}
	criteria := imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagDeleted}}
	if since, err := time.Parse(time.DateOnly, at.Since); err == nil {
		criteria.Since = since
	}
	if at.Validity != box.validity {
		all, err := s.search(ctx, 1, 0, criteria)
		return uint64(len(all)), err
	}
	newer, err := s.search(ctx, imap.UID(at.UID)+1, 0, criteria)
	if err != nil {
		return 0, err
	}
	waiting := uint64(len(newer))
	if b := at.Backlog; b != nil && b.To > b.From {
		left, err := s.search(ctx, imap.UID(b.From)+1, imap.UID(b.To), criteria)
		if err != nil {
			return 0, err
		}
		waiting += uint64(len(left))
	}
	for _, part := range at.delivered() {
		uids, err := s.search(ctx, part.Start, part.Stop, criteria)
		if err != nil {
			return 0, err
		}
		for len(uids) > 0 {
			n := min(channel.MaxSurveyed, len(uids))
			items := make([]channel.SurveyItem, n)
			for i, uid := range uids[:n] {
				items[i].EventID = eventID(folder, box.validity, uid)
			}
			if err := report(items); err != nil {
				return 0, err
			}
			uids = uids[n:]
		}
	}
	return waiting, nil
}

// describe tells who wrote some messages, when and about what.
func (s *imapSession) describe(ctx context.Context, ids []string, report func([]channel.SurveyItem) error) error {
	byFolder := map[string][]place{}
	for _, id := range ids {
		if p, ok := placeOf(id); ok {
			byFolder[p.folder] = append(byFolder[p.folder], p)
		}
	}
	for folder, places := range byFolder {
		box, err := s.selectFolder(ctx, folder, true)
		if err != nil {
			return err
		}
		var set imap.UIDSet
		for _, p := range places {
			if p.validity == box.validity {
				set.AddNum(p.uid)
			}
		}
		if len(set) == 0 {
			continue
		}
		found, err := s.envelopes(ctx, set)
		if err != nil {
			return err
		}
		items := make([]channel.SurveyItem, 0, len(found))
		for _, message := range found {
			items = append(items, described(folder, box.validity, message))
		}
		if err := report(items); err != nil {
			return err
		}
	}
	return nil
}

func (s *imapSession) envelopes(ctx context.Context, set imap.UIDSet) ([]*imapclient.FetchMessageBuffer, error) {
	defer guard(ctx, commandTimeout, s.conn)()
	found, err := s.client.Fetch(set, &imap.FetchOptions{UID: true, Envelope: true, InternalDate: true, RFC822Size: true}).Collect()
	if err != nil {
		return nil, connectionFailure(err)
	}
	return found, nil
}

func described(folder string, validity uint32, message *imapclient.FetchMessageBuffer) channel.SurveyItem {
	item := channel.SurveyItem{
		EventID: eventID(folder, validity, message.UID), ArrivedAt: message.InternalDate, Size: uint64(max(message.RFC822Size, 0)),
	}
	if e := message.Envelope; e != nil {
		item.Subject = clip(channel.OneLine(e.Subject), maxSaid)
		if len(e.From) > 0 {
			item.From = clip(channel.OneLine(e.From[0].Addr()), maxSaid)
		}
	}
	return item
}

// place is where a message lies.
type place struct {
	folder   string
	validity uint32
	uid      imap.UID
}

// eventID is unique as long as the server keeps its promises about UIDs.
func eventID(folder string, validity uint32, uid imap.UID) string {
	return folder + "/" + strconv.FormatUint(uint64(validity), 10) + "/" + strconv.FormatUint(uint64(uid), 10)
}

// placeOf reads an event id; folders have slashes in their names.
func placeOf(id string) (place, bool) {
	rest, uid, ok := cutLast(id)
	if !ok {
		return place{}, false
	}
	folder, validity, ok := cutLast(rest)
	u, uidErr := strconv.ParseUint(uid, 10, 32)
	v, validityErr := strconv.ParseUint(validity, 10, 32)
	if !ok || u == 0 || errors.Join(uidErr, validityErr) != nil {
		return place{}, false
	}
	return place{folder: folder, validity: uint32(v), uid: imap.UID(u)}, true
}

func cutLast(text string) (before, after string, ok bool) {
	i := strings.LastIndexByte(text, '/')
	if i < 1 {
		return "", "", false
	}
	return text[:i], text[i+1:], true
}

// Refetch reads one message again, as it is on the server now.
func (m *Mailbox) Refetch(ctx context.Context, id string) (channel.Event, error) {
	p, ok := placeOf(id)
	if !ok || m.config.IMAP == nil || !contains(m.config.IMAP.Folders, p.folder) {
		return channel.Event{}, channel.ErrGone
	}
	s, err := m.openIMAP(ctx)
	if err != nil {
		return channel.Event{}, err
	}
	defer s.close()
	box, err := s.selectFolder(ctx, p.folder, true)
	if err != nil {
		return channel.Event{}, err
	}
	if box.validity != p.validity {
		return channel.Event{}, channel.ErrGone
	}
	raw, arrived, err := m.original(ctx, s, p.uid)
	if err != nil {
		return channel.Event{}, err
	}
	body, err := m.interpret(ctx, raw)
	if err != nil {
		return channel.Event{}, err
	}
	return channel.Event{ID: id, OccurredAt: arrived, Raw: raw, Body: body}, nil
}

// original hands one message to the hub while it is read.
func (m *Mailbox) original(ctx context.Context, s *imapSession, uid imap.UID) (raw channel.Raw, arrived time.Time, err error) {
	defer guard(ctx, fetchTimeout, s.conn)()
	arrived = m.now()
	command := s.client.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{
		UID: true, InternalDate: true, BodySection: []*imap.FetchItemBodySection{wholeMessage},
	})
	found := false
	for message := command.Next(); message != nil; message = command.Next() {
		for item := message.Next(); item != nil; item = message.Next() {
			switch item := item.(type) {
			case imapclient.FetchItemDataInternalDate:
				arrived = item.Time
			case imapclient.FetchItemDataBodySection:
				if item.Literal == nil || found {
					continue
				}
				if raw, err = m.host.Raw(ctx, item.Literal, mediaMail); err != nil {
					_ = s.conn.Close() // the rest of the literal is not wanted
					_ = command.Close()
					return raw, arrived, err
				}
				found = true
			}
		}
	}
	if err := command.Close(); err != nil {
		return raw, arrived, connectionFailure(err)
	}
	if !found {
		return raw, arrived, channel.ErrGone
	}
	return raw, arrived, nil
}
