//go:build bench

package bench

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/config"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/postgres"
)

const ownMailbox = "urp@comune.valdoria.example"

// ability of a mail channel as its adapter answers.
const (
	receives = `{"capabilities": ["ingest"], "own": {"kind": "email", "value": "` + ownMailbox + `"}}`
	writes   = `{"capabilities": ["ingest", "send"], "reply_token": true, "own": {"kind": "email", "value": "` + ownMailbox + `"}}`
)

// town is a hub's domain on a database of its own, with one mail channel whose lease it holds and its workers at work.
type town struct {
	*app.Domain
	pool    *pgxpool.Pool
	url     string
	channel id.Channel
	replica id.Replica
}

func newTown(t *testing.T, url string) *town {
	t.Helper()
	w := &town{url: url, channel: id.New[id.Channel](), replica: id.New[id.Replica]()}
	var err error
	w.pool, err = postgres.Open(t.Context(), postgres.Config{URL: w.url})
	require.NoError(t, err)
	t.Cleanup(w.pool.Close)
	w.Domain, err = app.NewDomain(t.Context(), config.Config{
		KeyFile: filepath.Join(t.TempDir(), "keys"), Blob: config.Blob{Kind: "fs", Dir: t.TempDir()},
	}, w.pool, time.Now)
	require.NoError(t, err)
	require.NoError(t, w.EnsureTown(t.Context()))
	w.exec(t, `INSERT INTO channel (id, adapter, slug, name, address_kind, address_value) VALUES ($1, 'email', 'posta', 'Posta', 'email', $2)`,
		w.channel, ownMailbox)
	w.exec(t, `INSERT INTO channel_lease (channel_id, holder, term, expires_at) VALUES ($1, $2, 1, now() + interval '1 day')`,
		w.channel, w.replica)
	w.may(t, receives)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- intake.NewWorkers(w.Journal, w.Stages, slog.New(slog.DiscardHandler)).Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	return w
}

func (w *town) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	_, err := w.pool.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

// may sets what the channel can do; one that cannot send acknowledges nothing.
func (w *town) may(t *testing.T, ability string) {
	t.Helper()
	w.exec(t, `UPDATE channel SET ability = $1`, ability)
}
