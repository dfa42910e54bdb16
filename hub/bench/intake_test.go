//go:build bench

package bench

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
)

const spine = "Intake: an event of 2 KB of text, from the adapter's hand to its message visible on a ticket"

// boundByCPU is what profiles and statements show of the rates.
const boundByCPU = "round trips of batches that follow each other, and processor time: three fifths PostgreSQL (rows and indexes of ticket, journal, message; look-ups), two fifths the hub (encoding, decisions)"

// correspondents have a ticket each before events on existing tickets are measured.
const correspondents = 5000

// firstLetter numbers letters beyond those of the correspondents.
const firstLetter = 1_000_000

func TestBenchIntake(t *testing.T) {
	url := server(t)
	least := newLimit(t, url)
	w := newTown(t, url)
	w.may(t, writes)
	f := w.fly(t.Context(), t)
	answers := w.correspond(t, f)
	for _, c := range []struct {
		what, ability string
		next          func(n int) intake.Event
	}{
		{"answers on existing tickets", receives, func(n int) intake.Event { return answers[n%len(answers)](firstLetter + n) }},
		{"new tickets, senders known", receives, func(n int) intake.Event {
			e := letter(2*firstLetter+n, n%correspondents)
			e.OccurredAt = e.OccurredAt.Add(-time.Hour) // so many from one sender at once would be a flood
			return e
		}},
		{"new tickets, senders new", receives, func(n int) intake.Event { return letter(3*firstLetter+n, firstLetter+n) }},
		{"new tickets, senders new, acknowledged", writes, func(n int) intake.Event { return letter(4*firstLetter+n, 2*firstLetter+n) }},
	} {
		w.may(t, c.ability)
		w.exec(t, `VACUUM ANALYZE`)
		measured := least.beside(t, fmt.Sprintf("%s, %d in flight", c.what, inFlight), func() float64 {
			defer profile(t, w.pool, c.what)()
			return f.rate(t, c.next)
		})
		measured.bound = boundByCPU
		report(t, spine, measured)
	}
	w.may(t, receives)
	median, worst := alone(t, f, func(n int) intake.Event { return letter(5*firstLetter+n, 5*firstLetter+n) })
	report(t, spine, figure{what: "one event alone, opening a ticket, p50 / p99", is: fmt.Sprintf("%.1f ms / %.1f ms", median, worst),
		bound: "three commits one after the other, each a flush of the disk: journal, claim, filing"})
}

// correspond opens a ticket for each correspondent and returns what makes an answer to its acknowledgement.
func (w *town) correspond(t *testing.T, f *flight) []func(n int) intake.Event {
	t.Helper()
	var next atomic.Int64
	done := make(chan error, inFlight)
	for range inFlight {
		go func() {
			for n := next.Add(1) - 1; n < correspondents; n = next.Add(1) - 1 {
				if err := f.send(t.Context(), letter(int(n), int(n))); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range inFlight {
		require.NoError(t, <-done)
	}
	rows, err := w.pool.Query(t.Context(), `
		SELECT m.id, a.value, m.subject FROM message m JOIN message_party a ON a.message_id = m.id WHERE m.direction = 'outbound' ORDER BY m.id`)
	require.NoError(t, err)
	var m id.Message
	var to, subject string
	var answers []func(n int) intake.Event
	_, err = pgx.ForEachRow(rows, []any{&m, &to, &subject}, func() error {
		answered, from, about := w.Tokens.MessageID(m, "comune.valdoria.example"), to, "Re: "+subject
		answers = append(answers, func(n int) intake.Event {
			e := letter(n, 0)
			e.Message.From.Value, e.Message.Subject, e.Message.AnswersTo = from, about, []string{answered}
			return e
		})
		return nil
	})
	require.NoError(t, err)
	require.Len(t, answers, correspondents)
	return answers
}

// alone sends one event after the other and gives median and 99th percentile in milliseconds.
func alone(t *testing.T, f *flight, next func(n int) intake.Event) (median, worst float64) {
	t.Helper()
	var took []float64
	for n := range 300 {
		e := next(n)
		began := time.Now()
		require.NoError(t, f.send(t.Context(), e))
		took = append(took, float64(time.Since(began).Microseconds())/1000)
	}
	slices.Sort(took)
	return took[len(took)/2], took[len(took)*99/100]
}
