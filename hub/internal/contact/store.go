package contact

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/contact/internal/db"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Store keeps contacts. Its methods work in the caller's transaction and never begin their own. A contact belongs to
// no office: whoever may see any correspondence may see whom it is with, and the caller checks that.
type Store struct{ queries *db.Queries }

// NewStore returns a store.
func NewStore() *Store { return &Store{queries: db.New()} }

// maxName is the longest name kept, in bytes.
const maxName = 200

// Identify finds the contact to whom a sender's address belongs, or makes one. A shared address identifies nobody: its
// sender becomes a contact of his own, by name. Concurrent calls for one address agree.
func (s *Store) Identify(ctx context.Context, tx pgx.Tx, from Sender) (id.Contact, error) {
	if from.Value == "" {
		return id.Contact{}, nil
	}
	found, err := s.owner(ctx, tx, from)
	if err != nil || !found.IsZero() {
		return found, err
	}
	return s.create(ctx, tx, from)
}

// owner follows merges: the address may still stand under the contact that was merged away.
func (s *Store) owner(ctx context.Context, tx pgx.Tx, from Sender) (id.Contact, error) {
	row, err := s.queries.Owner(ctx, tx, db.OwnerParams{Kind: from.Kind, Value: from.Value})
	if errors.Is(err, pgx.ErrNoRows) {
		return id.Contact{}, nil
	}
	if err != nil {
		return id.Contact{}, fmt.Errorf("finding the owner of an address: %w", err)
	}
	if from.Proved && row.VerifiedAt == nil {
		if err := s.MarkVerified(ctx, tx, from.Kind, from.Value); err != nil {
			return id.Contact{}, err
		}
	}
	if row.Name == "" && from.Name != "" {
		if err := s.queries.NameIfUnnamed(ctx, tx, db.NameIfUnnamedParams{Name: cut(from.Name), ID: row.ContactID}); err != nil {
			return id.Contact{}, fmt.Errorf("naming a contact: %w", err)
		}
	}
	return row.ContactID, nil
}

// create makes contact and address in a savepoint: if another transaction made the address first, that one's contact
// is the answer.
func (s *Store) create(ctx context.Context, tx pgx.Tx, from Sender) (id.Contact, error) {
	made := id.New[id.Contact]()
	err := postgres.InTx(ctx, tx, func(inner pgx.Tx) error {
		err := s.queries.InsertContact(ctx, inner, db.InsertContactParams{ID: made, Name: cut(from.Name), Language: from.Language})
		if err != nil {
			return err
		}
		return s.queries.InsertAddress(ctx, inner, db.InsertAddressParams{
			ID: id.New[id.Address](), ContactID: made, Kind: from.Kind, Value: from.Value, Display: display(from), Verified: from.Proved,
		})
	})
	if postgres.IsUnique(err, "contact_address_own_key") {
		return s.owner(ctx, tx, from)
	}
	if err != nil {
		return id.Contact{}, fmt.Errorf("making a contact: %w", err)
	}
	return made, nil
}

func display(from Sender) string {
	if from.Display == "" {
		return from.Value
	}
	return cut(from.Display)
}

func cut(s string) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(strings.TrimSpace(s), "\x00", ""), "")
	if len(s) > maxName {
		s = strings.ToValidUTF8(s[:maxName], "")
	}
	return s
}

// Get reads a contact with its addresses; one that was merged answers with the contact to go on with.
func (s *Store) Get(ctx context.Context, q postgres.Querier, c id.Contact) (*Contact, error) {
	rows, err := q.Query(ctx, `
		WITH RECURSIVE root AS (
		    SELECT id, merged_into FROM contact WHERE id = $1
		    UNION ALL SELECT c.id, c.merged_into FROM contact c JOIN root r ON c.id = r.merged_into)
		SELECT c.id, c.name, c.kind, c.language, c.merged_into, c.created_at, c.updated_at
		FROM contact c JOIN root r ON r.id = c.id WHERE r.merged_into IS NULL`, c)
	if err != nil {
		return nil, fmt.Errorf("reading a contact: %w", err)
	}
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[Contact])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.NotFound("no contact %s", c)
	}
	if err != nil {
		return nil, fmt.Errorf("reading a contact: %w", err)
	}
	found.Addresses, err = s.addresses(ctx, q, found.ID)
	return found, err
}

