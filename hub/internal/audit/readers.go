package audit

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// maxReaders is how many readers of one citizen are told, those who came last.
const maxReaders = 500

// Reader is somebody who looked at a citizen's record.
type Reader struct {
	Actor string    `db:"actor"`
	First time.Time `db:"first"`
	Last  time.Time `db:"last"`
	// Through are the kinds of object: contact, ticket, message, attachment.
	Through []string `db:"through"`
	// Reads and Acts count rows: reads within ten minutes are one.
	Reads int64 `db:"reads"`
	Acts  int64 `db:"acts"`
	// Name, Role and Offices are those of today.
	Name    string       `db:"-"`
	Role    account.Role `db:"-"`
	Offices []string     `db:"-"`
}

// readers collects who opened a contact's card, its tickets in scope (whole, joined ones by the number that is asked
// for today as well) and what is asked about them, their messages and attachments.
const readers = `WITH mine AS MATERIALIZED (SELECT contact_group($4) AS id),
	asked AS MATERIALIZED (
	    SELECT k.id FROM mine JOIN ticket k ON k.contact_id = mine.id
	    UNION SELECT p.ticket_id FROM mine JOIN contact_address a ON a.contact_id = mine.id
	        JOIN ticket_party p ON p.kind = a.kind AND p.value = a.value AND p.wrote_at IS NOT NULL AND coalesce(p.contact_id, a.contact_id) IN (SELECT id FROM mine)),
	seen AS MATERIALIZED (
	    SELECT k.id, k.number, t.number AS root FROM asked JOIN ticket k ON k.id = asked.id JOIN ticket t ON t.id = ticket_root(k.id)
	    WHERE ((t.office_id = ANY($2)) <> $1 OR t.shared_with && $3)),
	object (name, through) AS (
	    SELECT 'contacts/' || id, 'contact' FROM mine
	    UNION SELECT 'tickets/' || number, 'ticket' FROM seen UNION SELECT 'tickets/' || root, 'ticket' FROM seen
	    UNION SELECT 'asks/' || r.id, 'ticket' FROM seen JOIN side_request r ON r.ticket_id = seen.id
	    UNION SELECT 'messages/' || m.id, 'message' FROM seen JOIN message m ON m.ticket_id = seen.id
	    UNION SELECT 'deliveries/' || d.id, 'message' FROM seen JOIN delivery d ON d.ticket_id = seen.id
	    UNION SELECT 'attachments/' || a.id, 'attachment' FROM seen JOIN message m ON m.ticket_id = seen.id JOIN attachment a ON a.message_id = m.id)
	SELECT e.actor, min(e.at) AS first, max(e.at) AS last, array_agg(DISTINCT o.through ORDER BY o.through) AS through,
	       count(*) FILTER (WHERE e.kind = 'read') AS reads, count(*) FILTER (WHERE e.kind = 'act') AS acts
	FROM object o JOIN audit_entry e ON e.object = o.name AND e.outcome <> 'failed'
	GROUP BY e.actor ORDER BY max(e.at) DESC, e.actor LIMIT $5`

// Readers tells who looked at a citizen's record, as far as the scope reaches. Whether the citizen is in scope at all
// is for the caller to look at. Who works only for confidential offices out of scope is left out: naming them would
// tell that the citizen has to do with those.
func Readers(ctx context.Context, q postgres.Querier, scope account.Scope, contact id.Contact) ([]Reader, error) {
	rows, err := q.Query(ctx, readers, scope.AllBut(), scope.Offices(), scope.Shares(), contact, maxReaders)
	if err != nil {
		return nil, fmt.Errorf("looking who read about a citizen: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByNameLax[Reader])
	if err != nil {
		return nil, fmt.Errorf("looking who read about a citizen: %w", err)
	}
	var ids []uuid.UUID
	for _, r := range found {
		if who, ok := idIn(r.Actor); ok {
			ids = append(ids, who)
		}
	}
	known, err := people(ctx, q, scope, ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(fill(found, known), func(r Reader) bool { return known[r.Actor].hidden }), nil
}

// person is an actor as the log's readers see it.
type person struct {
	name    string
	role    account.Role
	offices []string
	// hidden is somebody all of whose offices are confidential and out of scope.
	hidden bool
}

func fill(list []Reader, known map[string]person) []Reader {
	for i, r := range list {
		p := known[r.Actor]
		list[i].Name, list[i].Role, list[i].Offices = p.name, p.role, p.offices
	}
	return list
}

// people looks up operators and tokens with the offices that the scope lets one know of.
func people(ctx context.Context, q postgres.Querier, scope account.Scope, ids []uuid.UUID) (map[string]person, error) {
	rows, err := q.Query(ctx, `SELECT 'operator:' || p.id, p.name, p.role,
	        array(SELECT o.name FROM office_member m JOIN office o ON o.id = m.office_id
	            WHERE m.operator_id = p.id AND (NOT o.confidential OR (o.id = ANY($3)) <> $2) ORDER BY o.name),
	        EXISTS (SELECT FROM office_member m WHERE m.operator_id = p.id)
	    FROM operator p WHERE p.id = ANY($1)
	    UNION ALL SELECT 'token:' || k.id, k.name, k.role,
	        array(SELECT o.name FROM office o WHERE o.id = k.office_id AND (NOT o.confidential OR (o.id = ANY($3)) <> $2)), k.office_id IS NOT NULL
	    FROM api_token k WHERE k.id = ANY($1)`, ids, scope.AllBut(), scope.Offices())
	if err != nil {
		return nil, fmt.Errorf("looking up who read: %w", err)
	}
	defer rows.Close()
	found := map[string]person{}
	for rows.Next() {
		var actor string
		var p person
		var member bool
		if err := rows.Scan(&actor, &p.name, &p.role, &p.offices, &member); err != nil {
			return nil, fmt.Errorf("looking up who read: %w", err)
		}
		p.hidden = member && len(p.offices) == 0
		found[actor] = p
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("looking up who read: %w", err)
	}
	return found, nil
}
