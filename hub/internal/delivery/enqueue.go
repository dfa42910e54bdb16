package delivery

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

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

const (
	insertTransmissions = `
		INSERT INTO transmission (id, message_id, channel_id) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[])`
	insertDeliveries = `
		INSERT INTO delivery (id, message_id, ticket_id, transmission_id, channel_id, address_kind, address_value, address_name,
		    role, next_attempt_at, expires_at)
		SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[],
		    $9::text[], $10::timestamptz[], $11::timestamptz[])`
)

// Enqueue makes the deliveries of messages and their wake-ups in the caller's transaction: a message and its deliveries
// are one COMMIT. It gives the deliveries in the order of the recipients.
func (s *Store) Enqueue(ctx context.Context, tx pgx.Tx, messages ...Outgoing) ([]id.Delivery, error) {
	var transmissions, deliveries postgres.Rows
	var all []id.Delivery
	var first []WakeUp
	for _, o := range messages {
		if o.SendAfter.IsZero() {
			o.SendAfter = s.now()
		}
		if o.Expires.IsZero() {
			o.Expires = o.SendAfter.Add(lifetime)
		}
		step := max(o.Together, 1)
		for at := 0; at < len(o.Recipients); at += step {
			x := id.New[id.Transmission]()
			transmissions.Add(x, o.Message, o.Channel)
			first = append(first, WakeUp{Transmission: x, Attempt: 1, At: o.SendAfter})
			for _, r := range o.Recipients[at:min(at+step, len(o.Recipients))] {
				if r.Delivery.IsZero() {
					r.Delivery = id.New[id.Delivery]()
				}
				deliveries.Add(r.Delivery, o.Message, o.Ticket, x, o.Channel, r.Kind, r.Value, r.Name, roleOr(r.Role), o.SendAfter, o.Expires)
				all = append(all, r.Delivery)
			}
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	b := &pgx.Batch{}
	transmissions.Queue(b, insertTransmissions)
	deliveries.Queue(b, insertDeliveries)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("enqueueing transmissions: %w", err)
	}
	return all, s.waker.Wake(ctx, tx, first...)
}

func roleOr(role string) string {
	if role == "" {
		return "to"
	}
	return role
}
