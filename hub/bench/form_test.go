//go:build bench

package bench

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/intake"
)

// TestBenchForms hands forms in as the pages do: each citizen waits for his number.
func TestBenchForms(t *testing.T) {
	url := server(t)
	least := newLimit(t, url)
	w := newTown(t, url)
	for _, citizens := range []int{1, 16, 64} {
		what := fmt.Sprintf("forms handed in, each answered with its number, %d citizens at a time", citizens)
		var answered []time.Duration
		measured := least.beside(t, what, func() float64 {
			defer profile(t, w.pool, what)()
			var rate float64
			rate, answered = w.handIn(t, citizens)
			return rate
		})
		p50, p99 := quantiles(answered)
		measured.is += fmt.Sprintf(", answer after p50 %.1f ms, p99 %.1f ms", ms(p50), ms(p99))
		measured.bound = boundByCPU
		report(t, "Web forms: from the adapter's Submit to the number on the receipt", measured)
	}
}

// handIn lets so many citizens hand in one form after the other.
func (w *town) handIn(t *testing.T, citizens int) (rate float64, answered []time.Duration) {
	t.Helper()
	var n atomic.Int64
	var mu sync.Mutex
	var people sync.WaitGroup
	began := time.Now()
	for range citizens {
		people.Go(func() {
			for time.Since(began) < *sustained {
				at := time.Now()
				e := letter(citizens*firstLetter+int(n.Add(1)), citizens*firstLetter+int(n.Load()))
				e.Raw.MediaType = "application/json"
				s, err := w.Journal.Submit(t.Context(), w.channel, e)
				if err != nil || s.Outcome != intake.OutcomeFiled {
					t.Errorf("%s: %v", s.Outcome, err)
					return
				}
				mu.Lock()
				answered = append(answered, time.Since(at))
				mu.Unlock()
			}
		})
	}
	people.Wait()
	require.False(t, t.Failed())
	return float64(len(answered)) / time.Since(began).Seconds(), answered
}
