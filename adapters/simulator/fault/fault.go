// Package fault is the list of oddities the simulated world is told to show.
package fault

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Kind names an oddity.
type Kind string

// The oddities a test can ask for.
const (
	// DropAfterData stores the message and breaks the connection instead of answering: the sender cannot know.
	DropAfterData Kind = "drop_after_data"
	// DropBeforeStore breaks the connection after the message was transmitted and keeps nothing.
	DropBeforeStore Kind = "drop_before_store"
	// RejectRecipient answers RCPT TO with Code.
	RejectRecipient Kind = "reject_recipient"
	// RejectData answers the end of DATA with Code and keeps nothing.
	RejectData Kind = "reject_data"
	// DelayReply stores the message and waits Delay before it answers.
	DelayReply Kind = "delay_reply"
	// RefuseConnection turns SMTP and IMAP clients away at once.
	RefuseConnection Kind = "refuse_connection"
	// RefuseLogin refuses passwords and tokens, right or wrong.
	RefuseLogin Kind = "refuse_login"
	// DropFetch breaks the IMAP connection in the middle of a FETCH.
	DropFetch Kind = "drop_fetch"
	// Duplicate puts the message into the mailbox twice, as a mail server does that crashed between two writes.
	Duplicate Kind = "duplicate"
)

var kinds = []Kind{
	DropAfterData, DropBeforeStore, RejectRecipient, RejectData, DelayReply,
	RefuseConnection, RefuseLogin, DropFetch, Duplicate,
}

const (
	maxFaults = 1000
	maxDelay  = 10 * time.Minute
)

// ErrInvalid says what is wrong with a fault that was asked for.
var ErrInvalid = errors.New("invalid fault")

// Fault is one oddity and when it shows.
type Fault struct {
	ID   int64 `json:"id"`
	Kind Kind  `json:"kind"`
	// Match is the address concerned (recipient, or account for logins and fetches), or a domain written "@domain".
	// Empty matches all.
	Match string `json:"match,omitempty"`
	// Code is the SMTP answer of the rejecting kinds, 400 to 599.
	Code int `json:"code,omitempty"`
	// Text is what the answer says.
	Text string `json:"text,omitempty"`
	// Delay is how long DelayReply waits, in nanoseconds in JSON.
	Delay time.Duration `json:"delay,omitempty"`
	// Times is how often it shows before it is gone; 0 means until it is removed.
	Times int `json:"times,omitempty"`
	// Shown counts how often it showed.
	Shown int `json:"shown"`
}

// Board holds the faults that are set. The zero value is ready to use.
type Board struct {
	mu     sync.Mutex
	lastID int64
	faults []*Fault
}

// Set puts a fault on the board and returns it with its id.
func (b *Board) Set(f Fault) (Fault, error) {
	if err := f.check(); err != nil {
		return Fault{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.faults) >= maxFaults {
		return Fault{}, fmt.Errorf("more than %d faults: %w", maxFaults, ErrInvalid)
	}
	b.lastID++
	f.ID, f.Shown, f.Match = b.lastID, 0, strings.ToLower(f.Match)
	b.faults = append(b.faults, &f)
	return f, nil
}

func (f *Fault) check() error {
	switch {
	case !slices.Contains(kinds, f.Kind):
		return fmt.Errorf("kind %q is not one of %v: %w", f.Kind, kinds, ErrInvalid)
	case f.Times < 0:
		return fmt.Errorf("times below zero: %w", ErrInvalid)
	case f.Delay < 0 || f.Delay > maxDelay:
		return fmt.Errorf("delay outside 0 to %s: %w", maxDelay, ErrInvalid)
	case strings.ContainsAny(f.Text, "\r\n"):
		return fmt.Errorf("text of more than one line: %w", ErrInvalid)
	case (f.Kind == RejectRecipient || f.Kind == RejectData) && (f.Code < 400 || f.Code > 599):
		return fmt.Errorf("code %d outside 400 to 599: %w", f.Code, ErrInvalid)
	}
	return nil
}

// Take returns the first fault of a kind that concerns one of the addresses, and counts that it showed.
func (b *Board) Take(kind Kind, addresses ...string) (Fault, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, f := range b.faults {
		if f.Kind != kind || !f.concerns(addresses) {
			continue
		}
		f.Shown++
		if f.Times > 0 && f.Shown >= f.Times {
			b.faults = slices.Delete(b.faults, i, i+1)
		}
		return *f, true
	}
	return Fault{}, false
}

func (f *Fault) concerns(addresses []string) bool {
	if f.Match == "" {
		return true
	}
	return slices.ContainsFunc(addresses, func(a string) bool {
		a = strings.ToLower(a)
		return a == f.Match || strings.HasPrefix(f.Match, "@") && strings.HasSuffix(a, f.Match)
	})
}

// List returns the faults that are set.
func (b *Board) List() []Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]Fault, len(b.faults))
	for i, f := range b.faults {
		list[i] = *f
	}
	return list
}

// Remove takes a fault off the board and says whether it was there.
func (b *Board) Remove(id int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.faults)
	b.faults = slices.DeleteFunc(b.faults, func(f *Fault) bool { return f.ID == id })
	return len(b.faults) < n
}

// Clear takes all faults off the board.
func (b *Board) Clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = nil
}
