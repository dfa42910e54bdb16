//go:build bench

package bench

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/intake"
)

// inFlight is how many events are on their way at a time, from the adapter's hand to being visible.
const inFlight = 64

// flight sends events, a bounded number at a time: the next one leaves when one of those before is visible, which is
// when a new connection reads its message on its ticket.
type flight struct {
	*town
	incoming chan intake.Event
	arrived  chan struct{}

	mu      sync.Mutex
	waiting map[string]chan struct{}
}

// fly runs until ctx ends.
func (w *town) fly(ctx context.Context, t *testing.T) *flight {
	f := &flight{town: w, incoming: make(chan intake.Event, inFlight), arrived: make(chan struct{}, 1), waiting: map[string]chan struct{}{}}
	var running sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	for _, part := range []func(context.Context) error{f.journal, f.listen, f.look} {
		running.Go(func() {
			if err := part(ctx); err != nil && ctx.Err() == nil {
				t.Error(err)
				cancel()
			}
		})
	}
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return f
}

// journal stands for the stream of an adapter: it commits together what is there.
func (f *flight) journal(ctx context.Context) error {
	for {
		b := intake.Batch{Channel: f.channel, Replica: f.replica, Term: 1, Cursor: []byte("x")}
		select {
		case e := <-f.incoming:
			b.Events = append(b.Events, e)
		case <-ctx.Done():
			return nil
		}
		for len(b.Events) < intake.MaxBatch && len(f.incoming) > 0 {
			b.Events = append(b.Events, <-f.incoming)
		}
		if _, err := f.Journal.Append(ctx, b); err != nil {
			return err
		}
	}
}

// listen hears of changes as browsers do.
func (f *flight) listen(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, f.url)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN sportello_live"); err != nil {
		return err
	}
	for {
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return err
		}
		select {
		case f.arrived <- struct{}{}:
		default:
		}
	}
}

const visible = `
	SELECT j.event_id FROM journal j JOIN message m ON m.id = j.message_id JOIN ticket t ON t.id = m.ticket_id
	WHERE j.channel_id = $1 AND j.event_id = ANY($2)`

// look finds out which events have become visible.
func (f *flight) look(ctx context.Context) error {
	for {
		select {
		case <-f.arrived:
		case <-ctx.Done():
			return nil
		}
		rows, err := f.pool.Query(ctx, visible, f.channel, f.names())
		if err != nil {
			return err
		}
		found, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		f.land(found)
	}
}

func (f *flight) names() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	names := make([]string, 0, len(f.waiting))
	for name := range f.waiting {
		names = append(names, name)
	}
	return names
}

func (f *flight) land(names []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, name := range names {
		close(f.waiting[name])
		delete(f.waiting, name)
	}
}

// send returns when the event is visible.
func (f *flight) send(ctx context.Context, e intake.Event) error {
	landed := make(chan struct{})
	f.mu.Lock()
	f.waiting[e.ID] = landed
	f.mu.Unlock()
	f.incoming <- e
	select {
	case <-landed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(30 * time.Second):
		return errors.New("an event did not become visible")
	}
}

// rate keeps the flight full with what next makes and says how many became visible in a second.
func (f *flight) rate(t *testing.T, next func(n int) intake.Event) float64 {
	t.Helper()
	var n, landed atomic.Int64
	began := time.Now()
	var clients sync.WaitGroup
	for range inFlight {
		clients.Go(func() {
			for time.Since(began) < *sustained {
				if err := f.send(t.Context(), next(int(n.Add(1)))); err != nil {
					t.Error(err)
					return
				}
				landed.Add(1)
			}
		})
	}
	clients.Wait()
	rate := float64(landed.Load()) / time.Since(began).Seconds()
	require.False(t, t.Failed())
	return rate
}
