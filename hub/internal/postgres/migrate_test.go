package postgres_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
)

func TestMigrateOnceFromEmpty(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	pool := pgtest.Pool(t, url)
	require.ErrorContains(t, postgres.CheckSchema(t.Context(), pool), `run "sportello migrate"`)

	applied, err := postgres.Migrate(t.Context(), url)
	require.NoError(t, err)
	files, err := filepath.Glob("migrations/*.sql")
	require.NoError(t, err)
	var river, ours []string
	for _, name := range applied {
		if strings.HasPrefix(name, "river/") {
			require.Empty(t, ours, "the job queue's tables come first")
			river = append(river, name)
			continue
		}
		ours = append(ours, filepath.Join("migrations", name))
	}
	require.Equal(t, files, ours)
	require.NotEmpty(t, river)
	require.NoError(t, postgres.CheckSchema(t.Context(), pool))

	applied, err = postgres.Migrate(t.Context(), url)
	require.NoError(t, err)
	require.Empty(t, applied, "nothing is left to do")
}

func TestReplicasMigrateTogether(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	type result struct {
		applied []string
		err     error
	}
	results := make(chan result, 3)
	for range cap(results) {
		go func() {
			applied, err := postgres.Migrate(t.Context(), url)
			results <- result{applied, err}
		}()
	}
	worked := 0
	for range cap(results) {
		r := <-results
		require.NoError(t, r.err)
		if len(r.applied) > 0 {
			worked++
		}
	}
	require.Equal(t, 1, worked)
}

func TestCheckSchemaAcceptsTheNextRelease(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	_, err := pool.Exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`)
	require.NoError(t, err)
	require.NoError(t, postgres.CheckSchema(t.Context(), pool))

	_, err = pool.Exec(t.Context(), `DELETE FROM goose_db_version WHERE version_id > 1`)
	require.NoError(t, err)
	require.ErrorContains(t, postgres.CheckSchema(t.Context(), pool), "at version 1")
}

// TestJobQueueSchemaIsTheLibrarys fails when the library is raised and the
// version its schema is pinned to is not.
func TestJobQueueSchemaIsTheLibrarys(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	m, err := rivermigrate.New[pgx.Tx](riverpgxv5.New(pool), nil)
	require.NoError(t, err)
	existing, err := m.ExistingVersions(t.Context())
	require.NoError(t, err)
	require.Len(t, existing, len(m.AllVersions()))
	valid, err := m.Validate(t.Context(), nil)
	require.NoError(t, err)
	require.True(t, valid.OK, "%v", valid.Messages)
}

func TestMigrationsGoForwardOnly(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("migrations/*.sql")
	require.NoError(t, err)
	name := regexp.MustCompile(`^\d{5}_[a-z0-9_]+\.sql$`)
	for _, file := range files {
		require.Regexp(t, name, filepath.Base(file))
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(string(raw), "-- +goose "), file)
		require.NotContains(t, string(raw), "+goose Down", file)
	}
}
