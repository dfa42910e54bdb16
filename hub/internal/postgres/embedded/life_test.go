package embedded_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/postgres/embedded"
)

// life starts a hub on a new directory, looks at its server, and starts it again.
func life(t *testing.T, cfg embedded.Config, as *syscall.Credential) *hub {
	t.Helper()
	h, err := startHub(t, cfg, as)
	require.NoError(t, err)
	require.Equal(t, "UTF8", ask(t, h.URL, "SHOW server_encoding"))
	require.Equal(t, "C.UTF-8", ask(t, h.URL, "SELECT datcollate FROM pg_database WHERE datname = current_database()"))
	require.Empty(t, ask(t, h.URL, "SHOW listen_addresses"), "no TCP")
	for _, extension := range []string{"pg_trgm", "unaccent", "pgcrypto"} {
		ask(t, h.URL, "CREATE EXTENSION "+extension)
	}
	require.Equal(t, "'richiest':1", ask(t, h.URL, "SELECT to_tsvector('italian', 'richieste')"))
	ask(t, h.URL, "CREATE TABLE kept AS SELECT 42 AS n")
	h.stop(t)
	ended(t, h.PID)

	again, err := startHub(t, cfg, as)
	require.NoError(t, err)
	require.Equal(t, h.URL, again.URL, "the connection string stays")
	require.Equal(t, "42", ask(t, again.URL, "SELECT n FROM kept"))
	return again
}

func owner(t *testing.T, path string) int {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	return int(info.Sys().(*syscall.Stat_t).Uid)
}

// TestLife covers every source of programs with every identity this user can have.
func TestLife(t *testing.T) {
	t.Parallel()
	for name, bin := range map[string]func(testing.TB) string{"system": systemBin, "npm": npmBin} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := volatile(filepath.Join(tempDir(t), "pg"))
			cfg.BinDir = bin(t)
			h := life(t, cfg, nil)
			h.stop(t)
			if os.Geteuid() == 0 {
				require.NotZero(t, owner(t, filepath.Join(cfg.Dir, "data")), "root lends another identity")
			}
		})
		if os.Geteuid() != 0 {
			continue
		}
		t.Run(name+" as nobody", func(t *testing.T) {
			t.Parallel()
			parent := tempDir(t)
			require.NoError(t, os.Chown(parent, 65534, 65534))
			cfg := volatile(filepath.Join(parent, "pg"))
			cfg.BinDir = bin(t)
			h := life(t, cfg, nobody())
			require.Equal(t, 65534, owner(t, filepath.Join(cfg.Dir, "data")))
			h.kill(t)
			ended(t, h.PID)
		})
		t.Run(name+" in the home of root", func(t *testing.T) {
			t.Parallel()
			home := filepath.Join(tempDir(t), "home")
			require.NoError(t, os.Mkdir(home, 0o700))
			cfg := volatile(filepath.Join(home, "pg"))
			cfg.BinDir = bin(t)
			h := life(t, cfg, nil)
			require.Zero(t, owner(t, filepath.Join(cfg.Dir, "data")), "no other user gets there: a user namespace does")
			h.kill(t)
			ended(t, h.PID)
		})
	}
}

func TestServerIsDurableUnlessAskedOtherwise(t *testing.T) {
	t.Parallel()
	s := start(t, embedded.Config{Dir: filepath.Join(tempDir(t), "pg")})
	for _, setting := range []string{"fsync", "full_page_writes", "synchronous_commit", "data_checksums"} {
		require.Equal(t, "on", ask(t, s.URL(), "SHOW "+setting), setting)
	}
	require.Equal(t, "scram-sha-256", ask(t, s.URL(), "SELECT DISTINCT auth_method FROM pg_hba_file_rules"))
	stop(t, s)
	require.NoError(t, s.Err())
}

// TestKilledHub is a SIGKILL of the hub: the server ends by itself, and the next
// hub finds everything that was committed.
func TestKilledHub(t *testing.T) {
	t.Parallel()
	cfg := embedded.Config{Dir: filepath.Join(tempDir(t), "pg")}
	h, err := startHub(t, cfg, nil)
	require.NoError(t, err)
	ask(t, h.URL, "CREATE TABLE kept AS SELECT 1 AS n")
	h.kill(t)
	// At once, while the old server is still shutting down.
	s := start(t, cfg)
	require.Equal(t, "1", ask(t, s.URL(), "SELECT count(*) FROM kept"))
	ended(t, h.PID)
}

