package delivery_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres/pgtest"
)

// What failed or is uncertain is listed from an index, whatever was decided over the years, beside thousands that
// went well.
func TestDeliveriesInTroubleAreReadFromAnIndex(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	_, ids := b.enqueue(t, b.message, "ada@posta.example")
	b.exec(t, `
INSERT INTO delivery
SELECT (jsonb_populate_record(d, jsonb_build_object('id', gen_random_uuid(), 'updated_at', now() - n * interval '1 minute',
           'state', CASE WHEN n > 1000 THEN 'sent' ELSE (ARRAY['failed', 'uncertain', 'expired'])[n % 3 + 1] END,
           'decision', CASE WHEN n % 10 = 0 THEN '' ELSE 'dismiss' END))).*
FROM delivery d, generate_series(1, 4000) n WHERE d.id = $1`, ids[0])
	b.exec(t, `ANALYZE delivery`)

	var middle delivery.TroubleCursor
	require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT updated_at, id FROM delivery WHERE state = 'failed' ORDER BY updated_at OFFSET 150 LIMIT 1`).
		Scan(&middle.At, &middle.ID))
	scopes := map[string]account.Scope{"all": account.SystemScope(), "another office": account.OfficeScope(id.New[id.Office]())}
	for seen, scope := range scopes {
		for _, states := range [][]delivery.State{{delivery.Failed, delivery.Expired}, {delivery.Uncertain}} {
			for _, decided := range []bool{false, true} {
				for _, before := range []*delivery.TroubleCursor{nil, &middle} {
					query, args := delivery.TroubleQuery(scope, delivery.TroublePage{States: states, Decided: decided, Before: before, Size: 50})
					name := fmt.Sprintf("%v, decided %v, second page %v, scope %s", states, decided, before != nil, seen)
					pgtest.RequireBounded(t, b.pool, name, "delivery", 1000, query, args)
				}
			}
		}
	}
}
