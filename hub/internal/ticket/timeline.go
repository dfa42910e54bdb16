package ticket

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyset"
	"sportello.dev/hub/internal/postgres"
)

// Timeline gives a page of a ticket's history, that of joined tickets included.
func (s *Store) Timeline(ctx context.Context, db postgres.Querier, scope account.Scope, ticket id.Ticket, span Span) (keyset.Page[Event], error) {
	tickets, err := s.conversation(ctx, db, scope, ticket)
	if err != nil {
		return keyset.Page[Event]{}, err
	}
	order, compare := "ASC", ">"
	if span.NewestFirst {
		order, compare = "DESC", "<"
	}
	list := "events " + order + " " + ticket.String()
	from, err := keyset.Decode(span.Cursor, list)
	if err != nil {
		return keyset.Page[Event]{}, err
	}
	size := keyset.Size(span.Limit)
	where, args := `e.ticket_id = ANY($1)`, []any{tickets}
	if from != nil {
		where, args = where+` AND (e.at, e.id) `+compare+` ($2, $3)`, append(args, from.Key(), from.ID)
	}
	query := fmt.Sprintf(`
		SELECT e.id, e.ticket_id, n.number AS ticket_number, e.type, e.params, e.actor_kind,
		       coalesce(e.actor_id, '00000000-0000-0000-0000-000000000000') AS actor_id,
		       coalesce(a.name, k.name, '') AS actor_name, e.at
		FROM ticket_event e
		JOIN ticket n ON n.id = e.ticket_id
		LEFT JOIN operator a ON e.actor_kind = 'operator' AND a.id = e.actor_id
		LEFT JOIN api_token k ON e.actor_kind = 'token' AND k.id = e.actor_id
		WHERE %s ORDER BY e.at %s, e.id %s LIMIT %d`, where, order, order, size+1)
	rows, err := db.Query(ctx, query, args...)
	if err != nil {
		return keyset.Page[Event]{}, fmt.Errorf("reading a ticket's history: %w", err)
	}
	events, err := pgx.CollectRows(rows, pgx.RowToStructByName[Event])
	if err != nil {
		return keyset.Page[Event]{}, fmt.Errorf("reading a ticket's history: %w", err)
	}
	return keyset.Cut(events, size, func(e Event) keyset.Cursor { return keyset.Cursor{List: list, At: &e.At, ID: e.ID.UUID} }), nil
}