// TestKilledEverything is a power cut as far as processes go.
func TestKilledEverything(t *testing.T) {
	t.Parallel()
	cfg := embedded.Config{Dir: filepath.Join(tempDir(t), "pg")}
	h, err := startHub(t, cfg, nil)
	require.NoError(t, err)
	ask(t, h.URL, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
	pids := serverProcesses(t, filepath.Join(cfg.Dir, "data"))
	require.Greater(t, len(pids), 3, "the server has helpers")
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGKILL) // one may have ended with its parent
	}
	h.kill(t)
	require.FileExists(t, filepath.Join(cfg.Dir, "data", "postmaster.pid"))
	s := start(t, cfg)
	require.Equal(t, "1000", ask(t, s.URL(), "SELECT count(*) FROM kept"))
}

// serverProcesses finds the processes that work in a data directory.
func serverProcesses(t *testing.T, data string) []int {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	require.NoError(t, err)
	var pids []int
	for _, link := range links {
		if cwd, err := os.Readlink(link); err == nil && cwd == data {
			pid, err := strconv.Atoi(strings.Split(link, "/")[2])
			require.NoError(t, err)
			pids = append(pids, pid)
		}
	}
	return pids
}

func TestServerThatDiesIsNoticed(t *testing.T) {
	t.Parallel()
	cfg := volatile(filepath.Join(tempDir(t), "pg"))
	s := start(t, cfg)
	require.NoError(t, s.Err())
	require.NoError(t, syscall.Kill(s.PID(), syscall.SIGKILL))
	select {
	case <-s.Done():
	case <-time.After(30 * time.Second):
		t.Fatal("nobody noticed")
	}
	require.ErrorContains(t, s.Err(), "killed")
	again := start(t, cfg)
	require.Equal(t, s.URL(), again.URL())
}

// TestNumberOfADeadServerTaken is the usual case in a container: after a crash
// another process has the number that postmaster.pid holds.
func TestNumberOfADeadServerTaken(t *testing.T) {
	t.Parallel()
	cfg := volatile(filepath.Join(tempDir(t), "pg"))
	stop(t, start(t, cfg))
	file := filepath.Join(cfg.Dir, "data", "postmaster.pid")
	require.NoError(t, os.WriteFile(file, []byte(strconv.Itoa(os.Getpid())+"\n"+cfg.Dir+"/data\n1\n5432\n\n\n"), 0o600))
	start(t, cfg)
}

func TestInterruptedInitialisationIsDoneAgain(t *testing.T) {
	t.Parallel()
	cfg := volatile(filepath.Join(tempDir(t), "pg"))
	cancelled, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := embedded.Start(cancelled, cfg)
	require.Error(t, err)
	require.NoDirExists(t, filepath.Join(cfg.Dir, "data"))
	s := start(t, cfg)
	require.Equal(t, "1", ask(t, s.URL(), "SELECT 1"))
}

func TestLongPathGetsAShortSocket(t *testing.T) {
	t.Parallel()
	cfg := volatile(filepath.Join(tempDir(t), strings.Repeat("long/", 30), "pg"))
	s := start(t, cfg)
	require.Equal(t, "1", ask(t, s.URL(), "SELECT 1"))
	socket := ask(t, s.URL(), "SHOW unix_socket_directories")
	require.Less(t, len(socket), 60)
	info, err := os.Stat(socket)
	require.NoError(t, err)
	require.EqualValues(t, 0o700, info.Mode().Perm())
	stop(t, s)
	require.NoDirExists(t, socket)
	require.Equal(t, s.URL(), start(t, cfg).URL())
}

func TestNobodyElseGetsIn(t *testing.T) {
	t.Parallel()
	s := start(t, volatile(filepath.Join(tempDir(t), "pg")))
	socket := ask(t, s.URL(), "SHOW unix_socket_directories")
	info, err := os.Stat(socket)
	require.NoError(t, err)
	require.EqualValues(t, 0o700, info.Mode().Perm(), "other users do not reach the socket")
	conn, err := net.Dial("unix", filepath.Join(socket, ".s.PGSQL.5432"))
	require.NoError(t, err)
	conn.Close()
	wrong := strings.Replace(s.URL(), "sportello:", "sportello:x", 1)
	_, err = embeddedConnect(t, wrong)
	require.ErrorContains(t, err, "password authentication failed", "and whoever does needs the password")
}
