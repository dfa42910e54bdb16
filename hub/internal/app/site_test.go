package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/config"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
)

// patience is how long anything may take on a busy machine.
const patience = 60 * time.Second

// await polls on the test's own goroutine until done says so.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	awaitFor(t, patience, what, done)
}

func awaitFor(t *testing.T, most time.Duration, what string, done func() bool) {
	t.Helper()
	over, tick := time.After(most), time.NewTicker(15*time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-over:
			t.Fatalf("waited %s for %s", most, what)
		case <-tick.C:
		}
	}
}

// site is one installation: database, files, keys. Hubs run on it, and domain works beside them as the command line does.
type site struct {
	cfg    config.Config
	domain *app.Domain
	token  string
	log    *slog.Logger
	// said is what was logged.
	said *buffer
}

// newSite prepares an installation with a town and an office; change, if any, changes its configuration.
func newSite(t *testing.T, change func(*config.Config)) *site {
	t.Helper()
	cfg, err := config.Load(config.Sources{Overrides: map[string]any{
		"data_dir": t.TempDir(), "database.url": pgtest.DurableURL(t), "adapters.dir": build(t).adapters,
		"public.addr": "127.0.0.1:0", "internal.addr": "127.0.0.1:0",
	}})
	require.NoError(t, err)
	if change != nil {
		change(&cfg)
	}
	s := &site{cfg: cfg}
	s.log, s.said = newLog(t)
	db, err := app.OpenDatabase(t.Context(), cfg, s.log)
	require.NoError(t, err)
	s.domain, err = app.OpenDomain(t.Context(), cfg, db)
	require.NoError(t, err)
	t.Cleanup(s.domain.Pool.Close)
	require.NoError(t, s.domain.EnsureTown(t.Context()))
	_, s.token, err = s.domain.Accounts.ReplaceToken(t.Context(), account.NewToken{Name: "test", Role: account.Administrator, Lasts: account.Month})
	require.NoError(t, err)
	return s
}

// addMailbox makes a channel of a mailbox of the servers.
func (s *site) addMailbox(t *testing.T, slug string, settings map[string]any, password string) id.Channel {
	t.Helper()
	return s.addChannel(t, "email", slug, settings, map[string]string{"/imap/password": password})
}

func (s *site) addChannel(t *testing.T, adapter, slug string, settings map[string]any, secrets map[string]string) id.Channel {
	t.Helper()
	text, err := json.Marshal(settings)
	require.NoError(t, err)
	var made id.Channel
	require.NoError(t, postgres.InTx(t.Context(), s.domain.Pool, func(tx pgx.Tx) error {
		made, err = s.domain.Channels.Create(t.Context(), tx, channel.Draft{
			Adapter: adapter, Slug: slug, Name: slug, Config: text, Secrets: secrets, Enabled: true,
		})
		return err
	}))
	return made
}

// hub is one replica, running in this process.
type hub struct {
	desk

	app  *app.App
	stop func()
}

// start runs a hub until the test ends or stop is called.
func (s *site) start(t *testing.T) *hub {
	t.Helper()
	db, err := app.OpenDatabase(t.Context(), s.cfg, s.log)
	require.NoError(t, err)
	made, err := app.New(t.Context(), s.cfg, db, s.log)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- made.Run(ctx) }()
	h := &hub{desk: desk{base: "http://" + made.InternalAddr(), token: s.token}, app: made}
	var once sync.Once
	h.stop = func() {
		once.Do(func() {
			cancel()
			require.NoError(t, <-ended)
			require.NoError(t, db.Close(context.WithoutCancel(t.Context())))
		})
	}
	t.Cleanup(h.stop)
	return h
}

// ready waits until this hub, not one before it, has the channel at work.
func (h *hub) ready(t *testing.T, which id.Channel) {
	t.Helper()
	await(t, "the channel to work", func() bool {
		c, err := h.app.Channels.Get(t.Context(), h.app.Pool, which)
		require.NoError(t, err)
		return c.Health.State == channel.Healthy && c.Health.At != nil && c.Health.At.After(h.app.Began)
	})
}

// logOf returns a log whose end is shown when the test fails.
func logOf(t *testing.T) *slog.Logger {
	t.Helper()
	log, _ := newLog(t)
	return log
}

func newLog(t *testing.T) (*slog.Logger, *buffer) {
	t.Helper()
	const shown = 8000
	b := &buffer{}
	t.Cleanup(func() {
		if t.Failed() {
			text := b.String()
			t.Log(text[max(0, len(text)-shown):])
		}
	})
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelInfo})), b
}

// buffer is written and read by several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
