package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Beginner starts a transaction: a pool, a connection, or a transaction (then
// it is a savepoint).
type Beginner interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}

type beforeCommitKey struct{}

// BeforeCommit returns a context in which write belongs to the first transaction that commits: InTx calls it as its
// last statement. done tells whether that has happened; where there was no transaction the caller writes by itself.
func BeforeCommit(ctx context.Context, write func(context.Context, Querier) error) (_ context.Context, done func() bool) {
	p := &pending{write: write}
	return context.WithValue(ctx, beforeCommitKey{}, p), p.isDone
}

// pending is what waits for a transaction to go with.
type pending struct {
	mu    sync.Mutex
	write func(context.Context, Querier) error
	done  bool
	made  sync.Map
}

// Made notes the id of what a transaction makes, for whoever writes before its commit; of a kind the last one counts.
func Made(ctx context.Context, kind, id string) {
	if p, waits := ctx.Value(beforeCommitKey{}).(*pending); waits {
		p.made.Store(kind, id)
	}
}

// MadeIn is what was noted of a kind under a context of BeforeCommit; empty if nothing was.
func MadeIn(ctx context.Context, kind string) string {
	if p, waits := ctx.Value(beforeCommitKey{}).(*pending); waits {
		if id, noted := p.made.Load(kind); noted {
			return id.(string) //nolint:forcetypeassert // only Made stores
		}
	}
	return ""
}

func (p *pending) isDone() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done
}

// commit commits what waits with the transaction. A savepoint commits nothing, so it takes nothing along.
func commit(ctx context.Context, db Beginner, tx pgx.Tx) error {
	p, waits := ctx.Value(beforeCommitKey{}).(*pending)
	if _, nested := db.(pgx.Tx); !waits || nested {
		return tx.Commit(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.done {
		if err := p.write(ctx, tx); err != nil {
			return err
		}
	}
	err := tx.Commit(ctx)
	p.done = p.done || err == nil
	return err
}

// rollbackWait bounds the rollback after the caller's context has ended; past
// it the connection is closed, which rolls back as well.
const rollbackWait = 5 * time.Second

// InTx runs fn in a transaction and commits when fn returns nil. An error of
// the commit itself leaves the outcome unknown: the caller must not assume
// that nothing was written.
func InTx(ctx context.Context, db Beginner, fn func(pgx.Tx) error) (err error) {
	tx, err := db.Begin(ctx)
	if err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	defer func() {
		// Also after a panic in fn; a no-op once committed.
		rctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackWait)
		defer cancel()
		if rerr := tx.Rollback(rctx); rerr != nil && !errors.Is(rerr, pgx.ErrTxClosed) && err == nil {
			err = fmt.Errorf("rolling back: %w", rerr)
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	if err := commit(ctx, db, tx); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	return nil
}
