package live

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// start runs a hub on a fresh database until the test ends, and returns when it listens.
func start(t *testing.T) (*Hub, *pgxpool.Pool) {
	t.Helper()
	url := pgtest.URL(t)
	hub := NewHub(func(ctx context.Context) (*pgx.Conn, error) { return pgx.Connect(ctx, url) }, quiet())
	first := subscribe(t, hub, account.SystemScope())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- hub.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	require.True(t, hear(t, first).Refetch, "whoever waits is told when listening begins")
	first.Close()
	return hub, pgtest.Pool(t, url)
}

// subscribe takes a place and reads the first word, which is to fetch.
func subscribe(t *testing.T, hub *Hub, scope account.Scope) *Subscription {
	t.Helper()
	sub := hub.Subscribe(scope)
	t.Cleanup(sub.Close)
	require.True(t, hear(t, sub).Refetch)
	return sub
}

func hear(t *testing.T, sub *Subscription) Batch {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	batch, err := sub.Next(ctx)
	require.NoError(t, err)
	return batch
}

// ticketChanged is the event of a ticket.
func ticketChanged(ticket uuid.UUID, number string, office id.Office) Event {
	return Event{Kind: KindTicket, ID: ticket, Ticket: number, Office: office}
}

func channelChanged() Event { return Event{Kind: KindChannel, ID: uuid.New()} }

// announce says something as the triggers do.
func announce(t *testing.T, db postgres.Querier, e Event) {
	t.Helper()
	_, err := db.Exec(t.Context(), `SELECT announce($1, $2, nullif($3, ''), $4)`, e.Kind, e.ID, e.Ticket, e.Office)
	require.NoError(t, err)
}

func TestEventsTravelWithTheCommit(t *testing.T) {
	t.Parallel()
	hub, pool := start(t)
	sub := subscribe(t, hub, account.SystemScope())
	office := id.New[id.Office]()
	lost := ticketChanged(uuid.New(), "2026-000001-3", office)
	kept := ticketChanged(uuid.New(), "2026-000002-6", office)
	other := channelChanged()

	refused := errors.New("refused")
	err := postgres.InTx(t.Context(), pool, func(tx pgx.Tx) error {
		announce(t, tx, lost)
		return refused
	})
	require.ErrorIs(t, err, refused)
	require.NoError(t, postgres.InTx(t.Context(), pool, func(tx pgx.Tx) error {
		for _, e := range []Event{kept, kept, other, kept} {
			announce(t, tx, e)
		}
		return nil
	}))
	var events []Event
	for len(events) < 2 {
		events = append(events, hear(t, sub).Events...)
	}
	require.Equal(t, []Event{kept, other}, events, "once each, and nothing of what was rolled back")
}

func TestChangesAreAnnouncedByTheDatabase(t *testing.T) {
	t.Parallel()
	hub, pool := start(t)
	sub := subscribe(t, hub, account.SystemScope())
	office, ticket := id.New[id.Office](), id.New[id.Ticket]()
	exec := func(sql string, args ...any) {
		_, err := pool.Exec(t.Context(), sql, args...)
		require.NoError(t, err)
	}
	exec(`INSERT INTO office (id, slug, name) VALUES ($1, 'urp', 'URP')`, office)
	exec(`INSERT INTO ticket (id, number, office_id, last_message_at) VALUES ($1, '2026-000001-3', $2, now())`, ticket, office)
	require.Equal(t, []Event{ticketChanged(ticket.UUID, "2026-000001-3", office)}, hear(t, sub).Events)
	exec(`UPDATE ticket SET subject = 'Buca in via Roma' WHERE id = $1`, ticket)
	require.Equal(t, []Event{ticketChanged(ticket.UUID, "2026-000001-3", office)}, hear(t, sub).Events)
}

