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
// by a message on it. Fault NotFound when not, as if there were no such contact. One who has to do with no ticket at all
// is seen by who sees the town.
func (s *Store) SeesContact(ctx context.Context, db postgres.Querier, scope account.Scope, contact id.Contact) error {
	if scope.All() {
		return nil
	}
	const wrote = `SELECT FROM message m JOIN ticket t ON t.id = ticket_root(m.ticket_id) WHERE m.contact_id = ANY(ARRAY(SELECT contact_group($4)))`
	const asked = `SELECT FROM ticket t WHERE t.contact_id = ANY(ARRAY(SELECT contact_group($4)))`
	const query = `SELECT EXISTS (` + asked + ` AND ` + inScope + `) OR EXISTS (` + wrote + ` AND ` + inScope + `)
		OR ($1 AND EXISTS (SELECT FROM contact WHERE id = $4) AND NOT EXISTS (` + asked + `) AND NOT EXISTS (` + wrote + `))`
	var seen bool
	if err := db.QueryRow(ctx, query, scope.AllBut(), scope.Offices(), scope.Shares(), contact).Scan(&seen); err != nil {
		return fmt.Errorf("looking whether a contact is in scope: %w", err)
	}
	if !seen {
		return fault.NotFound("no such contact")
	}
	return nil
}
