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

	"sportello.dev/hub/internal/delivery/internal/db"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Timing of the sweeper.
const (
	// SweepEvery is the pause between two sweeps, and between two signs of life of a replica.
	SweepEvery = 5 * time.Second
	// silence is how long a replica may give no sign of life before its attempts are lost.
	silence = 20 * time.Second
	// wakeGrace is how late a due delivery may be before the sweeper wakes it: its own wake-up comes first.
	wakeGrace = 10 * time.Second
	sweepRows = 200
)

// lookupWaits are the pauses between look-ups of an uncertain attempt; after the last, a person decides.
var lookupWaits = []time.Duration{10 * time.Second, time.Minute, 10 * time.Minute, time.Hour}

// Sweeper finds what fell between: due deliveries that nobody woke, attempts that were lost, expired deliveries,
// uncertain ones that can be looked up, reports that waited for their delivery.
type Sweeper struct {
	pool        *pgxpool.Pool
	store       *Store
	renderer    Renderer
	transmitter Transmitter
	replica     id.Replica
	name        string
	log         *slog.Logger
}

// NewSweeper returns a sweeper; name is shown for the replica.
func NewSweeper(pool *pgxpool.Pool, store *Store, r Renderer, t Transmitter, replica id.Replica, name string, log *slog.Logger) *Sweeper {
	return &Sweeper{pool: pool, store: store, renderer: r, transmitter: t, replica: replica, name: name, log: log}
}

// Run beats and sweeps until ctx ends.
func (s *Sweeper) Run(ctx context.Context) {
	ticker := time.NewTicker(SweepEvery)
	defer ticker.Stop()
	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("a sweep of deliveries did not finish", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Sweep does one round; every part runs even if another fails.
func (s *Sweeper) Sweep(ctx context.Context) error {
	return errors.Join(s.beat(ctx), s.lost(ctx), s.expired(ctx), s.wake(ctx), s.reports(ctx), s.lookups(ctx))
}

func (s *Sweeper) beat(ctx context.Context) error {
	if err := s.store.queries.Beat(ctx, s.pool, db.BeatParams{ID: s.replica, Name: s.name}); err != nil {
		return fmt.Errorf("giving a sign of life: %w", err)
	}
	return nil
}

// wake schedules due deliveries whose own wake-up did not come.
func (s *Sweeper) wake(ctx context.Context) error {
	due, err := s.store.queries.Due(ctx, s.pool, db.DueParams{Grace: postgres.Interval(wakeGrace), Most: sweepRows})
	if err != nil {
		return fmt.Errorf("finding due deliveries: %w", err)
	}
	return postgres.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		for _, d := range due {
			if err := s.store.waker.WakeOverdue(ctx, tx, d.TransmissionID, int(d.Attempt)+1, s.replica); err != nil {
				return fmt.Errorf("waking a transmission: %w", err)
			}
		}
		return nil
	})
}

// lost settles attempts whose replica died or whose deadline passed: their outcome is unknown.
func (s *Sweeper) lost(ctx context.Context) error {
	rows, err := s.store.queries.Lost(ctx, s.pool, db.LostParams{Silence: postgres.Interval(silence), Most: sweepRows})
	if err != nil {
		return fmt.Errorf("finding lost attempts: %w", err)
	}
	for _, r := range rows {
		if r.Replica == s.replica && !r.Overdue {
			continue
		}
		err := postgres.InTx(ctx, s.pool, func(tx pgx.Tx) error {
			return s.store.loseAttempt(ctx, tx, r.TransmissionID, int(r.N), rand.Float64())
		})
		if err != nil {
			return fmt.Errorf("settling a lost attempt: %w", err)
		}
		s.log.Info("an attempt was lost", "transmission_id", r.TransmissionID, "attempt", r.N)
	}
	return nil
}

// loseAttempt settles every delivery still sending under attempt n as unknown.
func (s *Store) loseAttempt(ctx context.Context, tx pgx.Tx, t id.Transmission, n int, spread float64) error {
	u := wakeUp{transmission: t, n: n}
	locked, err := s.lockTransmissions(ctx, tx, u)
	rows := locked[t]
	if err != nil || len(rows) == 0 {
		return err
	}
	b := begun{wakeUp: u, channel: rows[0].ChannelID, message: rows[0].MessageID}
	states, err := s.channelStates(ctx, tx, b.channel.UUID)
	if err != nil {
		return err
	}
	b.ability = states[b.channel].ability
	results := map[id.Delivery]Result{}
	for _, r := range rows {
		if State(r.State) == Sending && int(r.Attempt) == n {
			b.deliveries = append(b.deliveries, r)
			results[r.ID] = Result{Delivery: r.ID, Failure: &Failure{Class: UnknownOutcome, Code: "lost"}}
		}
	}
	return s.recordAttempts(ctx, tx, []made{{begun: b, results: results, word: "lost", spread: spread}})
}

// expired gives up deliveries whose time is over, also those that no wake-up reached.
func (s *Sweeper) expired(ctx context.Context) error {
	return postgres.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		rows, err := s.store.queries.Overdue(ctx, tx, sweepRows)
		if err != nil {
			return fmt.Errorf("finding expired deliveries: %w", err)
		}
		for _, r := range rows {
			if err := s.store.expire(ctx, tx, r.ID); err != nil {
				return fmt.Errorf("expiring a delivery: %w", err)
			}
		}
		return nil
	})
}

// lookups asks providers about uncertain attempts, where the channel can answer.
func (s *Sweeper) lookups(ctx context.Context) error {
	rows, err := s.store.queries.Lookups(ctx, s.pool, 20)
	if err != nil {
		return fmt.Errorf("finding attempts to look up: %w", err)
	}
	for _, r := range rows {
		if err := s.lookup(ctx, r.TransmissionID, int(r.Attempt), r.StartedAt); err != nil {
			return fmt.Errorf("looking up an attempt: %w", err)
		}
	}
	return nil
}
