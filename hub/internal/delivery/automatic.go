package delivery

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/delivery/internal/db"
	"sportello.dev/hub/internal/id"
)

// Caps on automatic messages to one address: two an hour on one ticket, five a day in all.
const (
	automaticPerTicketHour = 2
	automaticPerDay        = 5
)

// ClaimAutomatic books one automatic message to an address, unless the caps are reached. Concurrent claims for an
// address wait for each other.
func (s *Store) ClaimAutomatic(ctx context.Context, tx pgx.Tx, kind, value string, t id.Ticket, what string) (bool, error) {
	if err := s.queries.LockAutomatic(ctx, tx, db.LockAutomaticParams{Kind: kind, Value: value}); err != nil {
		return false, fmt.Errorf("locking an address: %w", err)
	}
	sent, err := s.queries.AutomaticSent(ctx, tx, db.AutomaticSentParams{TicketID: t, Kind: kind, Value: value})
	if err != nil {
		return false, fmt.Errorf("counting automatic messages: %w", err)
	}
	if sent.Hour >= automaticPerTicketHour || sent.Day >= automaticPerDay {
		return false, nil
	}
	err = s.queries.InsertAutomatic(ctx, tx, db.InsertAutomaticParams{
		ID: id.New[id.Entry]().UUID, AddressKind: kind, AddressValue: value, TicketID: t, Kind: what,
	})
	if err != nil {
		return false, fmt.Errorf("booking an automatic message: %w", err)
	}
	return true, nil
}
