package delivery

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/delivery/internal/db"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// lookup asks the provider what became of an uncertain attempt. Found and absent are proof; otherwise it is asked
// again later, a few times.
func (s *Sweeper) lookup(ctx context.Context, t id.Transmission, n int, started time.Time) error {
	rows, err := s.uncertain(ctx, t, n)
	if err != nil || len(rows) == 0 {
		return err
	}
	finding, results, err := s.ask(ctx, t, n, started, rows)
	if err != nil {
		s.log.Warn("a look-up failed", "transmission_id", t, "attempt", n, "error", err)
		finding = Unknown
	}
	return postgres.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		return s.store.applyFinding(ctx, tx, t, n, finding, results)
	})
}

func (s *Sweeper) uncertain(ctx context.Context, t id.Transmission, n int) ([]db.LockTransmissionsRow, error) {
	var rows []db.LockTransmissionsRow
	err := postgres.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		locked, err := s.store.lockTransmissions(ctx, tx, wakeUp{transmission: t, n: n})
		rows = inState(locked[t], Uncertain, n)
		return err
	})
	return rows, err
}

func inState(all []db.LockTransmissionsRow, state State, n int) []db.LockTransmissionsRow {
	var rows []db.LockTransmissionsRow
	for _, r := range all {
		if State(r.State) == state && int(r.Attempt) == n {
			rows = append(rows, r)
		}
	}
	return rows
}

func (s *Sweeper) ask(ctx context.Context, t id.Transmission, n int, started time.Time, rows []db.LockTransmissionsRow) (Finding, []Result, error) {
	x, err := s.renderer.Render(ctx, rows[0].MessageID, rows[0].ChannelID)
	if err != nil {
		return Unknown, nil, err
	}
	x.ID, x.Channel, x.Attempt = t, rows[0].ChannelID, n
	for _, r := range rows {
		x.Recipients = append(x.Recipients, Recipient{Delivery: r.ID, Kind: r.AddressKind, Value: r.AddressValue, Role: r.Role})
	}
	ctx, cancel := context.WithTimeout(ctx, AttemptTimeout)
	defer cancel()
	return s.transmitter.Lookup(ctx, x, started)
}

// applyFinding moves the uncertain deliveries of an attempt by proof, or schedules the next look-up.
func (s *Store) applyFinding(ctx context.Context, tx pgx.Tx, t id.Transmission, n int, f Finding, results []Result) error {
	locked, err := s.lockTransmissions(ctx, tx, wakeUp{transmission: t, n: n})
	if err != nil {
		return err
	}
	rows := inState(locked[t], Uncertain, n)
	if f == Unknown || len(rows) == 0 {
		return s.scheduleLookup(ctx, tx, t, n)
	}
	answers := map[id.Delivery]Result{}
	for _, r := range results {
		answers[r.Delivery] = r
	}
	again := false
	for _, r := range rows {
		o := s.proved(f, answers[r.ID])
		if _, err := s.settle(ctx, tx, r.ID, Uncertain, n, o); err != nil {
			return err
		}
		if err := s.keep(ctx, tx, r.ID, r.MessageID, r.ChannelID, answers[r.ID]); err != nil {
			return err
		}
		again = again || o.state == Queued
	}
	if again {
		return s.waker.Wake(ctx, tx, WakeUp{Transmission: t, Attempt: n + 1, At: s.now()})
	}
	return nil
}

// proved is the outcome that a finding proves for one delivery.
func (s *Store) proved(f Finding, r Result) outcome {
	if f == Absent {
		return outcome{state: Queued, cause: ByProof, nextTry: s.now()}
	}
	if r.Failure != nil {
		return outcome{state: Failed, cause: ByProof, failure: *r.Failure}
	}
	return outcome{state: acceptedState(r.State), cause: ByProof}
}

// scheduleLookup sets the next look-up by the number already made; after the last one a person decides.
func (s *Store) scheduleLookup(ctx context.Context, tx pgx.Tx, t id.Transmission, n int) error {
	made, err := s.queries.LookupsMade(ctx, tx, db.LookupsMadeParams{TransmissionID: t, Attempt: int32(n)})
	if err != nil {
		return fmt.Errorf("counting look-ups: %w", err)
	}
	var next time.Time
	if int(made)+1 < len(lookupWaits) {
		next = s.now().Add(lookupWaits[made+1])
	}
	return s.queries.ScheduleLookup(ctx, tx, db.ScheduleLookupParams{NextLookupAt: optional(next), TransmissionID: t})
}
