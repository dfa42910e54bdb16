package delivery_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/delivery/internal/db"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// explaining asks for the plan of each query before the query itself.
type explaining struct {
	db.DBTX
	plans string
}

func (e *explaining) Query(ctx context.Context, text string, args ...any) (pgx.Rows, error) {
	rows, err := e.DBTX.Query(ctx, "EXPLAIN "+text, args...)
	if err != nil {
		return nil, err
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	for _, line := range lines {
		e.plans += line + "\n"
	}
	return e.DBTX.Query(ctx, text, args...)
}

// TestWhatRunsEveryFewSecondsReadsNoPast: a town sends for years, and each sweep looks for the few that are under way.
func TestWhatRunsEveryFewSecondsReadsNoPast(t *testing.T) {
	t.Parallel()
	b := setup(t, "none")
	x, _ := b.enqueue(t, b.message, "ada@posta.example")
	b.exec(t, `INSERT INTO attempt (transmission_id, n, replica, started_at, deadline, finished_at, outcome)
		SELECT $1, 1000 + n, $2, now(), now(), now(), 'delivered' FROM generate_series(1, 5000) n`, x, id.New[id.Replica]())
	b.exec(t, `INSERT INTO delivery (id, transmission_id, message_id, ticket_id, channel_id, address_kind, address_value, state, attempt, expires_at)
		SELECT gen_random_uuid(), transmission_id, message_id, ticket_id, channel_id, address_kind, address_value, 'delivered', 1, now()
		FROM delivery, generate_series(1, 5000) n WHERE transmission_id = $1`, x)
	b.exec(t, `ANALYZE attempt, delivery`)
	e := &explaining{DBTX: b.pool}
	queries := db.New()
	_, err := queries.Lost(t.Context(), e, db.LostParams{Silence: postgres.Interval(time.Minute), Most: 100})
	require.NoError(t, err)
	_, err = queries.Due(t.Context(), e, db.DueParams{Grace: postgres.Interval(time.Minute), Most: 100})
	require.NoError(t, err)
	_, err = queries.Lookups(t.Context(), e, 100)
	require.NoError(t, err)
	require.NotContains(t, e.plans, "Seq Scan on attempt", e.plans)
	require.NotContains(t, e.plans, "Seq Scan on delivery", e.plans)
	require.Contains(t, e.plans, "attempt_running_idx")
}
