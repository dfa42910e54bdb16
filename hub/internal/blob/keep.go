package blob

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/postgres"
)

// Owner is who needs a blob: a kind ("journal", "attachment", ...) and an id of it.
type Owner struct {
	Kind string
	ID   uuid.UUID
}

// ScanState is what is known about malware in a blob.
type ScanState string

// The scan states.
const (
	Unscanned  ScanState = "unscanned"
	Clean      ScanState = "clean"
	Infected   ScanState = "infected"
	ScanFailed ScanState = "failed"
)

// Info is what the database knows about a blob.
type Info struct {
	Size        int64     `db:"size"`
	ContentType string    `db:"content_type"`
	ScanState   ScanState `db:"scan_state"`
	CreatedAt   time.Time `db:"created_at"`
}

// Keep records, in the caller's transaction, that owner needs the bytes just
// put. Until that transaction ends the blob cannot be swept. It answers
// Unavailable when the bytes have been swept since they were put: put them again.
func Keep(ctx context.Context, tx postgres.Querier, store Store, ref Ref, contentType string, owner Owner) error {
	// The update also takes the row's lock, which Sweep holds while it removes.
	_, err := tx.Exec(ctx, `
		INSERT INTO blob (sha256, size, content_type) VALUES ($1, $2, $3)
		ON CONFLICT (sha256) DO UPDATE SET unreferenced_since = NULL`, ref.Sum[:], ref.Size, contentType)
	if err != nil {
		return fmt.Errorf("recording a blob: %w", err)
	}
	if _, err := store.Stat(ctx, ref.Sum); err != nil {
		return fault.Unavailable("looking for a blob just stored: %w", err)
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO blob_ref (sha256, owner_kind, owner_id) VALUES ($1, $2, $3)
		ON CONFLICT DO NOTHING`, ref.Sum[:], owner.Kind, owner.ID)
	if err != nil {
		return fmt.Errorf("recording the need for a blob: %w", err)
	}
	return nil
}

// Release takes back what Keep recorded for owner, for all its blobs.
func Release(ctx context.Context, tx postgres.Querier, owner Owner) error {
	if _, err := tx.Exec(ctx, `DELETE FROM blob_ref WHERE owner_kind = $1 AND owner_id = $2`, owner.Kind, owner.ID); err != nil {
		return fmt.Errorf("releasing blobs: %w", err)
	}
	return nil
}

// Lookup returns what the database knows about a blob.
func Lookup(ctx context.Context, db postgres.Querier, sum Sum) (Info, error) {
	var i Info
	err := db.QueryRow(ctx, `SELECT size, content_type, scan_state, created_at FROM blob WHERE sha256 = $1`, sum[:]).
		Scan(&i.Size, &i.ContentType, &i.ScanState, &i.CreatedAt)
	if postgres.IsNoRows(err) {
		return Info{}, fault.NotFound("blob %s: %w", sum, err)
	}
	if err != nil {
		return Info{}, fmt.Errorf("looking up a blob: %w", err)
	}
	return i, nil
}
