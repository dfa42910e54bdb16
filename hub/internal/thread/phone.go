package thread

import (
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// phoneWindow is how long a telephone number goes on with the ticket that it wrote on, or was written to on.
const phoneWindow = 7 * 24 * time.Hour

// telephone tells whether a message came from one. A text message has no subject, no identifiers and no proof of
// its sender; what it has is a number, and people who go on with what they wrote days before.
func telephone(a ticket.Address) bool { return a.Kind == "mobile" || a.Kind == "landline" }

// byPhone joins what a telephone number writes to the ticket that it names and is on, else to the only open one of its
// last days. With two the operator decides.
func (e *Evidence) byPhone() (match, bool) {
	if !telephone(e.Sender) || !e.credible() {
		return match{}, false
	}
	for _, hit := range e.Numbers {
		c, ok := e.Candidates[hit.Ticket]
		if !ok {
			continue
		}
		if role, known := c.party(e.Sender); known {
			return match{candidate: c, subject: c.Subject, third: role == ticket.RoleThird, code: ticket.ReasonPhoneNumber,
				confidence: ConfidenceMedium, given: hit.Number}, true
		}
	}
	open := e.openOfPhone()
	if len(open) != 1 || e.namesOther(open[0].ID) {
		return match{}, false
	}
	c := open[0]
	role, known := c.party(e.Sender)
	return match{candidate: c, subject: c.Subject, third: !known || role == ticket.RoleThird, code: ticket.ReasonPhone, confidence: ConfidenceMedium}, true
}

// namesOther tells whether the message speaks of a ticket besides this one.
func (e *Evidence) namesOther(than id.Ticket) bool {
	for _, hit := range e.Numbers {
		if c, ok := e.Candidates[hit.Ticket]; ok && c.ID != than {
			return true
		}
	}
	return false
}

// openOfPhone are the open tickets of a telephone number's last days, each once after joins.
func (e *Evidence) openOfPhone() []Candidate {
	var open []Candidate
	seen := map[id.Ticket]bool{}
	for _, named := range e.Phone {
		c, ok := e.Candidates[named]
		if ok && c.Status.Open() && !seen[c.ID] {
			seen[c.ID] = true
			open = append(open, c)
		}
	}
	return open
}

const phoneTickets = `
	SELECT s.n, t.id
	FROM unnest($1::int[], $2::text[], $3::text[], $4::timestamptz[]) AS s (n, kind, value, since)
	CROSS JOIN LATERAL (
	    SELECT t.id, t.created_at FROM ticket_party p JOIN ticket t ON t.id = p.ticket_id
	    WHERE p.kind = s.kind AND p.value = s.value AND greatest(p.wrote_at, p.addressed_at) > s.since
	      AND (t.status NOT IN ('resolved', 'closed') OR t.merged_into IS NOT NULL)
	    ORDER BY t.created_at DESC LIMIT $5) t
	ORDER BY s.n, t.created_at DESC`

// queuePhone looks for what goes on with a telephone number.
func (g *gathering) queuePhone(b *pgx.Batch) {
	var senders postgres.Rows
	for i := range g.clues {
		c := &g.clues[i]
		if telephone(c.Sender) && c.Class.Human() {
			senders.Add(i, c.Sender.Kind, c.Sender.Value, g.evidence[i].Now.Add(-phoneWindow))
		}
	}
	if senders.Len() == 0 {
		return
	}
	b.Queue(phoneTickets, append(senders.Args(), maxRecent)...).Query(func(rows pgx.Rows) error {
		var n int
		var ticket id.Ticket
		_, err := pgx.ForEachRow(rows, []any{&n, &ticket}, func() error {
			g.evidence[n].Phone = append(g.evidence[n].Phone, ticket)
			g.named = append(g.named, ticket)
			return nil
		})
		return err
	})
}
