package imapd

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"

	"sportello.dev/adapters/simulator/internal/letter"
	"sportello.dev/adapters/simulator/internal/postbox"
)

func (s *session) Search(kind imapserver.NumKind, criteria *imap.SearchCriteria, options *imap.SearchOptions) (*imap.SearchData, error) {
	s.settle(criteria)
	var (
		data imap.SearchData
		uids imap.UIDSet
		seqs imap.SeqSet
	)
	for _, e := range s.view.Entries(nil) {
		c := candidate{view: s.view, entry: &e}
		if kind == imapserver.NumKindSeq && e.Seq == 0 || !c.matches(criteria) {
			continue
		}
		uids.AddNum(e.UID)
		num := uint32(e.UID)
		if kind == imapserver.NumKindSeq {
			seqs.AddNum(e.Seq)
			num = e.Seq
		}
		if data.Count == 0 || num < data.Min {
			data.Min = num
		}
		data.Max = max(data.Max, num)
		data.Count++
	}
	data.All = uids
	if kind == imapserver.NumKindSeq {
		data.All = seqs
	}
	if options.ReturnSave {
		s.view.Save(uids)
	}
	return &data, nil
}

// settle replaces "*" and "$" in all sets by what they stand for now.
func (s *session) settle(c *imap.SearchCriteria) {
	var seqs []imap.SeqSet
	for _, set := range c.SeqNum {
		switch set := s.view.Static(set).(type) {
		case imap.SeqSet:
			seqs = append(seqs, set)
		case imap.UIDSet: // "$"
			c.UID = append(c.UID, set)
		}
	}
	c.SeqNum = seqs
	for i, set := range c.UID {
		c.UID[i], _ = s.view.Static(set).(imap.UIDSet)
	}
	for i := range c.Not {
		s.settle(&c.Not[i])
	}
	for i := range c.Or {
		s.settle(&c.Or[i][0])
		s.settle(&c.Or[i][1])
	}
}

// candidate is a message under search; it is opened only when a criterion needs it.
type candidate struct {
	view   *postbox.View
	entry  *postbox.Entry
	raw    []byte
	letter *letter.Letter
}

func (c *candidate) open() *letter.Letter {
	if c.letter == nil {
		// A message that cannot be opened any more is empty, and so matches no text.
		c.raw, _ = c.view.Raw(c.entry)
		c.letter = letter.Parse(c.raw)
	}
	return c.letter
}

func (c *candidate) matches(want *imap.SearchCriteria) bool {
	return c.matchesIndex(want) && c.matchesContent(want) && c.matchesLogic(want)
}

// matchesIndex checks what is known without opening the message.
func (c *candidate) matchesIndex(want *imap.SearchCriteria) bool {
	e := c.entry
	for _, set := range want.SeqNum {
		if e.Seq == 0 || !set.Contains(e.Seq) {
			return false
		}
	}
	for _, set := range want.UID {
		if !set.Contains(e.UID) {
			return false
		}
	}
	for _, flag := range want.Flag {
		if !e.Has(flag) {
			return false
		}
	}
	if slices.ContainsFunc(want.NotFlag, e.Has) {
		return false
	}
	return within(e.At, want.Since, want.Before) && (want.Larger == 0 || e.Size > want.Larger) && (want.Smaller == 0 || e.Size < want.Smaller)
}

func (c *candidate) matchesContent(want *imap.SearchCriteria) bool {
	for _, field := range want.Header {
		if !slices.ContainsFunc(c.open().Values(field.Key), contains(field.Value)) {
			return false
		}
	}
	if !want.SentSince.IsZero() || !want.SentBefore.IsZero() {
		if sent := c.open().Date; sent.IsZero() || !within(sent, want.SentSince, want.SentBefore) {
			return false
		}
	}
	for _, text := range want.Body {
		if !contains(text)(c.open().Body()) {
			return false
		}
	}
	for _, text := range want.Text {
		if !contains(text)(c.open().Body()) && !bytes.Contains(bytes.ToLower(c.raw), bytes.ToLower([]byte(text))) {
			return false
		}
	}
	return true
}

func (c *candidate) matchesLogic(want *imap.SearchCriteria) bool {
	for i := range want.Not {
		if c.matches(&want.Not[i]) {
			return false
		}
	}
	for i := range want.Or {
		if !c.matches(&want.Or[i][0]) && !c.matches(&want.Or[i][1]) {
			return false
		}
	}
	return true
}

func contains(part string) func(string) bool {
	part = strings.ToLower(part)
	return func(whole string) bool { return strings.Contains(strings.ToLower(whole), part) }
}

// within compares days, leaving the zone aside as RFC 3501 asks.
func within(t, since, before time.Time) bool {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return (since.IsZero() || !day.Before(since)) && (before.IsZero() || day.Before(before))
}
