package delivery

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// held is a wave whose first round waits until all others have asked.
func held(do func([]int) ([]int, error)) (w *wave[int, int], rounds *[]int, ask func(...int) []error) {
	var mu sync.Mutex
	rounds = new([]int)
	w = &wave[int, int]{}
	gate := make(chan struct{})
	w.do = func(_ context.Context, all []int) ([]int, error) {
		mu.Lock()
		first := len(*rounds) == 0
		*rounds = append(*rounds, len(all))
		mu.Unlock()
		if first {
			<-gate
		}
		return do(all)
	}
	ask = func(all ...int) []error {
		errs := make([]error, len(all))
		var asking sync.WaitGroup
		for i, n := range all {
			asking.Go(func() {
				var got int
				if got, errs[i] = w.ask(context.Background(), n); errs[i] == nil && got != n*n {
					errs[i] = errors.New("somebody else's answer")
				}
			})
		}
		// One leads, all others wait behind it.
		for waiting := 0; waiting < len(all)-1; runtime.Gosched() {
			w.mu.Lock()
			waiting = len(w.waiting)
			w.mu.Unlock()
			if mu.Lock(); len(*rounds) == 0 {
				waiting = 0
			}
			mu.Unlock()
		}
		close(gate)
		asking.Wait()
		return errs
	}
	return w, rounds, ask
}

func squares(all []int) ([]int, error) {
	out := make([]int, len(all))
	for i, n := range all {
		out[i] = n * n
	}
	return out, nil
}

func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func TestThoseWhoWaitShareARound(t *testing.T) {
	t.Parallel()
	w, rounds, ask := held(squares)
	for _, err := range ask(upTo(1 + waveSize + 3)...) {
		require.NoError(t, err)
	}
	require.Equal(t, []int{1, waveSize, 3}, *rounds)
	require.False(t, w.busy, "the next one leads again")
}

func TestOneThatFailsDoesNotSpoilTheOthers(t *testing.T) {
	t.Parallel()
	bad := errors.New("a value that no column takes")
	spoilt := -1 // one of those that share a round; whoever leads has the first one alone
	_, rounds, ask := held(func(all []int) ([]int, error) {
		if spoilt < 0 {
			spoilt = (all[0] + 1) % 6
		}
		if slices.Contains(all, spoilt) {
			return nil, bad
		}
		return squares(all)
	})
	for n, err := range ask(upTo(6)...) {
		if n == spoilt {
			require.ErrorIs(t, err, bad)
			continue
		}
		require.NoError(t, err)
	}
	require.GreaterOrEqual(t, len(*rounds), 6, "each by itself")
}

func TestADatabaseThatIsAwayIsAskedOnce(t *testing.T) {
	t.Parallel()
	away := &pgconn.PgError{Code: "57P01"} // terminated by an administrator's command
	_, rounds, ask := held(func([]int) ([]int, error) { return nil, away })
	for _, err := range ask(upTo(6)...) {
		require.ErrorIs(t, err, away)
	}
	require.Equal(t, []int{1, 5}, *rounds)
}

func TestARoundThatBreaksOffAnswersAll(t *testing.T) {
	t.Parallel()
	w := &wave[int, int]{do: func(context.Context, []int) ([]int, error) { panic("out of paper") }}
	require.Panics(t, func() { _, _ = w.ask(t.Context(), 1) })
	w.do = func(_ context.Context, all []int) ([]int, error) { return squares(all) }
	got, err := w.ask(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, 4, got, "the next round is led by somebody else")
}
