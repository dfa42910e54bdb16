package delivery

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/delivery/internal/db"
	"sportello.dev/hub/internal/id"
)

// outcome is the state into which a result puts a delivery.
type outcome struct {
	state      State
	cause      Cause
	failure    Failure
	nextTry    time.Time
	nextLookup time.Time
}

// recordAttempt writes what the provider answered, only where the attempt is still this one, and wakes the next
// attempt of those that are to be tried again.
func (s *Store) recordAttempt(ctx context.Context, tx pgx.Tx, b begun, results map[id.Delivery]Result, word string, spread float64) error {
	var next time.Time
	for _, d := range b.deliveries {
		result := results[d.ID]
		o := s.judge(result, b.n, b.ability.Reconcile, spread)
		written, err := s.settle(ctx, tx, d.ID, Sending, b.n, o)
		if err != nil {
			return err
		}
		if !written {
			continue
		}
		if err := s.keep(ctx, tx, d.ID, d.MessageID, b.channel, result); err != nil {
			return err
		}
		if err := s.mark(ctx, tx, d.AddressKind, d.AddressValue, result); err != nil {
			return err
		}
		if o.state == Queued && (next.IsZero() || o.nextTry.Before(next)) {
			next = o.nextTry
		}
	}
	if err := s.finish(ctx, tx, b, word); err != nil {
		return err
	}
	if next.IsZero() {
		return nil
	}
	return s.waker.Wake(ctx, tx, WakeUp{Transmission: b.transmission, Attempt: b.n + 1, At: next})
}

func (s *Store) finish(ctx context.Context, tx pgx.Tx, b begun, word string) error {
	err := s.queries.FinishAttempt(ctx, tx, db.FinishAttemptParams{Outcome: word, TransmissionID: b.transmission, N: int32(b.n)})
	if err != nil {
		return fmt.Errorf("ending the attempt: %w", err)
	}
	if err := s.queries.TouchChannel(ctx, tx, b.channel); err != nil {
		return fmt.Errorf("noting the departure: %w", err)
	}
	return nil
}

// judge turns a provider's answer into the delivery's next state.
func (s *Store) judge(r Result, n int, reconcile channel.Reconcile, spread float64) outcome {
	if r.Failure == nil {
		return outcome{state: acceptedState(r.State), cause: ByWorker}
	}
	f := *r.Failure
	switch f.Class {
	case Transient:
		return outcome{state: Queued, cause: ByWorker, failure: f, nextTry: s.now().Add(backoff(n, spread))}
	case RateLimited:
		return outcome{state: Queued, cause: ByWorker, failure: f, nextTry: s.now().Add(max(f.RetryAfter, time.Second))}
	case ConfigFault:
		// Nothing is wrong with the message: it waits for the administrator.
		return outcome{state: Queued, cause: ByWorker, failure: f, nextTry: s.now().Add(5 * time.Minute)}
	case RecipientFault, ContentFault, OptedOut:
		return outcome{state: Failed, cause: ByWorker, failure: f}
	}
	return s.unknown(f, n, reconcile, spread)
}

// unknown decides what follows an attempt without proof: the same key again, a look-up, receipts, or a person.
func (s *Store) unknown(f Failure, n int, reconcile channel.Reconcile, spread float64) outcome {
	f.Class = UnknownOutcome
	switch reconcile {
	case channel.ReconcileKey:
		return outcome{state: Queued, cause: BySameKey, failure: f, nextTry: s.now().Add(backoff(n, spread))}
	case channel.ReconcileLookup:
		return outcome{state: Uncertain, cause: ByWorker, failure: f, nextLookup: s.now().Add(lookupWaits[0])}
	}
	return outcome{state: Uncertain, cause: ByWorker, failure: f}
}

func acceptedState(s State) State {
	switch s {
	case Sent, Delivered:
		return s
	}
	return Accepted
}

// settle writes an outcome where delivery d is still in state was at attempt n, and records the step.
func (s *Store) settle(ctx context.Context, tx pgx.Tx, d id.Delivery, was State, n int, o outcome) (bool, error) {
	if !was.May(o.state, o.cause) {
		return false, fmt.Errorf("a delivery may not go from %s to %s by %s", was, o.state, o.cause)
	}
	rows, err := s.queries.Settle(ctx, tx, db.SettleParams{
		State: string(o.state), FailureClass: string(o.failure.Class), FailureCode: o.failure.Code,
		ProviderCode: clip(o.failure.ProviderCode, 100), FailureDetail: clip(o.failure.Detail, 500),
		NextAttemptAt: optional(o.nextTry), NextLookupAt: optional(o.nextLookup), ID: d, N: int32(n), Was: string(was),
	})
	if err != nil {
		return false, fmt.Errorf("settling a delivery: %w", err)
	}
	if rows == 0 {
		return false, nil
	}
	return true, s.event(ctx, tx, d, was, o.state, o.cause, o.failure.Detail, id.Operator{})
}

func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// keep stores the identifiers and the proof that came with an answer.
func (s *Store) keep(ctx context.Context, tx pgx.Tx, d id.Delivery, m id.Message, c id.Channel, r Result) error {
	for _, x := range r.ExternalIDs {
		err := s.queries.InsertExternalID(ctx, tx, db.InsertExternalIDParams{
			MessageID: m, ChannelID: c, Kind: x.Kind, Value: x.Value, Issuer: x.Issuer,
		})
		if err != nil {
			return fmt.Errorf("keeping an identifier: %w", err)
		}
	}
	if len(r.Evidence) == 0 {
		return nil
	}
	err := s.queries.InsertEvidence(ctx, tx, db.InsertEvidenceParams{
		ID: id.New[id.Entry]().UUID, DeliveryID: d, Kind: r.EvidenceKind, Raw: r.Evidence, At: s.now(),
	})
	if err != nil {
		return fmt.Errorf("keeping evidence: %w", err)
	}
	return nil
}

// mark remembers an address that the provider says does not exist.
func (s *Store) mark(ctx context.Context, tx pgx.Tx, kind, value string, r Result) error {
	if r.Failure == nil || r.Failure.Class != RecipientFault {
		return nil
	}
	err := s.queries.MarkUndeliverable(ctx, tx, db.MarkUndeliverableParams{Why: clip(r.Failure.ProviderCode, 100), Kind: kind, Value: value})
	if err != nil {
		return fmt.Errorf("marking an address: %w", err)
	}
	return nil
}

// expire gives up a delivery that could not leave in time.
func (s *Store) expire(ctx context.Context, tx pgx.Tx, d id.Delivery) error {
	rows, err := s.queries.Expire(ctx, tx, d)
	if err != nil || rows == 0 {
		return err
	}
	return s.event(ctx, tx, d, Queued, Expired, ByClock, "", id.Operator{})
}
