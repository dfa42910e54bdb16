package report

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// Ticket is one of those behind a figure.
type Ticket struct {
	ID      id.Ticket     `db:"ticket_id"`
	Number  ticket.Number `db:"number"`
	Subject string        `db:"subject"`
	Status  ticket.Status `db:"status"`
	// Office is the one that is counted for, not the one that has the ticket today.
	Office     id.Office `db:"office_id"`
	OfficeName string    `db:"office_name"`
	At         time.Time `db:"at"`
	Day        time.Time `db:"day"`
	// Worked and Elapsed are how long it took until then, in seconds.
	Worked  int `db:"worked"`
	Elapsed int `db:"elapsed"`
}

// Position is where a page of tickets begins.
type Position struct {
	Day    string    `json:"d"`
	At     time.Time `json:"a"`
	Ticket id.Ticket `json:"t"`
}

// FirstLevel is the figure of what was resolved at the first level; it is no kind of mark.
const FirstLevel Kind = "first_level"

// behind are the marks that a figure counts.
const behind = ` AND day >= $7 AND day <= $8 AND kind = $9 AND (first_level OR NOT $10::boolean)`

// behind are the first eleven parameters of a query over the marks behind a figure.
func (q *Query) behind(scope account.Scope, figure Kind) []any {
	kind := figure
	if figure == FirstLevel {
		kind = Resolved
	}
	return q.args(scope, day(q.First), day(q.Last), kind, figure == FirstLevel, scope.Shares())
}

// Tickets lists those behind a figure, the latest first. The mark must be of an office in scope, and the ticket, or the
// one it was joined to, in scope today.
func (s *Store) Tickets(
	ctx context.Context, db postgres.Querier, scope account.Scope, figure Kind, q Query, from *Position, limit int,
) (page []Ticket, next *Position, err error) {
	if err := q.check(); err != nil {
		return nil, nil, err
	}
	const query = `
		SELECT c.ticket_id, r.number, r.subject, r.status, c.office_id, o.name AS office_name, c.at, c.day, c.worked, c.elapsed
		FROM report_mark c JOIN ticket t ON t.id = c.ticket_id
		JOIN ticket r ON r.id = CASE WHEN t.merged_into IS NULL THEN t.id ELSE ticket_root(t.id) END
		JOIN office o ON o.id = c.office_id
		WHERE ` + asked + behind + `
		  AND ((r.office_id = ANY($2)) <> $1 OR r.shared_with && $11)
		  AND ($12::date IS NULL OR (c.day, c.at, c.ticket_id) < ($12, $13::timestamptz, $14::uuid))
		ORDER BY c.day DESC, c.at DESC, c.ticket_id DESC LIMIT $15`
	args := q.behind(scope, figure)
	if from != nil {
		d, err := time.Parse(time.DateOnly, from.Day)
		if err != nil {
			return nil, nil, fault.Invalid("cursor", "format", "not a cursor of this list")
		}
		args = append(args, d, from.At, from.Ticket, limit+1)
	} else {
		args = append(args, nil, nil, nil, limit+1)
	}
	rows, err := db.Query(ctx, query, args...)
	if err != nil {
		return nil, nil, fmt.Errorf("listing the tickets behind a figure: %w", err)
	}
	page, err = pgx.CollectRows(rows, pgx.RowToStructByName[Ticket])
	if err != nil {
		return nil, nil, fmt.Errorf("listing the tickets behind a figure: %w", err)
	}
	if len(page) > limit {
		page = page[:limit]
		last := page[limit-1]
		next = &Position{Day: office.DateOf(last.Day).String(), At: last.At, Ticket: last.ID}
	}
	return page, next, nil
}
