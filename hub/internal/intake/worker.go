package intake

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake/internal/db"
	"sportello.dev/hub/internal/postgres"
)

// Size and pace of the workers of one replica.
const (
	// minWorkers and maxWorkers bound the workers, one for each core.
	minWorkers, maxWorkers = 2, 4
	// lanesPerClaim and rowsPerClaim bound what one worker holds at a time.
	lanesPerClaim = 128
	rowsPerClaim  = 256
	// pollEvery finds rows that another replica wrote, or whose pause is over.
	pollEvery = 250 * time.Millisecond
	// troublePause is how long a worker rests when the database does not answer.
	troublePause = time.Second
	// maxFailures is how often a row may fail by its own fault before a person must look at it.
	maxFailures = 3
	// maxClaims is how often a row may be claimed without an end: then it is taken to have ended the process.
	maxClaims = 10
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
	var g errgroup.Group
	for range min(max(runtime.GOMAXPROCS(0), minWorkers), maxWorkers) {
		g.Go(func() error {
			w.loop(ctx)
			return nil
		})
	}
	return g.Wait()
}

func (w *Workers) loop(ctx context.Context) {
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

// round claims rows, works on them in order, and frees the lanes. It says whether there was anything to do; counted is
// how many rows are known to wait.
func (w *Workers) round(ctx context.Context, counted int) (bool, error) {
	c, err := w.claim(ctx, counted)
	if err != nil || len(c.entries) == 0 {
		w.journal.crew.taken(counted)
		return false, err
	}
	w.journal.crew.taken(len(c.entries))
	// What is claimed is finished even when the hub stops: a few rows of some milliseconds each.
	ctx = context.WithoutCancel(ctx)
	if err := w.file(ctx, c, c.entries, true); err != nil {
		return true, errors.Join(w.salvage(ctx, c, err), w.journal.release(ctx, w.journal.pool, c))
	}
	return true, nil
}

// claim takes rows; where none are known to wait it looks first, which costs less.
func (w *Workers) claim(ctx context.Context, counted int) (claim, error) {
	if counted == 0 {
		waiting, err := w.journal.queries.Waiting(ctx, w.journal.pool)
		if err != nil || !waiting {
			return claim{}, err
		}
	}
	return w.journal.claim(ctx, lanesPerClaim, rowsPerClaim)
}

// salvage files what it can of a claim that could not be filed together. When one of its rows is at fault, or it was in
// others' way, its rows go one by one, so that only the one at fault is counted; trouble of the database ends the round,
// and the rows are given back unharmed.
func (w *Workers) salvage(ctx context.Context, c claim, cause error) error {
	if postgres.IsRetryable(cause) && !postgres.IsConflict(cause) {
		return errors.Join(cause, w.giveBack(ctx, c, 0, troublePause))
	}
	w.log.Info("a batch of journal rows goes one by one", "rows", len(c.entries), "error", cause)
	return w.oneByOne(ctx, c)
}

// oneByOne files the rows of a claim each for itself. A row that fails by its own fault holds back nobody but its lane.
func (w *Workers) oneByOne(ctx context.Context, c claim) error {
	began := time.Now()
	for i, e := range c.entries {
		if time.Since(began) > claimHold/2 {
			return w.giveBack(ctx, c, i, 0)
		}
		err := w.file(ctx, c, c.entries[i:i+1], false)
		switch {
		case err == nil:
		case postgres.IsRetryable(err):
			return errors.Join(err, w.giveBack(ctx, c, i, troublePause))
		default:
			if err := w.fail(ctx, c, e, err); err != nil {
				return err
			}
			// Later rows of the same lane must not overtake the failed one.
			return w.giveBack(ctx, c, i+1, 0)
		}
	}
	return nil
}

// file takes rows through the stages in one transaction, which frees the lanes if these are the last of the claim. Rows
// that another worker took over meanwhile are left.
func (w *Workers) file(ctx context.Context, c claim, ids []id.Entry, last bool) error {
	return postgres.InTx(ctx, w.journal.pool, func(tx pgx.Tx) error {
		entries, err := w.journal.lockClaimed(ctx, tx, c.token, ids)
		if err != nil {
			return err
		}
		if err := w.stages.run(ctx, tx, entries); err != nil || !last {
			return err
		}
		return w.journal.release(ctx, tx, c)
	})
}

// fail counts an error of the row itself, and hands the row to a person after the third.
func (w *Workers) fail(ctx context.Context, c claim, failed id.Entry, cause error) error {
	w.log.Warn("a journal row failed", "entry_id", failed, "error", cause)
	return postgres.InTx(ctx, w.journal.pool, func(tx pgx.Tx) error {
		rows, err := w.journal.lockClaimed(ctx, tx, c.token, []id.Entry{failed})
		if err != nil || len(rows) == 0 {
			return err
		}
		if rows[0].Failures+1 >= maxFailures {
			given := &work{entry: rows[0]}
			given.quarantine(ReasonFailed, cause.Error())
			return w.journal.settle(ctx, tx, given)
		}
		err = w.journal.queries.Postpone(ctx, tx, db.PostponeParams{
			Reason: ReasonFailed, Detail: clip(cause.Error(), 500), Delay: postgres.Interval(failurePauses[rows[0].Failures]),
			ID: failed, Token: &c.token,
		})
		if err != nil {
			return fmt.Errorf("postponing a journal row: %w", err)
		}
		return nil
	})
}

// giveBack returns rows from the i-th on as if they had not been claimed.
func (w *Workers) giveBack(ctx context.Context, c claim, i int, delay time.Duration) error {
	if i >= len(c.entries) {
		return nil
	}
	err := w.journal.queries.GiveBack(ctx, w.journal.pool, db.GiveBackParams{
		Delay: postgres.Interval(delay), Ids: uuids(c.entries[i:]), Token: &c.token,
	})
	if err != nil {
		return fmt.Errorf("giving rows back: %w", err)
	}
	return nil
}
