package httpapi

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/routing"
	"sportello.dev/hub/internal/tag"
	"sportello.dev/hub/internal/ticket"
)

// snowy is a town whose rule gives a tag to all that arrives about snow.
type snowy struct {
	*desk
	me, boss string
}

func newSnowy(t *testing.T) (s *snowy, snow id.Tag) {
	t.Helper()
	s = &snowy{desk: newDesk(t)}
	s.me, s.boss = s.signIn(t, "lucia"), s.signIn(t, "capo")
	snow = s.tag(t, "Neve")
	require.NoError(t, postgres.InTx(t.Context(), s.pool, func(tx pgx.Tx) error {
		_, err := s.stores.Routing.Put(t.Context(), tx, account.System(), 0, []routing.Rule{
			{Name: "Neve", Enabled: true, When: routing.Condition{Words: []string{"neve"}}, Then: routing.Target{Tags: []id.Tag{snow}}},
		})
		return err
	}))
	return s, snow
}

func (s *snowy) tag(t *testing.T, name string) id.Tag {
	t.Helper()
	return id.Tag{UUID: decode[api.Tag](t, s.ask("POST", basePath+"/tags", fmt.Sprintf(`{"name":%q}`, name), s.boss), 201).ID}
}

// arrive hands a letter in until it is filed.
func (s *snowy) arrive(ctx context.Context, e intake.Event) error {
	for {
		if filed, err := s.stores.Journal.Submit(ctx, s.channel, e); err != nil || !filed.Ticket.IsZero() {
			return err
		}
	}
}

// put adds a tag to a ticket as an operator does, who looks again when the ticket has changed.
func (s *snowy) put(ctx context.Context, number string, tag id.Tag) error {
	for {
		var version int64
		if err := s.pool.QueryRow(ctx, `SELECT version FROM ticket WHERE number = $1`, number).Scan(&version); err != nil {
			return err
		}
		w := s.ask("PATCH", basePath+"/tickets/"+number, fmt.Sprintf(`{"version":%d,"add_tags":[%q]}`, version, tag), s.me)
		if w.Code != 409 {
			if w.Code != 200 {
				return fmt.Errorf("putting a tag on: %d %s", w.Code, w.Body)
			}
			return nil
		}
	}
}

// requireTagged wants so many tickets, each with this tag and no other.
func (s *snowy) requireTagged(t *testing.T, only id.Tag, n int) {
	t.Helper()
	var all, right int
	require.NoError(t, s.pool.QueryRow(t.Context(), `SELECT count(*), count(*) FILTER (WHERE tags = ARRAY[$1::uuid]) FROM ticket`, only).Scan(&all, &right))
	require.Equal(t, []int{n, n}, []int{all, right})
}

// waiting waits until so many wait for a lock.
func (s *snowy) waiting(t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		var found int
		err := s.pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&found)
		return err == nil && found >= n
	}, waitFor, tick)
}

// A tag that is being merged, but is not yet, is given as the one that takes its place. Of whoever merged it and was cut
// off the upkeep finishes the work.
func TestATagIsGivenWhileItIsMerged(t *testing.T) {
	t.Parallel()
	s, snow := newSnowy(t)
	ice := s.tag(t, "Ghiaccio")
	plain := s.receive(t, s.letter("Buca", nil))
	require.NoError(t, s.arrive(t.Context(), s.letter("La prima neve", nil)))
	tx, err := s.pool.Begin(t.Context())
	require.NoError(t, err)
	defer tx.Rollback(context.Background())
	_, err = tag.NewStore(time.Now).Merge(t.Context(), tx, snow, ice)
	require.NoError(t, err)

	done := make(chan error, 2)
	letter := s.letter("La neve", nil)
	go func() { done <- s.arrive(t.Context(), letter) }()
	go func() { done <- s.put(t.Context(), plain, snow) }()
	s.waiting(t, 2)
	require.NoError(t, tx.Commit(t.Context()))
	require.NoError(t, <-done)
	require.NoError(t, <-done)
	var names []string
	require.NoError(t, s.pool.QueryRow(t.Context(), `SELECT array_agg(params ->> 'name' ORDER BY at) FROM ticket_event WHERE type = 'tagged'`).Scan(&names))
	require.Equal(t, []string{"Neve", "Ghiaccio", "Ghiaccio"}, names)
	require.NoError(t, s.stores.Tickets.ReplaceMerged(t.Context(), s.pool))
	s.requireTagged(t, ice, 3)
}

// Whoever merges a tag waits for those who are putting it on something, and finds what they did.
func TestATagIsMergedWhileItIsGiven(t *testing.T) {
	t.Parallel()
	s, snow := newSnowy(t)
	ice := s.tag(t, "Ghiaccio")
	tx, err := s.pool.Begin(t.Context())
	require.NoError(t, err)
	defer tx.Rollback(context.Background())
	held, err := s.stores.Tickets.HoldTags(t.Context(), tx, tagsOf(snow))
	require.NoError(t, err)
	require.Equal(t, snow, held.Given(tagsOf(snow))[0].ID)
	done := make(chan int, 1)
	go func() {
		done <- s.ask("POST", basePath+"/tags/"+snow.String()+"/merge", fmt.Sprintf(`{"into":%q}`, ice), s.boss).Code
	}()
	s.waiting(t, 1)
	_, err = tx.Exec(t.Context(), `INSERT INTO ticket (id, number, office_id, last_message_at, tags) VALUES ($1, '2020-000001-1', $2, now(), ARRAY[$3::uuid])`, id.New[id.Ticket](), s.urp, snow)
	require.NoError(t, err)
	require.NoError(t, tx.Commit(t.Context()))
	require.Equal(t, 200, <-done)
	s.requireTagged(t, ice, 1)
}

// However letters, operators and merges fall, all tickets end with the last tag, and nobody is refused.
func TestTagsAreMergedWhileManyAreGiven(t *testing.T) {
	t.Parallel()
	const merges, letters, operators = 8, 40, 3
	s, snow := newSnowy(t)
	chain := []id.Tag{snow}
	for i := range merges {
		chain = append(chain, s.tag(t, fmt.Sprintf("Neve %d", i)))
	}
	var events []intake.Event
	var numbers []string
	for i := range letters {
		events = append(events, s.letter("La neve", func(e *intake.Event) { e.Message.From.Value = fmt.Sprintf("citt%d@posta.example", i) }))
	}
	for range operators {
		numbers = append(numbers, s.receive(t, s.letter("Buca", nil)))
	}
	failed := make(chan error, letters+operators*merges+merges)
	var work sync.WaitGroup
	work.Go(func() {
		for i, tag := range chain[:merges] {
			w := s.ask("POST", basePath+"/tags/"+tag.String()+"/merge", fmt.Sprintf(`{"into":%q}`, chain[i+1]), s.boss)
			if w.Code != 200 {
				failed <- fmt.Errorf("merging: %d %s", w.Code, w.Body)
			}
		}
	})
	for _, e := range events {
		work.Go(func() { failed <- s.arrive(t.Context(), e) })
	}
	for _, number := range numbers {
		work.Go(func() {
			for _, tag := range chain[:merges] {
				failed <- s.put(t.Context(), number, tag)
			}
		})
	}
	work.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
	last := chain[merges]
	for _, number := range numbers { // those that were tagged after the last merge have it too
		require.NoError(t, s.put(t.Context(), number, last))
	}
	s.requireTagged(t, last, letters+operators)
}

// tagsOf names tags by id alone.
func tagsOf(tags ...id.Tag) (named []ticket.Tag) {
	for _, each := range tags {
		named = append(named, ticket.Tag{ID: each})
	}
	return named
}
