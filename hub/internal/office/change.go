package office

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office/internal/db"
)

// Draft is what is written down about an office; each change gives all of it.
type Draft struct {
	Name string
	// Area may be unset.
	Area id.Area
	// Fallback may be unset; it leads to no ring.
	Fallback id.Office
	// ReopenDays is nil for as the town.
	ReopenDays *int
}

// Create makes an office under a slug that nobody has.
func (s *Store) Create(ctx context.Context, tx pgx.Tx, slug string, confidential bool, d Draft) (id.Office, error) {
	made := id.New[id.Office]()
	d, err := s.check(ctx, tx, made, d)
	if err != nil {
		return id.Office{}, err
	}
	return s.Add(ctx, tx, Office{
		ID: made, Slug: slug, Name: d.Name, Area: d.Area, Fallback: d.Fallback, ReopenDays: d.ReopenDays, Confidential: confidential,
	})
}

// Change changes an office; its conversations, hours and members stay as they are.
func (s *Store) Change(ctx context.Context, tx pgx.Tx, which id.Office, version int64, d Draft) error {
	if _, err := s.lock(ctx, tx, which, version); err != nil {
		return err
	}
	d, err := s.check(ctx, tx, which, d)
	if err != nil {
		return err
	}
	err = s.queries.Change(ctx, tx, db.ChangeParams{
		ID: which, Name: d.Name, AreaID: d.Area, FallbackOfficeID: d.Fallback, ReopenDays: daysParam(d.ReopenDays),
	})
	if err != nil {
		return fmt.Errorf("changing an office: %w", err)
	}
	return nil
}

// SetConfidential says whether an office's tickets are seen by its members alone. It holds at once for all it ever held.
func (s *Store) SetConfidential(ctx context.Context, tx pgx.Tx, which id.Office, version int64, confidential bool) error {
	if _, err := s.lock(ctx, tx, which, version); err != nil {
		return err
	}
	if err := s.queries.SetConfidential(ctx, tx, db.SetConfidentialParams{ID: which, Confidential: confidential}); err != nil {
		return fmt.Errorf("changing an office's confidentiality: %w", err)
	}
	return nil
}

// Deactivate closes an office down. What comes for it goes to its successor from then on; its past stays. Its tickets
// have to be somewhere else already. Closing down again only changes the successor.
func (s *Store) Deactivate(ctx context.Context, tx pgx.Tx, which id.Office, version int64, successor id.Office, at time.Time) error {
	o, err := s.lock(ctx, tx, which, version)
	if err != nil {
		return err
	}
	if err := s.checkFallback(ctx, tx, "successor_id", which, successor); err != nil {
		return err
	}
	if !o.Active {
		at = *o.DeactivatedAt
	}
	if err := s.queries.Deactivate(ctx, tx, db.DeactivateParams{ID: which, At: &at, FallbackOfficeID: successor}); err != nil {
		return fmt.Errorf("closing an office down: %w", err)
	}
	return nil
}

// Activate opens an office again.
func (s *Store) Activate(ctx context.Context, tx pgx.Tx, which id.Office, version int64) error {
	o, err := s.lock(ctx, tx, which, version)
	if err != nil {
		return err
	}
	if err := s.checkUntaken(ctx, tx, which, o.Name); err != nil {
		return err
	}
	if err := s.queries.Activate(ctx, tx, which); err != nil {
		return fmt.Errorf("opening an office again: %w", err)
	}
	return nil
}

// lock reads an office for changing it; the fault is a conflict when it is no longer as it was seen.
func (s *Store) lock(ctx context.Context, tx pgx.Tx, which id.Office, version int64) (*Office, error) {
	// The order in which settle_receivers takes them: this lock first.
	if err := s.queries.LockOffices(ctx, tx); err != nil {
		return nil, fmt.Errorf("locking offices: %w", err)
	}
	r, err := s.queries.LockOffice(ctx, tx, which)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.NotFound("no office %s", which)
	}
	if err != nil {
		return nil, fmt.Errorf("locking an office: %w", err)
	}
	if r.Version != version {
		return nil, fault.Conflict("the office is at version %d, not %d", r.Version, version)
	}
	o, err := officeOf(r)
	return &o, err
}

func (s *Store) check(ctx context.Context, tx pgx.Tx, which id.Office, d Draft) (Draft, error) {
	name, err := cleanName("name", d.Name)
	if err != nil {
		return d, err
	}
	if d.Name = name; d.ReopenDays != nil && (*d.ReopenDays < 0 || *d.ReopenDays > maxReopenDays) {
		return d, fault.Invalid("reopen_days", "out_of_range", "0 to %d days", maxReopenDays)
	}
	if err := s.checkUntaken(ctx, tx, which, name); err != nil {
		return d, err
	}
	if err := s.checkArea(ctx, tx, which, d.Area); err != nil {
		return d, err
	}
	if d.Fallback.IsZero() {
		return d, nil
	}
	return d, s.checkFallback(ctx, tx, "fallback_id", which, d.Fallback)
}

func (s *Store) checkUntaken(ctx context.Context, tx pgx.Tx, which id.Office, name string) error {
	taken, err := s.queries.NameTaken(ctx, tx, db.NameTakenParams{Name: name, ID: which})
	if err != nil {
		return fmt.Errorf("looking for an office's name: %w", err)
	}
	if taken {
		return fault.Invalid("name", "name_taken", "another office is named %q", name)
	}
	return nil
}

// checkArea lets an office stay in an archived area that it is already in.
func (s *Store) checkArea(ctx context.Context, tx pgx.Tx, which id.Office, area id.Area) error {
	if area.IsZero() {
		return nil
	}
	open, err := s.queries.AreaOpen(ctx, tx, db.AreaOpenParams{ID: area, OfficeID: which})
	if err != nil {
		return fmt.Errorf("looking for an area: %w", err)
	}
	if !open {
		return fault.Invalid("area_id", "unknown", "no such area, or it is archived")
	}
	return nil
}

// comesBack tells whether the way of fallbacks from one office comes to another.
const comesBack = `
	WITH RECURSIVE way (id, next, steps) AS (
	    SELECT o.id, o.fallback_office_id, 0 FROM office o WHERE o.id = $1
	    UNION ALL
	    SELECT o.id, o.fallback_office_id, w.steps + 1 FROM way w JOIN office o ON o.id = w.next WHERE w.steps < 50
	)
	SELECT EXISTS (SELECT FROM way WHERE id = $2)`

// checkFallback wants an active office from which no way leads back.
func (s *Store) checkFallback(ctx context.Context, tx pgx.Tx, field string, which, fallback id.Office) error {
	if fallback == which {
		return fault.Invalid(field, "fallback_self", "an office is no fallback of itself")
	}
	r, err := s.queries.Office(ctx, tx, fallback)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && !r.Active {
		return fault.Invalid(field, "unknown", "no such office, or it is closed down")
	}
	if err != nil {
		return fmt.Errorf("reading an office: %w", err)
	}
	if err := s.queries.LockOffices(ctx, tx); err != nil {
		return fmt.Errorf("locking offices: %w", err)
	}
	var ring bool
	if err := tx.QueryRow(ctx, comesBack, fallback, which).Scan(&ring); err != nil {
		return fmt.Errorf("following fallbacks: %w", err)
	}
	if ring {
		return fault.Invalid(field, "fallback_ring", "the way of fallbacks from %s leads back to the office", r.Name)
	}
	return nil
}

func daysParam(days *int) *int32 {
	if days == nil {
		return nil
	}
	n := int32(*days)
	return &n
}
