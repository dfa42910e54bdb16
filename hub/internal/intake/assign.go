package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// Assign files a quarantined item on a ticket that an operator chose. What could not be read is filed as a message
// without text, with the original to download.
func (s *Stages) Assign(ctx context.Context, scope account.Scope, by account.Actor, entry id.Entry, number string) (id.Message, error) {
	if _, err := s.journal.Quarantine(ctx, scope, entry); err != nil {
		return id.Message{}, err
	}
	var message id.Message
	err := postgres.InTx(ctx, s.journal.pool, func(tx pgx.Tx) error {
		w, err := s.reopen(ctx, tx, entry)
		if err != nil {
			return err
		}
		if w.ticket, err = s.tickets.LockNumber(ctx, tx, scope, number); err != nil {
			return err
		}
		w.decision = ticket.Decision{
			Outcome: ticket.Attach, Ticket: w.ticket.ID, ThirdPerson: true,
			Reason: ticket.Reason{Code: ticket.ReasonManual, Params: map[string]string{"operator": by.Name}},
		}
		in, err := w.inbound()
		if err != nil {
			return err
		}
		if w.message, err = s.tickets.AddInbound(ctx, tx, w.ticket, in); err != nil {
			return err
		}
		message = w.message
		w.settle("filed", "assigned", "")
		return s.journal.settle(ctx, tx, w)
	})
	if err != nil {
		return id.Message{}, fmt.Errorf("assigning an item: %w", err)
	}
	return message, nil
}

// reopen locks a quarantined row as work; an item that is no message becomes an empty one.
func (s *Stages) reopen(ctx context.Context, tx pgx.Tx, item id.Entry) (*work, error) {
	row, err := s.journal.queries.LockQuarantined(ctx, tx, item)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.Conflict("the item is no longer in quarantine")
	}
	if err != nil {
		return nil, fmt.Errorf("locking a quarantined item: %w", err)
	}
	w := &work{entry: entry{
		ID: row.ID, Channel: row.ChannelID, ReceivedAt: row.ReceivedAt, RawSHA256: row.RawSha256, Adapter: row.Adapter,
	}}
	// A payload that cannot be read is one of the reasons to be here.
	if err := json.Unmarshal(row.Payload, &w.event); err != nil || w.event.Message == nil {
		w.event = Event{Message: &Inbound{Class: string(ticket.ClassSuspicious)}}
	}
	w.prepare()
	return w, nil
}
