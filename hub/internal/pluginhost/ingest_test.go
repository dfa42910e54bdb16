package pluginhost_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/pluginhost"
	"sportello.dev/hub/internal/pluginhost/internal/rogue"
)

func TestEventsAreCommittedThenAcknowledged(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, dir := o.rogueChannel("uno", rogue.Settings{})
	for i := range 150 {
		arrive(t, dir, fmt.Sprintf("m%03d", i), "testo")
	}
	o.start(nil)
	eventually(t, func() bool { return inboxEmpty(dir) }, "all acknowledged")
	rows := o.journal(c)
	require.Len(t, rows, 150)
	for i, r := range rows {
		require.Equal(t, fmt.Sprintf("m%03d", i), r.EventID, "in order")
		require.Equal(t, "message", r.Kind)
		require.Equal(t, "testo", string(r.Raw))
	}
	require.Equal(t, "m149"+rogue.Inbox, o.cursor(c))
	require.NotNil(t, o.get(c).LastIn)
}

// gate is a journal that fails as told, before it reaches the real one or after.
type gate struct {
	pluginhost.Journal

	before func(intake.Batch) error
	after  func(intake.Batch) error
	calls  atomic.Int32
}

func (g *gate) Append(ctx context.Context, b intake.Batch) ([]bool, error) {
	g.calls.Add(1)
	if g.before != nil {
		if err := g.before(b); err != nil {
			return nil, err
		}
	}
	known, err := g.Journal.Append(ctx, b)
	if err == nil && g.after != nil {
		err = g.after(b)
	}
	return known, err
}

func through(g *gate) func(*pluginhost.Config) {
	return func(c *pluginhost.Config) {
		g.Journal = c.Journal
		c.Journal = g
	}
}

func TestNothingIsAcknowledgedBeforeTheCommit(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, dir := o.rogueChannel("uno", rogue.Settings{})
	var away atomic.Bool
	away.Store(true)
	g := &gate{before: func(intake.Batch) error {
		if away.Load() {
			return &pgconn.PgError{Code: "53100", Message: "disk full"}
		}
		return nil
	}}
	r := o.start(through(g))
	arrive(t, dir, "a", "ciao")
	eventually(t, func() bool { return g.calls.Load() > 3 }, "tried several times")
	require.False(t, inboxEmpty(dir))
	require.Empty(t, o.journal(c))
	require.Equal(t, "journal.unavailable", r.channelStatus(c).Health.Code)

	away.Store(false)
	eventually(t, func() bool { return inboxEmpty(dir) }, "acknowledged")
	require.Len(t, o.journal(c), 1)
	eventually(t, func() bool { return r.channelStatus(c).Health.Code == "rogue." }, "well again")
}

func TestLostAnswerOfTheCommitBringsNoSecondRow(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, dir := o.rogueChannel("uno", rogue.Settings{})
	var lost atomic.Bool
	g := &gate{after: func(intake.Batch) error {
		if lost.CompareAndSwap(false, true) {
			return &pgconn.PgError{Code: "08006", Message: "connection lost"}
		}
		return nil
	}}
	o.start(through(g))
	arrive(t, dir, "a", "ciao")
	eventually(t, func() bool { return inboxEmpty(dir) }, "acknowledged as a duplicate")
	require.Len(t, o.journal(c), 1)
	require.Contains(t, diary(t, dir), "ingest from a"+rogue.Inbox, "the stream begins at the committed position")
}

func TestRefusedEventDoesNotHoldBackTheOthers(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, dir := o.rogueChannel("uno", rogue.Settings{})
	g := &gate{before: func(b intake.Batch) error {
		for i := range b.Events {
			if b.Events[i].Message != nil && strings.Contains(b.Events[i].Message.Text, "poison") {
				return &pgconn.PgError{Code: "22P05", Message: "cannot be stored"}
			}
		}
		return nil
	}}
	for _, name := range []string{"a", "b", "c", "d"} {
		text := "bene"
		if name == "b" {
			text = "poison"
		}
		arrive(t, dir, name, text)
	}
	o.start(through(g))
	eventually(t, func() bool { return inboxEmpty(dir) }, "all acknowledged")
	rows := o.journal(c)
	require.Len(t, rows, 4)
	require.Equal(t, "b", rows[1].EventID)
	require.Equal(t, "unparsed", rows[1].Kind)
	require.Equal(t, "poison", string(rows[1].Raw), "the original is kept")
	require.Equal(t, "message", rows[2].Kind)
}

func TestOversizeAndDisorderEndTheStreamNotTheHub(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"oversize", "gap", "claim-raw"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			o := newOutside(t)
			c, dir := o.rogueChannel("uno", rogue.Settings{Event: fault})
			r := o.start(nil)
			arrive(t, dir, "a", "ciao")
			eventually(t, func() bool { return r.channelStatus(c).Health.Code == "ingest.interrupted" }, "trouble shown")
			require.Empty(t, o.journal(c))
			require.False(t, inboxEmpty(dir))

			o.change(c, rogue.Settings{Dir: dir})
			eventually(t, func() bool { return inboxEmpty(dir) }, "delivered after the repair")
			require.Len(t, o.journal(c), 1)
		})
	}
}

