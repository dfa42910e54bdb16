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

// nextSQL finds what is most urgent, then what is due first, then what has waited longest, among the tickets of offices
// that nobody has. What another transaction holds is passed over: of two who ask at once each gets one of their own.
const (
	nextWhere = inScope + ` AND t.office_id = ANY($4) AND t.assignee_id IS NULL AND t.merged_into IS NULL AND t.status IN ('new', 'open')
		AND t.snoozed_until IS NULL`
	nextOrder = `t.priority DESC, coalesce(t.due_at, 'infinity'), coalesce(t.waiting_since, 'infinity'), t.id`
	nextSQL   = `SELECT t.id FROM ticket t WHERE ` + nextWhere + ` ORDER BY ` + nextOrder + ` LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED`
)

// TakeNext gives an operator the next ticket of these offices; nil when nothing waits there.
func (s *Store) TakeNext(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, offices []id.Office) (*Ticket, error) {
	if by.Operator.IsZero() {
		return nil, fault.Forbidden("only a person takes tickets")
	}
	return s.give(ctx, tx, scope, by, offices, Change{Assignee: &by.Operator})
}

// give makes the change, which names the assignee, to the next ticket of these offices; nil when nothing waits there.
func (s *Store) give(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, offices []id.Office, c Change) (*Ticket, error) {
	var next id.Ticket
	err := tx.QueryRow(ctx, nextSQL, scope.AllBut(), scope.Offices(), scope.Shares(), append([]id.Office{}, offices...)).Scan(&next)
	if postgres.IsNoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for the next ticket: %w", err)
	}
	t, err := s.Lock(ctx, tx, scope, next)
	if err != nil {
		return nil, err
	}
	c.Version = t.Version
	return s.Update(ctx, tx, scope, t.ID, by, c)
}
