package postbox

import (
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// View is one session's sight of a mailbox: it has its own message numbers and its own pending news.
type View struct {
	Box      *Box
	ReadOnly bool

	account  *Account
	tracker  *imapserver.SessionTracker
	validity uint32
	saved    imap.UIDSet
}

// Entry is a message as a view numbers it. Seq is 0 while the session has not been told of the message.
type Entry struct {
	Message
	Seq uint32
}

// Open opens a view on a mailbox and describes it for the SELECT command.
func (a *Account) Open(name string, readOnly bool) (*View, *imap.SelectData, error) {
	b, err := a.Box(name)
	if err != nil {
		return nil, nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	v := &View{Box: b, ReadOnly: readOnly, account: a, tracker: b.tracker.NewSession(), validity: b.validity}
	data := &imap.SelectData{
		Flags: systemFlags, PermanentFlags: append(append([]imap.Flag{}, systemFlags...), imap.FlagWildcard),
		NumMessages: uint32(len(b.messages)), UIDNext: b.next, UIDValidity: b.validity,
	}
	for i, m := range b.messages {
		if !m.Has(imap.FlagSeen) {
			data.FirstUnseenSeqNum = uint32(i + 1)
			break
		}
	}
	return v, data, nil
}

// Close ends the view.
func (v *View) Close() {
	v.Box.mu.Lock()
	defer v.Box.mu.Unlock()
	v.tracker.Close()
}

// Poll writes what happened since the session was last told.
func (v *View) Poll(w *imapserver.UpdateWriter, allowExpunge bool) error {
	return v.tracker.Poll(w, allowExpunge)
}

// Idle writes news as they happen until stop is closed.
func (v *View) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	rings, end := v.Box.bell.Listen()
	defer end()
	for {
		// Polling after the subscription began leaves no gap in which a message could arrive unannounced.
		if err := v.tracker.Poll(w, true); err != nil {
			return err
		}
		select {
		case <-rings:
		case <-stop:
			return nil
		}
	}
}

// Entries returns the messages of a set, or all of them for nil.
func (v *View) Entries(set imap.NumSet) []Entry {
	v.Box.mu.Lock()
	defer v.Box.mu.Unlock()
	indexes := v.indexes(set)
	list := make([]Entry, 0, len(indexes))
	for _, i := range indexes {
		m := *v.Box.messages[i]
		m.Flags = append([]imap.Flag{}, m.Flags...)
		list = append(list, Entry{Message: m, Seq: v.tracker.EncodeSeqNum(uint32(i + 1))})
	}
	return list
}

// Raw returns the bytes of an entry, even when the message was expunged a moment ago in memory.
func (v *View) Raw(e *Entry) ([]byte, error) { return v.Box.open(&e.Message) }

// Store changes flags and returns the messages it concerned as they are afterwards.
func (v *View) Store(set imap.NumSet, change *imap.StoreFlags) ([]Entry, error) {
	if v.ReadOnly {
		return nil, ErrReadOnly
	}
	v.Box.mu.Lock()
	for _, i := range v.indexes(set) {
		if err := v.Box.flag(i, change, v.tracker); err != nil {
			v.Box.mu.Unlock()
			return nil, err
		}
	}
	v.Box.mu.Unlock()
	return v.Entries(set), nil
}

// Seen sets the \Seen flag on messages whose text was fetched, and tells all sessions.
func (v *View) Seen(set imap.NumSet) error {
	v.Box.mu.Lock()
	defer v.Box.mu.Unlock()
	for _, i := range v.indexes(set) {
		if err := v.Box.flag(i, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagSeen}}, nil); err != nil {
			return err
		}
	}
	return nil
}

// Expunge removes messages flagged \Deleted, of the given UIDs if any. A read-only view removes nothing.
func (v *View) Expunge(uids *imap.UIDSet) error {
	if v.ReadOnly {
		return nil
	}
	v.Box.mu.Lock()
	defer v.Box.mu.Unlock()
	var among imap.UIDSet
	if uids != nil {
		among, _ = v.static(*uids).(imap.UIDSet)
	}
	return v.Box.expunge(func(m *Message) bool {
		return m.Has(imap.FlagDeleted) && (uids == nil || among.Contains(m.UID))
	})
}

