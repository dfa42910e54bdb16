package jobs_test

import (
	"context"
	"encoding/json"
	"flag"
	"log/slog"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/jobs"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
)

var update = flag.Bool("update", false, "rewrite golden files")

type attempts struct {
	made  chan int
	first atomic.Int64
}

func (a *attempts) Attempt(_ context.Context, _ id.Transmission, n int) (time.Duration, error) {
	a.made <- n
	return time.Duration(a.first.Swap(0)), nil
}

func wake(t *testing.T, pool *pgxpool.Pool, w *jobs.Waker, x id.Transmission, n int) {
	t.Helper()
	require.NoError(t, postgres.InTx(t.Context(), pool, func(tx pgx.Tx) error {
		return w.Wake(t.Context(), tx, delivery.WakeUp{Transmission: x, Attempt: n, At: time.Now()})
	}))
}

func run(t *testing.T, pool *pgxpool.Pool, a *attempts, duties ...jobs.Duty) {
	t.Helper()
	runner, err := jobs.NewRunner(pool, a, duties, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- runner.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
}

func receive[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(10 * time.Second):
		t.Fatal("nothing came within 10 s")
	}
	return v
}

func TestAWakeUpMakesTheAttemptOnce(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	waker, err := jobs.NewWaker(pool)
	require.NoError(t, err)
	x := id.New[id.Transmission]()
	wake(t, pool, waker, x, 1)
	wake(t, pool, waker, x, 1)
	wake(t, pool, waker, x, 2)
	var waiting int
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM river_job`).Scan(&waiting))
	require.Equal(t, 2, waiting, "a second wake-up of an attempt adds nothing")

	a := &attempts{made: make(chan int, 10)}
	run(t, pool, a)
	require.ElementsMatch(t, []int{1, 2}, []int{receive(t, a.made), receive(t, a.made)})
}

func TestWhatIsDueWaitsForNoScheduler(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	waker, err := jobs.NewWaker(pool)
	require.NoError(t, err)
	wake(t, pool, waker, id.New[id.Transmission](), 1)
	require.NoError(t, postgres.InTx(t.Context(), pool, func(tx pgx.Tx) error {
		return waker.Wake(t.Context(), tx, delivery.WakeUp{Transmission: id.New[id.Transmission](), Attempt: 2, At: time.Now().Add(time.Minute)})
	}))
	require.Equal(t, []string{"available", "scheduled"}, states(t, pool))
}

func states(t *testing.T, pool *pgxpool.Pool) []string {
	t.Helper()
	rows, err := pool.Query(t.Context(), `SELECT state::text FROM river_job ORDER BY (args->>'attempt')::int`)
	require.NoError(t, err)
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return all
}

// A reply that may be called back for ten seconds leaves when they are over, not at the scheduler's next look.
func TestAShortWaitStaysOffTheScheduler(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	waker, err := jobs.NewWaker(pool)
	require.NoError(t, err)
	require.NoError(t, postgres.InTx(t.Context(), pool, func(tx pgx.Tx) error {
		return waker.Wake(t.Context(), tx, delivery.WakeUp{Transmission: id.New[id.Transmission](), Attempt: 1, At: time.Now().Add(10 * time.Second)})
	}))
	require.Equal(t, []string{"available"}, states(t, pool))
	a := &attempts{made: make(chan int, 10)}
	a.first.Store(int64(10 * time.Second))
	run(t, pool, a)
	require.Equal(t, 1, receive(t, a.made))
	require.Eventually(t, func() bool {
		var waiting bool
		require.NoError(t, pool.QueryRow(t.Context(), `
			SELECT state = 'available' AND scheduled_at < now() + interval '5 seconds' FROM river_job`).Scan(&waiting))
		return waiting
	}, 10*time.Second, 20*time.Millisecond)
}

func TestAWakeUpHeldByADeadProcessKeepsNoSweeperOut(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	waker, err := jobs.NewWaker(pool)
	require.NoError(t, err)
	x, one, two := id.New[id.Transmission](), id.New[id.Replica](), id.New[id.Replica]()
	wake(t, pool, waker, x, 1)
	_, err = pool.Exec(t.Context(), `UPDATE river_job SET state = 'running', attempted_at = now(), attempted_by = '{dead}'`)
	require.NoError(t, err)
	for _, finder := range []id.Replica{one, one, two} {
		require.NoError(t, postgres.InTx(t.Context(), pool, func(tx pgx.Tx) error {
			return waker.WakeOverdue(t.Context(), tx, x, 1, finder)
		}))
	}
	var jobs int
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM river_job`).Scan(&jobs))
	require.Equal(t, 3, jobs, "the dead one's, and one of each finder")
	a := &attempts{made: make(chan int, 10)}
	run(t, pool, a)
	require.Equal(t, []int{1, 1}, []int{receive(t, a.made), receive(t, a.made)})
}

func TestAnAttemptThatWaitsIsWokenAgain(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	waker, err := jobs.NewWaker(pool)
	require.NoError(t, err)
	wake(t, pool, waker, id.New[id.Transmission](), 1)
	a := &attempts{made: make(chan int, 10)}
	a.first.Store(int64(20 * time.Millisecond))
	run(t, pool, a)
	require.Equal(t, []int{1, 1}, []int{receive(t, a.made), receive(t, a.made)})
}

func TestAnEndedWakeUpDoesNotBlockANewOne(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	waker, err := jobs.NewWaker(pool)
	require.NoError(t, err)
	x := id.New[id.Transmission]()
	a := &attempts{made: make(chan int, 10)}
	run(t, pool, a)
	wake(t, pool, waker, x, 1)
	receive(t, a.made)
	require.Eventually(t, func() bool {
		var open int
		require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM river_job WHERE state <> 'completed'`).Scan(&open))
		return open == 0
	}, 10*time.Second, 20*time.Millisecond)
	wake(t, pool, waker, x, 1)
	require.Equal(t, 1, receive(t, a.made))
}

func TestDutiesAreDone(t *testing.T) {
	t.Parallel()
	done := make(chan struct{}, 10)
	run(t, pgtest.New(t), &attempts{}, jobs.Duty{Name: "sweep", Every: time.Hour, Do: func(context.Context) error {
		done <- struct{}{}
		return nil
	}})
	receive(t, done)
}

// TestJobArgsStayReadable pins the stored form: jobs outlive a deployment.
func TestJobArgsStayReadable(t *testing.T) {
	t.Parallel()
	x, err := id.Parse[id.Transmission]("0198c5a0-0000-7000-8000-000000000001")
	require.NoError(t, err)
	args := jobs.SendArgs{Transmission: x, Attempt: 3}
	const golden = "testdata/delivery.send.json"
	if *update {
		text, err := json.Marshal(args)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(golden, text, 0o644))
	}
	text, err := os.ReadFile(golden)
	require.NoError(t, err)
	var back jobs.SendArgs
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, args, back)
	require.Equal(t, "delivery.send", back.Kind())
}
