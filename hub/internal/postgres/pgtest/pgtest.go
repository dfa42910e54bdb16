// Package pgtest gives tests a real PostgreSQL. Each test binary starts one
// private server on first use, and a second one where tests ask for durability;
// the kernel ends them with the binary. The schema is migrated once on a machine
// (see plant); every test gets its own copy of that database.
package pgtest

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/embedded"
)

const (
	// template is the database that embedded makes.
	template = "sportello"
	// startWait covers initdb on a machine busy with other tests.
	startWait = 2 * time.Minute
)

// New returns a pool on a fresh, migrated database that is dropped after the test.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return Pool(t, URL(t))
}

// Pool opens a pool of at most eight connections that closes with the test.
func Pool(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := postgres.Open(t.Context(), postgres.Config{URL: url, MaxConns: 8, ApplicationName: t.Name()})
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// URL returns the connection string of a fresh, migrated database that is
// dropped after the test.
func URL(t testing.TB) string {
	t.Helper()
	return clone(t, shared, template)
}

// DurableURL is like URL on a server with the durability of production, without
// which a whole hub refuses to start.
func DurableURL(t testing.TB) string {
	t.Helper()
	return clone(t, sharedDurable, template)
}

// EmptyURL is like URL with nothing migrated.
func EmptyURL(t testing.TB) string {
	t.Helper()
	return clone(t, shared, "template1")
}

func clone(t testing.TB, server func() (*server, error), from string) string {
	t.Helper()
	s, err := server()
	require.NoError(t, err, "starting PostgreSQL for tests")
	admin := s.admin
	name := "test_" + strconv.FormatInt(databases.Add(1), 10)
	require.NoError(t, execute(admin, "CREATE DATABASE "+name+" TEMPLATE "+from))
	t.Cleanup(func() {
		if err := execute(admin, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("dropping the test's database: %v", err)
		}
	})
	return withDatabase(admin, name)
}

// What is below belongs to the test binary as a whole, as its servers do.
var (
	databases     atomic.Int64
	shared        = sync.OnceValues(func() (*server, error) { return startShared(true) })
	sharedDurable = sync.OnceValues(func() (*server, error) { return startShared(false) })
)

// server is one of this test binary.
type server struct {
	// admin is the connection string of the maintenance database.
	admin string
	// alive is what the cleaner waits for; closed by the end of the process and
	// by nothing else, so it must stay reachable.
	alive io.Closer
}

func startShared(volatile bool) (*server, error) {
	dir, err := os.MkdirTemp(memory(), "sportello-pgtest-")
	if err != nil {
		return nil, fmt.Errorf("making a directory for the test server: %w", err)
	}
	alive, err := cleanUp(dir)
	if err != nil {
		return nil, err
	}
	// The server's user must pass through.
	if err := os.Chmod(dir, 0o711); err != nil {
		return nil, fmt.Errorf("opening the test server's directory: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), startWait)
	defer cancel()
	if err := plant(ctx, dir); err != nil {
		return nil, err
	}
	private, err := embedded.Start(ctx, embedded.Config{
		Dir: dir, BinDir: os.Getenv("SPORTELLO_PG_BIN"), Volatile: volatile, Settings: frugal(),
	})
	if err != nil {
		return nil, err
	}
	admin := withDatabase(private.URL(), "postgres")
	return &server{admin: admin, alive: alive}, nil
}

// memory is a file system in memory with room for some servers, or "" for the place of temporary files. What is made and
// dropped within seconds needs no disk, and tests that run side by side would wait for it more than for anything else.
func memory() string {
	const shared, room = "/dev/shm", 4 << 30
	var fs syscall.Statfs_t
	if err := syscall.Statfs(shared, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < room || syscall.Access(shared, 2) != nil {
		return ""
	}
	return shared
}

// cleanUp leaves a process behind that removes dir once this one has ended and
// its server has shut down (at most ten seconds later). The test binary itself
// cannot: it may end by a time-out or a signal.
func cleanUp(dir string) (alive io.Closer, err error) {
	cmd := exec.Command("/bin/sh", "-c", `
		read -r line
		n=0
		while [ -e "$1/data/postmaster.pid" ] && [ $n -lt 100 ]; do sleep 0.1; n=$((n + 1)); done
		rm -rf "$1"`, "sh", dir)
	cmd.Dir = "/"
	// A session of its own: Ctrl-C reaches the tests, not their cleaner.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	alive, err = cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("preparing the cleaner: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the cleaner: %w", err)
	}
	return alive, nil
}

func execute(url, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startWait)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connecting to the test server: %w", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("running %q: %w", statement, err)
	}
	return nil
}

func withDatabase(raw, name string) string {
	u, err := url.Parse(raw)
	if err != nil {
		panic(fmt.Sprintf("the test server's own URL: %v", err))
	}
	u.Path = "/" + name
	return u.String()
}
