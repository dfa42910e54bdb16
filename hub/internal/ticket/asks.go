package ticket

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyset"
	"sportello.dev/hub/internal/postgres"
)

// askColumns show a question beside the ticket to go on with, t.
const askColumns = `
	SELECT r.id, r.ticket_id, t.number, t.subject, r.office_id, coalesce(o.name, '') AS office_name,
	       coalesce(r.expert_value, '') AS expert_value, r.expert_name, r.message_id, coalesce(m.threading_params, '{}') AS answer_params, r.from_office_id, f.name AS from_name,
	       r.asked_by, coalesce(a.name, '') AS by_name, r.question, r.asked_at, r.due_at, r.reminded_at, r.state,
	       coalesce(m.text, '') AS answer, r.answer_id, r.ended_by, coalesce(e.name, '') AS ended_name, r.ended_at, r.seen_at
	FROM side_request r
	JOIN ticket t ON t.id = ticket_root(r.ticket_id)
	LEFT JOIN office o ON o.id = r.office_id
	JOIN office f ON f.id = r.from_office_id
	LEFT JOIN operator a ON a.id = r.asked_by
	LEFT JOIN operator e ON e.id = r.ended_by
	LEFT JOIN message m ON m.id = r.answer_id
	WHERE ` + inScope + ` AND `

// OneAsk reads a question on a ticket in scope.
func (s *Store) OneAsk(ctx context.Context, db postgres.Querier, scope account.Scope, ask id.Ask) (*Ask, error) {
	list, err := s.readAsks(ctx, db, scope, askColumns+`r.id = $4`, ask)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, scope.Missing(fault.NotFound("no such question"), func(sight account.Scope) error {
			_, err := s.OneAsk(ctx, db, sight, ask)
			return err
		})
	}
	return &list[0], nil
}

// openAsks are those about a ticket, with what those who asked have not seen yet of how it ended.
const openAsks = askColumns + `r.ticket_id = ANY($4) AND r.seen_at IS NULL ORDER BY r.due_at, r.id`

// Box is whose questions to list.
type Box string

// The boxes: what the offices of an operator are asked, and what the operator asked and waits for.
const (
	BoxReceived Box = "received"
	BoxSent     Box = "sent"
)

// Asks gives a page of questions, those due first before the others.
func (s *Store) Asks(ctx context.Context, db postgres.Querier, scope account.Scope, by account.Actor, box Box, after string, limit int) (keyset.Page[Ask], error) {
	from, err := keyset.Decode(after, "asks "+string(box))
	if err != nil {
		return keyset.Page[Ask]{}, err
	}
	var query string
	var key any
	switch box {
	case BoxReceived:
		query, key = receivedAsks, listed(by.Offices)
	case BoxSent:
		query, key = sentAsks, by.Operator
	default:
		return keyset.Page[Ask]{}, fault.Invalid("box", "unknown", "no box %q", box)
	}
	args := []any{key}
	if from != nil {
		query += ` AND (r.due_at, r.id) > ($5, $6)`
		args = append(args, from.Key(), from.ID)
	}
	size := keyset.Size(limit)
	list, err := s.readAsks(ctx, db, scope, askColumns+query+fmt.Sprintf(` ORDER BY r.due_at, r.id LIMIT %d`, size+1), args...)
	if err != nil {
		return keyset.Page[Ask]{}, err
	}
	return keyset.Cut(list, size, func(a Ask) keyset.Cursor {
		return keyset.Cursor{List: "asks " + string(box), At: &a.Due, ID: a.ID.UUID}
	}), nil
}

const (
	receivedAsks = `r.state = 'open' AND r.office_id = ANY($4)`
	sentAsks     = `r.seen_at IS NULL AND r.asked_by = $4`
)

// CountAsks counts what an operator's offices are asked, and the answers that the operator has not seen, up to keyset.MaxCount.
func (s *Store) CountAsks(ctx context.Context, db postgres.Querier, scope account.Scope, by account.Actor) (received, answered int, err error) {
	const visible = ` FROM side_request r JOIN ticket t ON t.id = ticket_root(r.ticket_id) WHERE ` + inScope + ` AND `
	query := fmt.Sprintf(`SELECT (SELECT count(*) FROM (SELECT %[1]s r.state = 'open' AND r.office_id = ANY($4) LIMIT %[2]d) a),
		(SELECT count(*) FROM (SELECT %[1]s r.seen_at IS NULL AND (r.state <> 'open' OR r.answer_id IS NOT NULL) AND r.asked_by = $5 LIMIT %[2]d) b)`, visible, keyset.MaxCount)
	err = db.QueryRow(ctx, query, scope.AllBut(), scope.Offices(), scope.Shares(), listed(by.Offices), by.Operator).Scan(&received, &answered)
	if err != nil {
		return 0, 0, fmt.Errorf("counting questions: %w", err)
	}
	return received, answered, nil
}

// listed is never nil, so that it can stand in SQL as an array.
func listed(offices []id.Office) []id.Office {
	if offices == nil {
		return []id.Office{}
	}
	return offices
}

func (s *Store) readAsks(ctx context.Context, db postgres.Querier, scope account.Scope, query string, args ...any) ([]Ask, error) {
	rows, err := db.Query(ctx, query, append([]any{scope.AllBut(), scope.Offices(), scope.Shares()}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("reading questions: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Ask])
	if err != nil {
		return nil, fmt.Errorf("reading questions: %w", err)
	}
	return list, nil
}
