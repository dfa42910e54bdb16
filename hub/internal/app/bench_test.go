//go:build bench

package app_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/config"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
)

// The benchmark of the spine: events of 2 KB from a stream to messages on tickets, beside what the machine's
// PostgreSQL does with the least SQL that one ingest can have, in the same run. The ratio is what counts.
const (
	benchEvents  = 8000
	benchClients = 16
	benchSeconds = 10
)

// leastSQL is one ingest reduced to its bones: message, ticket, job.
const leastSQL = `\set n random(1, 100000)
BEGIN;
INSERT INTO bench_message (ticket, body) VALUES (:n, repeat('x', 2000));
UPDATE bench_ticket SET last = now(), messages = messages + 1 WHERE id = :n;
INSERT INTO bench_job (args) VALUES ('{}');
COMMIT;
`

func TestBenchIntake(t *testing.T) {
	server := pgtest.Server(t, pgtest.Options{})
	pool, err := postgres.Open(t.Context(), postgres.Config{URL: server.URL(), MaxConns: 20})
	require.NoError(t, err)
	defer pool.Close()
	limit := machineLimit(t, pool, server.URL())
	rate, alone := intakeRate(t, pool)

	report := fmt.Sprintf(`# Benchmark of the spine

| what | figure |
|---|---|
| least SQL of one ingest, pgbench, %d clients | %.0f/s |
| event of 2 KB -> committed -> message on a ticket, %d events | %.0f/s |
| ratio | %.2f |
| one event alone, from the adapter's hand to the message | %s |
`, benchClients, limit, benchEvents, rate, rate/limit, alone.Round(100*time.Microsecond))
	t.Log("\n" + report)
	dir := os.Getenv("REPORTS")
	require.NotEmpty(t, dir, "REPORTS names the directory of the report")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "bench.md"), []byte(report), 0o644))
}

// machineLimit asks pgbench what the least SQL makes in a second.
func machineLimit(t *testing.T, pool *pgxpool.Pool, url string) float64 {
	t.Helper()
	_, err := pool.Exec(t.Context(), `
		CREATE TABLE bench_message (id bigserial PRIMARY KEY, ticket int, body text, at timestamptz DEFAULT now());
		CREATE TABLE bench_ticket (id int PRIMARY KEY, last timestamptz, messages int DEFAULT 0);
		INSERT INTO bench_ticket SELECT generate_series(1, 100000);
		CREATE TABLE bench_job (id bigserial PRIMARY KEY, args jsonb);`)
	require.NoError(t, err)
	script := filepath.Join(t.TempDir(), "least.sql")
	require.NoError(t, os.WriteFile(script, []byte(leastSQL), 0o600))
	out, err := exec.CommandContext(t.Context(), "pgbench", "-n", "-f", script, "-c", strconv.Itoa(benchClients), "-j", "2",
		"-T", strconv.Itoa(benchSeconds), url).CombinedOutput()
	require.NoError(t, err, string(out))
	found := regexp.MustCompile(`tps = ([0-9.]+)`).FindSubmatch(out)
	require.NotNil(t, found, string(out))
	tps, err := strconv.ParseFloat(string(found[1]), 64)
	require.NoError(t, err)
	return tps
}

// intakeRate sends events through journal and workers and waits until the last is on a ticket.
func intakeRate(t *testing.T, pool *pgxpool.Pool) (float64, time.Duration) {
	t.Helper()
	domain, err := app.NewDomain(t.Context(), config.Config{
		KeyFile: filepath.Join(t.TempDir(), "keys"), Blob: config.Blob{Kind: "fs", Dir: t.TempDir()},
	}, pool, time.Now)
	require.NoError(t, err)
	require.NoError(t, domain.EnsureTown(t.Context()))
	channel, replica := id.New[id.Channel](), id.New[id.Replica]()
	_, err = pool.Exec(t.Context(), `INSERT INTO channel (id, adapter, slug, name) VALUES ($1, 'email', 'posta', 'Posta')`, channel)
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), `INSERT INTO channel_lease (channel_id, holder, term, expires_at) VALUES ($1, $2, 1, now() + interval '1 hour')`,
		channel, replica)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	workers := intake.NewWorkers(domain.Journal, domain.Stages, slog.New(slog.DiscardHandler))
	go func() { done <- workers.Run(ctx) }()
	defer func() {
		cancel()
		require.NoError(t, <-done)
	}()

	began := time.Now()
	for first := 0; first < benchEvents; first += intake.MaxBatch {
		batch := intake.Batch{Channel: channel, Replica: replica, Term: 1, Cursor: []byte(strconv.Itoa(first))}
		for n := first; n < first+intake.MaxBatch; n++ {
			batch.Events = append(batch.Events, benchLetter(n))
		}
		_, err := domain.Journal.Append(t.Context(), batch)
		require.NoError(t, err)
	}
	awaitFiled(t, pool)
	rate := benchEvents / time.Since(began).Seconds()

	began = time.Now()
	s, err := domain.Journal.Submit(t.Context(), channel, benchLetter(benchEvents+intake.MaxBatch))
	require.NoError(t, err)
	require.Equal(t, intake.OutcomeFiled, s.Outcome)
	return rate, time.Since(began)
}

func awaitFiled(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	require.Eventually(t, func() bool {
		var waiting bool
		require.NoError(t, pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT 1 FROM journal WHERE state = 'pending')`).Scan(&waiting))
		return !waiting
	}, 5*time.Minute, 5*time.Millisecond)
}

func benchLetter(n int) intake.Event {
	raw := fmt.Appendf(nil, "raw %d %s", n, strings.Repeat("x", 2000))
	sum := sha256.Sum256(raw)
	return intake.Event{
		ID: fmt.Sprintf("INBOX/1/%d", n), OccurredAt: time.Now(), Raw: intake.Raw{Inline: raw, MediaType: "message/rfc822"},
		Message: &intake.Inbound{
			From:    intake.Address{Kind: "email", Value: fmt.Sprintf("cittadino%d@posta.example", n%2000), Name: "Cittadino"},
			Subject: fmt.Sprintf("Richiesta %d", n), Text: strings.Repeat("La strada è da riparare. ", 80), Class: "human",
			ExternalIDs: []intake.ExternalID{{Kind: "message_id", Value: fmt.Sprintf("<%d@posta.example>", n), Issuer: "sender"}},
			Fingerprint: sum[:], Authentication: intake.Authentication{Authenticated: true},
		},
	}
}
