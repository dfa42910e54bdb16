package postbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"

	"sportello.dev/adapters/simulator/internal/bell"
)

// ErrNoMessage says that a mailbox holds no message with the UID asked for.
var ErrNoMessage = errors.New("no such message")

// Message is what a mailbox knows of a message without opening it.
type Message struct {
	UID   imap.UID
	Size  int64
	At    time.Time
	Flags []imap.Flag

	file string
	raw  []byte // only in memory mailboxes
}

// Has says whether the message carries the flag.
func (m *Message) Has(flag imap.Flag) bool { return slices.Contains(m.Flags, canonical(flag)) }

// Box is one mailbox.
type Box struct {
	shelf *shelf
	bell  bell.Bell
	outer *bell.Bell

	mu         sync.Mutex
	name       string
	subscribed bool
	validity   uint32
	next       imap.UID
	messages   []*Message
	tracker    *imapserver.MailboxTracker
}

// Name returns the mailbox's name.
func (b *Box) Name() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.name
}

// Append stores a message and returns its UID and the UIDVALIDITY it counts under. The message is durable on return.
func (b *Box) Append(raw []byte, at time.Time, flags ...imap.Flag) (imap.UID, uint32, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := &Message{UID: b.next, Size: int64(len(raw)), At: at.UTC().Truncate(time.Second), Flags: canonicals(flags)}
	m.file = fmt.Sprintf("%08x-%08x%s", b.validity, m.UID, mailExt)
	if b.shelf == nil {
		m.raw = raw
	} else {
		if err := b.shelf.keep(m.file, raw); err != nil {
			return 0, 0, err
		}
		if err := b.shelf.note(m.record()); err != nil {
			return 0, 0, err
		}
	}
	b.next++
	b.messages = append(b.messages, m)
	b.tracker.QueueNumMessages(uint32(len(b.messages)))
	b.ring()
	return m.UID, b.validity, nil
}

// Messages returns a copy of the list, oldest first.
func (b *Box) Messages() []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]Message, len(b.messages))
	for i, m := range b.messages {
		list[i] = *m
		list[i].Flags = slices.Clone(m.Flags)
	}
	return list
}

// Raw returns the bytes of a message.
func (b *Box) Raw(uid imap.UID) ([]byte, error) {
	b.mu.Lock()
	m := b.find(uid)
	b.mu.Unlock()
	if m == nil {
		return nil, ErrNoMessage
	}
	return b.open(m)
}

// open reads the immutable part of a message, so it needs no lock.
func (b *Box) open(m *Message) ([]byte, error) {
	if b.shelf == nil {
		return m.raw, nil
	}
	return b.shelf.read(m.file)
}

// Validity returns the UIDVALIDITY of the mailbox.
func (b *Box) Validity() uint32 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.validity
}

// Mark adds or removes a flag of one message.
func (b *Box) Mark(uid imap.UID, flag imap.Flag, on bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	op := imap.StoreFlagsAdd
	if !on {
		op = imap.StoreFlagsDel
	}
	for i, m := range b.messages {
		if m.UID == uid {
			return b.flag(i, &imap.StoreFlags{Op: op, Flags: []imap.Flag{flag}}, nil)
		}
	}
	return ErrNoMessage
}

// Renumber does what a server does after it lost its index: a new UIDVALIDITY, and UIDs that start again from one.
// Views opened before see a mailbox that is no longer theirs, so the caller must end them.
func (b *Box) Renumber() (uint32, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.validity++
	for i, m := range b.messages {
		m.UID = imap.UID(i + 1)
	}
	b.next = imap.UID(len(b.messages) + 1)
	err := b.save()
	b.ring()
	return b.validity, err
}

// SetSubscribed notes whether the mailbox is on the account's subscription list.
func (b *Box) SetSubscribed(on bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subscribed = on
	return b.save()
}

// Status counts what the STATUS command may ask for.
func (b *Box) Status() *imap.StatusData {
	b.mu.Lock()
	defer b.mu.Unlock()
	count, unseen, deleted, recent, size := uint32(len(b.messages)), uint32(0), uint32(0), uint32(0), int64(0)
	for _, m := range b.messages {
		size += m.Size
		if !m.Has(imap.FlagSeen) {
			unseen++
		}
		if m.Has(imap.FlagDeleted) {
			deleted++
		}
	}
	return &imap.StatusData{
		Mailbox: b.name, NumMessages: &count, NumUnseen: &unseen, NumDeleted: &deleted, NumRecent: &recent,
		Size: &size, DeletedStorage: &size, UIDNext: b.next, UIDValidity: b.validity,
	}
}

// Listing describes the mailbox for the LIST command.
func (b *Box) Listing() (name string, attrs []imap.MailboxAttr, subscribed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if attr, ok := specialUse[b.name]; ok {
		attrs = append(attrs, attr)
	}
	return b.name, attrs, b.subscribed
}

