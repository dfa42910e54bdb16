package postbox

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2/imapserver"

	"sportello.dev/adapters/simulator/internal/bell"
)

// Inbox is the mailbox every account has.
const Inbox = "INBOX"

const (
	maxAccounts = 20_000
	maxBoxes    = 200
	maxName     = 70 // bytes; each may become three in the directory's name
)

// Errors a caller turns into an answer of its protocol.
var (
	ErrFull       = errors.New("limit reached")
	ErrNoMailbox  = errors.New("no such mailbox")
	ErrBadName    = errors.New("this name cannot be used")
	ErrNameTaken  = errors.New("mailbox exists already")
	ErrBadAddress = errors.New("not an address this store can hold")
	ErrReadOnly   = errors.New("mailbox is open read-only")
)

// Options says how a Store works.
type Options struct {
	// Dir is where mail is kept; empty means in memory.
	Dir string
	// Sync makes every acknowledged change survive a power cut, at the cost of three disk flushes per message.
	Sync bool
	// Now is the clock.
	Now func() time.Time
}

// Store holds all accounts.
type Store struct {
	options Options
	bell    bell.Bell

	mu       sync.Mutex
	accounts map[string]*Account
}

// Open reads the store in options.Dir, or starts an empty one.
func Open(options Options) (*Store, error) {
	s := &Store{options: options, accounts: make(map[string]*Account)}
	if options.Dir == "" {
		return s, nil
	}
	if err := os.MkdirAll(options.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making mail directory: %w", err)
	}
	entries, err := os.ReadDir(options.Dir)
	if err != nil {
		return nil, fmt.Errorf("listing mail directory: %w", err)
	}
	for _, e := range entries {
		address, err := url.QueryUnescape(e.Name())
		if err != nil || !e.IsDir() {
			continue
		}
		account, err := s.load(address)
		if err != nil {
			return nil, fmt.Errorf("opening mail of an account: %w", err)
		}
		s.accounts[address] = account
	}
	return s, nil
}

// Ring tells those who listen that something beside the mail has changed.
func (s *Store) Ring() { s.bell.Ring() }

// Listen is rung at every change of any mailbox.
func (s *Store) Listen() (rings <-chan struct{}, stop func()) { return s.bell.Listen() }

// Account returns the account of an address.
func (s *Store) Account(address string) (*Account, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.accounts[address]
	return a, ok
}

// Addresses lists all accounts in order.
func (s *Store) Addresses() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.accounts))
}

// Ensure returns the account of an address and makes it, with the named mailboxes beside the inbox, if it is new.
func (s *Store) Ensure(address string, boxes ...string) (*Account, error) {
	if len(address) > 200 || !strings.Contains(address, "@") || strings.ContainsAny(address, "/\x00") {
		return nil, ErrBadAddress
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ok := s.accounts[address]; ok {
		return a, nil
	}
	if len(s.accounts) >= maxAccounts {
		return nil, fmt.Errorf("%d accounts: %w", maxAccounts, ErrFull)
	}
	a := &Account{store: s, address: address, boxes: make(map[string]*Box)}
	for _, name := range append([]string{Inbox}, boxes...) {
		if _, err := a.Create(name); err != nil {
			return nil, err
		}
	}
	s.accounts[address] = a
	return a, nil
}

func (s *Store) load(address string) (*Account, error) {
	a := &Account{store: s, address: address, boxes: make(map[string]*Box)}
	entries, err := os.ReadDir(a.dir())
	if err != nil {
		return nil, fmt.Errorf("listing account: %w", err)
	}
	for _, e := range entries {
		sh := &shelf{dir: filepath.Join(a.dir(), e.Name()), sync: s.options.Sync}
		if !e.IsDir() || !exists(filepath.Join(sh.dir, indexName)) {
			continue
		}
		b := &Box{shelf: sh, outer: &s.bell, name: e.Name()}
		if err := b.replay(); err != nil {
			return nil, err
		}
		a.boxes[b.name] = b
	}
	if a.boxes[Inbox] == nil {
		if _, err := a.Create(Inbox); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// Account is one person's or office's mail.
type Account struct {
	store   *Store
	address string
	moving  sync.Mutex // one copy or move at a time, so that two sessions cannot move the same message twice

	mu    sync.Mutex
	boxes map[string]*Box
}

// Address returns the account's address.
func (a *Account) Address() string { return a.address }

// Box returns a mailbox; INBOX is found in any spelling.
func (a *Account) Box(name string) (*Box, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b, ok := a.boxes[canonicalName(name)]
	if !ok {
		return nil, ErrNoMailbox
	}
	return b, nil
}

// Boxes lists the mailboxes by name.
func (a *Account) Boxes() []*Box {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := make([]*Box, 0, len(a.boxes))
	for _, name := range slices.Sorted(maps.Keys(a.boxes)) {
		list = append(list, a.boxes[name])
	}
	return list
}

// Create makes a mailbox. Its UIDVALIDITY is the time, so that a mailbox made again under an old name gets a new one.
func (a *Account) Create(name string) (*Box, error) {
	name = canonicalName(name)
	if name == "" || len(name) > maxName || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		return nil, ErrBadName
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, ok := a.boxes[name]; ok {
		return nil, ErrNameTaken
	}
	if len(a.boxes) >= maxBoxes {
		return nil, fmt.Errorf("%d mailboxes: %w", maxBoxes, ErrFull)
	}
	b := &Box{
		outer: &a.store.bell, name: name, next: 1, tracker: imapserver.NewMailboxTracker(0),
		validity: uint32(a.store.options.Now().Unix()),
	}
	if a.store.options.Dir != "" {
		b.shelf = &shelf{dir: a.boxDir(name), sync: a.store.options.Sync}
	}
	if err := b.save(); err != nil {
		return nil, err
	}
	a.boxes[name] = b
	return b, nil
}

// Delete removes a mailbox and its mail.
func (a *Account) Delete(name string) error {
	name = canonicalName(name)
	if name == Inbox {
		return ErrBadName
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	b, ok := a.boxes[name]
	if !ok {
		return ErrNoMailbox
	}
	delete(a.boxes, name)
	if b.shelf == nil {
		return nil
	}
	return b.shelf.remove()
}

// Rename gives a mailbox another name; its directory keeps the name it was made with.
func (a *Account) Rename(from, to string) error {
	from, to = canonicalName(from), canonicalName(to)
	if from == Inbox || to == "" || len(to) > maxName {
		return ErrBadName
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	b, ok := a.boxes[from]
	if !ok {
		return ErrNoMailbox
	}
	if _, taken := a.boxes[to]; taken {
		return ErrNameTaken
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.name = to
	if err := b.save(); err != nil {
		b.name = from
		return err
	}
	delete(a.boxes, from)
	a.boxes[to] = b
	return nil
}

func (a *Account) dir() string { return filepath.Join(a.store.options.Dir, url.QueryEscape(a.address)) }

// boxDir picks a free directory for a new mailbox: a renamed one may still sit in the directory of that name.
func (a *Account) boxDir(name string) string {
	base := filepath.Join(a.dir(), "box-"+url.QueryEscape(name))
	dir := base
	for i := 2; exists(dir); i++ {
		dir = fmt.Sprintf("%s-%d", base, i)
	}
	return dir
}

func canonicalName(name string) string {
	name = strings.TrimRight(name, "/")
	if strings.EqualFold(name, Inbox) {
		return Inbox
	}
	return name
}
