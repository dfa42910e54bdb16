package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
)

// Waits of the listener. A connection that is silent for probeEvery is asked
// whether it still lives, because a dropped network tells nobody.
const (
	probeEvery   = 15 * time.Second
	probeWait    = 5 * time.Second
	firstBackoff = 100 * time.Millisecond
	lastBackoff  = 5 * time.Second
)

// Connect opens a connection of its own for the listener. It must reach the
// server directly: a pooler in transaction mode swallows notifications.
type Connect func(ctx context.Context) (*pgx.Conn, error)

// Hub hears of changes on one connection and hands them to the clients of this replica.
type Hub struct {
	connect Connect
	log     *slog.Logger
	probe   time.Duration

	mu      sync.Mutex
	clients map[*Subscription]struct{}
	stopped bool
}

// NewHub returns a hub that hears nothing until Run.
func NewHub(connect Connect, log *slog.Logger) *Hub {
	return &Hub{connect: connect, log: log, probe: probeEvery, clients: map[*Subscription]struct{}{}}
}

// Subscribe takes a place for a client that sees so much.
func (h *Hub) Subscribe(scope account.Scope) *Subscription {
	return h.place(newSubscription(h, scope))
}

// follow takes a place for an operator or a token, whose scope is to be looked up before anything is told.
func (h *Hub) follow(who uuid.UUID) *Subscription {
	s := newSubscription(h, account.Scope{})
	s.who, s.stale = who, true
	return h.place(s)
}

func (h *Hub) place(s *Subscription) *Subscription {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		s.close()
		return s
	}
	h.clients[s] = struct{}{}
	return s
}

// Clients says how many clients are connected to this replica.
func (h *Hub) Clients() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.clients)
}

// Run listens until the context ends, across lost connections, and then ends
// all subscriptions. It returns nil.
func (h *Hub) Run(ctx context.Context) error {
	defer h.stop()
	backoff := firstBackoff
	for ctx.Err() == nil {
		heard, err := h.listen(ctx)
		if ctx.Err() != nil {
			break
		}
		if heard {
			backoff = firstBackoff
		}
		h.log.Warn("live events are interrupted", "error", err, "retry_in", backoff.String())
		select {
		case <-time.After(backoff):
		case <-ctx.Done():
		}
		backoff = min(2*backoff, lastBackoff)
	}
	return nil
}

// listen serves one connection until it fails; heard says that it worked at first.
func (h *Hub) listen(ctx context.Context) (heard bool, err error) {
	conn, err := h.connect(ctx)
	if err != nil {
		return false, fmt.Errorf("connecting for live events: %w", err)
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeWait)
		defer cancel()
		conn.Close(closing)
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+notifyChannel); err != nil {
		return false, fmt.Errorf("listening for live events: %w", err)
	}
	h.each((*Subscription).missed)
	for {
		if err := h.hear(ctx, conn); err != nil {
			return true, err
		}
	}
}

// hear waits for one notification, or probes a silent connection.
func (h *Hub) hear(ctx context.Context, conn *pgx.Conn) error {
	silent, cancel := context.WithTimeout(ctx, h.probe)
	defer cancel()
	n, err := conn.WaitForNotification(silent)
	if err == nil {
		h.publish(n.Payload)
		return nil
	}
	if ctx.Err() != nil || !errors.Is(silent.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("waiting for live events: %w", err)
	}
	probing, cancelProbe := context.WithTimeout(ctx, probeWait)
	defer cancelProbe()
	if err := conn.Ping(probing); err != nil {
		return fmt.Errorf("probing the connection for live events: %w", err)
	}
	return nil
}

func (h *Hub) publish(payload string) {
	var event Event
	if err := json.Unmarshal([]byte(payload), &event); err != nil {
		// Another release may say things this one does not know: look again rather than miss it.
		h.each((*Subscription).missed)
		return
	}
	if event.Kind == kindAccount {
		h.each(func(s *Subscription) { s.reconsider(event.ID) })
		return
	}
	h.each(func(s *Subscription) { s.offer(event) })
}

func (h *Hub) each(do func(*Subscription)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.clients {
		do(s)
	}
}

func (h *Hub) remove(s *Subscription) {
	h.mu.Lock()
	delete(h.clients, s)
	h.mu.Unlock()
	s.close()
}

func (h *Hub) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopped = true
	for s := range h.clients {
		s.close()
	}
	clear(h.clients)
}