func (s *Store) addresses(ctx context.Context, q postgres.Querier, c id.Contact) ([]Address, error) {
	rows, err := q.Query(ctx, `
		SELECT a.id, a.contact_id, a.kind, a.value, a.display, a.verified_at, a.preferred, a.shared, a.undeliverable_since,
		       a.undeliverable_why, a.created_at
		FROM contact_address a WHERE a.contact_id = $1 ORDER BY a.preferred DESC, a.kind, a.value LIMIT 200`, c)
	if err != nil {
		return nil, fmt.Errorf("reading addresses: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Address])
	if err != nil {
		return nil, fmt.Errorf("reading addresses: %w", err)
	}
	return list, nil
}

// AddAddress gives a contact another address; the value is brought into normal form. An address that belongs to
// somebody else is a conflict.
func (s *Store) AddAddress(ctx context.Context, tx pgx.Tx, c id.Contact, kind, value string, shared bool) (id.Address, error) {
	normal, err := Normalise(kind, value)
	if err != nil {
		return id.Address{}, fault.Invalid("value", "address.form", "adding an address: %w", err)
	}
	a := id.New[id.Address]()
	err = postgres.InTx(ctx, tx, func(inner pgx.Tx) error {
		return s.queries.InsertAddress(ctx, inner, db.InsertAddressParams{
			ID: a, ContactID: c, Kind: kind, Value: normal, Display: cut(value), Shared: shared,
		})
	})
	if postgres.IsUnique(err, "") {
		return id.Address{}, fault.Conflict("the address belongs to a contact already")
	}
	if err != nil {
		return id.Address{}, fmt.Errorf("adding an address: %w", err)
	}
	return a, nil
}

// Prefer makes an address the one its contact wants to be reached at.
func (s *Store) Prefer(ctx context.Context, tx pgx.Tx, c id.Contact, a id.Address) error {
	if err := s.queries.PreferNone(ctx, tx, c); err != nil {
		return fmt.Errorf("clearing the preference: %w", err)
	}
	rows, err := s.queries.Prefer(ctx, tx, db.PreferParams{ID: a, ContactID: c})
	if err != nil {
		return fmt.Errorf("preferring an address: %w", err)
	}
	if rows == 0 {
		return fault.NotFound("contact %s has no address %s", c, a)
	}
	return nil
}

// MarkVerified notes that an address was proved to be its owner's.
func (s *Store) MarkVerified(ctx context.Context, tx pgx.Tx, kind, value string) error {
	if err := s.queries.MarkVerified(ctx, tx, db.MarkVerifiedParams{Kind: kind, Value: value}); err != nil {
		return fmt.Errorf("marking an address verified: %w", err)
	}
	return nil
}

// MarkUndeliverable notes that nothing reaches an address any more, and why.
func (s *Store) MarkUndeliverable(ctx context.Context, tx pgx.Tx, kind, value, why string) error {
	if err := s.queries.MarkUndeliverable(ctx, tx, db.MarkUndeliverableParams{Why: cut(why), Kind: kind, Value: value}); err != nil {
		return fmt.Errorf("marking an address undeliverable: %w", err)
	}
	return nil
}

// MarkReachable takes the mark of an undeliverable address away.
func (s *Store) MarkReachable(ctx context.Context, tx pgx.Tx, a id.Address) error {
	if err := s.queries.MarkReachable(ctx, tx, a); err != nil {
		return fmt.Errorf("marking an address reachable: %w", err)
	}
	return nil
}
