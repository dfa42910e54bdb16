package ticket

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// tellLost tells whoever asked about a ticket that a confidential office has from now on, and does not know the end yet, and
// whoever is asked, that they see it no more: by the number they knew, and nothing else. It comes before the questions are
// withdrawn. Members of the confidential office, and of an office that it asks itself about what it has or joins this to,
// go on seeing it; what an office asks itself is not withdrawn where that office becomes confidential.
const tellLost = `
	INSERT INTO mention_reader (id, operator_id, lost, lost_at)
	SELECT uuid_at(e.at), p.person, p.number, e.at
	FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[]) AS e (ticket, holder, joined, own, at)
	CROSS JOIN LATERAL (
	    SELECT DISTINCT d.number, who.person
	    FROM side_request r
	    JOIN ticket d ON d.id = r.ticket_id
	    CROSS JOIN LATERAL (
	        SELECT r.asked_by AS person
	        UNION
	        SELECT m.operator_id FROM office_member m
	        WHERE m.office_id = r.office_id AND r.state = 'open' AND (e.own IS NULL OR r.from_office_id <> e.own)) who
	    JOIN operator o ON o.id = who.person AND o.active AND o.role <> 'auditor'
	    WHERE r.ticket_id IN (SELECT ticket_joined(e.ticket)) AND (r.state = 'open' OR r.seen_at IS NULL)
	      AND NOT EXISTS (SELECT FROM office_member m WHERE m.office_id = e.holder AND m.operator_id = who.person)
	      AND NOT EXISTS (
	          SELECT FROM side_request q JOIN office_member m ON m.office_id = q.office_id AND m.operator_id = who.person
	          WHERE q.state = 'open' AND q.from_office_id = e.holder AND q.ticket_id IN (SELECT ticket_joined(e.joined)))) p`

// Enclose ends what others asked about the tickets of an office that is confidential from now on, and tells whoever loses
// sight of one while a question of theirs, or to them, is open.
func (s *Store) Enclose(ctx context.Context, tx pgx.Tx, office id.Office) error {
	rows, err := tx.Query(ctx, `SELECT t.id FROM ticket t
		WHERE t.office_id = $1 AND t.merged_into IS NULL AND EXISTS (
		    SELECT FROM side_request r WHERE r.ticket_id IN (SELECT ticket_joined(t.id)) AND (r.state = 'open' OR r.seen_at IS NULL))
		ORDER BY t.id FOR NO KEY UPDATE`, office)
	if err != nil {
		return fmt.Errorf("looking what is asked about an office's tickets: %w", err)
	}
	tickets, err := pgx.CollectRows(rows, pgx.RowTo[id.Ticket])
	if err != nil {
		return fmt.Errorf("looking what is asked about an office's tickets: %w", err)
	}
	if len(tickets) == 0 {
		return nil
	}
	var told, ended postgres.Rows
	for _, t := range tickets {
		told.Add(t, office, t, office, s.clock())
		ended.Add(t, nil, office, "confidential", s.clock())
	}
	b := &pgx.Batch{}
	told.Queue(b, tellLost)
	ended.Queue(b, withdrawAsks)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("ending what others asked about an office's tickets: %w", err)
	}
	return nil
}
