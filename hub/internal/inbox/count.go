package inbox

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyset"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// Counts says how many tickets wait in each queue, up to keyset.MaxCount; All counts the open ones.
type Counts struct {
	Mine       int `db:"mine"`
	Office     int `db:"office"`
	Unassigned int `db:"unassigned"`
	Waiting    int `db:"waiting"`
	Attention  int `db:"attention"`
	All        int `db:"all"`
	Snoozed    int `db:"snoozed"`
	// Overdue are those of the operator's offices whose deadline is past.
	Overdue int `db:"overdue"`
}

// countOverdue is counted beside the queues.
const countOverdue Queue = "overdue"

// Counts counts the queues of an operator; offices are those the operator is a member of.
func (s *Store) Counts(ctx context.Context, db postgres.Querier, scope account.Scope, operator id.Operator, offices []id.Office) (Counts, error) {
	query, args, err := countQuery(scope, operator, offices, s.now())
	if err != nil {
		return Counts{}, err
	}
	rows, err := db.Query(ctx, query, args...)
	if err != nil {
		return Counts{}, fmt.Errorf("counting tickets: %w", err)
	}
	counts, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Counts])
	if err != nil {
		return Counts{}, fmt.Errorf("counting tickets: %w", err)
	}
	return counts, nil
}

func countQuery(scope account.Scope, operator id.Operator, offices []id.Office, now time.Time) (string, []any, error) {
	all := &conditions{}
	var columns []string
	for _, queue := range []Queue{QueueMine, QueueOffice, QueueUnassigned, QueueWaiting, QueueAttention, QueueAll, QueueSnoozed, countOverdue} {
		f := Filter{Queue: queue, Operator: operator, Offices: offices}
		switch queue {
		case QueueAll:
			f.Status = openStatuses()
		case countOverdue:
			f.Queue, f.Overdue = QueueOffice, now
		}
		query, err := f.count(all, scope)
		if err != nil {
			return "", nil, err
		}
		columns = append(columns, fmt.Sprintf(`(%s) AS "%s"`, query, queue))
	}
	return `SELECT ` + strings.Join(columns, ", "), all.args, nil
}

// count makes the query of one queue, its parameters after those that are there already.
func (f *Filter) count(all *conditions, scope account.Scope) (string, error) {
	c, err := f.compile(&conditions{args: all.args}, scope, 0)
	if err != nil {
		return "", err
	}
	where := c.clause()
	if held := c.held(`t.office_id`); held != "" {
		where += ` AND ` + held
	}
	counted := fmt.Sprintf(`SELECT FROM ticket t WHERE %s LIMIT %d`, where, keyset.MaxCount)
	if c.seen.shares() {
		counted = fmt.Sprintf(`(%s) UNION ALL (SELECT FROM ticket t WHERE %s AND %s LIMIT %d) LIMIT %d`, counted, c.clause(), c.shared(), keyset.MaxCount, keyset.MaxCount)
	}
	all.args = c.args
	return `SELECT count(*) FROM (` + counted + `) counted`, nil
}

func openStatuses() []ticket.Status {
	var open []ticket.Status
	for _, s := range ticket.Statuses() {
		if s.Open() {
			open = append(open, s)
		}
	}
	return open
}
