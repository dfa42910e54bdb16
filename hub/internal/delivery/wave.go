package delivery

import (
	"context"
	"errors"
	"sync"
	"time"

	"sportello.dev/hub/internal/postgres"
)

const (
	// waveSize is how many are done in one round.
	waveSize = 64
	// roundTime bounds a round.
	roundTime = 30 * time.Second
)

// errRound is the answer to those whose round broke off.
var errRound = errors.New("the round did not come to its end")

// wave gathers what goroutines ask for while a round is under way and does all of it in the next: many small
// transactions become one. It has no goroutine of its own: the first to ask does the round for all who wait, then hands
// on to one of those who came meanwhile.
type wave[In, Out any] struct {
	// do answers each of all, in order; an error means that nothing was done for any.
	do      func(ctx context.Context, all []In) ([]Out, error)
	mu      sync.Mutex
	waiting []*asked[In, Out]
	busy    bool
}

type asked[In, Out any] struct {
	in       In
	out      Out
	err      error
	answered bool
	// turn is closed or sent to when there is an answer, or when the next round is to be led.
	turn chan struct{}
}

// ask does in together with what others ask for. It ends with its round and not with ctx: what was done for somebody
// must be known to him.
func (w *wave[In, Out]) ask(ctx context.Context, in In) (Out, error) {
	mine := &asked[In, Out]{in: in, err: errRound, turn: make(chan struct{}, 1)}
	w.mu.Lock()
	w.waiting = append(w.waiting, mine)
	first := !w.busy
	w.busy = true
	w.mu.Unlock()
	if !first {
		<-mine.turn
	}
	if !mine.answered {
		w.lead(ctx)
	}
	return mine.out, mine.err
}

// lead does one round, for the leader and those who wait behind.
func (w *wave[In, Out]) lead(ctx context.Context) {
	w.mu.Lock()
	n := min(len(w.waiting), waveSize)
	all := w.waiting[:n:n]
	w.waiting = w.waiting[n:]
	w.mu.Unlock()
	defer w.handOn(all)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), roundTime)
	defer cancel()
	w.round(ctx, all)
}

func (w *wave[In, Out]) round(ctx context.Context, all []*asked[In, Out]) {
	in := make([]In, len(all))
	for i, a := range all {
		in[i] = a.in
	}
	out, err := w.do(ctx, in)
	if err != nil && len(all) > 1 && (!postgres.IsRetryable(err) || postgres.IsConflict(err)) {
		// One of them is the cause, and the others must not suffer for it.
		for _, a := range all {
			w.round(ctx, []*asked[In, Out]{a})
		}
		return
	}
	for i, a := range all {
		if a.err = err; err == nil {
			a.out = out[i]
		}
	}
}

// handOn tells those of a round that it is over, also when it broke off, and lets the next one who waits lead.
func (w *wave[In, Out]) handOn(all []*asked[In, Out]) {
	for _, a := range all {
		a.answered = true
		a.turn <- struct{}{}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy = len(w.waiting) > 0
	if w.busy {
		w.waiting[0].turn <- struct{}{}
	}
}
