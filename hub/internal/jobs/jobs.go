package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/id"
)

// The queues and how many of their jobs run at once in one replica. Of those that send, some wait for their provider
// while others begin and end together.
const (
	queueSend        = "send"
	queueMaintenance = "maintenance"
	sendWorkers      = 128
)

// wakeStates are the states in which a wake-up already waits or runs; a second one then adds nothing.
var wakeStates = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
	rivertype.JobStateRetryable, rivertype.JobStateScheduled,
}

// Attempter makes attempt n of a transmission; a positive wait asks for another wake-up of the same attempt.
type Attempter interface {
	Attempt(ctx context.Context, t id.Transmission, n int) (wait time.Duration, err error)
}

// Duty is recurring upkeep, done by one replica at a time.
type Duty struct {
	Name  string
	Every time.Duration
	Do    func(context.Context) error
}

// Waker schedules wake-ups; it needs no running workers.
type Waker struct{ client *river.Client[pgx.Tx] }

// NewWaker returns a waker that inserts into pool's database.
func NewWaker(pool *pgxpool.Pool) (*Waker, error) {
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("making the job inserter: %w", err)
	}
	return &Waker{client: client}, nil
}

// Wake schedules attempts in the caller's transaction.
func (w *Waker) Wake(ctx context.Context, tx pgx.Tx, all ...delivery.WakeUp) error {
	jobs := make([]river.InsertManyParams, len(all))
	for i, u := range all {
		jobs[i] = river.InsertManyParams{Args: SendArgs{Transmission: u.Transmission, Attempt: u.Attempt}, InsertOpts: dueAt(u.At)}
	}
	return w.insert(ctx, tx, jobs)
}

// WakeOverdue wakes an attempt whose own wake-up did not come, once for each replica that finds it overdue.
func (w *Waker) WakeOverdue(ctx context.Context, tx pgx.Tx, t id.Transmission, n int, finder id.Replica) error {
	return w.insert(ctx, tx, []river.InsertManyParams{{Args: SendArgs{Transmission: t, Attempt: n, Sweeper: finder}}})
}

// Do has a duty done soon; one that waits already is enough.
func (w *Waker) Do(ctx context.Context, tx pgx.Tx, duty string) error {
	return w.insert(ctx, tx, []river.InsertManyParams{{Args: dutyArgs{Name: duty}}})
}

func (w *Waker) insert(ctx context.Context, tx pgx.Tx, jobs []river.InsertManyParams) error {
	if _, err := w.client.InsertManyTx(ctx, tx, jobs); err != nil {
		return fmt.Errorf("scheduling wake-ups: %w", err)
	}
	return nil
}

// dueAt leaves the time out for what is due soon, and its attempt waits for its time: River moves scheduled jobs every
// five seconds, and not while the replica that leads has died.
func dueAt(at time.Time) *river.InsertOpts {
	var opts river.InsertOpts
	if time.Until(at) > soon {
		opts.ScheduledAt = at
	}
	return &opts
}

// Runner runs the jobs of one replica.
type Runner struct{ client *river.Client[pgx.Tx] }

// stopSoftly is how long running jobs may take to end when the hub stops.
const stopSoftly = 20 * time.Second

// NewRunner returns a runner that makes attempts through a and does the duties. Its pool is its own: River listens and
// fetches on it, and must not be starved by requests.
func NewRunner(pool *pgxpool.Pool, a Attempter, duties []Duty, log *slog.Logger) (*Runner, error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &sendWorker{attempter: a})
	river.AddWorker(workers, newDutyWorker(duties))
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		Queues: map[string]river.QueueConfig{
			queueSend:        {MaxWorkers: sendWorkers},
			queueMaintenance: {MaxWorkers: 2},
		},
		Workers:              workers,
		PeriodicJobs:         periodic(duties),
		FetchCooldown:        20 * time.Millisecond,
		FetchPollInterval:    time.Second,
		JobTimeout:           3 * time.Minute,
		RescueStuckJobsAfter: 4 * time.Minute,
		SoftStopTimeout:      stopSoftly,
		Logger:               log,
	})
	if err != nil {
		return nil, fmt.Errorf("making the job runner: %w", err)
	}
	return &Runner{client: client}, nil
}

// Run works until ctx ends, then lets running jobs finish within the soft stop's time.
func (r *Runner) Run(ctx context.Context) error {
	err := r.client.Start(ctx)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		// Told to stop before it had begun.
		return nil
	}
	if err != nil {
		return fmt.Errorf("starting the job runner: %w", err)
	}
	<-r.client.Stopped()
	return nil
}