func TestScopeDecidesWhoHears(t *testing.T) {
	t.Parallel()
	hub, pool := start(t)
	tax, registry := id.New[id.Office](), id.New[id.Office]()
	mine := subscribe(t, hub, account.OfficeScope(tax))
	nobody := subscribe(t, hub, account.Scope{})
	theirs := ticketChanged(uuid.New(), "2026-000001-3", registry)
	ours := ticketChanged(uuid.New(), "2026-000002-6", tax)
	announce(t, pool, theirs)
	announce(t, pool, ours)
	require.Equal(t, []Event{ours}, hear(t, mine).Events)
	_, waiting, err := nobody.take()
	require.NoError(t, err)
	require.False(t, waiting)
}

// What somebody is mentioned in is told to nobody else, whatever they see.
func TestIsolationOfMentionEvents(t *testing.T) {
	t.Parallel()
	hub, pool := start(t)
	who := uuid.New()
	all, another, mine := subscribe(t, hub, account.SystemScope()), hub.follow(uuid.New()), hub.follow(who)
	for _, s := range []*Subscription{another, mine} {
		t.Cleanup(s.Close)
		require.True(t, hear(t, s).stale)
		s.see(account.SystemScope())
		require.True(t, hear(t, s).Refetch)
	}
	told, after := Event{Kind: KindMention, ID: who}, channelChanged()
	announce(t, pool, told)
	announce(t, pool, after)
	heard := func(s *Subscription, n int) (events []Event) {
		for len(events) < n {
			events = append(events, hear(t, s).Events...)
		}
		return events
	}
	require.Equal(t, []Event{told, after}, heard(mine, 2))
	require.Equal(t, []Event{after}, heard(another, 1))
	require.Equal(t, []Event{after}, heard(all, 1))
}

// A ticket that changes is told to the offices it is shared with, as long as it is, and that it no longer is.
func TestIsolationOfLiveEvents(t *testing.T) {
	t.Parallel()
	hub, pool := start(t)
	social, registry, ticket := id.New[id.Office](), id.New[id.Office](), id.New[id.Ticket]()
	exec := func(sql string, args ...any) {
		_, err := pool.Exec(t.Context(), sql, args...)
		require.NoError(t, err)
	}
	exec(`INSERT INTO office (id, slug, name, confidential) VALUES ($1, 'sociale', 'Servizi sociali', true), ($2, 'anagrafe', 'Anagrafe', false)`, social, registry)
	holder := subscribe(t, hub, account.OfficeScope(social))
	member := subscribe(t, hub, account.OfficeScope(registry))
	town := subscribe(t, hub, account.TownScope([]id.Office{social}))
	all := subscribe(t, hub, account.SystemScope())
	told := func(s *Subscription, want ...Event) {
		var heard []Event
		for len(heard) < len(want) {
			heard = append(heard, hear(t, s).Events...)
		}
		require.ElementsMatch(t, want, heard)
	}
	change := ticketChanged(ticket.UUID, "2026-000001-3", social)
	share := change
	share.Office, share.Share = registry, true
	quarantined := Event{Kind: KindQuarantine, ID: uuid.New()}

	exec(`INSERT INTO ticket (id, number, office_id, last_message_at) VALUES ($1, '2026-000001-3', $2, now())`, ticket, social)
	told(holder, change)
	exec(`INSERT INTO ticket_share (ticket_id, office_id, kind, created_at) VALUES ($1, $2, 'ask', now())`, ticket, registry)
	told(holder, change)
	told(member, share)
	exec(`UPDATE ticket SET subject = 'Contributo affitto' WHERE id = $1`, ticket)
	told(member, share)
	exec(`UPDATE ticket_share SET ended_at = now()`)
	told(member, share)
	exec(`UPDATE ticket SET subject = 'Contributo' WHERE id = $1`, ticket)
	announce(t, pool, quarantined)
	told(town, quarantined)
	for range 5 {
		if heard := hear(t, all).Events; len(heard) > 0 && heard[len(heard)-1] == quarantined {
			break
		}
	}
	_, waiting, err := member.take()
	require.NoError(t, err)
	require.False(t, waiting, "a member without a share hears neither of the ticket nor of the quarantine")
}

