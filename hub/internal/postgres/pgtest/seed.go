package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/embedded"
)

// Making a cluster and migrating it takes seconds of a core, which some thirty test binaries would each spend. The first
// one keeps a stopped server whose database is migrated; the others copy its files, which takes a tenth of that.

// seedsKept is how long the seed of a schema that nobody uses any more stays.
const seedsKept = 24 * time.Hour

// plant makes dir the directory of a server whose database has the schema of this release.
func plant(ctx context.Context, dir string) error {
	seeds, err := seedsDir()
	if err != nil {
		return err
	}
	name, err := seedName()
	if err != nil {
		return err
	}
	done, err := lockSeeds(seeds)
	if err != nil {
		return err
	}
	defer done()
	seed := filepath.Join(seeds, name)
	if _, err := os.Stat(seed); errors.Is(err, fs.ErrNotExist) {
		if err := grow(ctx, seed); err != nil {
			return err
		}
		weed(seeds, name)
	} else if err != nil {
		return fmt.Errorf("looking for the seed of test servers: %w", err)
	}
	return copyDir(ctx, seed, dir)
}

// seedsDir is for this user alone, but the server's user must pass through.
func seedsDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	dir := filepath.Join(cache, fmt.Sprintf("sportello-pgtest-%d", os.Geteuid()))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("making the directory of test servers' seeds: %w", err)
	}
	return dir, nil
}

// seedName changes with the schema and with the servers there are on the machine.
func seedName() (string, error) {
	schema, err := postgres.SchemaDigest()
	if err != nil {
		return "", err
	}
	installed, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return "", fmt.Errorf("looking for servers: %w", err)
	}
	all := append([]string{schema, os.Getenv("SPORTELLO_PG_BIN")}, installed...)
	sum := sha256.Sum256([]byte(strings.Join(all, "\n")))
	return hex.EncodeToString(sum[:12]), nil
}

// lockSeeds lets one binary at a time look for a seed, make or copy it.
func lockSeeds(seeds string) (done func(), err error) {
	lock, err := os.OpenFile(filepath.Join(seeds, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock of test servers' seeds: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		lock.Close()
		return nil, fmt.Errorf("taking the lock of test servers' seeds: %w", err)
	}
	return func() { lock.Close() }, nil
}

// grow makes a seed: a server with a migrated database, stopped in order. It comes to its name when it is whole.
func grow(ctx context.Context, seed string) error {
	dir, err := os.MkdirTemp("", "sportello-seed-")
	if err != nil {
		return fmt.Errorf("making a directory for a seed: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o711); err != nil {
		return fmt.Errorf("opening a seed's directory: %w", err)
	}
	server, err := embedded.Start(ctx, embedded.Config{Dir: dir, BinDir: os.Getenv("SPORTELLO_PG_BIN"), Volatile: true, Settings: frugal()})
	if err != nil {
		return fmt.Errorf("starting a seed: %w", err)
	}
	_, err = postgres.Migrate(ctx, server.URL())
	if err := errors.Join(err, server.Stop(ctx)); err != nil {
		return fmt.Errorf("making a seed: %w", err)
	}
	half := seed + ".new"
	if err := os.RemoveAll(half); err != nil {
		return fmt.Errorf("removing half a seed: %w", err)
	}
	if err := copyDir(ctx, dir, half); err != nil {
		return err
	}
	if err := os.Rename(half, seed); err != nil {
		return fmt.Errorf("keeping a seed: %w", err)
	}
	return nil
}

// copyDir copies files with their owners and modes, but for what belongs to a running server.
func copyDir(ctx context.Context, from, to string) error {
	if err := os.MkdirAll(to, 0o711); err != nil {
		return fmt.Errorf("making a test server's directory: %w", err)
	}
	for _, part := range []string{"sportello.json", "data"} {
		out, err := exec.CommandContext(ctx, "cp", "-a", "--reflink=auto", filepath.Join(from, part), to+"/").CombinedOutput()
		if err != nil {
			return fmt.Errorf("copying a test server: %w: %s", err, out)
		}
	}
	return nil
}

// weed removes seeds of other schemas; one that stays is no error.
func weed(seeds, kept string) {
	entries, _ := os.ReadDir(seeds)
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && e.IsDir() && e.Name() != kept && time.Since(info.ModTime()) > seedsKept {
			os.RemoveAll(filepath.Join(seeds, e.Name()))
		}
	}
}

// frugal are the settings of servers for tests.
func frugal() map[string]string {
	return map[string]string{
		"autovacuum": "off", "shared_buffers": "64MB", "max_wal_senders": "0", "wal_level": "minimal", "max_wal_size": "128MB",
	}
}
