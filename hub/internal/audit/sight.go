package audit

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/postgres"
)

// hidden finds, of tickets by number and of what hangs on tickets by id, what the scope does not cover.
const hidden = `SELECT x.object FROM (
	    SELECT 'tickets/' || number AS object, id AS ticket_id FROM ticket WHERE number = ANY($4)
	    UNION ALL SELECT 'messages/' || id, ticket_id FROM message WHERE id = ANY($5)
	    UNION ALL SELECT 'deliveries/' || id, ticket_id FROM delivery WHERE id = ANY($5)
	    UNION ALL SELECT 'asks/' || id, ticket_id FROM side_request WHERE id = ANY($5)
	    UNION ALL SELECT 'attachments/' || a.id, m.ticket_id FROM attachment a JOIN message m ON m.id = a.message_id WHERE a.id = ANY($5)) x
	JOIN ticket t ON t.id = ticket_root(x.ticket_id)
	WHERE NOT ((t.office_id = ANY($2)) <> $1 OR t.shared_with && $3)`

// sight tells what of a page its reader may not know.
type sight struct {
	objects map[string]bool
	// actors work for confidential offices alone: whose card they opened would tell that the citizen has to do with those.
	actors map[string]person
}

func (s sight) hides(r Record) bool {
	return s.objects[thing(r.Object)] || strings.HasPrefix(r.Object, "contacts/") && s.actors[r.Actor].hidden
}

// look asks what of these rows is out of scope.
func look(ctx context.Context, q postgres.Querier, scope account.Scope, page []Record) (sight, error) {
	if scope.All() {
		return sight{}, nil
	}
	numbers, ids, actors := []string{}, []uuid.UUID{}, []uuid.UUID{}
	for _, r := range page {
		if number, ticket := strings.CutPrefix(thing(r.Object), "tickets/"); ticket {
			numbers = append(numbers, number)
		} else if which, ok := idIn(r.Object); ok {
			ids = append(ids, which)
		}
		if who, ok := idIn(r.Actor); ok {
			actors = append(actors, who)
		}
	}
	rows, err := q.Query(ctx, hidden, scope.AllBut(), scope.Offices(), scope.Shares(), numbers, ids)
	if err != nil {
		return sight{}, fmt.Errorf("looking what of the audit log is out of sight: %w", err)
	}
	s := sight{objects: map[string]bool{}}
	var object string
	if _, err := pgx.ForEachRow(rows, []any{&object}, func() error {
		s.objects[object] = true
		return nil
	}); err != nil {
		return sight{}, fmt.Errorf("looking what of the audit log is out of sight: %w", err)
	}
	s.actors, err = people(ctx, q, scope, actors)
	return s, err
}

// blank takes the object off the rows whose reader may not know it; that something was done, when and by whom stays.
func blank(page []Record, s sight) {
	for i, r := range page {
		if s.hides(r) {
			kind, _, _ := strings.Cut(r.Object, "/")
			page[i].Object, page[i].ObjectName, page[i].Hidden = kind, "", true
		}
	}
}
