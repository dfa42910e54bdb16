package ticket

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// heldSQL is the condition of an open ticket in sight.
const heldSQL = `t.status NOT IN ('resolved', 'closed') AND t.merged_into IS NULL
	AND ((t.office_id = ANY($2)) <> $1 OR t.shared_with && $3)`

// HeldByOffice counts the open tickets of each office in sight.
func (s *Store) HeldByOffice(ctx context.Context, q postgres.Querier, scope account.Scope) (map[id.Office]int, error) {
	return s.countByOffice(ctx, q, heldSQL, scope.AllBut(), scope.Offices(), scope.Shares())
}

// HeldBy counts the open tickets in sight that somebody has, by office.
func (s *Store) HeldBy(ctx context.Context, q postgres.Querier, scope account.Scope, who id.Operator) (map[id.Office]int, error) {
	return s.countByOffice(ctx, q, `t.assignee_id = $4 AND `+heldSQL, scope.AllBut(), scope.Offices(), scope.Shares(), who)
}

func (s *Store) countByOffice(ctx context.Context, q postgres.Querier, where string, args ...any) (map[id.Office]int, error) {
	counts := map[id.Office]int{}
	rows, err := q.Query(ctx, `SELECT t.office_id, count(*) FROM ticket t WHERE `+where+` GROUP BY t.office_id`, args...)
	if err != nil {
		return nil, fmt.Errorf("counting by office: %w", err)
	}
	var office id.Office
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&office, &n}, func() error { counts[office] = n; return nil }); err != nil {
		return nil, fmt.Errorf("counting by office: %w", err)
	}
	return counts, nil
}

// Held lists open tickets of an office, as many as asked for.
func (s *Store) Held(ctx context.Context, q postgres.Querier, scope account.Scope, office id.Office, most int) ([]id.Ticket, error) {
	rows, err := q.Query(ctx, `SELECT t.id FROM ticket t WHERE `+heldSQL+` AND t.office_id = $4 ORDER BY t.id LIMIT $5`,
		scope.AllBut(), scope.Offices(), scope.Shares(), office, most)
	if err != nil {
		return nil, fmt.Errorf("listing what an office holds: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[id.Ticket])
	if err != nil {
		return nil, fmt.Errorf("listing what an office holds: %w", err)
	}
	return list, nil
}

// MoveFrom hands an open ticket of one office to another; one that is over or elsewhere by then stays as it is.
func (s *Store) MoveFrom(ctx context.Context, tx pgx.Tx, scope account.Scope, ticket id.Ticket, by account.Actor, from, to id.Office) (bool, error) {
	t, err := s.Lock(ctx, tx, scope, ticket)
	if err != nil {
		return false, err
	}
	if t.Office != from || !t.Status.Open() {
		return false, nil
	}
	w := s.writer(t, s.clock())
	if err := w.changeOffice(ctx, tx, by, Change{Office: &to}); err != nil {
		return false, err
	}
	return true, w.send(ctx, tx)
}

// successor is the office that takes what is opened again at an office that is closed down; nil while that is not.
func successor(ctx context.Context, q postgres.Querier, office id.Office) (*id.Office, error) {
	var to id.Office
	err := q.QueryRow(ctx, `SELECT received_by FROM office WHERE id = $1 AND NOT active AND received_by IS NOT NULL`, office).Scan(&to)
	if postgres.IsNoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for an office's successor: %w", err)
	}
	return &to, nil
}
