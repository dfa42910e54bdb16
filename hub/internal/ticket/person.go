package ticket

import (
	"context"
	"fmt"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// SeesContact says whether a contact, whomever it was joined with, has to do with a ticket in scope: as its citizen or
// by having written on it from one of his addresses. Fault NotFound when not, as if there were no such contact. One who has to do with no ticket at all
// is seen by who sees the town.
func (s *Store) SeesContact(ctx context.Context, db postgres.Querier, scope account.Scope, contact id.Contact) error {
	if scope.All() {
		return nil
	}
	// By the addresses, which have an index on either side; messages have none by contact.
	const wrote = `SELECT FROM contact_address a
		JOIN ticket_party p ON p.kind = a.kind AND p.value = a.value AND p.wrote_at IS NOT NULL
		    AND coalesce(p.contact_id, a.contact_id) = ANY(ARRAY(SELECT contact_group($4)))
		JOIN ticket t ON t.id = ticket_root(p.ticket_id) WHERE a.contact_id = ANY(ARRAY(SELECT contact_group($4)))`
	const asked = `SELECT FROM ticket t WHERE t.contact_id = ANY(ARRAY(SELECT contact_group($4)))`
	const query = `SELECT EXISTS (` + asked + ` AND ` + inScope + `) OR EXISTS (` + wrote + ` AND ` + inScope + `)
		OR ($1 AND EXISTS (SELECT FROM contact WHERE id = $4) AND NOT EXISTS (` + asked + `) AND NOT EXISTS (` + wrote + `))`
	var seen bool
	if err := db.QueryRow(ctx, query, scope.AllBut(), scope.Offices(), scope.Shares(), contact).Scan(&seen); err != nil {
		return fmt.Errorf("looking whether a contact is in scope: %w", err)
	}
	if !seen {
		return scope.Missing(fault.NotFound("no such contact"), func(sight account.Scope) error {
			return s.SeesContact(ctx, db, sight, contact)
		})
	}
	return nil
}

// Seeing tells of contacts whether somebody with the scope sees them, through a share too.
func (s *Store) Seeing(scope account.Scope) func(context.Context, postgres.Querier, id.Contact) (bool, error) {
	sight := scope.Sight()
	return func(ctx context.Context, db postgres.Querier, contact id.Contact) (bool, error) {
		err := s.SeesContact(ctx, db, sight, contact)
		if fault.Kind(err) == fault.CodeNotFound {
			return false, nil
		}
		return err == nil, err
	}
}
