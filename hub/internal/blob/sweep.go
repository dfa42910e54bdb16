package blob

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/postgres"
)

const (
	// grace is how long bytes stay that nobody needs.
	grace = 7 * 24 * time.Hour
	// sweepBatch bounds the blobs looked at in one query.
	sweepBatch = 500
)

// Swept counts what one Sweep did.
type Swept struct {
	Removed int
	Bytes   int64
	// Adopted are stored bytes without a row, left by a crash between Put and
	// Keep; they now have one and are removed after the same grace.
	Adopted int
}

// Sweep removes the blobs that nobody has needed for seven days. It may run on
// several replicas at once. Each removal happens in a transaction that holds
// the row's lock from before the last look at the references until the bytes
// are gone, so Keep either comes first and wins, or comes after and sees that
// the bytes are missing.
func Sweep(ctx context.Context, db *pgxpool.Pool, store Store, now time.Time) (Swept, error) {
	var s Swept
	if err := mark(ctx, db, now); err != nil {
		return s, err
	}
	adopted, err := adopt(ctx, db, store, now)
	if err != nil {
		return s, err
	}
	s, err = removeDue(ctx, db, store, now)
	s.Adopted = adopted
	return s, err
}

// removeDue removes the blobs marked as unneeded seven days ago or earlier.
func removeDue(ctx context.Context, db *pgxpool.Pool, store Store, now time.Time) (Swept, error) {
	var s Swept
	last := []byte{}
	for {
		batch, err := due(ctx, db, now, last)
		if err != nil || len(batch) == 0 {
			return s, err
		}
		for _, ref := range batch {
			removed, err := remove(ctx, db, store, ref.Sum, now)
			if err != nil {
				return s, err
			}
			if removed {
				s.Removed++
				s.Bytes += ref.Size
			}
		}
		last = batch[len(batch)-1].Sum[:]
	}
}

// unreferenced holds for a row of blob that nothing points at.
const unreferenced = `NOT EXISTS (SELECT FROM blob_ref r WHERE r.sha256 = b.sha256)
	AND NOT EXISTS (SELECT FROM attachment a WHERE a.sha256 = b.sha256)
	AND NOT EXISTS (SELECT FROM upload u WHERE u.sha256 = b.sha256)`

// mark starts and stops the clock of each blob. Rows in use are passed over:
// waiting for them could deadlock with a transaction that keeps several blobs.
func mark(ctx context.Context, db postgres.Querier, now time.Time) error {
	_, err := db.Exec(ctx, `
		UPDATE blob SET unreferenced_since = $1 WHERE sha256 IN (
			SELECT sha256 FROM blob b WHERE unreferenced_since IS NULL AND `+unreferenced+`
			FOR UPDATE SKIP LOCKED)`, now)
	if err != nil {
		return fmt.Errorf("marking unneeded blobs: %w", err)
	}
	_, err = db.Exec(ctx, `
		UPDATE blob SET unreferenced_since = NULL WHERE sha256 IN (
			SELECT sha256 FROM blob b WHERE unreferenced_since IS NOT NULL AND NOT (`+unreferenced+`)
			FOR UPDATE SKIP LOCKED)`)
	if err != nil {
		return fmt.Errorf("clearing the marks of needed blobs: %w", err)
	}
	return nil
}

// adopt gives a row to old bytes that have none.
func adopt(ctx context.Context, db postgres.Querier, store Store, now time.Time) (int, error) {
	adopted := 0
	err := store.Walk(ctx, func(ref Ref, put time.Time) error {
		if now.Sub(put) < grace {
			return nil
		}
		tag, err := db.Exec(ctx, `
			INSERT INTO blob (sha256, size, unreferenced_since)
			SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT FROM blob WHERE sha256 = $1)
			ON CONFLICT DO NOTHING`, ref.Sum[:], ref.Size, now)
		adopted += int(tag.RowsAffected())
		return err
	})
	if err != nil {
		return adopted, fmt.Errorf("looking for stored bytes without a record: %w", err)
	}
	return adopted, nil
}

func due(ctx context.Context, db postgres.Querier, now time.Time, after []byte) ([]Ref, error) {
	rows, err := db.Query(ctx, `
		SELECT sha256, size FROM blob WHERE unreferenced_since <= $1 AND sha256 > $2
		ORDER BY sha256 LIMIT $3`, now.Add(-grace), after, sweepBatch)
	if err != nil {
		return nil, fmt.Errorf("listing unneeded blobs: %w", err)
	}
	refs, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Ref, error) {
		var raw []byte
		var ref Ref
		if err := row.Scan(&raw, &ref.Size); err != nil {
			return ref, err
		}
		ref.Sum, err = SumFromBytes(raw)
		return ref, err
	})
	if err != nil {
		return nil, fmt.Errorf("listing unneeded blobs: %w", err)
	}
	return refs, nil
}

func remove(ctx context.Context, db postgres.Beginner, store Store, sum Sum, now time.Time) (removed bool, err error) {
	err = postgres.InTx(ctx, db, func(tx pgx.Tx) error {
		var locked bool
		err := tx.QueryRow(ctx, `
			SELECT true FROM blob WHERE sha256 = $1 AND unreferenced_since <= $2
			FOR UPDATE SKIP LOCKED`, sum[:], now.Add(-grace)).Scan(&locked)
		if postgres.IsNoRows(err) {
			return nil // somebody is using or removing it
		}
		if err != nil {
			return fmt.Errorf("locking a blob: %w", err)
		}
		// A statement of its own: it must see what was committed before the lock.
		tag, err := tx.Exec(ctx, `DELETE FROM blob b WHERE sha256 = $1 AND `+unreferenced, sum[:])
		if err != nil {
			return fmt.Errorf("removing a blob's record: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		removed = true
		return store.Delete(ctx, sum)
	})
	return removed && err == nil, err
}
