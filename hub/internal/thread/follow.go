package thread

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// defaultReopenDays is for a town that is not set up yet.
const defaultReopenDays = 30

// follow replaces the tickets found by those to go on with, and reads these. Hardly any was joined to another: joins are
// followed only where there are some.
func (g *gathering) follow(ctx context.Context, dbtx postgres.Querier) error {
	if len(g.named) == 0 {
		return nil
	}
	roots := map[id.Ticket]id.Ticket{}
	joined := false
	b := &pgx.Batch{}
	g.queueCandidates(b, asNamed, roots, &joined)
	g.queueParties(b, partiesAsNamed)
	g.queueRecipients(b)
	if err := dbtx.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	if joined {
		clear(g.candidates)
		b = &pgx.Batch{}
		g.queueCandidates(b, upwards, roots, &joined)
		g.queueParties(b, partiesOfAll)
		if err := dbtx.SendBatch(ctx, b).Close(); err != nil {
			return err
		}
	}
	g.goTo(roots)
	return nil
}

// goTo puts the tickets to go on with into the place of those found.
func (g *gathering) goTo(roots map[id.Ticket]id.Ticket) {
	for i := range g.evidence {
		e := &g.evidence[i]
		e.Opened = roots[e.Opened]
		for k := range e.Tokens {
			e.Tokens[k].Ticket = roots[e.Tokens[k].Ticket]
		}
		for k := range e.External {
			e.External[k].Ticket = roots[e.External[k].Ticket]
		}
		for k := range e.Numbers {
			e.Numbers[k].Ticket = roots[e.Numbers[k].Ticket]
		}
		for k := range e.Recent {
			e.Recent[k] = roots[e.Recent[k]]
		}
		for k := range e.Asked {
			e.Asked[k] = roots[e.Asked[k]]
		}
		for k := range e.Siblings {
			e.Siblings[k].Ticket = roots[e.Siblings[k].Ticket]
		}
	}
}

// Ways from the tickets named: as they are, or joins followed, which one by one through the function ticket_root would
// cost more.
const (
	asNamed = `
		WITH up (named, id, merged_into) AS (SELECT t.id, t.id, NULL::uuid FROM ticket t WHERE t.id = ANY($1))`

	upwards = `
		WITH RECURSIVE up (named, id, merged_into) AS (
		    SELECT n.id, t.id, t.merged_into FROM unnest($1::uuid[]) AS n (id) JOIN ticket t ON t.id = n.id
		    UNION
		    SELECT up.named, t.id, t.merged_into FROM up JOIN ticket t ON t.id = up.merged_into
		)`
)

func (g *gathering) queueCandidates(b *pgx.Batch, way string, roots map[id.Ticket]id.Ticket, joined *bool) {
	query := way + `
		SELECT up.named, t.id, t.number, t.subject, t.status, t.created_at, t.closed_at,
		       CASE WHEN o.active THEN coalesce(o.reopen_days, (SELECT w.reopen_days FROM town w), $3) ELSE 0 END,
		       CASE WHEN t.status IN ('resolved', 'closed') THEN (
		           SELECT count(*) FROM ticket_event v
		           WHERE v.ticket_id = t.id AND v.at > $2 AND v.type = 'reopened' AND v.actor_kind = 'citizen') ELSE 0 END,
		       t.merged_into IS NOT NULL OR EXISTS (SELECT FROM ticket j WHERE j.merged_into = t.id)
		FROM up JOIN ticket t ON t.id = up.id JOIN office o ON o.id = t.office_id WHERE up.merged_into IS NULL`
	b.Queue(query, g.named, g.evidence[0].Now.Add(-reopenWindow), defaultReopenDays).Query(func(rows pgx.Rows) error {
		var named id.Ticket
		var c Candidate
		var days int
		var part bool
		into := []any{&named, &c.ID, &c.Number, &c.Subject, &c.Status, &c.CreatedAt, &c.ClosedAt, &days, &c.ReopenedLately, &part}
		_, err := pgx.ForEachRow(rows, into, func() error {
			roots[named] = c.ID
			c.ReopenWithin = time.Duration(days) * 24 * time.Hour
			g.candidates[c.ID] = c
			*joined = *joined || part
			return nil
		})
		return err
	})
}

// Parties of the tickets named, or of all that are joined where these are: see Store.Parties.
const (
	partiesAsNamed = `
		SELECT p.ticket_id, p.kind, p.value, p.name, p.contact_id, p.role, p.wrote_at, p.addressed_at
		FROM ticket_party p WHERE p.ticket_id = ANY($1)`

	partiesOfAll = upwards + `, down (root, id) AS (
		    SELECT DISTINCT up.id, up.id FROM up WHERE up.merged_into IS NULL
		    UNION
		    SELECT down.root, t.id FROM down JOIN ticket t ON t.merged_into = down.id
		)
		SELECT d.root, p.kind, p.value, p.name, p.contact_id, CASE WHEN p.chosen THEN 'third' ELSE p.role END, p.wrote_at, p.addressed_at
		FROM down d JOIN ticket_party p ON p.ticket_id = d.id`
)

func (g *gathering) queueParties(b *pgx.Batch, query string) {
	b.Queue(query, g.named).Query(func(rows pgx.Rows) error {
		var root id.Ticket
		var p ticket.Party
		_, err := pgx.ForEachRow(rows, []any{&root, &p.Kind, &p.Value, &p.Name, &p.Contact, &p.Role, &p.WroteAt, &p.AddressedAt}, func() error {
			c := g.candidates[root]
			p.Ticket = root
			c.Parties = append(c.Parties, p)
			g.candidates[root] = c
			return nil
		})
		return err
	})
}

func (g *gathering) queueRecipients(b *pgx.Batch) {
	hits := map[id.Message][]*ExternalHit{}
	var messages []id.Message
	for i := range g.evidence {
		for k := range g.evidence[i].External {
			hit := &g.evidence[i].External[k]
			if hits[hit.Message] == nil {
				messages = append(messages, hit.Message)
			}
			hits[hit.Message] = append(hits[hit.Message], hit)
		}
	}
	if len(messages) == 0 {
		return
	}
	const query = `
		SELECT p.message_id, p.kind, p.value, p.name
		FROM unnest($1::uuid[]) AS m (id)
		CROSS JOIN LATERAL (
		    SELECT message_id, kind, value, name, position FROM message_party
		    WHERE message_id = m.id AND role IN ('to', 'cc') ORDER BY position LIMIT $2) p
		ORDER BY p.message_id, p.position`
	b.Queue(query, messages, maxRecipients).Query(func(rows pgx.Rows) error {
		var message id.Message
		var a ticket.Address
		_, err := pgx.ForEachRow(rows, []any{&message, &a.Kind, &a.Value, &a.Name}, func() error {
			for _, hit := range hits[message] {
				hit.Recipients = append(hit.Recipients, a)
			}
			return nil
		})
		return err
	})
}
