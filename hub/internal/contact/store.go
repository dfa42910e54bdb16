package contact

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/contact/internal/db"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Store keeps contacts. Its methods work in the caller's transaction and never begin their own. A contact belongs to
// no office: whoever may see one of its requests may see whom it is with, and the caller checks that.
type Store struct{ queries *db.Queries }

// NewStore returns a store.
func NewStore() *Store { return &Store{queries: db.New()} }

// maxName is the longest name kept, in bytes.
const maxName = 200

// columns are those of Contact.
const columns = `id, name, kind, language, fiscal_code, vat_number, notes, version, merged_into, created_at, updated_at`

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

// Get reads a contact with its addresses and those of all that were merged into it; one that was merged answers with
// the contact to go on with.
func (s *Store) Get(ctx context.Context, q postgres.Querier, c id.Contact) (*Contact, error) {
	rows, err := q.Query(ctx, `
		SELECT `+columns+` FROM contact WHERE id = contact_root($1)`, c)
	if err != nil {
		return nil, fmt.Errorf("reading a contact: %w", err)
	}
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[Contact])
	if postgres.IsNoRows(err) {
		return nil, fault.NotFound("no contact %s", c)
	}
	if err != nil {
		return nil, fmt.Errorf("reading a contact: %w", err)
	}
	found.Addresses, err = s.addresses(ctx, q, found.ID)
	return found, err
}

// addresses puts the preferred one first. Several contacts that became one may each have preferred another: the
// preference of the one to go on with counts.
func (s *Store) addresses(ctx context.Context, q postgres.Querier, root id.Contact) ([]Address, error) {
	rows, err := q.Query(ctx, `
		SELECT a.id, a.contact_id, a.kind, a.value, a.display, a.verified_at, a.preferred, a.preferred_by, a.shared AND NOT a.aside AS shared,
		       a.undeliverable_since, a.undeliverable_why, a.created_at,
		       (SELECT s.since FROM suppression s WHERE s.kind = a.kind AND s.value = a.value AND s.lifted_at IS NULL) AS suppressed_since
		FROM contact_address a WHERE a.contact_id IN (SELECT contact_group($1))
		ORDER BY a.preferred DESC, a.contact_id <> $1, a.kind, a.value LIMIT 200`, root)
	if err != nil {
		return nil, fmt.Errorf("reading addresses: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Address])
	if err != nil {
		return nil, fmt.Errorf("reading addresses: %w", err)
	}
	for i := range list {
		list[i].Preferred = list[i].Preferred && i == 0
	}
	return list, nil
}

// Prefer makes an address the one its contact wants to be reached at; by is the operator whom the contact told so. The
// unset address ends the preference.
func (s *Store) Prefer(ctx context.Context, tx pgx.Tx, c id.Contact, a id.Address, by id.Operator) error {
	if err := s.queries.PreferNone(ctx, tx, c.UUID); err != nil {
		return fmt.Errorf("clearing the preference: %w", err)
	}
	if a.IsZero() {
		return nil
	}
	rows, err := s.queries.Prefer(ctx, tx, db.PreferParams{ID: a, ContactID: c.UUID, PreferredBy: by})
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
