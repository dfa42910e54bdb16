package sample_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres/pgtest"
	"sportello.dev/hub/internal/sample"
	"sportello.dev/hub/internal/ticket"
)

func TestTheTownHasAPast(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	ring, err := keyring.Load(filepath.Join(t.TempDir(), "keys"), true)
	require.NoError(t, err)
	parts := sample.Parts{
		Pool: pool, Accounts: account.New(pool, account.NewPasswords(2), ring, time.Now), Offices: office.NewStore(), Channels: channel.NewStore(ring),
	}
	town, err := sample.Raise(t.Context(), parts)
	require.NoError(t, err)
	now := time.Now()
	require.NoError(t, sample.NewHistory(pool, town, contact.NewStore(), now, 1).Write(t.Context(), 60))

	counts := map[string]int{}
	rows, err := pool.Query(t.Context(), `SELECT status, count(*) FROM ticket GROUP BY status`)
	require.NoError(t, err)
	defer rows.Close()
	total := 0
	for rows.Next() {
		var status string
		var n int
		require.NoError(t, rows.Scan(&status, &n))
		counts[status], total = n, total+n
	}
	require.NoError(t, rows.Err())
	require.Equal(t, 60, total)
	for _, s := range []ticket.Status{ticket.StatusNew, ticket.StatusClosed, ticket.StatusWaitingCitizen} {
		require.Positive(t, counts[string(s)], "%s of %v", s, counts)
	}
	var future int
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM message WHERE created_at > $1`, now.Add(time.Second)).Scan(&future))
	require.Zero(t, future, "nothing is written in the future")

	// What is asked: of offices and experts, open, late, and come back to whoever asked.
	for what, query := range map[string]string{
		"a late question":      `SELECT id::text FROM side_request WHERE state = 'open' AND due_at < now() AND office_id IS NOT NULL`,
		"an answer to read":    `SELECT id::text FROM side_request WHERE state = 'answered' AND seen_at IS NULL AND office_id IS NOT NULL`,
		"a question come back": `SELECT id::text FROM side_request WHERE state = 'returned' AND seen_at IS NULL`,
		"an expert's answer":   `SELECT id::text FROM side_request WHERE state = 'answered' AND seen_at IS NULL AND expert_value IS NOT NULL`,
		"an expert asked":      `SELECT id::text FROM side_request WHERE state = 'open' AND expert_value IS NOT NULL`,
	} {
		require.NotEmpty(t, texts(t, pool, query), what)
	}
}

func TestTheMailboxFollowsTheSimulatedWorld(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	ring, err := keyring.Load(filepath.Join(t.TempDir(), "keys"), true)
	require.NoError(t, err)
	parts := sample.Parts{
		Pool: pool, Accounts: account.New(pool, account.NewPasswords(2), ring, time.Now), Offices: office.NewStore(), Channels: channel.NewStore(ring),
	}
	_, err = sample.Raise(t.Context(), parts)
	require.NoError(t, err)
	for port := 1; port <= 2; port++ {
		require.NoError(t, sample.Connect(t.Context(), parts, sample.MailWorld{
			IMAPHost: "127.0.0.1", SMTPHost: "127.0.0.1", IMAPPort: port, SMTPPort: port, Password: "x", AuthServID: "mx.valdoria.example",
		}))
		ch, err := parts.Channels.BySlug(t.Context(), pool, sample.ChannelSlug)
		require.NoError(t, err)
		require.True(t, ch.Enabled)
		require.Contains(t, string(ch.Config), `"port": `+string(rune('0'+port)))
	}
}
