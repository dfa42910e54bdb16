package delivery

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/delivery/internal/db"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// outcome is the state into which a result puts a delivery.
type outcome struct {
	state      State
	cause      Cause
	failure    Failure
	nextTry    time.Time
	nextLookup time.Time
}

// made is an attempt with what came of it.
type made struct {
	begun
	results map[id.Delivery]Result
	// word is done, lost or not attempted.
	word string
	// spread, from 0 to 1, keeps those that failed together from trying again together.
	spread float64
}

// recordAttempts writes what the provider answered, only where the attempts are still these, and wakes the next
// attempts of those that are to be tried again.
func (s *Store) recordAttempts(ctx context.Context, tx pgx.Tx, all []made) error {
	var steps []step
	for _, m := range all {
		for _, d := range m.deliveries {
			steps = append(steps, step{delivery: d.ID, was: Sending, n: m.n, outcome: s.judge(m.results[d.ID], m.n, m.ability.Reconcile, m.spread)})
		}
	}
	written, err := s.settleAll(ctx, tx, steps)
	if err != nil {
		return err
	}
	var kept keeping
	for _, m := range all {
		for _, d := range m.deliveries {
			if _, ok := written[d.ID]; !ok {
				continue
			}
			kept.add(s, d.ID, d.MessageID, m.channel, m.results[d.ID])
			if err := s.mark(ctx, tx, d.AddressKind, d.AddressValue, m.results[d.ID]); err != nil {
				return err
			}
		}
	}
	if err := kept.write(ctx, tx); err != nil {
		return err
	}
	if err := s.finish(ctx, tx, all); err != nil {
		return err
	}
	return s.wakeNext(ctx, tx, all, written)
}

// wakeNext wakes, for each attempt, the next one at the earliest time that one of its deliveries is due.
func (s *Store) wakeNext(ctx context.Context, tx pgx.Tx, all []made, written map[id.Delivery]outcome) error {
	var wakes []WakeUp
	for _, m := range all {
		var next time.Time
		for _, d := range m.deliveries {
			if o := written[d.ID]; o.state == Queued && (next.IsZero() || o.nextTry.Before(next)) {
				next = o.nextTry
			}
		}
		if !next.IsZero() {
			wakes = append(wakes, WakeUp{Transmission: m.transmission, Attempt: m.n + 1, At: next})
		}
	}
	if len(wakes) == 0 {
		return nil
	}
	return s.waker.Wake(ctx, tx, wakes...)
}

// finish ends attempts and notes that their channels sent something, to the second.
func (s *Store) finish(ctx context.Context, tx pgx.Tx, all []made) error {
	const finishAttempts = `
		UPDATE attempt a SET finished_at = clock_timestamp(), outcome = f.outcome
		FROM unnest($1::uuid[], $2::int[], $3::text[]) AS f (transmission_id, n, outcome)
		WHERE a.transmission_id = f.transmission_id AND a.n = f.n AND a.finished_at IS NULL`
	var rows postgres.Rows
	var channels []uuid.UUID
	for _, m := range all {
		rows.Add(m.transmission, m.n, m.word)
		if !slices.Contains(channels, m.channel.UUID) {
			channels = append(channels, m.channel.UUID)
		}
	}
	if rows.Len() == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, finishAttempts, rows.Args()...); err != nil {
		return fmt.Errorf("ending attempts: %w", err)
	}
	if err := s.queries.TouchChannels(ctx, tx, channels); err != nil {
		return fmt.Errorf("noting the departure: %w", err)
	}
	return nil
}

