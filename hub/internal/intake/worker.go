package intake

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"sportello.dev/hub/internal/intake/internal/db"
	"sportello.dev/hub/internal/postgres"
)

// Size and pace of the workers of one replica.
const (
	// minWorkers and maxWorkers bound the workers, one for each core.
	minWorkers, maxWorkers = 2, 4
	// pollEvery finds rows that another replica wrote, or whose pause is over.
	pollEvery = 250 * time.Millisecond
	// troublePause is how long a worker rests when the database does not answer.
	troublePause = time.Second
	// maxFailures is how often a row may fail by its own fault before a person must look at it.
	maxFailures = 3
)

// failurePauses are the waits after a row failed by its own fault.
var failurePauses = []time.Duration{500 * time.Millisecond, 3 * time.Second}

// Workers take journal rows through the stages.
type Workers struct {
	journal *Journal
	stages  *Stages
	log     *slog.Logger
}

// NewWorkers returns the workers of one replica.
func NewWorkers(j *Journal, s *Stages, log *slog.Logger) *Workers {
	return &Workers{journal: j, stages: s, log: log}
}

// Run works until ctx ends; rows under way are finished first.
func (w *Workers) Run(ctx context.Context) error {
	if err := w.journal.blameTheDead(ctx, w.journal.pool); err != nil && ctx.Err() == nil {
		w.log.Warn("what former workers died over is not counted yet", "error", err)
	}
	var g errgroup.Group
	for range min(max(runtime.GOMAXPROCS(0), minWorkers), maxWorkers) {
		g.Go(func() error {
			w.one().loop(ctx)
			return nil
		})
	}
	return g.Wait()
}

// worker is one of them; what it works on is noted under its id.
type worker struct {
	*Workers
	id uuid.UUID
}

func (w *Workers) one() *worker { return &worker{Workers: w, id: uuid.New()} }

func (w *worker) loop(ctx context.Context) {
	crew, waited := w.journal.crew, false
	for ctx.Err() == nil {
		worked := false
		if waiting, ok := crew.begin(waited); ok {
			var err error
			worked, err = w.round(ctx, waiting)
			crew.end()
			if err != nil && ctx.Err() == nil {
				w.log.Warn("intake rests: the database does not answer as it should", "error", err)
				pause(ctx, troublePause)
			}
		}
		if waited = false; !worked {
			waited = crew.sleep(ctx)
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// round works on a batch of what is due. It says whether there was anything to do; counted is how many rows are known to
// wait. Where none are, it looks first, which costs less.
func (w *worker) round(ctx context.Context, counted int) (bool, error) {
	if counted == 0 {
		waiting, err := w.journal.queries.Waiting(ctx, w.journal.pool)
		if err != nil || !waiting {
			return false, err
		}
	}
	// What is taken is finished even when the hub stops: a few rows of some milliseconds each.
	ctx = context.WithoutCancel(ctx)
	var taken []entry
	err := w.file(ctx, func(tx pgx.Tx) (_ []entry, err error) {
		taken, err = w.journal.take(ctx, tx, w.id, lanesPerClaim, rowsPerClaim)
		if len(taken) > 0 {
			counted = len(taken)
		}
		w.journal.crew.taken(counted)
		return taken, err
	})
	if err != nil && len(taken) > 0 {
		return true, w.salvage(ctx, taken, err)
	}
	return len(taken) > 0, err
}

// file takes rows through the stages in one transaction, which holds their lanes. That it works on them is committed
// before it begins, and forgotten when it is done.
func (w *worker) file(ctx context.Context, take func(pgx.Tx) ([]entry, error)) error {
	var done []*work
	err := postgres.InTx(ctx, w.journal.pool, func(tx pgx.Tx) error {
		entries, err := take(tx)
		if err != nil || len(entries) == 0 {
			return err
		}
		if err := w.journal.note(ctx, w.id, entries); err != nil {
			return err
		}
		if done, err = w.stages.run(ctx, tx, entries); err != nil {
			return err
		}
		return w.forget(ctx, tx)
	})
	if err == nil {
		w.journal.hall.call(done)
	}
	return err
}

func (w *worker) forget(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, forgetEntries, w.id); err != nil {
		return fmt.Errorf("forgetting what was worked on: %w", err)
	}
	return nil
}

// salvage files what it can of rows that could not be filed together. When one of them is at fault, or they were in
// others' way, they go one by one, so that only the one at fault is counted, and holds back nobody but its lane. Trouble
// of the database ends the round, and the rows wait unharmed.
func (w *worker) salvage(ctx context.Context, rows []entry, cause error) error {
	if postgres.IsRetryable(cause) && !postgres.IsConflict(cause) {
		return cause
	}
	w.log.Info("a batch of journal rows goes one by one", "rows", len(rows), "error", cause)
	for _, e := range rows {
		alone := func(tx pgx.Tx) ([]entry, error) { return w.journal.takeOne(ctx, tx, w.id, e) }
		err := w.file(ctx, alone)
		if err != nil && !postgres.IsRetryable(err) {
			err = w.fail(ctx, e, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fail counts an error of the row itself, and hands the row to a person after the third.
func (w *worker) fail(ctx context.Context, failed entry, cause error) error {
	w.log.Warn("a journal row failed", "entry_id", failed.ID, "error", cause)
	return postgres.InTx(ctx, w.journal.pool, func(tx pgx.Tx) error {
		rows, err := w.journal.takeOne(ctx, tx, w.id, failed)
		if err != nil || len(rows) == 0 {
			return err
		}
		if err := w.forget(ctx, tx); err != nil {
			return err
		}
		if rows[0].Failures+1 >= maxFailures {
			given := &work{entry: rows[0]}
			given.quarantine(ReasonFailed, cause.Error())
			return w.journal.settle(ctx, tx, given)
		}
		err = w.journal.queries.Postpone(ctx, tx, db.PostponeParams{
			Reason: ReasonFailed, Kept: ActRetried, Detail: clip(cause.Error(), 500), Delay: postgres.Interval(failurePauses[rows[0].Failures]),
			ID: failed.ID,
		})
		if err != nil {
			return fmt.Errorf("postponing a journal row: %w", err)
		}
		return nil
	})
}
