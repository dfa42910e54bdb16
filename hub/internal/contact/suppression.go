package contact

import (
	"context"
	"fmt"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Suppress notes that an address wants no proactive messages any more, and by which message it said so. It tells whether
// that is new. Answers to what a citizen asked are no proactive messages.
func (s *Store) Suppress(ctx context.Context, q postgres.Querier, kind, value string, by id.Entry) (changed bool, err error) {
	tag, err := q.Exec(ctx, `
		INSERT INTO suppression (kind, value, journal_id, since) VALUES ($1, $2, $3, clock_timestamp())
		ON CONFLICT (kind, value) DO UPDATE SET journal_id = EXCLUDED.journal_id, since = EXCLUDED.since, lifted_at = NULL
		WHERE suppression.lifted_at IS NOT NULL`, kind, value, by)
	if err != nil {
		return false, fmt.Errorf("suppressing an address: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}

// Resume lifts a suppression and tells whether there was one.
func (s *Store) Resume(ctx context.Context, q postgres.Querier, kind, value string) (changed bool, err error) {
	tag, err := q.Exec(ctx, `UPDATE suppression SET lifted_at = clock_timestamp() WHERE kind = $1 AND value = $2 AND lifted_at IS NULL`, kind, value)
	if err != nil {
		return false, fmt.Errorf("lifting a suppression: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}

// Suppressed tells whether an address wants no proactive messages.
func (s *Store) Suppressed(ctx context.Context, q postgres.Querier, kind, value string) (bool, error) {
	var suppressed bool
	err := q.QueryRow(ctx, `SELECT EXISTS (SELECT FROM suppression WHERE kind = $1 AND value = $2 AND lifted_at IS NULL)`, kind, value).Scan(&suppressed)
	if err != nil {
		return false, fmt.Errorf("looking for a suppression: %w", err)
	}
	return suppressed, nil
}
