package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/delivery/internal/db"
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
	// closedWait is the pause while the channel is disabled, suspended or not served.
	closedWait = 20 * time.Second
)

// Renderer makes the content of a transmission from its message, secrets filled in. Recipients, channel and attempt
// are set by the worker.
type Renderer interface {
	Render(ctx context.Context, m id.Message, c id.Channel) (Transmission, error)
}

// Worker makes attempts.
type Worker struct {
	pool        *pgxpool.Pool
	store       *Store
	renderer    Renderer
	transmitter Transmitter
	replica     id.Replica
	log         *slog.Logger
}

// NewWorker returns a worker that writes its attempts in the name of replica.
func NewWorker(pool *pgxpool.Pool, store *Store, r Renderer, t Transmitter, replica id.Replica, log *slog.Logger) *Worker {
	return &Worker{pool: pool, store: store, renderer: r, transmitter: t, replica: replica, log: log}
}

// Attempt makes attempt n of a transmission, if it is still due. A positive wait asks to be woken again later for the
// same attempt. An error means that nothing was attempted.
func (w *Worker) Attempt(ctx context.Context, t id.Transmission, n int) (wait time.Duration, err error) {
	var began begun
	err = postgres.InTx(ctx, w.pool, func(tx pgx.Tx) error {
		began, err = w.begin(ctx, tx, t, n)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("beginning attempt %d: %w", n, err)
	}
	if len(began.deliveries) == 0 {
		return began.wait, nil
	}
	results, detail := w.call(ctx, began)
	if err := w.record(ctx, began, results, detail); err != nil {
		// The sweeper finds the attempt by its deadline; what the provider did is then unknown.
		w.log.Error("the result of an attempt could not be written", "transmission_id", t, "attempt", n, "error", err)
	}
	return 0, nil
}

// begun is an attempt that is committed and may now be made.
type begun struct {
	transmission id.Transmission
	n            int
	channel      id.Channel
	message      id.Message
	ability      channel.Ability
	deliveries   []db.LockTransmissionRow
	wait         time.Duration
}

// begin locks the transmission's deliveries and marks those that are due as sending under attempt n. It returns no
// deliveries when there is nothing to do, or not yet.
func (w *Worker) begin(ctx context.Context, tx pgx.Tx, t id.Transmission, n int) (begun, error) {
	b := begun{transmission: t, n: n}
	rows, err := w.store.queries.LockTransmission(ctx, tx, t)
	if err != nil {
		return b, err
	}
	due, err := w.due(ctx, tx, rows, n)
	if err != nil || len(due) == 0 {
		return b, err
	}
	b.channel, b.message = due[0].ChannelID, due[0].MessageID
	if b.wait, err = w.mustWait(ctx, tx, &b, due); err != nil || b.wait > 0 {
		return b, err
	}
	b.deliveries = due
	return b, w.mark(ctx, tx, b)
}

// due keeps the deliveries that attempt n is for, and gives up those whose time is over.
func (w *Worker) due(ctx context.Context, tx pgx.Tx, rows []db.LockTransmissionRow, n int) ([]db.LockTransmissionRow, error) {
	var due []db.LockTransmissionRow
	for _, r := range rows {
		if State(r.State) != Queued || int(r.Attempt) != n-1 {
			continue
		}
		if !r.ExpiresAt.After(w.store.now()) {
			if err := w.store.expire(ctx, tx, r.ID); err != nil {
				return nil, err
			}
			continue
		}
		due = append(due, r)
	}
	return due, nil
}

// mustWait says how long the attempt has to wait: for its time, its channel, or an earlier reply on the ticket.
func (w *Worker) mustWait(ctx context.Context, tx pgx.Tx, b *begun, due []db.LockTransmissionRow) (time.Duration, error) {
	for _, d := range due {
		if d.NextAttemptAt != nil && d.NextAttemptAt.After(w.store.now()) {
			return d.NextAttemptAt.Sub(w.store.now()) + time.Millisecond, nil
		}
	}
	state, err := w.store.queries.ChannelState(ctx, tx, b.channel)
	if err != nil {
		return 0, fmt.Errorf("reading the channel: %w", err)
	}
	if !state.Enabled || state.State != "active" {
		return closedWait, nil
	}
	if err := json.Unmarshal(state.Ability, &b.ability); err != nil {
		return 0, fmt.Errorf("reading the channel's ability: %w", err)
	}
	earlier, err := w.store.queries.EarlierUnsent(ctx, tx, db.EarlierUnsentParams{
		TicketID: due[0].TicketID, MessageID: b.message, CreatedAt: due[0].CreatedAt,
	})
	if err != nil {
		return 0, fmt.Errorf("looking for earlier replies: %w", err)
	}
	if earlier {
		return orderWait, nil
	}
	return 0, nil
}

// mark writes the attempt and the state sending: committed before the provider hears of it.
func (w *Worker) mark(ctx context.Context, tx pgx.Tx, b begun) error {
	err := w.store.queries.InsertAttempt(ctx, tx, db.InsertAttemptParams{
		TransmissionID: b.transmission, N: int32(b.n), Replica: w.replica, Deadline: w.store.now().Add(attemptDeadline),
	})
	if err != nil {
		return fmt.Errorf("writing the attempt: %w", err)
	}
	for _, d := range b.deliveries {
		if _, err := w.store.queries.BeginSending(ctx, tx, db.BeginSendingParams{ID: d.ID, N: int32(b.n)}); err != nil {
			return fmt.Errorf("marking a delivery: %w", err)
		}
		if err := w.store.event(ctx, tx, d.ID, Queued, Sending, ByWorker, fmt.Sprintf("attempt %d", b.n), id.Operator{}); err != nil {
			return err
		}
	}
	return nil
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
func (w *Worker) record(ctx context.Context, b begun, results map[id.Delivery]Result, outcome string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 3*time.Second) {
		err := postgres.InTx(ctx, w.pool, func(tx pgx.Tx) error {
			return w.store.recordAttempt(ctx, tx, b, results, outcome, rand.Float64())
		})
		if err == nil || !postgres.IsRetryable(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}
