package live

import (
	"context"
	"errors"
	"sync"

	"github.com/google/uuid"

	"sportello.dev/hub/internal/account"
)

// maxPending is how many events wait for a slow client before they are
// replaced by the word to fetch again; it bounds memory per client to about 30 KB.
const maxPending = 256

// ErrClosed says that the hub stops, and the client should connect elsewhere.
var ErrClosed = errors.New("live events have ended")

// Batch is what a client hears at once. Refetch says that it may have missed
// something: what is on its screen must be fetched again.
type Batch struct {
	Refetch bool
	// stale comes alone and asks for the client's scope.
	stale  bool
	Events []Event
}

// Subscription is one client's place at the hub.
type Subscription struct {
	hub *Hub
	// who is the operator or the token behind the client; zero for the hub's own.
	who  uuid.UUID
	wake chan struct{}

	mu     sync.Mutex
	scope  account.Scope
	closed bool
	// stale says that the scope must be looked up before anything is told.
	stale   bool
	refetch bool
	pending []Event
	known   map[Event]struct{}
}

func newSubscription(h *Hub, scope account.Scope) *Subscription {
	return &Subscription{hub: h, scope: scope, wake: make(chan struct{}, 1), refetch: true, known: map[Event]struct{}{}}
}

// Next waits for something to tell. The first batch says Refetch, so that
// nothing is lost between the client's last look and its subscription. Its
// error is ErrClosed, or the context's.
func (s *Subscription) Next(ctx context.Context) (Batch, error) {
	for {
		batch, ok, err := s.take()
		if ok || err != nil {
			return batch, err
		}
		select {
		case <-s.wake:
		case <-ctx.Done():
			return Batch{}, ctx.Err()
		}
	}
}

// Close gives the place up.
func (s *Subscription) Close() { s.hub.remove(s) }

func (s *Subscription) take() (Batch, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return Batch{}, false, ErrClosed
	}
	if s.stale {
		s.stale = false
		return Batch{stale: true}, true, nil
	}
	if !s.refetch && len(s.pending) == 0 {
		return Batch{}, false, nil
	}
	batch := Batch{Refetch: s.refetch, Events: s.pending}
	s.refetch, s.pending = false, nil
	clear(s.known)
	return batch, true, nil
}

func (s *Subscription) offer(event Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if event.Kind == KindMention {
		if event.ID != s.who {
			return
		}
	} else if !event.visible(s.scope) {
		return
	}
	if _, waiting := s.known[event]; waiting || s.refetch && len(s.pending) == 0 {
		return // told already, or told to fetch everything
	}
	if len(s.pending) >= maxPending {
		s.startOver()
		return
	}
	s.known[event] = struct{}{}
	s.pending = append(s.pending, event)
	s.signal()
}

// startOver replaces what waits by the word to fetch again; the lock is held.
func (s *Subscription) startOver() {
	s.refetch, s.pending = true, nil
	clear(s.known)
	s.signal()
}

// missed is for when nobody knows what happened; that may be a change of what the client sees.
func (s *Subscription) missed() {
	s.reconsider(uuid.Nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.startOver()
}

// reconsider takes back what waits and tells nothing more until the scope was looked up again, if the change concerns
// this client.
func (s *Subscription) reconsider(changed uuid.UUID) {
	if s.who == uuid.Nil || changed != uuid.Nil && changed != s.who {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stale, s.scope = true, account.Scope{}
	s.startOver()
}

// see sets how much the client sees. What changes while the scope is looked up makes it stale once more.
func (s *Subscription) see(scope account.Scope) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scope = scope
}

func (s *Subscription) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.signal()
}

func (s *Subscription) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
