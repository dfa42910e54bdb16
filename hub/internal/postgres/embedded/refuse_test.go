package embedded_test

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/postgres/embedded"
)

func embeddedConnect(t *testing.T, url string) (*pgx.Conn, error) {
	t.Helper()
	return pgx.Connect(t.Context(), url)
}

// snapshot lists files with content, to prove that nothing was touched.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "owner.lock" {
			return err
		}
		raw, err := os.ReadFile(path)
		all[path] = string(raw)
		return err
	}))
	return all
}

func put(t *testing.T, parts ...string) {
	t.Helper()
	content := parts[len(parts)-1]
	path := filepath.Join(parts[:len(parts)-1]...)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
}

const validMarker = `{"format": 1, "password": "x", "initialised": "2026-01-01T00:00:00Z"}`

func TestDirectoriesThatAreNotOursStayAsTheyAre(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fill  func(t *testing.T, dir string)
		want  string
		cause error
	}{
		{"somebody's files", func(t *testing.T, dir string) { put(t, dir, "letters.txt", "x") }, "letters.txt", embedded.ErrForeign},
		{"another PostgreSQL's data", func(t *testing.T, dir string) {
			put(t, dir, "PG_VERSION", "15\n")
			put(t, dir, "base", "1", "x")
		}, "another PostgreSQL", embedded.ErrForeign},
		{"unreadable marker", func(t *testing.T, dir string) { put(t, dir, "sportello.json", "{") }, "cannot be read", embedded.ErrForeign},
		{"marker of a later release", func(t *testing.T, dir string) {
			put(t, dir, "sportello.json", `{"format": 2, "password": "x"}`)
		}, "later release", embedded.ErrForeign},
		{"data gone", func(t *testing.T, dir string) { put(t, dir, "sportello.json", validMarker) }, "was there and is gone", embedded.ErrForeign},
		{"data without version", func(t *testing.T, dir string) {
			put(t, dir, "sportello.json", validMarker)
			put(t, dir, "data", "base", "1", "x")
		}, "PG_VERSION", embedded.ErrForeign},
		{"version unreadable", func(t *testing.T, dir string) {
			put(t, dir, "sportello.json", validMarker)
			put(t, dir, "data", "PG_VERSION", "fifteen")
		}, `"fifteen"`, embedded.ErrForeign},
		{"data without control file", func(t *testing.T, dir string) {
			put(t, dir, "sportello.json", validMarker)
			put(t, dir, "data", "PG_VERSION", "15\n")
		}, "pg_control is missing", embedded.ErrForeign},
		{"data without programs", func(t *testing.T, dir string) {
			put(t, dir, "sportello.json", validMarker)
			put(t, dir, "data", "PG_VERSION", "11\n")
			put(t, dir, "data", "global", "pg_control", "x")
			put(t, dir, "data", "base", "1", "x")
			put(t, dir, "data", "pg_wal", "1", "x")
		}, "apt-get install postgresql-11", embedded.ErrNoBinaries},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := tempDir(t)
			c.fill(t, dir)
			before := snapshot(t, dir)
			_, err := embedded.Start(t.Context(), volatile(dir))
			require.ErrorIs(t, err, c.cause)
			require.ErrorContains(t, err, c.want)
			require.Equal(t, before, snapshot(t, dir))
		})
	}
}

func TestOneOwnerAtATime(t *testing.T) {
	t.Parallel()
	cfg := volatile(filepath.Join(tempDir(t), "pg"))
	h, err := startHub(t, cfg, nil)
	require.NoError(t, err)
	_, err = embedded.Start(t.Context(), cfg)
	require.ErrorIs(t, err, embedded.ErrInUse)
	require.ErrorContains(t, err, "by process "+strconv.Itoa(h.cmd.Process.Pid))
	require.Equal(t, "1", ask(t, h.URL, "SELECT 1"), "the owner is not disturbed")
	h.stop(t)
	s := start(t, cfg)
	_, err = startHub(t, cfg, nil)
	require.ErrorContains(t, err, "in use")
	stop(t, s)
	start(t, cfg)
}

// TestServerStartedByHandIsLeftAlone: an administrator has started PostgreSQL on
// the data directory, for a repair perhaps.
func TestServerStartedByHandIsLeftAlone(t *testing.T) {
	t.Parallel()
	cfg := volatile(filepath.Join(tempDir(t), "pg"))
	cfg.BinDir = systemBin(t)
	s := start(t, cfg)
	url, socket := s.URL(), ask(t, s.URL(), "SHOW unix_socket_directories")
	stop(t, s)
	data := filepath.Join(cfg.Dir, "data")
	byHand := exec.Command(filepath.Join(cfg.BinDir, "postgres"), "-D", data, "-c", "listen_addresses=", "-c", "unix_socket_directories="+socket)
	byHand.SysProcAttr = &syscall.SysProcAttr{}
	if os.Geteuid() == 0 {
		byHand.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(owner(t, data)), Gid: uint32(owner(t, data))}
	}
	require.NoError(t, byHand.Start())
	t.Cleanup(func() {
		_ = byHand.Process.Signal(syscall.SIGINT)
		_ = byHand.Wait()
	})
	require.Eventually(t, func() bool {
		conn, err := embeddedConnect(t, url)
		return err == nil && conn.Close(context.Background()) == nil
	}, waitFor, tick)
	_, err := embedded.Start(t.Context(), cfg)
	require.ErrorIs(t, err, embedded.ErrInUse)
	require.ErrorContains(t, err, "kill -INT "+strconv.Itoa(byHand.Process.Pid))
	require.Equal(t, "1", ask(t, url, "SELECT 1"))
}

func TestDirectoryOfAnotherUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		_, err := embedded.Start(t.Context(), volatile("/proc/sportello"))
		require.Error(t, err)
		return
	}
	cfg := volatile(filepath.Join(tempDir(t), "pg"))
	stop(t, start(t, cfg))
	_, err := startHub(t, cfg, nobody())
	require.ErrorContains(t, err, "permission denied")
}

// lockedBuffer collects a log that several goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestServerLogHoldsNoData(t *testing.T) {
	t.Parallel()
	out := &lockedBuffer{}
	cfg := volatile(filepath.Join(tempDir(t), "pg"))
	cfg.Logger = slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := start(t, cfg)
	ask(t, s.URL(), "CREATE TABLE person (email text UNIQUE); INSERT INTO person VALUES ('anna@example.it')")
	conn, err := embeddedConnect(t, s.URL())
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), "INSERT INTO person VALUES ('anna@example.it')")
	require.Error(t, err)
	require.Eventually(t, func() bool {
		return bytes.Contains([]byte(out.String()), []byte("person_email_key"))
	}, waitFor, tick, "the error itself is logged")
	require.NotContains(t, out.String(), "anna@")
}

func TestUnusableConfiguration(t *testing.T) {
	t.Parallel()
	_, err := embedded.Start(t.Context(), embedded.Config{})
	require.ErrorIs(t, err, os.ErrInvalid)

	cfg := volatile(tempDir(t))
	cfg.Settings = map[string]string{"shared_buffers": "all of it"}
	_, err = embedded.Start(t.Context(), cfg)
	require.ErrorContains(t, err, "shared_buffers", "the server's own words are passed on")
}
