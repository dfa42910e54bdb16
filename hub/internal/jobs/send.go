package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"sportello.dev/hub/internal/id"
)

// SendArgs wakes one attempt of a transmission.
type SendArgs struct {
	Transmission id.Transmission `json:"transmission" river:"unique"`
	Attempt      int             `json:"attempt" river:"unique"`
	// Sweeper is the replica whose sweeper found the attempt overdue; zero for the ordinary wake-up. That one may be held
	// by a process that was killed, and must not keep the sweeper's out.
	Sweeper id.Replica `json:"sweeper,omitzero" river:"unique"`
}

// Kind names the job for ever.
func (SendArgs) Kind() string { return "delivery.send" }

// InsertOpts makes a second wake-up of an attempt that already waits a no-op.
func (SendArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{
		Queue: queueSend, MaxAttempts: 25,
		UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: wakeStates},
	}
}

// A wait of up to soon, such as an operator's time to call a reply back, ends within a second of its time: it is slept
// in steps short enough to stay off River's scheduler.
const (
	soon = 30 * time.Second
	step = 4 * time.Second
)

func stepped(wait time.Duration) time.Duration {
	if wait > soon {
		return wait
	}
	return min(wait, step)
}

type sendWorker struct {
	river.WorkerDefaults[SendArgs]
	attempter Attempter
}

// Work makes the attempt. An error means that nothing was attempted: the job is tried again soon, and the sweeper
// stands behind it.
func (w *sendWorker) Work(ctx context.Context, job *river.Job[SendArgs]) error {
	wait, err := w.attempter.Attempt(ctx, job.Args.Transmission, job.Args.Attempt)
	if err != nil {
		return fmt.Errorf("attempt %d of transmission %s: %w", job.Args.Attempt, job.Args.Transmission, err)
	}
	if wait > 0 {
		return river.JobSnooze(stepped(wait))
	}
	return nil
}

// NextRetry tries again soon: what failed is the database, not the provider.
func (w *sendWorker) NextRetry(job *river.Job[SendArgs]) time.Time {
	return time.Now().Add(min(time.Duration(job.Attempt)*2*time.Second, time.Minute))
}