func TestLostConnectionMeansFetchAgain(t *testing.T) {
	t.Parallel()
	hub, pool := start(t)
	sub := subscribe(t, hub, account.SystemScope())
	_, err := pool.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND query = 'LISTEN `+notifyChannel+`'`)
	require.NoError(t, err)
	require.True(t, hear(t, sub).Refetch)
	event := channelChanged()
	announce(t, pool, event)
	require.Equal(t, []Event{event}, hear(t, sub).Events, "the hub listens again")
}

func TestSilentConnectionIsProbed(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	pool := pgtest.Pool(t, url)
	hub := NewHub(nil, quiet())
	hub.probe = 20 * time.Millisecond
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	require.NoError(t, hub.hear(t.Context(), conn), "silence is no failure")
	_, err = pool.Exec(t.Context(), `SELECT pg_terminate_backend($1)`, conn.PgConn().PID())
	require.NoError(t, err)
	require.Error(t, hub.hear(t.Context(), conn))
}

func TestSlowClientIsToldToFetchAgain(t *testing.T) {
	t.Parallel()
	hub := NewHub(nil, quiet())
	sub := subscribe(t, hub, account.SystemScope())
	same := channelChanged()
	for range maxPending * 3 {
		sub.offer(same)
	}
	require.Equal(t, Batch{Events: []Event{same}}, hear(t, sub), "repetitions cost nothing")
	for range maxPending + 1 {
		sub.offer(channelChanged())
	}
	require.Equal(t, Batch{Refetch: true}, hear(t, sub))
}

func TestUnknownWordsMeanFetchAgain(t *testing.T) {
	t.Parallel()
	hub := NewHub(nil, quiet())
	sub := subscribe(t, hub, account.SystemScope())
	hub.publish("{not json")
	require.True(t, hear(t, sub).Refetch)
}

func TestStoppedHubEndsItsClients(t *testing.T) {
	t.Parallel()
	hub := NewHub(nil, quiet())
	sub := subscribe(t, hub, account.SystemScope())
	require.Equal(t, 1, hub.Clients())
	hub.stop()
	_, err := sub.Next(t.Context())
	require.ErrorIs(t, err, ErrClosed)
	_, err = hub.Subscribe(account.SystemScope()).Next(t.Context())
	require.ErrorIs(t, err, ErrClosed)
	require.Zero(t, hub.Clients())
}

func TestStream(t *testing.T) {
	t.Parallel()
	hub := NewHub(nil, quiet())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = hub.stream(r.Context(), w, seeing(account.SystemScope()), 30*time.Millisecond)
	}))
	t.Cleanup(server.Close)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	lines := bufio.NewReader(resp.Body)
	require.Equal(t, "event: ready\ndata: {}\n\n", frame(t, lines))
	require.Equal(t, ": still here\n\n", frame(t, lines))

	event := ticketChanged(uuid.New(), "2026-000002-6", id.New[id.Office]())
	hub.each(func(s *Subscription) { s.offer(event) })
	text := frame(t, lines)
	for strings.HasPrefix(text, ":") {
		text = frame(t, lines)
	}
	require.Equal(t, "event: change\ndata: {\"type\":\"ticket\",\"id\":\""+event.ID.String()+"\",\"ticket\":\"2026-000002-6\"}\n\n", text,
		"the office is nobody's business")
	cancel()
	require.Eventually(t, func() bool { return hub.Clients() == 0 }, 10*time.Second, 5*time.Millisecond)
}

func TestStreamEndsWithTheHub(t *testing.T) {
	t.Parallel()
	hub := NewHub(nil, quiet())
	rec := httptest.NewRecorder()
	hub.stop()
	require.NoError(t, hub.stream(t.Context(), rec, seeing(account.SystemScope()), time.Minute))
}

// seeing is a reader whose scope stays the same.
func seeing(scope account.Scope) Reader {
	return Reader{Who: uuid.New(), Look: func(context.Context) (account.Scope, error) { return scope, nil }}
}

// frame reads up to and with the next empty line.
func frame(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	var b strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != io.EOF {
			require.NoError(t, err)
		}
		b.WriteString(line)
		if line == "\n" || err == io.EOF {
			return b.String()
		}
	}
}