// flag changes the flags of the message at index i; the session it came from is not told again.
func (b *Box) flag(i int, change *imap.StoreFlags, source *imapserver.SessionTracker) error {
	m := b.messages[i]
	flags := changed(m.Flags, change)
	if slices.Equal(flags, m.Flags) {
		return nil
	}
	if b.shelf != nil {
		if err := b.shelf.note(record{UID: m.UID, Flags: flags}); err != nil {
			return err
		}
	}
	m.Flags = flags
	b.tracker.QueueMessageFlags(uint32(i+1), m.UID, flags, source)
	b.ring()
	return nil
}

// expunge removes the messages that pick chooses.
func (b *Box) expunge(pick func(*Message) bool) error {
	defer b.ring()
	for i := len(b.messages) - 1; i >= 0; i-- {
		m := b.messages[i]
		if !pick(m) {
			continue
		}
		if b.shelf != nil {
			if err := b.shelf.note(record{UID: m.UID, Gone: true}); err != nil {
				return err
			}
			b.shelf.drop(m.file)
		}
		b.messages = slices.Delete(b.messages, i, i+1)
		b.tracker.QueueExpunge(uint32(i + 1))
	}
	return nil
}

func (b *Box) find(uid imap.UID) *Message {
	i, ok := slices.BinarySearchFunc(b.messages, uid, func(m *Message, uid imap.UID) int { return int(m.UID) - int(uid) })
	if !ok {
		return nil
	}
	return b.messages[i]
}

func (b *Box) ring() {
	b.bell.Ring()
	b.outer.Ring()
}

// save rewrites the index from what is in memory.
func (b *Box) save() error {
	if b.shelf == nil {
		return nil
	}
	records := []record{{Name: b.name, Validity: b.validity, Next: b.next, Subscribed: b.subscribed}}
	for _, m := range b.messages {
		records = append(records, m.record())
	}
	return b.shelf.rewrite(records)
}

// replay builds the mailbox from its index and sweeps what the index does not name.
func (b *Box) replay() error {
	records, err := b.shelf.load()
	if err != nil {
		return err
	}
	for _, r := range records {
		b.apply(r)
	}
	if b.validity == 0 {
		return fmt.Errorf("index of %q has no heading", b.name)
	}
	named := make(map[string]bool, len(b.messages))
	for _, m := range b.messages {
		named[m.file] = true
	}
	if err := b.save(); err != nil {
		return err
	}
	b.tracker = imapserver.NewMailboxTracker(uint32(len(b.messages)))
	return b.shelf.sweep(named)
}

func (b *Box) apply(r record) {
	switch {
	case r.Validity != 0:
		b.name, b.validity, b.next, b.subscribed, b.messages = r.Name, r.Validity, r.Next, r.Subscribed, nil
	case r.File != "" && r.At != nil:
		b.messages = append(b.messages, &Message{UID: r.UID, Size: r.Size, At: *r.At, Flags: r.Flags, file: r.File})
		b.next = max(b.next, r.UID+1)
	case r.Gone:
		b.messages = slices.DeleteFunc(b.messages, func(m *Message) bool { return m.UID == r.UID })
	default:
		if m := b.find(r.UID); m != nil {
			m.Flags = r.Flags
		}
	}
}

func (m *Message) record() record {
	return record{UID: m.UID, File: m.file, Size: m.Size, At: &m.At, Flags: m.Flags}
}

var specialUse = map[string]imap.MailboxAttr{
	"Sent": imap.MailboxAttrSent, "Trash": imap.MailboxAttrTrash, "Junk": imap.MailboxAttrJunk,
	"Drafts": imap.MailboxAttrDrafts, "Archive": imap.MailboxAttrArchive,
}

var systemFlags = []imap.Flag{
	imap.FlagSeen, imap.FlagAnswered, imap.FlagFlagged, imap.FlagDeleted, imap.FlagDraft,
	imap.FlagForwarded, imap.FlagMDNSent, imap.FlagJunk, imap.FlagNotJunk,
}

// canonical gives a flag one spelling: flags are compared without regard to case.
func canonical(flag imap.Flag) imap.Flag {
	for _, known := range systemFlags {
		if strings.EqualFold(string(known), string(flag)) {
			return known
		}
	}
	return imap.Flag(strings.ToLower(string(flag)))
}

func canonicals(flags []imap.Flag) []imap.Flag {
	list := make([]imap.Flag, 0, len(flags))
	for _, f := range flags {
		list = append(list, canonical(f))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// changed returns the flags after a STORE.
func changed(have []imap.Flag, change *imap.StoreFlags) []imap.Flag {
	given := canonicals(change.Flags)
	switch change.Op {
	case imap.StoreFlagsAdd:
		return canonicals(append(slices.Clone(have), given...))
	case imap.StoreFlagsDel:
		return slices.DeleteFunc(slices.Clone(have), func(f imap.Flag) bool { return slices.Contains(given, f) })
	default:
		return given
	}
}
