package mention

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

// inScope takes the scope as $1 to $3.
const inScope = `((t.office_id = ANY($2)) <> $1 OR t.shared_with && $3)`

// Sizes of a page, and how much of a note is shown in it, in characters.
const (
	defaultPage = 50
	maxPage     = 200
	excerpt     = 300
)

// List gives a page of the reader's mentions, newest first. The next page begins after the one named last; the unset id
// ends the list.
func (s *Store) List(ctx context.Context, q postgres.Querier, scope account.Scope, reader id.Operator, after string, limit int) ([]Entry, id.Mention, error) {
	var from id.Mention
	if after != "" {
		var err error
		if from, err = id.Parse[id.Mention](after); err != nil {
			return nil, id.Mention{}, fault.Invalid("cursor", "format", "this is no place in the list: %w", err)
		}
	}
	if limit <= 0 {
		limit = defaultPage
	}
	size := min(limit, maxPage)
	rows, _ := q.Query(ctx, fmt.Sprintf(`
		SELECT r.id, r.message_id, coalesce(r.lost, t.number) AS number, coalesce(t.subject, '') AS subject, m.author_id, coalesce(a.name, '') AS by_name,
		       coalesce(left(m.text, %d), '') AS excerpt, r.office_id, coalesce(o.name, '') AS office_name, coalesce(r.lost_at, m.created_at) AS created_at,
		       r.read_at, r.lost IS NOT NULL AS is_lost
		FROM mention_reader r
		LEFT JOIN message m ON m.id = r.message_id
		LEFT JOIN ticket t ON t.id = ticket_root(m.ticket_id)
		LEFT JOIN operator a ON a.id = m.author_id
		LEFT JOIN office o ON o.id = r.office_id
		WHERE r.operator_id = $4 AND ($5::uuid IS NULL OR r.id < $5) AND (r.lost IS NOT NULL OR `+inScope+`)
		ORDER BY r.id DESC LIMIT %d`, excerpt, size+1),
		scope.AllBut(), scope.Offices(), scope.Shares(), reader, from)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Entry])
	if err != nil {
		return nil, id.Mention{}, fmt.Errorf("listing mentions: %w", err)
	}
	if len(list) <= size {
		return list, id.Mention{}, nil
	}
	return list[:size], list[size-1].ID, nil
}

// Count counts what the reader has not read, as far as it is in sight and to keyset.MaxCount.
func (s *Store) Count(ctx context.Context, q postgres.Querier, scope account.Scope, reader id.Operator) (n int, err error) {
	err = q.QueryRow(ctx, fmt.Sprintf(`
		SELECT count(*) FROM (SELECT FROM mention_reader r
		    LEFT JOIN message m ON m.id = r.message_id LEFT JOIN ticket t ON t.id = ticket_root(m.ticket_id)
		    WHERE r.operator_id = $4 AND r.read_at IS NULL AND (r.lost IS NOT NULL OR `+inScope+`) LIMIT %d) c`, keyset.MaxCount),
		scope.AllBut(), scope.Offices(), scope.Shares(), reader).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting mentions: %w", err)
	}
	return n, nil
}

// Read notes that the reader has read one mention.
func (s *Store) Read(ctx context.Context, q postgres.Querier, reader id.Operator, which id.Mention) error {
	return s.mark(ctx, q, `id = $3`, reader, which)
}

// ReadUntil notes that the reader has read one mention and all before it; what came since stays unread.
func (s *Store) ReadUntil(ctx context.Context, q postgres.Querier, reader id.Operator, newest id.Mention) error {
	return s.mark(ctx, q, `id <= $3`, reader, newest)
}

func (s *Store) mark(ctx context.Context, q postgres.Querier, which string, args ...any) error {
	_, err := q.Exec(ctx, `UPDATE mention_reader SET read_at = $1 WHERE operator_id = $2 AND read_at IS NULL AND `+which, append([]any{s.now()}, args...)...)
	if err != nil {
		return fmt.Errorf("noting what was read of mentions: %w", err)
	}
	return nil
}

// OfMessages tells whom messages name, as they are called at present. The messages were read within a scope.
func (s *Store) OfMessages(ctx context.Context, q postgres.Querier, messages []id.Message) (map[id.Message][]Named, error) {
	all := map[id.Message][]Named{}
	if len(messages) == 0 {
		return all, nil
	}
	rows, err := q.Query(ctx, `
		SELECT n.message_id, n.operator_id, n.office_id, coalesce(p.name, o.name)
		FROM mention n LEFT JOIN operator p ON p.id = n.operator_id LEFT JOIN office o ON o.id = n.office_id
		WHERE n.message_id = ANY($1) ORDER BY n.message_id, n.position`, messages)
	if err != nil {
		return nil, fmt.Errorf("reading whom notes mention: %w", err)
	}
	var note id.Message
	var n Named
	if _, err := pgx.ForEachRow(rows, []any{&note, &n.Operator, &n.Office, &n.Label}, func() error {
		all[note] = append(all[note], n)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("reading whom notes mention: %w", err)
	}
	return all, nil
}
