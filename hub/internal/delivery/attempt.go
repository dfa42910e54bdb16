package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Timing of the send worker. An attempt that has no result at its deadline is lost.
const (
	// AttemptTimeout bounds the call to the provider.
	AttemptTimeout = 60 * time.Second
	// recordTimeout bounds how long a known result is tried to be written while the database is away.
	recordTimeout = 45 * time.Second
	// attemptDeadline is when an attempt counts as lost.
	attemptDeadline = AttemptTimeout + recordTimeout + 15*time.Second
	// orderWait is the pause of a reply that waits for an earlier one on its ticket.
	orderWait = 300 * time.Millisecond
	// busyWait is the pause of an attempt that found no room in its channel.
	busyWait = 2 * time.Second
	// closedWait is the pause while the channel is disabled, suspended or not served.
	closedWait = 20 * time.Second
)

// Renderer makes the content of a transmission from its message, secrets filled in. Recipients, channel and attempt
// are set by the worker.
type Renderer interface {
	Render(ctx context.Context, m id.Message, c id.Channel) (Transmission, error)
}

// Worker makes attempts. What is due at the same time begins, and ends, in transactions it shares.
type Worker struct {
	pool        *pgxpool.Pool
	store       *Store
	renderer    Renderer
	transmitter Transmitter
	replica     id.Replica
	log         *slog.Logger
	addressing  wave[id.Transmission, outlet]
	beginning   wave[wakeUp, begun]
	recording   wave[made, bool]
	rooms       rooms
}

// NewWorker returns a worker that writes its attempts in the name of replica.
func NewWorker(pool *pgxpool.Pool, store *Store, r Renderer, t Transmitter, replica id.Replica, log *slog.Logger) *Worker {
	w := &Worker{pool: pool, store: store, renderer: r, transmitter: t, replica: replica, log: log}
	w.addressing.do, w.beginning.do, w.recording.do = w.address, w.beginAll, w.recordAll
	return w
}

// Attempt makes attempt n of a transmission, if it is still due. A positive wait asks to be woken again later for the
// same attempt. An error means that nothing was attempted.
func (w *Worker) Attempt(ctx context.Context, t id.Transmission, n int) (wait time.Duration, err error) {
	by, err := w.addressing.ask(ctx, t)
	if err != nil {
		return 0, fmt.Errorf("addressing attempt %d: %w", n, err)
	}
	leave, ok := w.rooms.enter(ctx, by)
	if !ok {
		return busyWait, nil
	}
	defer leave()
	began, err := w.beginning.ask(ctx, wakeUp{transmission: t, n: n})
	if err != nil {
		return 0, fmt.Errorf("beginning attempt %d: %w", n, err)
	}
	if len(began.deliveries) == 0 {
		return began.wait, nil
	}
	results, detail := w.call(ctx, began)
	if err := w.record(ctx, made{begun: began, results: results, word: detail, spread: rand.Float64()}); err != nil {
		// The sweeper finds the attempt by its deadline; what the provider did is then unknown.
		w.log.Error("the result of an attempt could not be written", "transmission_id", t, "attempt", n, "error", err)
	}
	return 0, nil
}

// call renders the message and hands it to the provider, once. A delivery without an answer has an unknown outcome.
func (w *Worker) call(ctx context.Context, b begun) (map[id.Delivery]Result, string) {
	t, err := w.renderer.Render(ctx, b.message, b.channel)
	if err != nil {
		return notAttempted(b, "rendering: "+err.Error()), "not attempted"
	}
	t.ID, t.Channel, t.Attempt = b.transmission, b.channel, b.n
	for _, d := range b.deliveries {
		t.Recipients = append(t.Recipients, Recipient{
			Delivery: d.ID, Kind: d.AddressKind, Value: d.AddressValue, Name: d.AddressName, Role: d.Role,
		})
	}
	ctx, cancel := context.WithTimeout(ctx, AttemptTimeout)
	defer cancel()
	answers, err := w.transmitter.Transmit(ctx, t)
	if errors.Is(err, ErrNotAttempted) {
		return notAttempted(b, err.Error()), "not attempted"
	}
	results := make(map[id.Delivery]Result, len(b.deliveries))
	for _, a := range answers {
		results[a.Delivery] = a
	}
	for _, d := range b.deliveries {
		if _, ok := results[d.ID]; !ok {
			results[d.ID] = Result{Delivery: d.ID, Failure: &Failure{Class: UnknownOutcome, Code: "no_answer", Detail: text(err)}}
		}
	}
	return results, "done"
}

// notAttemptedCode marks failures of our own side: the provider was not called, so trying again needs no proof.
const notAttemptedCode = "not_attempted"

func notAttempted(b begun, why string) map[id.Delivery]Result {
	results := make(map[id.Delivery]Result, len(b.deliveries))
	for _, d := range b.deliveries {
		results[d.ID] = Result{Delivery: d.ID, Failure: &Failure{
			Class: RateLimited, Code: notAttemptedCode, Detail: why, RetryAfter: min(closedWait, time.Duration(b.n)*2*time.Second),
		}}
	}
	return results
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// record writes the results; while the database is away it tries again, because a known result must not become an
// unknown one. It goes on when the worker is being stopped: the provider was already called.
func (w *Worker) record(ctx context.Context, m made) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 3*time.Second) {
		written, err := w.recording.ask(ctx, m)
		if err == nil && !written {
			err = w.recordAlone(ctx, m)
		}
		// A round that hung is over, its transaction with it; whether it was committed the rows themselves say.
		hung := errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil
		if err == nil || !hung && !postgres.IsRetryable(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// recordAll writes the results of many attempts in one transaction. It waits for nobody, because it holds many rows:
// an attempt of which another transaction holds a delivery, such as one that files its receipt, is left out.
func (w *Worker) recordAll(ctx context.Context, all []made) (written []bool, err error) {
	err = postgres.InTx(ctx, w.pool, func(tx pgx.Tx) error {
		free, err := w.store.lockFree(ctx, tx, all)
		if err != nil {
			return err
		}
		var mine []made
		written = make([]bool, len(all))
		for i, m := range all {
			if written[i] = free(m); written[i] {
				mine = append(mine, m)
			}
		}
		return w.store.recordAttempts(ctx, tx, mine)
	})
	return written, err
}

func (w *Worker) recordAlone(ctx context.Context, m made) error {
	return postgres.InTx(ctx, w.pool, func(tx pgx.Tx) error { return w.store.recordAttempts(ctx, tx, []made{m}) })
}
