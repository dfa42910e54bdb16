package delivery

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/delivery/internal/db"
	"sportello.dev/hub/internal/id"
)

// WakeUp is when an attempt of a transmission is due.
type WakeUp struct {
	Transmission id.Transmission
	Attempt      int
	At           time.Time
}

// Waker schedules the wake-ups of transmissions' attempts in the caller's transaction. Package jobs implements it on
// River; a second wake-up of the same attempt while one is waiting is no error.
type Waker interface {
	Wake(ctx context.Context, tx pgx.Tx, all ...WakeUp) error
	// WakeOverdue wakes at once an attempt whose own wake-up did not come, even if that one still seems to run: the
	// process that took it may have been killed. A second one by the same finder is no error.
	WakeOverdue(ctx context.Context, tx pgx.Tx, t id.Transmission, attempt int, finder id.Replica) error
}

// Store keeps deliveries.
type Store struct {
	queries *db.Queries
	waker   Waker
	now     func() time.Time
}

// NewStore returns a store whose wake-ups go to waker.
func NewStore(waker Waker, now func() time.Time) *Store {
	return &Store{queries: db.New(), waker: waker, now: now}
}

// event records a transition in the delivery's history.
func (s *Store) event(ctx context.Context, tx pgx.Tx, d id.Delivery, from, to State, cause Cause, detail string, actor id.Operator) error {
	return s.queries.InsertEvent(ctx, tx, db.InsertEventParams{
		ID: id.New[id.Entry]().UUID, DeliveryID: d, FromState: string(from), ToState: string(to),
		Reason: string(cause), Detail: clip(detail, 500), ActorID: actor,
	})
}

// clip shortens text for people to at most n bytes, at a rune's border.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
