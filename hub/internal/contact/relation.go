package contact

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Role is what a contact is to another.
type Role string

// The roles. Each but Household has its counterpart.
const (
	Household     Role = "household"
	DelegateOf    Role = "delegate_of"
	HasDelegate   Role = "has_delegate"
	GuardianOf    Role = "guardian_of"
	HasGuardian   Role = "has_guardian"
	Represents    Role = "represents"
	RepresentedBy Role = "represented_by"
)

// acting are the kinds of relation by the role of the one who acts, reversed the roles of the one acted for.
var (
	acting   = map[Role]string{Household: "household", DelegateOf: "delegate", GuardianOf: "guardian", Represents: "representative"}
	reversed = map[Role]Role{HasDelegate: DelegateOf, HasGuardian: GuardianOf, RepresentedBy: Represents}
)

// maxRelations is how many relations one contact may have: a tax assistance office acts for many, and is no contact card.
const maxRelations = 100

// maxValidYears is how long a relation may be valid; one without an end has no last day.
const maxValidYears = 100

// Relation is another contact that one has to do with.
type Relation struct {
	ID    uuid.UUID  `db:"id"`
	Other id.Contact `db:"other_id"`
	Name  string     `db:"name"`
	// Role is what the contact asked about is to the other.
	Role Role   `db:"role"`
	Note string `db:"note"`
	// ValidUntil is the last day, nil without one.
	ValidUntil *time.Time `db:"valid_until"`
	RecordedAt time.Time  `db:"recorded_at"`
}

// relations looks from either side; what both became by a merge is no relation.
const relations = `
	WITH own AS MATERIALIZED (SELECT contact_group($1) AS id), related AS (
	    SELECT r.id, r.other_id AS other, CASE r.kind WHEN 'household' THEN 'household' WHEN 'delegate' THEN 'delegate_of'
	           WHEN 'guardian' THEN 'guardian_of' ELSE 'represents' END AS role, r.note, r.valid_until, r.recorded_at
	    FROM own JOIN contact_relation r ON r.contact_id = own.id AND r.ended_at IS NULL
	    UNION ALL
	    SELECT r.id, r.contact_id, CASE r.kind WHEN 'household' THEN 'household' WHEN 'delegate' THEN 'has_delegate'
	           WHEN 'guardian' THEN 'has_guardian' ELSE 'represented_by' END, r.note, r.valid_until, r.recorded_at
	    FROM own JOIN contact_relation r ON r.other_id = own.id AND r.ended_at IS NULL
	)
	SELECT r.id, c.id AS other_id, c.name, r.role, r.note, r.valid_until, r.recorded_at
	FROM related r JOIN contact c ON c.id = contact_root(r.other)
	WHERE c.id <> contact_root($1) ORDER BY r.recorded_at, r.id LIMIT $2`

// Relations lists whom a contact has to do with, those of who was merged with it included.
func (s *Store) Relations(ctx context.Context, q postgres.Querier, c id.Contact) ([]Relation, error) {
	rows, err := q.Query(ctx, relations, c, maxRelations)
	if err != nil {
		return nil, fmt.Errorf("reading relations: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Relation])
	if err != nil {
		return nil, fmt.Errorf("reading relations: %w", err)
	}
	return all, nil
}

// Relate notes what a locked contact is to another one.
func (s *Store) Relate(ctx context.Context, tx pgx.Tx, by account.Actor, c *Contact, r Relation, now time.Time) error {
	if c.ID == r.Other {
		return fault.Invalid("contact_id", "relation_self", "a contact has no relation with itself")
	}
	if r.ValidUntil != nil && r.ValidUntil.Before(now.AddDate(0, 0, -1)) {
		return fault.Invalid("valid_until", "past", "valid until a day that is over")
	}
	if r.ValidUntil != nil && r.ValidUntil.After(now.AddDate(maxValidYears, 0, 0)) {
		return fault.Invalid("valid_until", "valid_too_far", "valid for at most %d years", maxValidYears)
	}
	known, err := s.Relations(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	if len(known) >= maxRelations {
		return fault.Invalid("contact_id", "relation_many", "at most %d relations", maxRelations)
	}
	for _, k := range known {
		if k.Other == r.Other && k.Role == r.Role {
			return fault.Conflict("the relation is noted already")
		}
	}
	one, other, kind := ends(c.ID, r)
	_, err = tx.Exec(ctx, `
		INSERT INTO contact_relation (id, contact_id, other_id, kind, note, valid_until, recorded_by, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		uuid.Must(uuid.NewV7()), one, other, kind, cut(r.Note), r.ValidUntil, by.Operator, now)
	if postgres.IsUnique(err, "") {
		return fault.Conflict("the relation is noted already")
	}
	if err != nil {
		return fmt.Errorf("noting a relation: %w", err)
	}
	return s.touch(ctx, tx, c.ID)
}

// ends puts who acts before the one acted for, and a household in the order of the ids.
func ends(c id.Contact, r Relation) (one, other id.Contact, kind string) {
	one, other = c, r.Other
	role := r.Role
	if acts, turned := reversed[role]; turned {
		one, other, role = other, one, acts
	}
	if role == Household && one.String() > other.String() {
		one, other = other, one
	}
	return one, other, acting[role]
}

// Unrelate ends a relation of a locked contact; that there was one stays on record.
func (s *Store) Unrelate(ctx context.Context, tx pgx.Tx, by account.Actor, c *Contact, relation uuid.UUID, now time.Time) error {
	tag, err := tx.Exec(ctx, `
		UPDATE contact_relation SET ended_by = $3, ended_at = $4
		WHERE id = $2 AND ended_at IS NULL AND (contact_id IN (SELECT contact_group($1)) OR other_id IN (SELECT contact_group($1)))`,
		c.ID, relation, by.Operator, now)
	if err != nil {
		return fmt.Errorf("ending a relation: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.NotFound("the contact has no relation %s", relation)
	}
	return s.touch(ctx, tx, c.ID)
}
