package intake

import (
	"context"
	"fmt"

	"sportello.dev/hub/internal/postgres"
)

// FreeLanes frees the lanes that the workers of a dead replica held, so that the letters in them need not wait until
// the hold runs out. A lane does not say whose it is: while any replica lives, nothing is freed. The caller has
// forgotten the dead one.
func (j *Journal) FreeLanes(ctx context.Context, q postgres.Querier) error {
	_, err := q.Exec(ctx, `UPDATE intake_lane SET claimed_until = '-infinity'
WHERE claimed_until > clock_timestamp()
  AND NOT EXISTS (SELECT FROM replica WHERE seen_at > clock_timestamp() - interval '1 minute')`)
	if err != nil {
		return fmt.Errorf("freeing the lanes of a former replica: %w", err)
	}
	return nil
}
