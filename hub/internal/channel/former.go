package channel

import (
	"context"
	"fmt"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// ReleaseFormer frees every lease of a replica that is known to be dead, so that its successor need not wait for them
// to expire. What the dead one still has under way in the database cannot commit after the next term is taken.
func (s *Store) ReleaseFormer(ctx context.Context, q postgres.Querier, dead id.Replica) error {
	_, err := q.Exec(ctx, `UPDATE channel_lease SET holder = NULL, expires_at = '-infinity' WHERE holder = $1`, dead)
	if err != nil {
		return fmt.Errorf("freeing the leases of a former replica: %w", err)
	}
	return nil
}