func TestEventBeyondBoundsGoesToQuarantineWithItsOriginal(t *testing.T) {
	t.Parallel()
	for fault, code := range map[string]string{"claim": "blob.unknown", "parties": "limit.parties"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			o := newOutside(t)
			c, dir := o.rogueChannel("uno", rogue.Settings{Event: fault})
			o.start(nil)
			arrive(t, dir, "a", "originale")
			eventually(t, func() bool { return inboxEmpty(dir) }, "acknowledged")
			rows := o.journal(c)
			require.Len(t, rows, 1)
			require.Equal(t, "unparsed", rows[0].Kind)
			require.Contains(t, string(rows[0].Payload), code)
			require.Equal(t, "originale", string(rows[0].Raw))
		})
	}
}

func TestLargeOriginalGoesToTheBlobStore(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, dir := o.rogueChannel("uno", rogue.Settings{})
	o.start(nil)
	arrive(t, dir, "a", strings.Repeat("x", 100<<10))
	eventually(t, func() bool { return inboxEmpty(dir) }, "acknowledged")
	rows := o.journal(c)
	require.Len(t, rows, 1)
	require.Nil(t, rows[0].Raw)
	require.EqualValues(t, 100<<10, rows[0].RawSize)
	var references int
	require.NoError(t, o.pool.QueryRow(t.Context(), `SELECT count(*) FROM blob_ref WHERE owner_kind = 'journal'`).Scan(&references))
	require.Equal(t, 1, references)
}

// TestKilledAgainAndAgain kills the adapter while it delivers: each message is in the journal exactly once.
func TestKilledAgainAndAgain(t *testing.T) {
	t.Parallel()
	const messages, kills = 300, 8
	o := newOutside(t)
	c, dir := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(func(c *pluginhost.Config) { c.Timing.CrashWindow = time.Nanosecond })
	r.awaitOpen(c)
	var sending sync.WaitGroup
	sending.Go(func() {
		for i := range messages {
			arrive(t, dir, fmt.Sprintf("m%03d", i), "testo")
		}
	})
	for range kills {
		seen := len(o.journal(c))
		eventually(t, func() bool { return len(o.journal(c)) > seen || inboxEmpty(dir) }, "progress")
		if pid := r.Status()[0].PID; pid != 0 {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		r.awaitOpen(c)
	}
	sending.Wait()
	eventually(t, func() bool { return inboxEmpty(dir) }, "all acknowledged")
	seen := map[string]int{}
	for _, row := range o.journal(c) {
		seen[row.EventID]++
	}
	require.Len(t, seen, messages)
	for event, n := range seen {
		require.Equal(t, 1, n, event)
	}
}

func TestLeaseHasOneStream(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, dir := o.rogueChannel("uno", rogue.Settings{})
	one, two := o.start(nil), o.start(nil)
	one.awaitOpen(c)
	two.awaitOpen(c)
	eventually(t, func() bool { return one.channelStatus(c).Lease != two.channelStatus(c).Lease }, "one holds the lease")
	for i := range 50 {
		arrive(t, dir, fmt.Sprintf("m%02d", i), "testo")
	}
	eventually(t, func() bool { return inboxEmpty(dir) }, "acknowledged")
	require.Len(t, o.journal(c), 50)
}

func TestLeaseMovesWhenItsHolderStops(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, dir := o.rogueChannel("uno", rogue.Settings{Exclusive: true})
	first := o.prepare(nil)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- first.Run(ctx) }()
	eventually(t, func() bool { return first.channelStatus(c).Lease }, "the first holds it")

	second := o.start(nil)
	second.awaitOpen(c)
	require.Contains(t, diary(t, dir), "lease=false", "opened, but not connected")
	_, err := second.Transmit(t.Context(), transmission(c))
	requireNotAttempted(t, err)

	stop()
	require.NoError(t, <-done)
	eventually(t, func() bool { return second.channelStatus(c).Lease }, "the second takes over at once")
	require.Equal(t, 2, strings.Count(diary(t, dir), "lease=true"))
	arrive(t, dir, "a", "ciao")
	eventually(t, func() bool { return inboxEmpty(dir) }, "and ingests")
}

func TestStolenLeaseEndsTheStream(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, dir := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(nil)
	eventually(t, func() bool { return r.channelStatus(c).Lease }, "held")
	// Another replica took it while this one slept.
	_, err := o.pool.Exec(t.Context(),
		`UPDATE channel_lease SET holder = $1, term = term + 1, expires_at = now() + interval '1 hour'`, id.New[id.Replica]())
	require.NoError(t, err)
	arrive(t, dir, "a", "ciao")
	eventually(t, func() bool { return !r.channelStatus(c).Lease }, "given up")
	require.Empty(t, o.journal(c))
	require.False(t, inboxEmpty(dir))

	_, err = o.pool.Exec(t.Context(), `UPDATE channel_lease SET expires_at = '-infinity'`)
	require.NoError(t, err)
	eventually(t, func() bool { return inboxEmpty(dir) }, "taken back")
	require.Len(t, o.journal(c), 1)
}

func TestStoppingHostAcknowledgesWhatItCommitted(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, dir := o.rogueChannel("uno", rogue.Settings{})
	hold, held := make(chan struct{}), make(chan struct{}, 100)
	g := &gate{after: func(intake.Batch) error {
		held <- struct{}{}
		<-hold
		return nil
	}}
	r := o.prepare(through(g))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	arrive(t, dir, "a", "ciao")
	<-held
	stop()
	close(hold)
	require.NoError(t, <-done)
	require.True(t, inboxEmpty(dir), "committed, so acknowledged before the stream ended")
	require.Len(t, o.journal(c), 1)
	require.Contains(t, diary(t, dir), "closed")
}
