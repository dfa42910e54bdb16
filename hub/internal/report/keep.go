package report

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
)

// Keeper keeps marks and cells up to date.
type Keeper struct {
	db      *pgxpool.Pool
	offices *office.Store
	now     func() time.Time
}

// NewKeeper returns a keeper; it works whenever Pass is called.
func NewKeeper(db *pgxpool.Pool, offices *office.Store, now func() time.Time) *Keeper {
	return &Keeper{db: db, offices: offices, now: now}
}

const (
	// portion is how many tickets are counted in one transaction.
	portion = 2000
	// daysAtOnce is how many days of cells are made in one transaction.
	daysAtOnce = 31
	// late is how long after its id was made an event may still be committed; no transaction of the hub takes longer.
	late = 3 * time.Minute
)

// Pass counts what has changed since the last one; all tickets when calendars or the first level have. One at a time
// works, also where there are several hubs. Before the town is set up there is nothing to count.
func (k *Keeper) Pass(ctx context.Context) error {
	for {
		var more bool
		err := postgres.InTx(ctx, k.db, func(tx pgx.Tx) (err error) {
			more, err = k.round(ctx, tx)
			return err
		})
		if err != nil || !more {
			return err
		}
	}
}

// Restart makes all be counted again by the next pass; what was counted stays until then.
func (k *Keeper) Restart(ctx context.Context) error {
	if _, err := k.db.Exec(ctx, `UPDATE report_state SET revision = ''`); err != nil {
		return fmt.Errorf("having everything counted again: %w", err)
	}
	return nil
}

// state is how far the counting has come.
type state struct {
	revision string
	// built is nil when all tickets have been counted.
	built *uuid.UUID
	seen  uuid.UUID
}

func (k *Keeper) round(ctx context.Context, tx pgx.Tx) (more bool, err error) {
	var s state
	err = tx.QueryRow(ctx, `SELECT revision, built_until, seen FROM report_state FOR UPDATE`).Scan(&s.revision, &s.built, &s.seen)
	if err != nil {
		return false, fmt.Errorf("reading how far reports have come: %w", err)
	}
	var ready bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM town)`).Scan(&ready); err != nil || !ready {
		return false, err
	}
	r, revision, err := readRules(ctx, tx, k.offices)
	if err != nil {
		return false, err
	}
	if s.revision != revision {
		s.revision, s.built = revision, &uuid.UUID{}
		if s.seen, err = newestEvent(ctx, tx); err != nil {
			return false, err
		}
	}
	if s.built != nil {
		return true, k.build(ctx, tx, r, &s)
	}
	return k.follow(ctx, tx, r, &s)
}

// build counts the next portion of all tickets; their days come when the last is done, since most days are in many
// portions.
func (k *Keeper) build(ctx context.Context, tx pgx.Tx, r *rules, s *state) error {
	tickets, err := listed(ctx, tx, `SELECT id FROM ticket WHERE id > $1 ORDER BY id LIMIT $2`, *s.built, portion)
	if err != nil {
		return err
	}
	if err := k.count(ctx, tx, r, tickets); err != nil {
		return err
	}
	if s.built = nil; len(tickets) == portion {
		s.built = &tickets[portion-1]
	}
	_, err = tx.Exec(ctx, `UPDATE report_state SET revision = $1, built_until = $2, seen = $3`, s.revision, s.built, s.seen)
	if err != nil {
		return fmt.Errorf("writing how far reports have come: %w", err)
	}
	return nil
}

// follow counts tickets with new events again and makes the days that changed.
func (k *Keeper) follow(ctx context.Context, tx pgx.Tx, r *rules, s *state) (more bool, err error) {
	if left, err := settleDays(ctx, tx); err != nil || left {
		return left, err
	}
	newest, err := newestEvent(ctx, tx)
	if err != nil {
		return false, err
	}
	at := k.now()
	tickets, err := listed(ctx, tx, `SELECT DISTINCT ticket_id FROM ticket_event WHERE id > $1`, before(s.seen, late))
	if err != nil {
		return false, err
	}
	for len(tickets) > 0 {
		n := min(portion, len(tickets))
		if err := k.count(ctx, tx, r, tickets[:n]); err != nil {
			return false, err
		}
		tickets = tickets[n:]
	}
	for more = true; more; {
		if more, err = settleDays(ctx, tx); err != nil {
			return false, err
		}
	}
	if _, err = tx.Exec(ctx, `UPDATE report_state SET seen = $1, as_of = $2`, newest, at); err != nil {
		return false, fmt.Errorf("writing how far reports have come: %w", err)
	}
	return false, nil
}

// newestEvent is the id of the event written last: ids rise with time.
func newestEvent(ctx context.Context, q postgres.Querier) (newest uuid.UUID, err error) {
	err = q.QueryRow(ctx, `SELECT coalesce((SELECT id FROM ticket_event ORDER BY id DESC LIMIT 1), '00000000-0000-0000-0000-000000000000')`).Scan(&newest)
	if err != nil {
		return newest, fmt.Errorf("finding the newest event: %w", err)
	}
	return newest, nil
}

// before is the smallest id made so long before another.
func before(u uuid.UUID, d time.Duration) (earlier uuid.UUID) {
	made := int64(binary.BigEndian.Uint64(u[:8]) >> 16)
	binary.BigEndian.PutUint64(earlier[:8], uint64(max(made-d.Milliseconds(), 0))<<16)
	return earlier
}

func listed(ctx context.Context, q postgres.Querier, query string, args ...any) ([]uuid.UUID, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("listing tickets to count: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("listing tickets to count: %w", err)
	}
	return list, nil
}
