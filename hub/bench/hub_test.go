//go:build bench

package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/config"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/pluginhost"
	"sportello.dev/hub/internal/postgres"
)

// adapters builds adapter programs from this tree, as an installation has them.
func adapters(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, pkg := range map[string]string{
		"echo-adapter":  "sportello.dev/plugins-sdk/channeltest/echo/cmd/echo-adapter",
		"email-adapter": "sportello.dev/adapters/email/cmd/email-adapter",
		"sms-adapter":   "sportello.dev/adapters/sms/cmd/sms-adapter",
	} {
		out, err := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, name), pkg).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	_, err := pluginhost.WriteCatalogue(dir, "bench")
	require.NoError(t, err)
	return dir
}

// startHub runs a whole hub on the database until the test ends.
func startHub(t *testing.T, url string) *app.App {
	t.Helper()
	cfg, err := config.Load(config.Sources{Overrides: map[string]any{
		"data_dir": t.TempDir(), "database.url": url, "adapters.dir": adapters(t),
		"public.addr": "127.0.0.1:0", "internal.addr": "127.0.0.1:0",
	}})
	require.NoError(t, err)
	log := slog.New(slog.DiscardHandler)
	db, err := app.OpenDatabase(t.Context(), cfg, log)
	require.NoError(t, err)
	h, err := app.New(t.Context(), cfg, db, log)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	return h
}

// addChannel makes a channel, whose adapter begins at once.
func addChannel(t *testing.T, h *app.App, adapter string, settings map[string]any, secret, value string) id.Channel {
	t.Helper()
	text, err := json.Marshal(settings)
	require.NoError(t, err)
	var made id.Channel
	require.NoError(t, postgres.InTx(t.Context(), h.Pool, func(tx pgx.Tx) error {
		made, err = h.Channels.Create(t.Context(), tx, channel.Draft{
			Adapter: adapter, Slug: adapter, Name: adapter, Config: text, Secrets: map[string]string{secret: value}, Enabled: true,
		})
		return err
	}))
	return made
}

// arrivals waits until so many messages of the channel are on tickets and says how many a second that were, from the
// first in the journal on.
func arrivals(t *testing.T, h *app.App, which id.Channel, wanted int) float64 {
	t.Helper()
	var first, last *time.Time
	require.Eventually(t, func() bool {
		var visible int
		err := h.Pool.QueryRow(t.Context(), `SELECT count(*) FROM message WHERE channel_id = $1 AND direction = 'inbound'`, which).Scan(&visible)
		require.NoError(t, err)
		return visible >= wanted
	}, 10*time.Minute, 100*time.Millisecond)
	require.NoError(t, h.Pool.QueryRow(t.Context(), `SELECT min(received_at), max(settled_at) FROM journal WHERE channel_id = $1`, which).
		Scan(&first, &last))
	return float64(wanted) / last.Sub(*first).Seconds()
}

// throughAdapter measures a channel that has a store of messages waiting, beside the limit.
func throughAdapter(t *testing.T, least limit, h *app.App, what string, bound string, wanted int, open func() id.Channel) figure {
	t.Helper()
	var rate float64
	f := least.beside(t, what, func() float64 {
		defer profile(t, h.Pool, what)()
		rate = arrivals(t, h, open(), wanted)
		return rate
	})
	f.is, f.bound = fmt.Sprintf("%.0f/s, %d of them", rate, wanted), bound
	return f
}
