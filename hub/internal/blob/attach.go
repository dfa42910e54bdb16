package blob

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/postgres"
)

// identityName is the file or object that holds the store's id.
const identityName = "store-id"

// Attach binds the database and the store to each other on the first start and
// refuses any other pair afterwards: a replica that does not see the town's
// store (a missing mount, another machine's directory) must not start, because
// it would acknowledge messages whose bytes nobody else finds.
func Attach(ctx context.Context, db postgres.Beginner, store Store) error {
	return postgres.InTx(ctx, db, func(tx pgx.Tx) error {
		var recorded *uuid.UUID
		// The lock makes replicas that start together take turns.
		err := tx.QueryRow(ctx, `SELECT blob_store_id FROM town FOR UPDATE`).Scan(&recorded)
		if postgres.IsNoRows(err) {
			return fault.Conflict("the database holds no town yet: seed it before the blob store is attached")
		}
		if err != nil {
			return fmt.Errorf("reading the recorded blob store: %w", err)
		}
		found, err := store.Identity(ctx)
		if err != nil && fault.Kind(err) != fault.CodeNotFound {
			return err
		}
		if recorded != nil {
			return compare(store, recorded.String(), found)
		}
		return bind(ctx, tx, store, found)
	})
}

func compare(store Store, recorded, found string) error {
	switch found {
	case recorded:
		return nil
	case "":
		return fault.Conflict("%v is not the blob store of this database: it carries no id and %s is expected; check that the storage is mounted", store, recorded)
	}
	return fault.Conflict("%v is not the blob store of this database: it carries the id %s and %s is expected", store, found, recorded)
}

var errNotEmpty = errors.New("not empty")

func bind(ctx context.Context, tx pgx.Tx, store Store, found string) error {
	// An id without a record is left by a first start that was killed half-way,
	// or by another town. Only the first kind is empty.
	if err := store.Walk(ctx, func(Ref, time.Time) error { return errNotEmpty }); errors.Is(err, errNotEmpty) {
		return fault.Conflict("%v holds blobs of another database (id %q) and this database has none: name an empty store", store, found)
	} else if err != nil {
		return err
	}
	id := found
	if id == "" {
		id = uuid.Must(uuid.NewV7()).String()
		if err := store.Identify(ctx, id); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE town SET blob_store_id = $1`, id); err != nil {
		return fmt.Errorf("recording the blob store: %w", err)
	}
	return nil
}
