package delivery

import (
	"context"
	"errors"
	"runtime"
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
		one := func(i int) {
			asking.Go(func() {
				var got int
				if got, errs[i] = w.ask(context.Background(), all[i]); errs[i] == nil && got != all[i]*all[i] {
					errs[i] = errors.New("somebody else's answer")
				}
			})
		}
		// The first one leads and has its round alone, all others wait behind it.
		one(0)
		until(&mu, func() bool { return len(*rounds) == 1 })
		for i := range all[1:] {
			one(i + 1)
		}
		until(&w.mu, func() bool { return len(w.waiting) == len(all)-1 })
		close(gate)
		asking.Wait()
		return errs
	}
	return w, rounds, ask
}

func until(mu *sync.Mutex, so func() bool) {
	for {
		mu.Lock()
		done := so()
		mu.Unlock()
		if done {
			return
		}
		runtime.Gosched()
	}
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
	_, rounds, ask := held(func(all []int) ([]int, error) {
		for _, n := range all {
			if n == 3 {
				return nil, bad
			}
		}
		return squares(all)
	})
	for n, err := range ask(upTo(6)...) {
		if n == 3 {
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