// Copy puts copies of messages into another mailbox and returns nil when there was nothing to copy.
func (v *View) Copy(set imap.NumSet, dest string) (*imap.CopyData, error) {
	v.account.moving.Lock()
	defer v.account.moving.Unlock()
	return v.copy(set, dest)
}

// Move copies messages into another mailbox and removes them here.
func (v *View) Move(set imap.NumSet, dest string) (*imap.CopyData, error) {
	v.account.moving.Lock()
	defer v.account.moving.Unlock()
	data, err := v.copy(set, dest)
	if err != nil || data == nil {
		return nil, err
	}
	v.Box.mu.Lock()
	defer v.Box.mu.Unlock()
	return data, v.Box.expunge(func(m *Message) bool { return data.SourceUIDs.Contains(m.UID) })
}

func (v *View) copy(set imap.NumSet, dest string) (*imap.CopyData, error) {
	target, err := v.account.Box(dest)
	if err != nil {
		return nil, err
	}
	var data *imap.CopyData
	for _, e := range v.Entries(set) {
		raw, err := v.Raw(&e)
		if err != nil {
			return nil, err
		}
		uid, validity, err := target.Append(raw, e.At, e.Flags...)
		if err != nil {
			return nil, err
		}
		if data == nil {
			data = &imap.CopyData{UIDValidity: validity}
		}
		data.SourceUIDs.AddNum(e.UID)
		data.DestUIDs.AddNum(uid)
	}
	return data, nil
}

// Save keeps a search result for the "$" marker.
func (v *View) Save(uids imap.UIDSet) { v.saved = uids }

// Static replaces "*" and "$" in a set by what they stand for now.
func (v *View) Static(set imap.NumSet) imap.NumSet {
	v.Box.mu.Lock()
	defer v.Box.mu.Unlock()
	return v.static(set)
}

// indexes lists the positions in the mailbox that a set names.
func (v *View) indexes(set imap.NumSet) []int {
	set = v.static(set)
	var list []int
	for i, m := range v.Box.messages {
		var in bool
		switch set := set.(type) {
		case imap.SeqSet:
			seq := v.tracker.EncodeSeqNum(uint32(i + 1))
			in = seq != 0 && set.Contains(seq)
		case imap.UIDSet:
			in = set.Contains(m.UID)
		default:
			in = true
		}
		if in {
			list = append(list, i)
		}
	}
	return list
}

func (v *View) static(set imap.NumSet) imap.NumSet {
	if set == nil {
		return nil
	}
	if imap.IsSearchRes(set) {
		return v.saved
	}
	switch set := set.(type) {
	case imap.SeqSet:
		var out imap.SeqSet
		for _, r := range set {
			start, stop := bounds(r.Start, r.Stop, v.lastSeq())
			out.AddRange(start, stop)
		}
		return out
	case imap.UIDSet:
		var out imap.UIDSet
		for _, r := range set {
			start, stop := bounds(uint32(r.Start), uint32(r.Stop), v.lastUID())
			out.AddRange(imap.UID(start), imap.UID(stop))
		}
		return out
	}
	return set
}

// lastSeq is the highest message number the session knows of.
func (v *View) lastSeq() uint32 {
	for i := len(v.Box.messages); i > 0; i-- {
		if seq := v.tracker.EncodeSeqNum(uint32(i)); seq != 0 {
			return seq
		}
	}
	return 0
}

func (v *View) lastUID() uint32 {
	if n := len(v.Box.messages); n > 0 {
		return uint32(v.Box.messages[n-1].UID)
	}
	return 0
}

// bounds resolves the "*" (zero) ends of a range; "9:*" means the last message even when there is no ninth.
func bounds(start, stop, last uint32) (low, high uint32) {
	last = max(last, 1)
	if start == 0 {
		start = last
	}
	if stop == 0 {
		stop = last
	}
	return min(start, stop), max(start, stop)
}
