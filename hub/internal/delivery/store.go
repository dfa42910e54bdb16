package delivery

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/delivery/internal/db"
	"sportello.dev/hub/internal/id"
)

// Waker schedules the wake-up of a transmission's attempt in the caller's transaction. Package jobs implements it on
// River; a second wake-up of the same attempt while one is waiting is no error.
type Waker interface {
	Wake(ctx context.Context, tx pgx.Tx, t id.Transmission, attempt int, at time.Time) error
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

// Outgoing is a message that is to be delivered by one channel.
type Outgoing struct {
	Message    id.Message
	Ticket     id.Ticket
	Channel    id.Channel
	Recipients []Recipient
	// SendAfter is the end of the undo window; zero means at once.
	SendAfter time.Time
	// Expires is when a delivery that did not leave is given up; zero means after five days.
	Expires time.Time
	// Together is the number of recipients that leave in one call; 0 and 1 mean one each.
	Together int
}

// lifetime is how long a delivery is tried when nothing else is said, as mail servers do.
const lifetime = 5 * 24 * time.Hour

// Enqueue makes the deliveries of a message and their wake-ups in the caller's transaction: the message and its
// deliveries are one COMMIT.
func (s *Store) Enqueue(ctx context.Context, tx pgx.Tx, o Outgoing) ([]id.Delivery, error) {
	if o.SendAfter.IsZero() {
		o.SendAfter = s.now()
	}
	if o.Expires.IsZero() {
		o.Expires = o.SendAfter.Add(lifetime)
	}
	var all []id.Delivery
	step := max(o.Together, 1)
	for first := 0; first < len(o.Recipients); first += step {
		group := o.Recipients[first:min(first+step, len(o.Recipients))]
		ids, err := s.enqueueTransmission(ctx, tx, o, group)
		if err != nil {
			return nil, fmt.Errorf("enqueueing a transmission: %w", err)
		}
		all = append(all, ids...)
	}
	return all, nil
}

func (s *Store) enqueueTransmission(ctx context.Context, tx pgx.Tx, o Outgoing, group []Recipient) ([]id.Delivery, error) {
	transmission := id.New[id.Transmission]()
	err := s.queries.InsertTransmission(ctx, tx, db.InsertTransmissionParams{ID: transmission, MessageID: o.Message, ChannelID: o.Channel})
	if err != nil {
		return nil, err
	}
	ids := make([]id.Delivery, 0, len(group))
	for _, r := range group {
		d := id.New[id.Delivery]()
		if !r.Delivery.IsZero() {
			d = r.Delivery
		}
		err := s.queries.InsertDelivery(ctx, tx, db.InsertDeliveryParams{
			ID: d, MessageID: o.Message, TicketID: o.Ticket, TransmissionID: transmission, ChannelID: o.Channel,
			AddressKind: r.Kind, AddressValue: r.Value, AddressName: r.Name, Role: roleOr(r.Role),
			NextAttemptAt: &o.SendAfter, ExpiresAt: o.Expires,
		})
		if err != nil {
			return nil, err
		}
		ids = append(ids, d)
	}
	return ids, s.waker.Wake(ctx, tx, transmission, 1, o.SendAfter)
}

func roleOr(role string) string {
	if role == "" {
		return "to"
	}
	return role
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
