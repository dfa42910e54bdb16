package ticket

import (
	"context"
	"fmt"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// ContactInSight is the condition that somebody, all of whose contacts an array names, has to do with a ticket in scope: as
// its citizen or by having written on it from one of their addresses. Whoever has to do with no ticket at all is seen by
// who sees the town. $1 to $3 are the scope.
func ContactInSight(contacts string) string {
	asked := `SELECT FROM ticket t WHERE t.contact_id = ANY(` + contacts + `)`
	// By the addresses, which have an index on either side; messages have none by contact.
	wrote := `SELECT FROM contact_address a
		JOIN ticket_party p ON p.kind = a.kind AND p.value = a.value AND p.wrote_at IS NOT NULL
		    AND coalesce(p.contact_id, a.contact_id) = ANY(` + contacts + `)
		JOIN ticket d ON d.id = p.ticket_id
		JOIN ticket t ON t.id = CASE WHEN d.merged_into IS NULL THEN d.id ELSE ticket_root(d.id) END
		WHERE a.contact_id = ANY(` + contacts + `)`
	return `(EXISTS (` + asked + ` AND ` + inScope + `) OR EXISTS (` + wrote + ` AND ` + inScope + `)
		OR ($1 AND NOT EXISTS (` + asked + `) AND NOT EXISTS (` + wrote + `)))`
}

var seesContact = `SELECT ` + ContactInSight(`who.ids`) + ` FROM (SELECT ARRAY(SELECT contact_group($4)) AS ids) who WHERE who.ids <> '{}'`

// SeesContact says whether a contact, whomever it was joined with, is in sight. Fault NotFound when not, as if there were no
// such contact.
func (s *Store) SeesContact(ctx context.Context, db postgres.Querier, scope account.Scope, contact id.Contact) error {
	if scope.All() {
		return nil
	}
	var seen bool
	err := db.QueryRow(ctx, seesContact, scope.AllBut(), scope.Offices(), scope.Shares(), contact).Scan(&seen)
	if err != nil && !postgres.IsNoRows(err) {
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
