package live

import (
	"context"
	"errors"
	"sync"

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
	Events  []Event
}

// Subscription is one client's place at the hub.
type Subscription struct {
	hub   *Hub
	scope account.Scope
	wake  chan struct{}

	mu      sync.Mutex
	closed  bool
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
	if !s.refetch && len(s.pending) == 0 {
		return Batch{}, false, nil
	}
	batch := Batch{Refetch: s.refetch, Events: s.pending}
	s.refetch, s.pending = false, nil
	clear(s.known)
	return batch, true, nil
}

func (s *Subscription) offer(event Event) {
	if !event.visible(s.scope) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
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

func (s *Subscription) missed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.startOver()
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
