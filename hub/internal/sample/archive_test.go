package sample_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
	"sportello.dev/hub/internal/sample"
	"sportello.dev/hub/internal/ticket"
)

// noon is a working day in the middle of the year, so that the archive crosses six years.
var noon = time.Date(2026, 6, 17, 10, 0, 0, 0, time.UTC)

// raised is a sample town on an empty database.
func raised(t *testing.T) (sample.Parts, *sample.Town) {
	t.Helper()
	pool := pgtest.New(t)
	ring, err := keyring.Load(filepath.Join(t.TempDir(), "keys"), true)
	require.NoError(t, err)
	parts := sample.Parts{
		Pool: pool, Accounts: account.New(pool, account.NewPasswords(2), ring, time.Now), Offices: office.NewStore(), Channels: channel.NewStore(ring),
	}
	town, err := sample.Raise(t.Context(), parts)
	require.NoError(t, err)
	return parts, town
}

func write(t *testing.T, ctx context.Context, p sample.Parts, n int, seed uint64, say func(string)) error {
	t.Helper()
	town, err := sample.Find(t.Context(), p)
	require.NoError(t, err)
	a, err := sample.NewArchive(t.Context(), p, town, sample.Span{Tickets: n, Years: 5, Seed: seed, Now: noon}, func(format string, args ...any) { say(fmt.Sprintf(format, args...)) })
	require.NoError(t, err)
	return a.Write(ctx)
}

func quiet(string) {}

// texts reads one column.
func texts(t *testing.T, pool *pgxpool.Pool, query string) []string {
	t.Helper()
	found, err := pool.Query(t.Context(), query)
	require.NoError(t, err)
	list, err := pgx.CollectRows(found, pgx.RowTo[string])
	require.NoError(t, err)
	return list
}

// schema is everything that an archive takes off its tables and must put back.
func schema(t *testing.T, pool *pgxpool.Pool) []string {
	t.Helper()
	return texts(t, pool, `
		WITH ours AS (SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace)
		SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid IN (SELECT oid FROM ours) AND indisvalid
		UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || convalidated::text
		          FROM pg_constraint WHERE conrelid IN (SELECT oid FROM ours)
		UNION ALL SELECT tgrelid::regclass || ' ' || tgname || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
		UNION ALL SELECT attrelid::regclass || '.' || attname FROM pg_attribute
		          WHERE attnotnull AND attnum > 0 AND attrelid IN (SELECT oid FROM ours) ORDER BY 1`)
}

func TestAnArchiveIsATownsPast(t *testing.T) {
	t.Parallel()
	p, _ := raised(t)
	before := schema(t, p.Pool)
	const n = 1000
	require.NoError(t, write(t, t.Context(), p, n, 1, quiet))

	require.Equal(t, before, schema(t, p.Pool), "indexes, constraints and triggers are as they were")
	held, err := sample.Held(t.Context(), p.Pool)
	require.NoError(t, err)
	require.Equal(t, sample.Contents{Tickets: n, Messages: n * sample.MessagesPerTicket}, held)
	for what, query := range map[string]string{
		"written in the future": `SELECT id::text FROM message WHERE created_at > '2026-06-17 10:00+00' LIMIT 1`,
		"a count that is wrong": `SELECT number FROM ticket t
			WHERE message_count <> (SELECT count(*) FROM message m WHERE m.ticket_id = t.id)
			   OR inbound_count <> (SELECT count(*) FROM message m WHERE m.ticket_id = t.id AND m.direction = 'inbound') LIMIT 1`,
		"over with somebody waiting": `SELECT number FROM ticket WHERE status IN ('resolved', 'closed') AND (waiting_since IS NOT NULL OR closed_at IS NULL) LIMIT 1`,
		"open and closed":            `SELECT number FROM ticket WHERE status NOT IN ('resolved', 'closed') AND closed_at IS NOT NULL LIMIT 1`,
		"held by somebody of another office": `SELECT number FROM ticket t WHERE assignee_id IS NOT NULL
			AND NOT EXISTS (SELECT FROM office_member m WHERE m.office_id = t.office_id AND m.operator_id = t.assignee_id) LIMIT 1`,
		"left without a delivery": `SELECT m.id::text FROM message m WHERE direction = 'outbound'
			AND NOT EXISTS (SELECT FROM delivery d JOIN attempt a USING (transmission_id) WHERE d.message_id = m.id) LIMIT 1`,
	} {
		require.Empty(t, texts(t, p.Pool, query), what)
	}
	for _, query := range []string{
		`SELECT DISTINCT status FROM ticket`, `SELECT DISTINCT office_id::text FROM ticket`, `SELECT DISTINCT last_channel_kind FROM ticket`,
	} {
		require.GreaterOrEqual(t, len(texts(t, p.Pool, query)), 5, query)
	}
	for _, number := range texts(t, p.Pool, `SELECT number FROM ticket ORDER BY random() LIMIT 50`) {
		_, err := ticket.ParseNumber(number)
		require.NoError(t, err, number)
	}
}

