package thread

import (
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

const begunTickets = `
	SELECT s.n, b.begun, ARRAY(SELECT r.ticket_id FROM side_request r WHERE r.expert_value = s.value AND r.state = 'open' LIMIT $6) AS asked
	FROM unnest($1::int[], $2::text[], $3::text[], $4::timestamptz[]) AS s (n, kind, value, since)
	CROSS JOIN LATERAL (
	    SELECT count(*) AS begun FROM (
	        SELECT FROM ticket_party p JOIN ticket t ON t.id = p.ticket_id
	        WHERE p.kind = s.kind AND p.value = s.value AND p.wrote_at > s.since AND p.role = 'requester' AND t.created_at > s.since
	        LIMIT $5) l) b`

// never is a time after which nothing has happened yet.
var never = time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)

// queueBegun counts the tickets that the senders began a moment ago, and finds those about which they are asked as experts.
// A letter that has lain for longer is no part of a flood: a mailbox may hold years of them when it is first read.
func (g *gathering) queueBegun(b *pgx.Batch) {
	var senders postgres.Rows
	for i := range g.clues {
		since := g.evidence[i].Now.Add(-beginWindow)
		if !g.clues[i].At.After(since) {
			since = never
		}
		if from := g.clues[i].Sender.Bounded(); !from.IsZero() && g.clues[i].Class.Human() {
			senders.Add(i, from.Kind, from.Value, since)
		}
	}
	if senders.Len() == 0 {
		return
	}
	b.Queue(begunTickets, append(senders.Args(), maxBegun, maxRecent)...).Query(func(rows pgx.Rows) error {
		var n, begun int
		var asked []id.Ticket
		_, err := pgx.ForEachRow(rows, []any{&n, &begun, &asked}, func() error {
			g.evidence[n].BegunLately = begun
			g.evidence[n].Asked = asked
			g.named = append(g.named, asked...)
			return nil
		})
		return err
	})
}

const colleagues = `
	SELECT f.n FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[]) AS f (n, domain, from_domain, value, from_value)
	WHERE EXISTS (SELECT FROM town w WHERE f.domain = ANY(w.mail_domains) AND NOT f.from_domain = ANY(w.mail_domains))
	  AND NOT EXISTS (SELECT FROM channel c WHERE lower(c.address_value) IN (f.value, f.from_value))`

// queueColleagues takes a forwarded sender for the citizen only when whoever forwards is proved to write from a domain
// of the town, and the forwarded one does not.
func (g *gathering) queueColleagues(b *pgx.Batch) {
	var forwarded postgres.Rows
	for i := range g.clues {
		c := &g.clues[i]
		if !c.Forwarded.IsZero() && c.Authenticated && c.Class.Human() {
			forwarded.Add(i, domain(c.Sender), domain(c.Forwarded), strings.ToLower(c.Sender.Value), strings.ToLower(c.Forwarded.Value))
		}
	}
	q := forwarded.Queue(b, colleagues)
	if q == nil {
		return
	}
	q.Query(func(rows pgx.Rows) error {
		var n int
		_, err := pgx.ForEachRow(rows, []any{&n}, func() error {
			g.evidence[n].Forwarded = g.clues[n].Forwarded
			return nil
		})
		return err
	})
}

// domain is what stands behind the @ of a mail address.
func domain(a ticket.Address) string {
	return strings.ToLower(a.Value[strings.LastIndexByte(a.Value, '@')+1:])
}

const siblings = `
	SELECT a.n, m.id, m.ticket_id
	FROM unnest($1::int[], $2::text[], $3::text[], $4::uuid[], $5::bytea[]) AS a (n, kind, value, channel_id, fingerprint)
	CROSS JOIN LATERAL (
	    SELECT m.id, m.ticket_id FROM message_external_id x JOIN message m ON m.id = x.message_id
	    WHERE x.value = a.value AND x.kind = a.kind AND x.channel_id <> a.channel_id
	      AND m.fingerprint = a.fingerprint AND m.direction <> 'outbound'
	    ORDER BY m.id LIMIT 20) m
	ORDER BY a.n, m.id`

// queueSiblings finds the arrivals of the same mails at other addresses of ours.
func (g *gathering) queueSiblings(b *pgx.Batch) {
	var arrivals postgres.Rows
	for i := range g.clues {
		a := &g.clues[i].Arrival
		if a.Value != "" && len(a.Fingerprint) > 0 && g.clues[i].Class.Human() {
			arrivals.Add(i, a.Kind, ticket.ExternalValue(a.Value), g.clues[i].Channel, a.Fingerprint)
		}
	}
	q := arrivals.Queue(b, siblings)
	if q == nil {
		return
	}
	q.Query(func(rows pgx.Rows) error {
		var n int
		var found Sibling
		_, err := pgx.ForEachRow(rows, []any{&n, &found.Message, &found.Ticket}, func() error {
			g.evidence[n].Siblings = append(g.evidence[n].Siblings, found)
			g.named = append(g.named, found.Ticket)
			return nil
		})
		return err
	})
}
