//go:build bench

package bench

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/postgres/pgtest"
)

// profiles is where the profile of each rate goes; counting the statements costs a little of the rate.
var profiles = flag.String("profiles", "", "directory for a CPU profile of the hub and the statements of each rate")

// server is a PostgreSQL of the test's own, with the durability of production.
func server(t *testing.T) string {
	t.Helper()
	var o pgtest.Options
	if *profiles != "" {
		o.Settings = map[string]string{"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track": "all", "pg_stat_statements.track_planning": "on"}
	}
	url := pgtest.Server(t, o).URL()
	if *profiles != "" {
		// For whoever looks into it while it runs.
		require.NoError(t, os.WriteFile(filepath.Join(*profiles, "url"), []byte(url), 0o600))
	}
	return url
}

// profile begins to watch the hub on a database and returns what ends it.
func profile(t *testing.T, pool *pgxpool.Pool, what string) (end func()) {
	t.Helper()
	if *profiles == "" {
		return func() {}
	}
	name := filepath.Join(*profiles, strings.NewReplacer(" ", "-", ",", "").Replace(what))
	_, err := pool.Exec(t.Context(), `CREATE EXTENSION IF NOT EXISTS pg_stat_statements; SELECT pg_stat_statements_reset()`)
	require.NoError(t, err)
	f, err := os.Create(name + ".pprof")
	require.NoError(t, err)
	require.NoError(t, pprof.StartCPUProfile(f))
	return func() {
		pprof.StopCPUProfile()
		require.NoError(t, f.Close())
		require.NoError(t, os.WriteFile(name+".sql", []byte(statements(t, pool)), 0o644))
	}
}

// statements lists where the server's time went.
func statements(t *testing.T, pool *pgxpool.Pool) string {
	t.Helper()
	rows, err := pool.Query(t.Context(), `
		SELECT round(total_exec_time)::int, round(total_plan_time)::int, calls, rows, toplevel,
		       left(regexp_replace(query, '\s+', ' ', 'g'), 150)
		FROM pg_stat_statements ORDER BY total_exec_time + total_plan_time DESC LIMIT 45`)
	require.NoError(t, err)
	var b strings.Builder
	var total, planning, calls, affected int
	var top bool
	var query string
	_, err = pgx.ForEachRow(rows, []any{&total, &planning, &calls, &affected, &top, &query}, func() error {
		fmt.Fprintf(&b, "%7d ms %6d ms planning %7d calls %8d rows top=%v %s\n", total, planning, calls, affected, top, query)
		return nil
	})
	require.NoError(t, err)
	return b.String()
}
