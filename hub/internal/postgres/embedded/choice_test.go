package embedded_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/postgres/embedded"
)

const (
	waitFor = 30 * time.Second
	tick    = 20 * time.Millisecond
)

// beside lays the npm package out beside a program of that name.
func beside(t *testing.T, place string) string {
	t.Helper()
	dir := tempDir(t)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "bin"), 0o755))
	require.NoError(t, os.Symlink(filepath.Dir(npmBin(t)), filepath.Join(dir, place)))
	return filepath.Join(dir, "bin", "sportello")
}

func TestNewDataFollowsTheOrderOfSources(t *testing.T) {
	t.Parallel()
	npm := "18."
	for _, c := range []struct {
		name, binDir, executable string
		npm                      bool
	}{
		{"named directory first", npmBin(t), "", true},
		{"beside the program", "", beside(t, "bin/postgres"), true},
		{"beside the program's directory", "", beside(t, "postgres"), true},
		{"the system's, when nothing else is there", "", filepath.Join(tempDir(t), "sportello"), false},
		{"named directory before the one beside", systemBin(t), beside(t, "postgres"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := volatile(filepath.Join(tempDir(t), "pg"))
			cfg.BinDir, cfg.Executable = c.binDir, c.executable
			version := start(t, cfg).Version()
			want := npm
			if !c.npm {
				want = filepath.Base(filepath.Dir(systemBin(t))) + "."
			}
			require.True(t, strings.HasPrefix(version, want), "%s is not %s", version, want)
		})
	}
}

func TestDataDecidesItsVersion(t *testing.T) {
	t.Parallel()
	cfg := volatile(filepath.Join(tempDir(t), "pg"))
	cfg.BinDir = npmBin(t)
	stop(t, start(t, cfg))

	cfg.BinDir, cfg.Executable = systemBin(t), beside(t, "postgres")
	s := start(t, cfg)
	require.True(t, strings.HasPrefix(s.Version(), "18."), "named programs of another version are passed over: %s", s.Version())
	stop(t, s)

	cfg.Executable = filepath.Join(tempDir(t), "sportello")
	_, err := embedded.Start(t.Context(), cfg)
	require.ErrorIs(t, err, embedded.ErrNoBinaries)
	require.ErrorContains(t, err, "holds data of PostgreSQL 18")
	require.ErrorContains(t, err, "SPORTELLO_PG_BIN")
	raw, err := os.ReadFile(filepath.Join(cfg.Dir, "data", "PG_VERSION"))
	require.NoError(t, err)
	require.Equal(t, "18\n", string(raw), "never initialised again")
}

func TestNamedDirectoryWithoutPrograms(t *testing.T) {
	t.Parallel()
	cfg := volatile(filepath.Join(tempDir(t), "pg"))
	cfg.BinDir = tempDir(t)
	_, err := embedded.Start(t.Context(), cfg)
	require.ErrorIs(t, err, embedded.ErrNoBinaries)
	require.ErrorContains(t, err, "SPORTELLO_PG_BIN")
}

func TestProgramsThatDoNotRun(t *testing.T) {
	t.Parallel()
	cfg := volatile(filepath.Join(tempDir(t), "pg"))
	cfg.BinDir = tempDir(t)
	for name, script := range map[string]string{"postgres": "#!/bin/sh\necho no such library >&2; exit 3\n", "initdb": "#!/bin/sh\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(cfg.BinDir, name), []byte(script), 0o755))
	}
	_, err := embedded.Start(t.Context(), cfg)
	require.ErrorContains(t, err, "no such library")
	require.NoError(t, os.WriteFile(filepath.Join(cfg.BinDir, "postgres"), []byte("#!/bin/sh\necho MariaDB\n"), 0o755))
	_, err = embedded.Start(t.Context(), cfg)
	require.ErrorContains(t, err, "MariaDB")
}

func TestMissingLibraryLinksAreMadeElsewhere(t *testing.T) {
	t.Parallel()
	pack, home := tempDir(t), tempDir(t)
	for _, name := range []string{"bin/postgres", "lib/libicu.so.60.2", "lib/libpq.so.5.18", "lib/libpq.so.5", "lib/plugin.so", "lib/libssl.so.1.1"} {
		put(t, pack, name, "x")
	}
	env, err := embedded.LinkLibraries(filepath.Join(pack, "bin"), home)
	require.NoError(t, err)
	require.Len(t, env, 1)
	dir, rest, _ := strings.Cut(strings.TrimPrefix(env[0], "LD_LIBRARY_PATH="+home+"/"), ":")
	require.Equal(t, filepath.Join(pack, "lib"), rest)
	target, err := os.Readlink(filepath.Join(home, dir, "libicu.so.60"))
	require.NoError(t, err)
	require.Equal(t, filepath.Join(pack, "lib", "libicu.so.60.2"), target)
	require.NoFileExists(t, filepath.Join(home, dir, "libpq.so.5"), "it is in the package")
	require.NoFileExists(t, filepath.Join(pack, "lib", "libicu.so.60"), "the package stays as it is")

	again, err := embedded.LinkLibraries(filepath.Join(pack, "bin"), home)
	require.NoError(t, err)
	require.Equal(t, env, again)
	none, err := embedded.LinkLibraries(filepath.Join(tempDir(t), "bin"), home)
	require.NoError(t, err)
	require.Empty(t, none, "nothing to link")
}
