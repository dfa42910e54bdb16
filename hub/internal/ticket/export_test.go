package ticket

import "sportello.dev/hub/internal/account"

// ListQuery shows the statement of a list, for EXPLAIN.
func ListQuery(s *Store, scope account.Scope, f Filter) (string, []any, error) {
	l, err := s.compile(scope, f)
	if err != nil {
		return "", nil, err
	}
	text := l.text()
	return text, l.args, nil
}

// CountQuery is what Counts asks.
var CountQuery = countQuery
