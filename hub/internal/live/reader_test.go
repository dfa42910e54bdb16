package live

import (
	"bufio"
	"context"
	"errors"
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
)

// member is an operator whose scope is what the database says of their offices; it is over when they are inactive.
func member(pool *pgxpool.Pool, who id.Operator) Reader {
	return Reader{Who: who.UUID, Look: func(ctx context.Context) (account.Scope, error) {
		var active bool
		if err := pool.QueryRow(ctx, `SELECT active FROM operator WHERE id = $1`, who).Scan(&active); err != nil {
			return account.Scope{}, err
		}
		if !active {
			return account.Scope{}, account.ErrUnauthenticated
		}
		rows, _ := pool.Query(ctx, `SELECT office_id FROM office_member WHERE operator_id = $1`, who)
		offices, err := pgx.CollectRows(rows, pgx.RowTo[id.Office])
		return account.OfficeScope(offices...), err
	}}
}

// An open stream follows its reader: after the offices changed nothing comes of one left, what comes of one joined is
// told, and a reader without access hears no more.
func TestIsolationOfAStreamWhoseReaderChanges(t *testing.T) {
	t.Parallel()
	hub, pool := start(t)
	left, joined, who := id.New[id.Office](), id.New[id.Office](), id.New[id.Operator]()
	exec := func(sql string, args ...any) {
		_, err := pool.Exec(t.Context(), sql, args...)
		require.NoError(t, err)
	}
	exec(`INSERT INTO office (id, slug, name) VALUES ($1, 'tributi', 'Tributi'), ($2, 'anagrafe', 'Anagrafe')`, left, joined)
	exec(`INSERT INTO operator (id, login, name, role) VALUES ($1, 'nino', 'Nino Bo', 'back_office')`, who)
	exec(`INSERT INTO office_member (office_id, operator_id) VALUES ($1, $2)`, left, who)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = hub.Stream(r.Context(), w, member(pool, who))
	}))
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	lines := bufio.NewReader(resp.Body)
	// until reads frames up to one with these words, and requires that none has the others.
	until := func(words, never string) {
		for {
			text := frame(t, lines)
			require.NotEmpty(t, text, "the stream ended")
			require.NotContains(t, text, never)
			if strings.Contains(text, words) {
				return
			}
		}
	}
	mine, former, next := ticketChanged(uuid.New(), "2026-000001-3", left), ticketChanged(uuid.New(), "2026-000002-6", left), ticketChanged(uuid.New(), "2026-000003-9", joined)
	// What comes while the scope is looked up is covered by "ready", so it is said until it is heard.
	hear := func(never string, wanted Event, all ...Event) {
		saying, heard := context.WithCancel(ctx)
		said := make(chan error, 1)
		go func() { said <- repeat(saying, pool, append(all, wanted)...) }()
		until(wanted.Ticket, never)
		heard()
		require.NoError(t, <-said)
	}
	until("ready", "change")
	hear(next.Ticket, mine)
	exec(`DELETE FROM office_member`)
	exec(`INSERT INTO office_member (office_id, operator_id) VALUES ($1, $2)`, joined, who)
	announce(t, pool, former)
	until("ready", former.Ticket)
	hear(former.Ticket, next, former)
	exec(`UPDATE operator SET active = false`)
	require.Eventually(t, func() bool { return hub.Clients() == 0 }, time.Minute, 10*time.Millisecond)
}

// repeat announces the events over and over until the context ends.
func repeat(ctx context.Context, pool *pgxpool.Pool, events ...Event) error {
	for {
		for _, e := range events {
			if _, err := pool.Exec(ctx, `SELECT announce($1, $2, $3, $4)`, e.Kind, e.ID, e.Ticket, e.Office); err != nil {
				if ctx.Err() != nil {
					return nil
				}
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func TestWhatWaitsIsTakenBackWhenTheReaderChanges(t *testing.T) {
	t.Parallel()
	hub := NewHub(nil, quiet())
	office, other := id.New[id.Office](), uuid.New()
	sub := hub.follow(uuid.New())
	t.Cleanup(sub.Close)
	require.True(t, hear(t, sub).stale, "the scope is asked for first")
	sub.see(account.OfficeScope(office))
	require.Equal(t, Batch{Refetch: true}, hear(t, sub))
	event := ticketChanged(uuid.New(), "2026-000001-3", office)
	sub.offer(event)
	sub.reconsider(other)
	require.Equal(t, Batch{Events: []Event{event}}, hear(t, sub), "another's change is no matter")

	sub.offer(event)
	hub.publish(`{"type":"account","id":"` + sub.who.String() + `"}`)
	sub.offer(event)
	require.Equal(t, Batch{stale: true}, hear(t, sub))
	hub.publish(`{"type":"account","id":"00000000-0000-0000-0000-000000000000"}`)
	sub.see(account.OfficeScope(office))
	require.Equal(t, Batch{stale: true}, hear(t, sub), "it changed again while it was looked up")
	sub.see(account.Scope{})
	require.Equal(t, Batch{Refetch: true}, hear(t, sub))
	sub.offer(event)
	_, waiting, err := sub.take()
	require.NoError(t, err)
	require.False(t, waiting)
	require.NoError(t, hub.stream(t.Context(), httptest.NewRecorder(), Reader{Who: other, Look: func(context.Context) (account.Scope, error) {
		return account.Scope{}, account.ErrUnauthenticated
	}}, time.Minute), "who may not read any more is let go")
	require.Error(t, hub.stream(t.Context(), httptest.NewRecorder(), Reader{Who: other, Look: func(context.Context) (account.Scope, error) {
		return account.Scope{}, errors.New("no database")
	}}, time.Minute))
}
