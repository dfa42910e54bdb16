package pgtest

import (
	"context"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/postgres/embedded"
)

// Options shape a durable server.
type Options struct {
	// Settings are further server settings, such as max_connections.
	Settings map[string]string
	// Unmigrated leaves the database empty.
	Unmigrated bool
}

// Durable is a server of one test, with the durability of production: it can
// be killed and started again on its data.
type Durable struct {
	cfg    embedded.Config
	server *embedded.Server
}

// Server starts a durable server with a migrated database; it ends with the test.
func Server(t testing.TB, opts Options) *Durable {
	t.Helper()
	dir, err := os.MkdirTemp("", "sportello-durable-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o711))
	t.Cleanup(func() { os.RemoveAll(dir) })
	d := &Durable{cfg: embedded.Config{Dir: dir, BinDir: os.Getenv("SPORTELLO_PG_BIN"), Settings: opts.Settings}}
	if !opts.Unmigrated {
		ctx, cancel := context.WithTimeout(t.Context(), startWait)
		defer cancel()
		require.NoError(t, plant(ctx, dir))
	}
	d.Restart(t)
	t.Cleanup(func() { d.stop(t) })
	return d
}

// URL is the connection string of the database; it stays the same over restarts.
func (d *Durable) URL() string { return d.server.URL() }

// Kill ends the server's main process with SIGKILL and returns when it is gone.
func (d *Durable) Kill(t testing.TB) {
	t.Helper()
	require.NoError(t, syscall.Kill(d.server.PID(), syscall.SIGKILL))
	select {
	case <-d.server.Done():
	case <-time.After(startWait):
		t.Fatal("the killed server does not end")
	}
}

// Restart starts the server on its data again after Kill.
func (d *Durable) Restart(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startWait)
	defer cancel()
	server, err := embedded.Start(ctx, d.cfg)
	require.NoError(t, err)
	d.server = server
}

func (d *Durable) stop(t testing.TB) {
	select {
	case <-d.server.Done():
		return
	default:
	}
	ctx, cancel := context.WithTimeout(context.Background(), startWait)
	defer cancel()
	if err := d.server.Stop(ctx); err != nil {
		t.Errorf("stopping the test server: %v", err)
	}
}
