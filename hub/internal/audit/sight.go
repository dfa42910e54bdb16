package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/postgres"
)

// inSight finds, of tickets by number and of what hangs on tickets by id, what the scope covers. What it does not find is
// out of sight or not there, and the log must not tell which.
const inSight = `SELECT x.object FROM (
	    SELECT 'tickets/' || number AS object, id AS ticket_id FROM ticket WHERE number = ANY($4)
	    UNION ALL SELECT 'messages/' || id, ticket_id FROM message WHERE id = ANY($5)
	    UNION ALL SELECT 'deliveries/' || id, ticket_id FROM delivery WHERE id = ANY($5)
	    UNION ALL SELECT 'asks/' || id, ticket_id FROM side_request WHERE id = ANY($5)
	    UNION ALL SELECT 'attachments/' || a.id, m.ticket_id FROM attachment a JOIN message m ON m.id = a.message_id WHERE a.id = ANY($5)) x
	JOIN ticket t ON t.id = ticket_root(x.ticket_id)
	WHERE ((t.office_id = ANY($2)) <> $1 OR t.shared_with && $3)`

// held are the kinds of object that an office holds.
var held = []string{"tickets", "messages", "deliveries", "asks", "attachments"}

// sight tells what of a page its reader may not know.
type sight struct {
	// all says that nothing is out of sight, else objects are what is in it.
	all     bool
	objects map[string]bool
	// actors work for confidential offices alone: whose card they opened would tell that the citizen has to do with those.
	actors map[string]person
}

func (s sight) hides(r Record) bool {
	return s.hidesObject(r.Object) || strings.HasPrefix(r.Object, "contacts/") && s.actors[r.Actor].hidden
}

func (s sight) hidesObject(object string) bool {
	kind, _, named := strings.Cut(object, "/")
	return !s.all && named && slices.Contains(held, kind) && !s.objects[thing(object)]
}

// look asks what of these rows is out of scope.
func look(ctx context.Context, q postgres.Querier, scope account.Scope, page []Record) (sight, error) {
	if scope.All() {
		return sight{all: true}, nil
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
	rows, err := q.Query(ctx, inSight, scope.AllBut(), scope.Offices(), scope.Shares(), numbers, ids)
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
