package intake

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/id"
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

// taken opens a transaction that takes rows as a worker does; end gives them back.
func (b *journalBundle) taken(t *testing.T, worker uuid.UUID, most int) (rows []entry, end func()) {
	t.Helper()
	tx, err := b.pool.Begin(t.Context())
	require.NoError(t, err)
	rows, err = b.journal.take(t.Context(), tx, worker, lanesPerClaim, most)
	require.NoError(t, err)
	return rows, func() { require.NoError(t, tx.Rollback(t.Context())) }
}

func TestOneWorkerALaneAndASendersOrder(t *testing.T) {
	t.Parallel()
	b := setupJournal(t)
	var events []Event
	for i := range 10 {
		events = append(events, letter(fmt.Sprint(i), "ada@posta.example"))
	}
	events = append(events, letter("other", "bruno@posta.example"))
	_, err := b.journal.Append(t.Context(), b.batch("c1", events...))
	require.NoError(t, err)

	first, end := b.taken(t, uuid.New(), 256)
	require.Len(t, first, 11)
	require.True(t, slices.IsSortedFunc(first, func(a, b entry) int { return cmp.Compare(a.Seq, b.Seq) }))
	none, endNone := b.taken(t, uuid.New(), 256)
	require.Empty(t, none, "the lanes are held")
	endNone()

	end()
	again, end := b.taken(t, uuid.New(), 256)
	require.Equal(t, first, again, "a worker that ends in any way frees its lanes, and nothing counts against the rows")
	end()
}

func TestARowThatWaitsHoldsBackItsLane(t *testing.T) {
	t.Parallel()
	b := setupJournal(t)
	_, err := b.journal.Append(t.Context(), b.batch("c1", letter("1", "ada@posta.example"), letter("2", "ada@posta.example"), letter("3", "bruno@posta.example")))
	require.NoError(t, err)
	exec(t, b.pool, `UPDATE journal SET next_attempt_at = now() + interval '1 minute' WHERE event_id = '1'`)
	rows, end := b.taken(t, uuid.New(), 256)
	defer end()
	require.Len(t, rows, 1)
	require.Equal(t, 3, count(t, b.pool, `SELECT count(*) FROM journal WHERE state = 'pending'`))
}

func TestAllLanesComeRound(t *testing.T) {
	t.Parallel()
	b := setupJournal(t)
	var events []Event
	for i := range 60 {
		events = append(events, letter(fmt.Sprint(i), fmt.Sprintf("c%d@posta.example", i)))
	}
	_, err := b.journal.Append(t.Context(), b.batch("c1", events...))
	require.NoError(t, err)
	for range 20 {
		rows, end := b.taken(t, uuid.New(), 256)
		require.Len(t, rows, 60, "wherever the round begins")
		end()
	}
}

func TestRowsThatProcessesDieOver(t *testing.T) {
	t.Parallel()
	b := setupJournal(t)
	_, err := b.journal.Append(t.Context(), b.batch("c1", letter("1", "ada@posta.example"), letter("2", "bruno@posta.example")))
	require.NoError(t, err)
	attempts := func(worker uuid.UUID) (sum, rows int) {
		taken, end := b.taken(t, worker, 256)
		defer end()
		for _, e := range taken {
			sum += e.Attempt
		}
		return sum, len(taken)
	}
	last := uuid.New()
	for n := range suspect {
		sum, rows := attempts(uuid.New())
		require.Equal(t, 2*n, sum)
		require.Equal(t, 2, rows)
		taken, end := b.taken(t, last, 256)
		last = uuid.New()
		require.NoError(t, b.journal.note(t.Context(), last, taken))
		end() // as the server does when the process is gone
	}
	sum, rows := attempts(uuid.New())
	require.Equal(t, []int{suspect, 1}, []int{sum, rows}, "a suspect row is taken alone")
	sum, _ = attempts(last)
	require.Equal(t, 2*(suspect-1), sum, "what a worker noted itself does not count: it lives")

	// A replica that starts counts for good what the dead were at, and forgets them.
	exec(t, b.pool, `UPDATE intake_worker SET since = now() - interval '2 minutes' WHERE id <> $1`, last)
	require.NoError(t, b.journal.blameTheDead(t.Context(), b.pool))
	require.Equal(t, 1, count(t, b.pool, `SELECT count(*) FROM intake_worker`))
	require.Equal(t, 2, count(t, b.pool, `SELECT count(*) FROM journal WHERE attempt = $1`, suspect-1))
	sum, _ = attempts(uuid.New())
	require.Equal(t, suspect, sum)
}

func TestEligible(t *testing.T) {
	t.Parallel()
	row := func(lane int16, attempt int, early bool) entry {
		return entry{ID: id.New[id.Entry](), Lane: lane, Attempt: attempt, Early: early}
	}
	rows := []entry{row(1, 0, false), row(1, 0, false), row(2, 1, true), row(2, 0, false), row(3, 0, false)}
	require.Len(t, eligible(rows), 3, "a waiting row holds back its lane only")

	rows[4].Attempt = suspect
	require.Equal(t, rows[4:], eligible(rows), "a suspect row is taken alone")

	rows[4].Attempt, rows[0].Size, rows[1].Size = 0, maxClaimBytes, 1
	require.Equal(t, rows[:1], eligible(rows), "what a worker has in memory is bounded")
}

func TestArrivalWakesTheWorkers(t *testing.T) {
	t.Parallel()
	b := setupJournal(t)
	_, err := b.journal.AppendUnleased(t.Context(), b.channel, []Event{letter("w", "ada@posta.example")})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	select {
	case <-b.journal.crew.arrived:
	case <-ctx.Done():
		t.Fatal("nobody was woken")
	}
}
