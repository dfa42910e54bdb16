package intake

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake/internal/db"
	"sportello.dev/hub/internal/postgres/pgtest"
)

// journalBundle is a journal with one channel whose lease this replica holds.
type journalBundle struct {
	pool    *pgxpool.Pool
	journal *Journal
	channel id.Channel
	replica id.Replica
}

func setupJournal(t *testing.T) journalBundle {
	t.Helper()
	pool := pgtest.New(t)
	b := journalBundle{pool: pool, journal: NewJournal(pool), channel: id.New[id.Channel](), replica: id.New[id.Replica]()}
	exec(t, pool, `INSERT INTO channel (id, adapter, slug, name) VALUES ($1, 'echo', 'eco', 'Eco')`, b.channel)
	exec(t, pool, `INSERT INTO channel_lease (channel_id, holder, term, expires_at) VALUES ($1, $2, 1, now() + interval '1 hour')`,
		b.channel, b.replica)
	return b
}

func exec(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	_, err := pool.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

func count(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, pool.QueryRow(t.Context(), sql, args...).Scan(&n))
	return n
}

func (b journalBundle) batch(cursor string, events ...Event) Batch {
	return Batch{Channel: b.channel, Replica: b.replica, Term: 1, Cursor: []byte(cursor), Events: events}
}

func letter(event, from string) Event {
	return Event{
		ID: event, OccurredAt: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
		Raw:     Raw{Inline: []byte("raw of " + event), MediaType: "message/rfc822"},
		Message: &Inbound{From: Address{Kind: "email", Value: from}, Subject: "Buca in via Roma", Text: "C'è una buca."},
	}
}

func TestAppendCommitsEventsAndCursorTogether(t *testing.T) {
	t.Parallel()
	b := setupJournal(t)
	known, err := b.journal.Append(t.Context(), b.batch("c1", letter("1", "ada@posta.example"), letter("2", "bruno@posta.example")))
	require.NoError(t, err)
	require.Equal(t, []bool{false, false}, known)

	known, err = b.journal.Append(t.Context(), b.batch("c2", letter("2", "bruno@posta.example"), letter("3", "ada@posta.example")))
	require.NoError(t, err)
	require.Equal(t, []bool{true, false}, known, "a redelivered event is known, not stored twice")

	require.Equal(t, 3, count(t, b.pool, `SELECT count(*) FROM journal`))
	var cursor []byte
	require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT cursor FROM channel_lease`).Scan(&cursor))
	require.Equal(t, "c2", string(cursor))
}

func TestAppendIsFencedByTheLease(t *testing.T) {
	t.Parallel()
	b := setupJournal(t)
	for name, change := range map[string]func(*Batch){
		"another term":    func(x *Batch) { x.Term = 2 },
		"another replica": func(x *Batch) { x.Replica = id.New[id.Replica]() },
		"no cursor":       func(x *Batch) { x.Term, x.Cursor = 2, nil },
	} {
		batch := b.batch("c1", letter(name, "ada@posta.example"))
		change(&batch)
		_, err := b.journal.Append(t.Context(), batch)
		require.ErrorIs(t, err, ErrLeaseLost, name)
	}
	exec(t, b.pool, `UPDATE channel_lease SET expires_at = now() - interval '1 second'`)
	_, err := b.journal.Append(t.Context(), b.batch("c1", letter("late", "ada@posta.example")))
	require.ErrorIs(t, err, ErrLeaseLost)
	require.Zero(t, count(t, b.pool, `SELECT count(*) FROM journal`))
}

func TestAppendRefersToBlobsOfNewEvents(t *testing.T) {
	t.Parallel()
	b := setupJournal(t)
	sum := make([]byte, 32)
	exec(t, b.pool, `INSERT INTO blob (sha256, size) VALUES ($1, 5)`, sum)
	e := letter("1", "ada@posta.example")
	e.Message.Attachments = []Attachment{{SHA256: sum, Size: 5, Name: "foto.jpg", MediaType: "image/jpeg"}}
	_, err := b.journal.Append(t.Context(), b.batch("c1", e))
	require.NoError(t, err)
	require.Equal(t, 1, count(t, b.pool, `SELECT count(*) FROM blob_ref WHERE owner_kind = 'journal'`))
}

func TestClaimKeepsASendersOrderAndOneWorkerALane(t *testing.T) {
	t.Parallel()
	b := setupJournal(t)
	var events []Event
	for i := range 10 {
		events = append(events, letter(fmt.Sprint(i), "ada@posta.example"))
	}
	_, err := b.journal.Append(t.Context(), b.batch("c1", events...))
	require.NoError(t, err)

	first, err := b.journal.claim(t.Context(), 16, 4)
	require.NoError(t, err)
	require.Len(t, first.entries, 4)
	second, err := b.journal.claim(t.Context(), 16, 4)
	require.NoError(t, err)
	require.Empty(t, second.entries, "the lane is held")

	require.NoError(t, b.journal.release(t.Context(), b.pool, first))
	again, err := b.journal.claim(t.Context(), 16, 4)
	require.NoError(t, err)
	require.Equal(t, first.entries, again.entries, "rows not settled come first again")
	require.Equal(t, 4, count(t, b.pool, `SELECT count(*) FROM journal WHERE attempt = 2`))
}

func TestEligible(t *testing.T) {
	t.Parallel()
	row := func(lane int16, attempt int32, early bool) db.CandidatesRow {
		return db.CandidatesRow{ID: id.New[id.Entry](), Lane: lane, Attempt: attempt, Early: early}
	}
	rows := []db.CandidatesRow{row(1, 0, false), row(1, 0, false), row(2, 1, true), row(2, 0, false), row(3, 0, false)}
	got := eligible(rows)
	require.Len(t, got, 3, "a waiting row holds back its lane only")

	rows[4].Attempt = suspect
	require.Equal(t, []string{rows[4].ID.String()}, []string{eligible(rows)[0].String()})
	require.Len(t, eligible(rows), 1, "a suspect row is taken alone")
}

func TestArrivalWakesTheWorkers(t *testing.T) {
	t.Parallel()
	b := setupJournal(t)
	_, err := b.journal.AppendUnleased(t.Context(), b.channel, []Event{letter("w", "ada@posta.example")})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	select {
	case <-b.journal.crew.arrived:
	case <-ctx.Done():
		t.Fatal("nobody was woken")
	}
}
