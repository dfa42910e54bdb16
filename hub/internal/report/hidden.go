package report

import (
	"context"
	"fmt"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/postgres"
)

// out are the conditions that a ticket r is out of scope, in the form in which offices that nobody else sees are found
// by their index: of all others nothing is read.
var out = map[bool]string{
	true:  `r.office_id = ANY($2) AND NOT coalesce(r.shared_with && $11, false)`,
	false: `NOT r.office_id = ANY($2) AND NOT coalesce(r.shared_with && $11, false)`,
}

// hiddenQuery goes to tickets by themselves and to those that were joined to others apart: the latter are few.
const hiddenQuery = `SELECT
	(SELECT count(*) FROM report_mark c JOIN ticket r ON r.id = c.ticket_id WHERE r.merged_into IS NULL AND %[1]s AND %[2]s)
	+ (SELECT count(*) FROM report_mark c JOIN ticket t ON t.id = c.ticket_id AND t.merged_into IS NOT NULL
	    JOIN ticket r ON r.id = ticket_root(t.id) WHERE %[1]s AND %[2]s)`

// Hidden counts what stands behind a figure and Tickets does not list: the office counted for is in scope, and the ticket
// lies elsewhere today. The figure is what the office did, whoever has the ticket since.
func (s *Store) Hidden(ctx context.Context, db postgres.Querier, scope account.Scope, figure Kind, q Query) (n int, err error) {
	if err := q.check(); err != nil {
		return 0, err
	}
	if scope.All() {
		return 0, nil
	}
	query := fmt.Sprintf(hiddenQuery, out[scope.AllBut()], asked+behind)
	if err := db.QueryRow(ctx, query, q.behind(scope, figure)...).Scan(&n); err != nil {
		return 0, fmt.Errorf("counting the tickets behind a figure that are out of scope: %w", err)
	}
	return n, nil
}
