package ticket

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Withdraw marks an outbound message as called back and gives the ticket the state it had before, as far as nobody has
// changed it since. Whoever calls it has cancelled the deliveries in the same transaction.
func (s *Store) Withdraw(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, message id.Message) (*Ticket, error) {
	m, err := s.Message(ctx, tx, scope, message)
	if err != nil {
		return nil, err
	}
	t, err := s.Lock(ctx, tx, scope, m.Ticket)
	if err != nil {
		return nil, err
	}
	now := s.clock()
	tag, err := tx.Exec(ctx, `UPDATE message SET cancelled_at = $2
		WHERE id = $1 AND direction = 'outbound' AND cancelled_at IS NULL`, message, now)
	if err != nil {
		return nil, fmt.Errorf("calling a message back: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil, fault.Conflict("the message cannot be called back, or was already")
	}
	from, to, said, err := s.statusBefore(ctx, tx, m)
	if err != nil {
		return nil, err
	}
	was := t.Status
	if from.Valid() && was == to {
		t.setStatus(from, now)
		t.Standing = said
		if from != to {
			t.Clock.Pauses = untakePause(t.Clock.Pauses, from)
		}
	}
	if err := s.refresh(ctx, tx, t); err != nil {
		return nil, err
	}
	w := s.writer(t, now)
	w.record(actorOf(by), EventWithdrawn, withStatus(map[string]string{"message": message.String()}, was, t.Status))
	return t, w.send(ctx, tx)
}

// statusBefore reads what a reply made of the ticket's status; both are empty when it changed nothing.
func (s *Store) statusBefore(ctx context.Context, tx pgx.Tx, m *Message) (from, to Status, said Standing, err error) {
	var was *string
	const query = `SELECT params->>'from', params->>'to', params->>'was' FROM ticket_event
		WHERE ticket_id = $1 AND type = $2 AND params->>'message' = $3`
	err = tx.QueryRow(ctx, query, m.Ticket, EventReplied, m.ID.String()).Scan(&from, &to, &was)
	if postgres.IsNoRows(err) {
		return "", "", said, nil
	}
	if err != nil {
		return "", "", said, fmt.Errorf("reading the status before a reply: %w", err)
	}
	return from, to, kept(was), nil
}
