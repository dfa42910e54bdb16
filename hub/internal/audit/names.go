package audit

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"sportello.dev/hub/internal/postgres"
)

// named tells how people know the actors and objects of a page. Citizens are left out: the log shows that somebody was
// looked up, not who.
const named = `SELECT 'operator:' || id, name FROM operator WHERE id = ANY($1)
	UNION ALL SELECT 'token:' || id, name FROM api_token WHERE id = ANY($1)
	UNION ALL SELECT 'people/' || id, name FROM operator WHERE id = ANY($1)
	UNION ALL SELECT 'invitation/' || id, name FROM operator WHERE id = ANY($1)
	UNION ALL SELECT 'tags/' || id, name FROM tag WHERE id = ANY($1)
	UNION ALL SELECT 'tokens/' || id, name FROM api_token WHERE id = ANY($1)
	UNION ALL SELECT 'offices/' || id, name FROM office WHERE id = ANY($1)
	UNION ALL SELECT 'channels/' || id, name FROM channel WHERE id = ANY($1)
	UNION ALL SELECT 'messages/' || m.id, t.number FROM message m JOIN ticket t ON t.id = m.ticket_id WHERE m.id = ANY($1)
	UNION ALL SELECT 'attachments/' || a.id, t.number FROM attachment a JOIN message m ON m.id = a.message_id JOIN ticket t ON t.id = m.ticket_id WHERE a.id = ANY($1)
	UNION ALL SELECT 'asks/' || r.id, t.number FROM side_request r JOIN ticket t ON t.id = r.ticket_id WHERE r.id = ANY($1)
	UNION ALL SELECT 'deliveries/' || d.id, t.number FROM delivery d JOIN ticket t ON t.id = d.ticket_id WHERE d.id = ANY($1)`

// name fills in the names of a page in one statement.
func name(ctx context.Context, q postgres.Querier, page []Record) error {
	var ids []uuid.UUID
	for _, r := range page {
		for _, text := range []string{r.Actor, r.Object} {
			if which, ok := idIn(text); ok {
				ids = append(ids, which)
			}
		}
	}
	names, err := namesOf(ctx, q, ids)
	if err != nil {
		return err
	}
	for i, r := range page {
		page[i].ActorName, page[i].ObjectName = names[r.Actor], names[thing(r.Object)]
		if number, ok := strings.CutPrefix(r.Object, "tickets/"); ok {
			page[i].ObjectName = number
		}
	}
	return nil
}

func namesOf(ctx context.Context, q postgres.Querier, ids []uuid.UUID) (map[string]string, error) {
	names := map[string]string{}
	if len(ids) == 0 {
		return names, nil
	}
	rows, err := q.Query(ctx, named, ids)
	if err != nil {
		return nil, fmt.Errorf("naming what the audit log tells of: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var key, called string
		if err := rows.Scan(&key, &called); err != nil {
			return nil, fmt.Errorf("naming what the audit log tells of: %w", err)
		}
		names[key] = called
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("naming what the audit log tells of: %w", err)
	}
	return names, nil
}

// thing is an object without what it says behind it: of "offices/<id>/members/<id>" the office.
func thing(object string) string {
	parts := strings.SplitN(object, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}

// idIn finds the id in "operator:<id>" or "contacts/<id>".
func idIn(text string) (uuid.UUID, bool) {
	_, after, found := strings.Cut(strings.Replace(thing(text), ":", "/", 1), "/")
	if !found {
		return uuid.UUID{}, false
	}
	which, err := uuid.Parse(after)
	return which, err == nil
}
