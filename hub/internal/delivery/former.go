package delivery

import (
	"context"
	"fmt"

	"sportello.dev/hub/internal/delivery/internal/db"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Arrive gives a replica's first sign of life; without it another's sweep could take its first attempts for lost.
func (s *Store) Arrive(ctx context.Context, q postgres.Querier, replica id.Replica, name string) error {
	if err := s.queries.Beat(ctx, q, db.BeatParams{ID: replica, Name: name}); err != nil {
		return fmt.Errorf("giving the first sign of life: %w", err)
	}
	return nil
}

// Bury forgets a replica that is known to be dead: the next sweep settles its attempts, without waiting for its
// silence to grow long.
func (s *Store) Bury(ctx context.Context, q postgres.Querier, dead id.Replica) error {
	if _, err := q.Exec(ctx, `DELETE FROM replica WHERE id = $1`, dead); err != nil {
		return fmt.Errorf("forgetting a former replica: %w", err)
	}
	return nil
}
