package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"sportello.dev/adapters/simulator"
	"sportello.dev/hub/internal/postgres/pgtest"
)

// plan is what a run does.
type plan struct {
	programs programs
	seed     uint64
	// letters that citizens write beside those of the disasters, one each pace.
	letters, citizens int
	pace              time.Duration
	// texts and forms that they write beside, in the time that the letters take.
	texts, forms int
	// replies is the most that the operator writes beside those of the disasters.
	replies int
	// disasters in order; calm is the longest pause before each.
	disasters []disaster
	calm      time.Duration
	// frozen is how long a commit hangs at most, frozenFor at least: a fault that must be seen has more time to show.
	frozen time.Duration
	// patient waits also for replies whose request was cut off: the hub takes them up again after two minutes.
	patient bool
}

// run is one kill test.
type run struct {
	plan

	t        *testing.T
	began    time.Time
	world    *simulator.World
	database *pgtest.Durable
	hub      *hub
	ledger   *ledger
	citizens *citizens
	operator *operator
	random   *rand.Rand
	// windows and experts count the addresses of their own that disasters used.
	windows, experts int
}

// start brings up world, database, hub and oracle; all end with the test.
func start(t *testing.T, p plan) *run {
	t.Helper()
	r := &run{plan: p, t: t, began: time.Now(), random: rand.New(rand.NewPCG(p.seed, 0))}
	t.Logf("seed %d", p.seed)
	r.world = newWorld(t)
	r.ledger = newLedger(t)
	r.database = pgtest.Server(t, pgtest.Options{Settings: map[string]string{"shared_buffers": "64MB"}})
	r.hub = newHub(t, p.programs, r.database.URL(), r.world)
	r.citizens = newCitizens(r.world, r.ledger, p.citizens, p.seed)
	r.operator = newOperator(r.hub, r.ledger, p.replies, p.seed)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	go r.hub.keep(ctx)
	t.Cleanup(func() {
		stop()
		<-r.hub.ended
		t.Logf("%s  hub ended", time.Now().Format(clock))
		r.keepLog()
	})
	require.NoError(t, r.hub.up(t.Context()))
	return r
}

// load lets citizens and operator work while the disasters happen, and returns
// when all letters are written and all disasters are over. The operator goes on
// until the returned function is called.
func (r *run) load() (stop func()) {
	ctx, cancel := context.WithCancel(r.t.Context())
	working := make(chan error, 1)
	go func() { working <- r.operator.work(ctx) }()
	stop = func() {
		cancel()
		if err := <-working; !errors.Is(err, context.Canceled) {
			require.NoError(r.t, err)
		}
	}
	group, both := errgroup.WithContext(ctx)
	hurry := make(chan struct{})
	whole := time.Duration(r.letters) * r.pace
	group.Go(func() error { return r.citizens.write(both, r.letters, r.pace, hurry) })
	group.Go(func() error { return r.citizens.text(both, r.texts, whole/time.Duration(r.texts+1), hurry) })
	group.Go(func() error {
		return r.citizens.fillIn(both, r.hub.public, r.forms, whole/time.Duration(r.forms+1), hurry)
	})
	group.Go(func() error {
		defer close(hurry)
		return r.suffer(both)
	})
	if err := group.Wait(); err != nil {
		stop()
		require.NoError(r.t, err)
	}
	return stop
}

// suffer lets the disasters happen, one after the other.
func (r *run) suffer(ctx context.Context) error {
	for _, d := range r.disasters {
		pause(ctx, r.calm/4+time.Duration(r.random.Int64N(int64(r.calm)*3/4+1)))
		if err := d.do(ctx, r); err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
	}
	return nil
}

// finish waits until everything has come to its end, or its time is over, and
// judges.
func (r *run) finish(stop func()) (*snapshot, []violation) {
	ctx := r.t.Context()
	kills, err := r.ledger.kills(ctx)
	require.NoError(r.t, err)
	last := r.began
	if len(kills) > 0 {
		last = kills[len(kills)-1].At
	}
	visible := r.until(last.Add(visibleWithin), func() bool { return len(r.unseen()) == 0 })
	r.t.Logf("%s  all visible: %t", time.Now().Format(clock), visible)
	var s *snapshot
	r.until(last.Add(settledWithin), func() bool {
		s, err = r.look(ctx)
		return err == nil && s.settled() && (!r.patient || r.operator.waiting() == 0)
	})
	stop()
	r.t.Logf("%s  settled", time.Now().Format(clock))
	s, err = r.look(ctx)
	require.NoError(r.t, err)
	require.NoError(r.t, s.lookAtAttempts(ctx, r.hub.desk))
	s.late = r.unseen()
	// Adapters notice the death of their hub within seconds.
	r.until(time.Now().Add(10*time.Second), func() bool {
		s.orphans = orphans(r.programs.adapters)
		return len(s.orphans) == 0
	})
	return s, s.judge()
}

const (
	// visibleWithin is from the last kill until every accepted mail is visible.
	visibleWithin = 60 * time.Second
	// settledWithin is from the last kill until no delivery is under way any more.
	settledWithin = 150 * time.Second
)

// until polls until done says so, or the moment has come.
func (r *run) until(moment time.Time, done func() bool) bool {
	for !done() {
		if time.Now().After(moment) {
			return false
		}
		pause(r.t.Context(), 250*time.Millisecond)
	}
	return true
}

// unseen are the accepted letters that the operator has not seen.
func (r *run) unseen() []string {
	letters, err := r.ledger.letters(r.t.Context())
	require.NoError(r.t, err)
	var unseen []string
	for _, l := range letters {
		if l.SeenAt == nil {
			unseen = append(unseen, l.Marker)
		}
	}
	return unseen
}