func TestTheNextTicketFollowsTheArchive(t *testing.T) {
	t.Parallel()
	p, town := raised(t)
	require.NoError(t, write(t, t.Context(), p, 300, 1, quiet))
	last := texts(t, p.Pool, `SELECT number FROM ticket WHERE number LIKE '2026-%' ORDER BY number DESC LIMIT 1`)[0]
	store := ticket.NewStore(func() time.Time { return noon })
	require.NoError(t, postgres.InTx(t.Context(), p.Pool, func(tx pgx.Tx) error {
		made, err := store.Create(t.Context(), tx, account.System(), ticket.Opening{Subject: "nuova", Office: town.Offices["urp"]})
		require.NoError(t, err)
		var was, is int
		_, err = fmt.Sscanf(last+" "+string(made.Number), "2026-%06d-%1d 2026-%06d", &was, new(int), &is)
		require.NoError(t, err)
		require.Equal(t, was+1, is)
		return nil
	}))
}

func TestASeedMakesTheSamePastTwice(t *testing.T) {
	t.Parallel()
	const past = `SELECT t.number || t.subject || t.status || t.created_at || t.id || string_agg(m.id || m.text, ' ' ORDER BY m.id)
		FROM ticket t JOIN message m ON m.ticket_id = t.id GROUP BY t.id ORDER BY t.id`
	var pasts [3][]string
	for i, seed := range []uint64{5, 5, 6} {
		p, _ := raised(t)
		require.NoError(t, write(t, t.Context(), p, 60, seed, quiet))
		pasts[i] = texts(t, p.Pool, past)
	}
	require.Equal(t, pasts[0], pasts[1])
	require.NotEqual(t, pasts[0], pasts[2])
}

func TestAnInterruptedArchiveLeavesNothing(t *testing.T) {
	t.Parallel()
	p, town := raised(t)
	before := schema(t, p.Pool)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	err := write(t, ctx, p, 100, 1, func(line string) {
		if strings.HasPrefix(line, "building") {
			stop()
		}
	})
	require.Error(t, err)
	require.ErrorIs(t, ctx.Err(), context.Canceled)
	require.Equal(t, before, schema(t, p.Pool))
	held, err := sample.Held(t.Context(), p.Pool)
	require.NoError(t, err)
	require.Zero(t, held)

	// What is not empty is not touched, also when the town is the sample one.
	_, err = p.Pool.Exec(t.Context(), `INSERT INTO ticket (id, number, office_id, last_message_at) VALUES ($1, '2026-000001-5', $2, now())`,
		id.New[id.Ticket](), town.Offices["urp"])
	require.NoError(t, err)
	require.ErrorContains(t, write(t, t.Context(), p, 100, 1, quiet), "is not empty")
	require.Equal(t, before, schema(t, p.Pool))
}
