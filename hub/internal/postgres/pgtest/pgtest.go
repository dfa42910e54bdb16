// Package pgtest gives tests a real PostgreSQL. Each test binary starts one
// private server on first use; the kernel ends it with the binary. The schema
// is migrated once into a template, of which every test gets its own copy.
package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
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
	template  = "sportello_template"
	dirPrefix = "sportello-pgtest-"
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
	return clone(t, template)
}

// EmptyURL is like URL with nothing migrated.
func EmptyURL(t testing.TB) string {
	t.Helper()
	return clone(t, "template1")
}

func clone(t testing.TB, from string) string {
	t.Helper()
	admin, err := shared()
	require.NoError(t, err, "starting PostgreSQL for tests")
	name := "test_" + strconv.FormatInt(databases.Add(1), 10)
	require.NoError(t, execute(admin, "CREATE DATABASE "+name+" TEMPLATE "+from))
	t.Cleanup(func() {
		if err := execute(admin, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("dropping the test's database: %v", err)
		}
	})
	return withDatabase(admin, name)
}

// The two below belong to the test binary as a whole, as its one server does.
var (
	databases atomic.Int64
	shared    = sync.OnceValues(startShared)
)

// startShared returns the connection string of the server's maintenance database.
func startShared() (string, error) {
	sweep()
	dir, err := os.MkdirTemp("", dirPrefix)
	if err != nil {
		return "", fmt.Errorf("making a directory for the test server: %w", err)
	}
	// The server's user must pass through.
	if err := os.Chmod(dir, 0o711); err != nil {
		return "", fmt.Errorf("opening the test server's directory: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), startWait)
	defer cancel()
	server, err := embedded.Start(ctx, embedded.Config{
		Dir: dir, BinDir: os.Getenv("SPORTELLO_PG_BIN"), Volatile: true,
		Settings: map[string]string{"autovacuum": "off", "shared_buffers": "64MB", "max_wal_senders": "0", "wal_level": "minimal"},
	})
	if err != nil {
		return "", err
	}
	admin := withDatabase(server.URL(), "postgres")
	if err := execute(admin, "CREATE DATABASE "+template); err != nil {
		return "", err
	}
	if _, err := postgres.Migrate(ctx, withDatabase(admin, template)); err != nil {
		return "", err
	}
	return admin, nil
}

// sweep removes what earlier test binaries left: their servers are gone when
// the owner's lock is free. Directories of the last minute are let be: their
// owner may be just about to take the lock.
func sweep() {
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), dirPrefix+"*")) // only a malformed pattern fails
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		if err == nil && time.Since(info.ModTime()) > time.Minute && abandoned(dir) {
			os.RemoveAll(dir)
		}
	}
}

func abandoned(dir string) bool {
	lock, err := os.Open(filepath.Join(dir, "owner.lock"))
	if err != nil {
		return os.IsNotExist(err)
	}
	defer lock.Close()
	_, err = os.Stat(filepath.Join(dir, "data", "postmaster.pid"))
	return os.IsNotExist(err) && syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
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
