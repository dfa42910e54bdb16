package postgres_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
)

// TestBeforeCommit: what waits goes with the first transaction that commits, not with a savepoint, and once.
func TestBeforeCommit(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	_, err := pool.Exec(t.Context(), `CREATE TABLE told (what text)`)
	require.NoError(t, err)
	ctx, done := postgres.BeforeCommit(t.Context(), func(ctx context.Context, q postgres.Querier) error {
		_, err := q.Exec(ctx, `INSERT INTO told VALUES ('waited')`)
		return err
	})
	told := func() (n int) {
		require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM told`).Scan(&n))
		return n
	}
	nothing := func(pgx.Tx) error { return nil }
	refused := errors.New("refused")
	require.ErrorIs(t, postgres.InTx(ctx, pool, func(pgx.Tx) error { return refused }), refused)
	require.False(t, done())
	require.ErrorIs(t, postgres.InTx(ctx, pool, func(tx pgx.Tx) error {
		require.NoError(t, postgres.InTx(ctx, tx, nothing))
		return refused
	}), refused)
	require.False(t, done())
	require.Zero(t, told())
	for range 2 {
		require.NoError(t, postgres.InTx(ctx, pool, nothing))
		require.True(t, done())
		require.Equal(t, 1, told())
	}
	require.Empty(t, postgres.MadeIn(ctx, "things"))
	postgres.Made(ctx, "things", "1") // of an attempt that failed
	postgres.Made(ctx, "things", "2")
	require.Equal(t, "2", postgres.MadeIn(ctx, "things"))
	postgres.Made(t.Context(), "things", "3")
	require.Empty(t, postgres.MadeIn(t.Context(), "things"), "nobody waits")
}
