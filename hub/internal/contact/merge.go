package contact

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/contact/internal/db"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
)

// Merge says that from and into are one: into goes on. Nothing is moved or lost, so that Unmerge restores both: what
// stood under from still does, and readers follow merged_into.
func (s *Store) Merge(ctx context.Context, tx pgx.Tx, by account.Actor, from, into id.Contact) error {
	if from == into {
		return fault.Invalid("contact_id", "merge_self", "a contact cannot be merged into itself")
	}
	locked, err := s.queries.LockContacts(ctx, tx, []uuid.UUID{from.UUID, into.UUID})
	if err != nil {
		return fmt.Errorf("locking contacts: %w", err)
	}
	if len(locked) != 2 {
		return fault.NotFound("one of the contacts does not exist")
	}
	// Only contacts that stand on their own are merged, so no chain can come back to its beginning.
	for _, c := range locked {
		if !c.MergedInto.IsZero() {
			return fault.Conflict("contact %s is merged already", c.ID)
		}
	}
	if err := s.queries.SetMerged(ctx, tx, db.SetMergedParams{MergedInto: into, ID: from}); err != nil {
		return fmt.Errorf("merging contacts: %w", err)
	}
	err = s.queries.RecordMerge(ctx, tx, db.RecordMergeParams{
		ID: uuid.Must(uuid.NewV7()), SourceID: from, TargetID: into, MergedBy: by.Operator,
	})
	if err != nil {
		return fmt.Errorf("recording a merge: %w", err)
	}
	return s.touch(ctx, tx, into)
}

// Unmerge makes a merged contact stand on its own again, with everything that was filed under it before and since.
func (s *Store) Unmerge(ctx context.Context, tx pgx.Tx, by account.Actor, from id.Contact) error {
	locked, err := s.queries.LockContacts(ctx, tx, []uuid.UUID{from.UUID})
	if err != nil {
		return fmt.Errorf("locking a contact: %w", err)
	}
	if len(locked) == 0 {
		return fault.NotFound("no contact %s", from)
	}
	if locked[0].MergedInto.IsZero() {
		return fault.Conflict("contact %s is not merged", from)
	}
	if err := s.queries.SetMerged(ctx, tx, db.SetMergedParams{ID: from}); err != nil {
		return fmt.Errorf("parting contacts: %w", err)
	}
	if err := s.queries.RecordUnmerge(ctx, tx, db.RecordUnmergeParams{UndoneBy: by.Operator, SourceID: from}); err != nil {
		return fmt.Errorf("recording that contacts were parted: %w", err)
	}
	return s.touch(ctx, tx, locked[0].MergedInto)
}
