package pgtest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
)

func TestDatabasesAreSeparate(t *testing.T) {
	t.Parallel()
	a, b := pgtest.New(t), pgtest.New(t)
	_, err := a.Exec(t.Context(), "CREATE TABLE only_in_a (n int)")
	require.NoError(t, err)
	var there bool
	require.NoError(t, b.QueryRow(t.Context(), "SELECT to_regclass('only_in_a') IS NOT NULL").Scan(&there))
	require.False(t, there)
	require.NoError(t, postgres.CheckSchema(t.Context(), b))
}

func TestDatabaseIsDroppedWithItsTest(t *testing.T) {
	t.Parallel()
	var url string
	t.Run("inner", func(t *testing.T) {
		url = pgtest.URL(t)
		require.NoError(t, pgtest.Pool(t, url).Ping(t.Context()))
	})
	_, err := postgres.Open(t.Context(), postgres.Config{URL: url})
	require.ErrorContains(t, err, "does not exist")
}

func TestOnlyDurableServersSyncWhatTheyCommit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		url     string
		durable bool
	}{{pgtest.URL(t), false}, {pgtest.DurableURL(t), true}} {
		pool := pgtest.Pool(t, c.url)
		require.NoError(t, postgres.CheckSchema(t.Context(), pool))
		problems, err := postgres.Durability(t.Context(), pool)
		require.NoError(t, err)
		require.Equal(t, c.durable, len(problems) == 0, "%v", problems)
	}
}

func TestDurableServerKeepsWhatWasCommitted(t *testing.T) {
	t.Parallel()
	d := pgtest.Server(t, pgtest.Options{Unmigrated: true})
	url := d.URL()
	pool := pgtest.Pool(t, url)
	problems, err := postgres.Durability(t.Context(), pool)
	require.NoError(t, err)
	require.Empty(t, problems)
	_, err = pool.Exec(t.Context(), "CREATE TABLE kept AS SELECT 1 AS n")
	require.NoError(t, err)

	d.Kill(t)
	_, err = pool.Exec(t.Context(), "SELECT 1")
	require.Error(t, err)
	require.True(t, postgres.IsRetryable(err), "%v", err)
	d.Restart(t)
	require.Equal(t, url, d.URL())
	require.Eventually(t, func() bool {
		var n int
		return pool.QueryRow(t.Context(), "SELECT n FROM kept").Scan(&n) == nil && n == 1
	}, 10*time.Second, 20*time.Millisecond)
}
