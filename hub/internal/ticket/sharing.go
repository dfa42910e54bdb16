package ticket

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Why the hub changed an assignee.
const (
	CauseAutomatic = "automatic"
	CauseAbsent    = "absent"
	// CauseLeft is that the assignee has no access any more, or none to that office.
	CauseLeft = "left"
)

// Load counts, for each of these operators who has some, the tickets that wait for them to do something: what is put aside
// does not until it is back.
func (s *Store) Load(ctx context.Context, q postgres.Querier, scope account.Scope, operators []id.Operator) (map[id.Operator]int, error) {
	load := map[id.Operator]int{}
	rows, err := q.Query(ctx, `SELECT t.assignee_id, count(*) FROM ticket t
		WHERE `+inScope+` AND t.assignee_id = ANY($4) AND t.status IN ('new', 'open') AND t.merged_into IS NULL
		  AND t.snoozed_until IS NULL GROUP BY t.assignee_id`,
		scope.AllBut(), scope.Offices(), scope.Shares(), append([]id.Operator{}, operators...))
	if err != nil {
		return nil, fmt.Errorf("counting what waits for operators: %w", err)
	}
	var who id.Operator
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&who, &n}, func() error { load[who] = n; return nil }); err != nil {
		return nil, fmt.Errorf("counting what waits for operators: %w", err)
	}
	return load, nil
}

// GiveNext gives an operator the next ticket of an office that nobody has; nil when nothing waits there.
func (s *Store) GiveNext(ctx context.Context, tx pgx.Tx, scope account.Scope, office id.Office, to id.Operator) (*Ticket, error) {
	return s.give(ctx, tx, scope, account.System(), []id.Office{office}, Change{Assignee: &to, cause: CauseAutomatic})
}

const returnSQL = `SELECT ` + Columns + ` FROM ticket t
	WHERE t.assignee_id = ANY($1) AND t.status IN ('new', 'open') AND t.waiting_since IS NOT NULL AND t.merged_into IS NULL
		AND t.snoozed_until IS NULL
	ORDER BY t.assignee_id, t.id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED`

// ReturnFrom puts tickets of operators who are away, on which a citizen waits, back into their offices' queues. What
// somebody is writing on comes with the next pass, what is put aside once it is back. It tells whether there may be more.
func (s *Store) ReturnFrom(ctx context.Context, tx pgx.Tx, operators []id.Operator) (more bool, err error) {
	return s.putBack(ctx, tx, CauseAbsent, returnSQL, operators, lookedAt)
}

const (
	assignedSQL = `SELECT t.assignee_id, t.office_id FROM ticket t
		WHERE t.assignee_id IS NOT NULL AND t.status NOT IN ('resolved', 'closed') AND t.merged_into IS NULL GROUP BY 1, 2`
	unseenSQL = `SELECT ` + Columns + ` FROM ticket t JOIN unnest($1::uuid[], $2::uuid[]) gone(operator, office)
		ON t.assignee_id = gone.operator AND t.office_id = gone.office
		WHERE t.status NOT IN ('resolved', 'closed') AND t.merged_into IS NULL
		ORDER BY t.id LIMIT $3 FOR NO KEY UPDATE OF t SKIP LOCKED`
)

// ReturnUnseen puts open tickets whose assignee does not work on them any more, having left the town or the office or
// got another role, back into their offices' queues: they would wait for nobody. It tells whether there may be more.
func (s *Store) ReturnUnseen(ctx context.Context, tx pgx.Tx) (more bool, err error) {
	rows, err := tx.Query(ctx, assignedSQL)
	if err != nil {
		return false, fmt.Errorf("looking who has what: %w", err)
	}
	type holding struct {
		Operator id.Operator
		Office   id.Office
	}
	held, err := pgx.CollectRows(rows, pgx.RowToStructByPos[holding])
	if err != nil {
		return false, fmt.Errorf("looking who has what: %w", err)
	}
	who := make([]id.Operator, len(held))
	for i, h := range held {
		who[i] = h.Operator
	}
	actors, err := account.Actors(ctx, tx, who)
	if err != nil {
		return false, err
	}
	var operators []id.Operator
	var offices []id.Office
	for _, h := range held {
		if !account.WorksOn(actors[h.Operator], h.Office) {
			operators, offices = append(operators, h.Operator), append(offices, h.Office)
		}
	}
	if len(operators) == 0 {
		return false, nil
	}
	return s.putBack(ctx, tx, CauseLeft, unseenSQL, operators, offices, lookedAt)
}

// putBack takes the tickets that a query locks from whoever has them.
func (s *Store) putBack(ctx context.Context, tx pgx.Tx, cause, query string, args ...any) (more bool, err error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return false, fmt.Errorf("looking for what goes back: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByName[Ticket])
	if err != nil {
		return false, fmt.Errorf("looking for what goes back: %w", err)
	}
	if len(list) == 0 {
		return false, nil
	}
	w := &writer{now: s.clock(), book: s.book}
	for _, t := range list {
		name, err := nameOf(ctx, tx, `SELECT name FROM operator WHERE id = $1`, "assignee_id", t.Assignee)
		if err != nil {
			return false, err
		}
		w.on(t).record(actorOf(account.System()), EventUnassigned,
			map[string]string{"operator": t.Assignee.String(), "operator_name": name, "cause": cause})
		t.Assignee = id.Operator{}
	}
	return len(list) == lookedAt, w.send(ctx, tx)
}

// Waiting lists tickets of an office that nobody has, in the order in which they are given out.
func (s *Store) Waiting(ctx context.Context, q postgres.Querier, scope account.Scope, office id.Office, most int) ([]Shown, error) {
	rows, err := q.Query(ctx, `SELECT t.number, t.subject FROM ticket t WHERE `+nextWhere+` ORDER BY `+nextOrder+` LIMIT $5`,
		scope.AllBut(), scope.Offices(), scope.Shares(), []id.Office{office}, most)
	if err != nil {
		return nil, fmt.Errorf("listing what nobody has: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Shown])
	if err != nil {
		return nil, fmt.Errorf("listing what nobody has: %w", err)
	}
	return list, nil
}

// Shown is what names a ticket to people.
type Shown struct {
	Number  Number `db:"number"`
	Subject string `db:"subject"`
}
