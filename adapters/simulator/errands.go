package simulator

import (
	"context"
	"sync"
	"time"
)

const (
	maxErrands = 2000 // pending at once; a flood beyond that gets no bounces
	thinking   = 8    // how many times as long as a machine a person takes
)

// errands runs what happens some time after a message: bounces and automatic answers.
type errands struct {
	delay time.Duration

	mu      sync.Mutex
	ctx     context.Context //nolint:containedctx // the life of the world, which callers do not know
	pending int
	running sync.WaitGroup
}

func (e *errands) start(ctx context.Context) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ctx = ctx
}

// do runs an errand after the delay. After the world has ended, or beyond the limit, it is not run.
func (e *errands) do(errand func(context.Context)) { e.after(e.delay, errand) }

// think runs what a person does, which takes some times as long.
func (e *errands) think(errand func(context.Context)) { e.after(thinking*e.delay, errand) }

func (e *errands) after(delay time.Duration, errand func(context.Context)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ctx == nil || e.ctx.Err() != nil || e.pending >= maxErrands {
		return
	}
	ctx := e.ctx
	e.pending++
	e.running.Go(func() {
		defer e.done()
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
			errand(ctx)
		case <-ctx.Done():
		}
	})
}

func (e *errands) done() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pending--
}

func (e *errands) wait() { e.running.Wait() }
