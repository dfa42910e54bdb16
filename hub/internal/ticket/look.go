package ticket

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/postgres"
)

// Limits of one look at the clocks: tickets written in a transaction, and transactions.
const (
	lookedAt = 200
	looks    = 100
)

// LookAtClocks records which deadlines are near or missed since the last look. Replicas may look at the same time: each
// takes other tickets, and what somebody is writing on is settled by that write.
func (s *Store) LookAtClocks(ctx context.Context, pool *pgxpool.Pool) error {
	return inPasses(ctx, pool, s.lookAtClocks)
}

// inPasses does what is due a bounded number of tickets at a time, each pass in a transaction, as long as there are more.
func inPasses(ctx context.Context, pool *pgxpool.Pool, pass func(context.Context, pgx.Tx) (int, error)) error {
	for range looks {
		var n int
		err := postgres.InTx(ctx, pool, func(tx pgx.Tx) (err error) {
			n, err = pass(ctx, tx)
			return err
		})
		if err != nil || n < lookedAt {
			return err
		}
	}
	return nil
}

func (s *Store) lookAtClocks(ctx context.Context, tx pgx.Tx) (int, error) {
	now := s.clock()
	list, err := lockDue(ctx, tx, "clock_at", now)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	w := &writer{now: now, book: s.book, changed: list}
	return len(list), w.send(ctx, tx)
}

// lockDue locks tickets of which a time has come, by the column that has it.
func lockDue(ctx context.Context, tx pgx.Tx, column string, now time.Time) ([]*Ticket, error) {
	query := `SELECT ` + Columns + ` FROM ticket t WHERE t.` + column + ` <= $1
		ORDER BY t.` + column + ` LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED`
	rows, err := tx.Query(ctx, query, now, lookedAt)
	if err != nil {
		return nil, fmt.Errorf("looking for what is due: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByName[Ticket])
	if err != nil {
		return nil, fmt.Errorf("looking for what is due: %w", err)
	}
	return list, nil
}

// recountAfter is when clocks are looked at after terms have changed: by then no replica counts by the old ones.
const recountAfter = 10 * time.Second

// RecountClocks lets the clocks of all that is open be counted anew by the next looks: terms or calendars have changed.
func (s *Store) RecountClocks(ctx context.Context, db postgres.Querier) error {
	s.book.Forget()
	const query = `
		WITH quiet AS (SELECT set_config('sportello.quiet', 'on', true)),
		open AS (
		    SELECT t.id FROM ticket t, quiet
		    WHERE t.status NOT IN ('resolved', 'closed') AND t.merged_into IS NULL ORDER BY t.id FOR NO KEY UPDATE OF t)
		UPDATE ticket t SET clock_at = least(t.clock_at, $1) FROM open WHERE t.id = open.id`
	if _, err := db.Exec(ctx, query, s.clock().Add(recountAfter)); err != nil {
		return fmt.Errorf("having clocks counted anew: %w", err)
	}
	return nil
}