// lockFree locks those deliveries of attempts that no other transaction holds; the answer tells of an attempt whether
// all of its own are among them.
func (s *Store) lockFree(ctx context.Context, tx pgx.Tx, all []made) (func(made) bool, error) {
	var ids []uuid.UUID
	for _, m := range all {
		for _, d := range m.deliveries {
			ids = append(ids, d.ID.UUID)
		}
	}
	locked, err := s.queries.LockFree(ctx, tx, ids)
	if err != nil {
		return nil, fmt.Errorf("locking deliveries: %w", err)
	}
	free := make(map[id.Delivery]bool, len(locked))
	for _, d := range locked {
		free[d] = true
	}
	return func(m made) bool {
		return !slices.ContainsFunc(m.deliveries, func(d db.LockTransmissionsRow) bool { return !free[d.ID] })
	}, nil
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

// step puts a delivery that is in state was at attempt n into the state of its outcome.
type step struct {
	delivery id.Delivery
	was      State
	n        int
	outcome
}

// settle writes one step; see settleAll.
func (s *Store) settle(ctx context.Context, tx pgx.Tx, d id.Delivery, was State, n int, o outcome) (bool, error) {
	written, err := s.settleAll(ctx, tx, []step{{delivery: d, was: was, n: n, outcome: o}})
	return len(written) > 0, err
}

const settleDeliveries = `
	UPDATE delivery d SET state = s.state, failure_class = s.failure_class, failure_code = s.failure_code, provider_code = s.provider_code,
	    failure_detail = s.failure_detail, next_attempt_at = s.next_attempt_at, next_lookup_at = s.next_lookup_at,
	    updated_at = clock_timestamp()
	FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::timestamptz[])
	    AS s (id, n, was, state, failure_class, failure_code, provider_code, failure_detail, next_attempt_at, next_lookup_at)
	WHERE d.id = s.id AND d.attempt = s.n AND d.state = s.was
	RETURNING d.id`

// settleAll writes steps where the deliveries still are as the steps say, and records them. It gives the outcomes written.
func (s *Store) settleAll(ctx context.Context, tx pgx.Tx, steps []step) (map[id.Delivery]outcome, error) {
	if len(steps) == 0 {
		return nil, nil
	}
	var rows, events postgres.Rows
	asked := make(map[id.Delivery]step, len(steps))
	for _, p := range steps {
		if !p.was.May(p.state, p.cause) {
			return nil, fmt.Errorf("a delivery may not go from %s to %s by %s", p.was, p.state, p.cause)
		}
		asked[p.delivery] = p
		rows.Add(p.delivery, p.n, string(p.was), string(p.state), string(p.failure.Class), p.failure.Code, clip(p.failure.ProviderCode, 100),
			clip(p.failure.Detail, 500), optional(p.nextTry), optional(p.nextLookup))
	}
	found, err := tx.Query(ctx, settleDeliveries, rows.Args()...)
	if err != nil {
		return nil, fmt.Errorf("settling deliveries: %w", err)
	}
	written := make(map[id.Delivery]outcome, len(steps))
	var d id.Delivery
	_, err = pgx.ForEachRow(found, []any{&d}, func() error {
		p := asked[d]
		written[d] = p.outcome
		events.Add(id.New[id.Entry](), d, string(p.was), string(p.state), string(p.cause), clip(p.failure.Detail, 500))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("settling deliveries: %w", err)
	}
	if events.Len() == 0 {
		return nil, nil
	}
	if _, err := tx.Exec(ctx, insertEvents, events.Args()...); err != nil {
		return nil, fmt.Errorf("recording what became of deliveries: %w", err)
	}
	return written, nil
}

func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// keeping collects the identifiers and the proofs that came with answers.
type keeping struct{ ids, evidence postgres.Rows }

func (k *keeping) add(s *Store, d id.Delivery, m id.Message, c id.Channel, r Result) {
	for _, x := range r.ExternalIDs {
		k.ids.Add(m, c, x.Kind, x.Value, x.Issuer)
	}
	if len(r.Evidence) > 0 {
		k.evidence.Add(id.New[id.Entry](), d, r.EvidenceKind, r.Evidence, s.now())
	}
}

func (k *keeping) write(ctx context.Context, tx pgx.Tx) error {
	b := &pgx.Batch{}
	k.ids.Queue(b, `INSERT INTO message_external_id (message_id, channel_id, kind, value, issuer)
		SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[]) ON CONFLICT DO NOTHING`)
	k.evidence.Queue(b, `INSERT INTO evidence (id, delivery_id, kind, raw, at)
		SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[], $5::timestamptz[])`)
	if b.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("keeping identifiers and proofs: %w", err)
	}
	return nil
}

// keep stores the identifiers and the proof that came with one answer.
func (s *Store) keep(ctx context.Context, tx pgx.Tx, d id.Delivery, m id.Message, c id.Channel, r Result) error {
	var k keeping
	k.add(s, d, m, c, r)
	return k.write(ctx, tx)
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
