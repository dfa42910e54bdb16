package app_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/config"
)

// private is the configuration of a hub that runs its own database in dir.
func private(t *testing.T, dir string) config.Config {
	t.Helper()
	cfg, err := config.Load(config.Sources{Overrides: map[string]any{
		"data_dir": dir, "adapters.dir": build(t).adapters, "public.addr": "127.0.0.1:0", "internal.addr": "127.0.0.1:0",
		"pg_bin": os.Getenv("SPORTELLO_PG_BIN"),
	}})
	require.NoError(t, err)
	return cfg
}

// dataDir is a directory that the database's own user can pass through.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sportello-data-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o711))
	return dir
}

// tree is every file below dir with what it holds.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		files[path] = string(content)
		return err
	}))
	return files
}

func TestForeignDatabaseDirectoryIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files map[string]string
		says  string
	}{
		"another PostgreSQL": {map[string]string{"PG_VERSION": "15\n", "base/1/1255": "data"}, "data directory of another PostgreSQL"},
		"somebody's files":   {map[string]string{"tesi.odt": "capitolo 1"}, "it holds tesi.odt"},
		"lost data":          {map[string]string{"sportello.json": `{"format":1,"password":"x","initialised":"2026-01-01T00:00:00Z"}`}, "data/ was there and is gone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := dataDir(t)
			for file, content := range c.files {
				path := filepath.Join(dir, "postgres", file)
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
			}
			before := tree(t, dir)
			_, err := app.OpenDatabase(t.Context(), private(t, dir), logOf(t))
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, dir)
			after := tree(t, dir)
			delete(after, filepath.Join(dir, "postgres", "owner.lock"))
			require.Equal(t, before, after)
		})
	}
}

func TestSecondHubOnOneDataDirectoryIsRefused(t *testing.T) {
	t.Parallel()
	cfg := private(t, dataDir(t))
	first, err := app.OpenDatabase(t.Context(), cfg, logOf(t))
	require.NoError(t, err)
	_, err = app.OpenDatabase(t.Context(), cfg, logOf(t))
	require.ErrorContains(t, err, "in use by process")
	_, said := run(t, environment(cfg.DataDir), "serve")
	require.Contains(t, said, "in use by process")
	// The first is not disturbed, and once it has gone the next can have its data.
	domain, err := app.OpenDomain(t.Context(), cfg, first)
	require.NoError(t, err)
	require.NoError(t, domain.EnsureTown(t.Context()))
	domain.Pool.Close()
	require.NoError(t, first.Close(context.WithoutCancel(t.Context())))
	again, err := app.OpenDatabase(t.Context(), cfg, logOf(t))
	require.NoError(t, err)
	require.NoError(t, again.Close(context.WithoutCancel(t.Context())))
}

func TestDemoRefusesTheDataOfATown(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	env := environment(dir)
	ok, said := run(t, env, "seed", "--town", "Comune di Montelupo")
	require.True(t, ok, said)
	ok, said = run(t, env, "demo", "--data", dir, "--public", "127.0.0.1:0", "--internal", "127.0.0.1:0", "--simulator", "127.0.0.1:0")
	require.False(t, ok)
	require.Contains(t, said, "belongs to Comune di Montelupo, which is no demo")
	require.Contains(t, said, "--data")
	require.NoDirExists(t, filepath.Join(dir, "world"), "nothing was put beside the town's data")
	ok, said = run(t, env, "user", "list")
	require.True(t, ok, said)
	require.Empty(t, strings.TrimSpace(said), "no operator of the demo can sign in")
}

func TestUnknownSettingsAreRefusedByName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "sportello.toml")
	require.NoError(t, os.WriteFile(file, []byte("[databse]\nurl = \"postgres://x\"\n"), 0o600))
	for name, c := range map[string]struct {
		env  []string
		args []string
		says []string
	}{
		"in the file":        {environment(dir), []string{"serve", "--config", file}, []string{"databse", file}},
		"in the environment": {append(environment(dir), "SPORTELLO_DATABASE_MAXCONNS=9"), []string{"serve"}, []string{"SPORTELLO_DATABASE_MAXCONNS", "SPORTELLO_DATABASE_MAX_CONNS"}},
		"a wrong value":      {append(environment(dir), "SPORTELLO_DATABASE_MAX_CONNS=1"), []string{"serve"}, []string{"database.max_conns"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ok, said := run(t, c.env, c.args...)
			require.False(t, ok)
			for _, text := range c.says {
				require.Contains(t, said, text)
			}
			require.NoDirExists(t, filepath.Join(dir, "postgres"), "nothing was begun")
		})
	}
}

// environment is this process's own without settings of a hub, and those of a hub with its data in dir.
func environment(dir string) []string {
	env := []string{"SPORTELLO_DATA_DIR=" + dir, "SPORTELLO_LOG_LEVEL=error", "SPORTELLO_PUBLIC_ADDR=127.0.0.1:0", "SPORTELLO_INTERNAL_ADDR=127.0.0.1:0"}
	if bin := os.Getenv("SPORTELLO_PG_BIN"); bin != "" {
		env = append(env, "SPORTELLO_PG_BIN="+bin)
	}
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "SPORTELLO_") {
			env = append(env, entry)
		}
	}
	return env
}

// run runs the hub's command to its end and returns whether it succeeded, and what it printed.
func run(t *testing.T, env []string, args ...string) (bool, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, build(t).hub, args...)
	c.Env = env
	said, err := c.CombinedOutput()
	require.NoError(t, ctx.Err(), "%s goes on: %s", args, said)
	return err == nil, string(said)
}
