// Package live tells browsers what changed, as it changes. Whoever changes
// something calls Notify in the same transaction; PostgreSQL carries the word
// to every replica at commit; each replica's Hub hands it to its connected
// clients. Only ids travel. Nothing is replayed: a client that may have missed
// something is told to fetch again.
package live

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// notifyChannel is the name under which replicas hear of changes.
const notifyChannel = "sportello_live"

// Kind tells what sort of thing changed.
type Kind string

// The kinds of thing that change before an operator's eyes.
const (
	KindTicket     Kind = "ticket"
	KindDelivery   Kind = "delivery"
	KindQuarantine Kind = "quarantine"
	KindChannel    Kind = "channel"
)

// Event says that something changed or is new. Office is who holds the ticket
// concerned; it decides who hears of it and is not told. Equal events of one
// transaction become one.
type Event struct {
	Kind   Kind      `json:"type"`
	ID     uuid.UUID `json:"id"`
	Ticket string    `json:"ticket,omitempty"`
	Office id.Office `json:"office,omitzero"`
}

// TicketChanged is a ticket that is new, has a new message, or changed.
func TicketChanged(ticket id.Ticket, number string, office id.Office) Event {
	return Event{Kind: KindTicket, ID: ticket.UUID, Ticket: number, Office: office}
}

// DeliveryChanged is a delivery that changed its state.
func DeliveryChanged(delivery id.Delivery, number string, office id.Office) Event {
	return Event{Kind: KindDelivery, ID: delivery.UUID, Ticket: number, Office: office}
}

// QuarantineChanged is an item that entered or left quarantine.
func QuarantineChanged(entry id.Entry) Event {
	return Event{Kind: KindQuarantine, ID: entry.UUID}
}

// ChannelChanged is a channel whose state or health changed.
func ChannelChanged(channel id.Channel) Event {
	return Event{Kind: KindChannel, ID: channel.UUID}
}

// visible tells whether a client with this scope may hear of the event: of a
// ticket whoever sees its office, of the rest whoever sees anything.
func (e Event) visible(scope account.Scope) bool {
	if e.Office.IsZero() {
		return !scope.Empty()
	}
	return scope.Covers(e.Office)
}

// Notify sends the events when db's transaction commits, and not when it rolls
// back. Without a transaction it sends them at once.
func Notify(ctx context.Context, db postgres.Querier, events ...Event) error {
	for _, event := range events {
		payload, err := json.Marshal(event)
		if err != nil {
			return fmt.Errorf("encoding a live event: %w", err)
		}
		if _, err := db.Exec(ctx, `SELECT pg_notify($1, $2)`, notifyChannel, string(payload)); err != nil {
			return fmt.Errorf("sending a live event: %w", err)
		}
	}
	return nil
}
