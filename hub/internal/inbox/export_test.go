package inbox

import (
	"context"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/postgres"
)

// ListQuery shows the statement of a list, for EXPLAIN.
func ListQuery(ctx context.Context, db postgres.Querier, s *Store, scope account.Scope, f Filter) (string, []any, error) {
	if err := f.look(ctx, db); err != nil {
		return "", nil, err
	}
	l, err := s.compile(scope, f)
	if err != nil {
		return "", nil, err
	}
	text := l.text()
	return text, l.asked(), nil
}

// CursorAfter is the position behind a ticket in a list.
func CursorAfter(f Filter, t Summary) (string, error) {
	order, err := f.order()
	if err != nil {
		return "", err
	}
	name, err := f.name(order)
	if err != nil {
		return "", err
	}
	return (&listing{order: order, name: name}).after(t).Encode(), nil
}

// CountQuery is what Counts asks.
var CountQuery = countQuery

// PeopleQuery is what People asks, WantedPeople its arguments.
var (
	PeopleQuery  = people
	WantedPeople = wantedPeople
)
