package ticket

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Clues are what an inbound message offers to find its ticket by, as the adapter found them.
type Clues struct {
	Channel       id.Channel
	Class         Class
	Sender        Address
	Authenticated bool
	Subject       string
	// Tokens are what looks like one; AnswersTo are identifiers of the messages answered, nearest first. Both may hold
	// our own Message-ID, which is a token.
	Tokens    []string
	AnswersTo []string
	// Numbers are texts in which numbers may stand.
	Numbers []string
	Policy  Policy
}

// Bounds of what one message can make us look up.
const (
	maxAnswersTo = 100
	maxRecent    = 20
)

// Gather looks up everything that the clues lead to. It is for the hub's own filing and sees all offices: what it finds
// reaches nobody but through Thread, and suggestions through their own scope.
func (s *Store) Gather(ctx context.Context, dbtx postgres.Querier, tokens *Tokens, c Clues) (Evidence, error) {
	e := Evidence{
		Class: c.Class, Sender: c.Sender, Authenticated: c.Authenticated, Subject: c.Subject,
		Policy: c.Policy, Now: s.clock(), Candidates: map[id.Ticket]Candidate{},
	}
	proved, err := tokens.verifyAll(ctx, dbtx, append(slices.Clone(c.Tokens), c.AnswersTo...))
	if err != nil {
		return e, err
	}
	g := gathering{evidence: &e, clues: &c, proved: proved}
	if err := g.lookUp(ctx, dbtx); err != nil {
		return e, fmt.Errorf("gathering evidence: %w", err)
	}
	if err := g.follow(ctx, dbtx); err != nil {
		return e, fmt.Errorf("following what was gathered: %w", err)
	}
	return e, nil
}

// gathering fills an Evidence in two round trips: what the clues name, then the tickets behind it.
type gathering struct {
	evidence *Evidence
	clues    *Clues
	proved   []Proved
	// named are the tickets found, before following joins.
	named []id.Ticket
}

// found is a message that an identifier or a token leads to.
type found struct {
	Value     string     `db:"value"`
	Channel   id.Channel `db:"channel_id"`
	Issuer    Issuer     `db:"issuer"`
	Message   id.Message `db:"id"`
	Ticket    id.Ticket  `db:"ticket_id"`
	Subject   string     `db:"subject"`
	Direction Direction  `db:"direction"`
}

func (g *gathering) lookUp(ctx context.Context, dbtx postgres.Querier) error {
	b := &pgx.Batch{}
	if len(g.proved) > 0 {
		g.queueTokens(b)
	}
	var answers []string
	for _, v := range g.clues.AnswersTo[:min(len(g.clues.AnswersTo), maxAnswersTo)] {
		answers = append(answers, externalValue(v))
	}
	if len(answers) > 0 {
		g.queueExternal(b, answers)
	}
	if numbers := FindNumbers(strings.Join(g.clues.Numbers, "\n")); len(numbers) > 0 {
		g.queueNumbers(b, numbers)
	}
	if !g.clues.Sender.IsZero() && g.clues.Class.Human() && NormalSubject(g.clues.Subject) != "" {
		g.queueRecent(b)
	}
	if b.Len() == 0 {
		return nil
	}
	return dbtx.SendBatch(ctx, b).Close()
}

func (g *gathering) queueTokens(b *pgx.Batch) {
	var messages []id.Message
	for _, p := range g.proved {
		messages = append(messages, p.Message)
	}
	b.Queue(`SELECT id, ticket_id, subject FROM message WHERE id = ANY($1)`, messages).Query(func(rows pgx.Rows) error {
		at := map[id.Message]TokenHit{}
		var hit TokenHit
		_, err := pgx.ForEachRow(rows, []any{&hit.Message, &hit.Ticket, &hit.Subject}, func() error {
			at[hit.Message] = hit
			return nil
		})
		for _, p := range g.proved {
			if hit, ok := at[p.Message]; ok {
				hit.Recipient = p.Recipient
				g.evidence.Tokens = append(g.evidence.Tokens, hit)
				g.named = append(g.named, hit.Ticket)
			}
		}
		return err
	})
}

func (g *gathering) queueExternal(b *pgx.Batch, answers []string) {
	const query = `
		SELECT x.value, x.channel_id, x.issuer, m.id, m.ticket_id, m.subject, m.direction
		FROM message_external_id x JOIN message m ON m.id = x.message_id
		WHERE x.value = ANY($1) ORDER BY m.id LIMIT 1000`
	b.Queue(query, answers).Query(func(rows pgx.Rows) error {
		all, err := pgx.CollectRows(rows, pgx.RowToStructByName[found])
		if err != nil {
			return err
		}
		for _, value := range answers {
			hit, ok := unambiguous(all, value, g.clues.Channel)
			if !ok {
				continue
			}
			g.evidence.External = append(g.evidence.External, ExternalHit{
				Ticket: hit.Ticket, Message: hit.Message, Subject: hit.Subject, Issuer: hit.Issuer,
				Outbound: hit.Direction == DirectionOutbound,
			})
			g.named = append(g.named, hit.Ticket)
		}
		return nil
	})
}

// unambiguous chooses among the messages known by one identifier: one issued on this very channel is the one; else
// more than one counts as none.
func unambiguous(all []found, value string, channel id.Channel) (found, bool) {
	var one found
	count := 0
	for _, f := range all {
		if f.Value != value {
			continue
		}
		if f.Channel == channel && f.Issuer != IssuerSender {
			return f, true
		}
		if count == 0 || f.Message != one.Message {
			one = f
			count++
		}
	}
	return one, count == 1
}

func (g *gathering) queueNumbers(b *pgx.Batch, numbers []Number) {
	b.Queue(`SELECT number, id FROM ticket WHERE number = ANY($1)`, numbers).Query(func(rows pgx.Rows) error {
		at := map[Number]id.Ticket{}
		var n Number
		var ticket id.Ticket
		_, err := pgx.ForEachRow(rows, []any{&n, &ticket}, func() error {
			at[n] = ticket
			return nil
		})
		for _, n := range numbers {
			if ticket, ok := at[n]; ok {
				g.evidence.Numbers = append(g.evidence.Numbers, NumberHit{Number: n, Ticket: ticket})
				g.named = append(g.named, ticket)
			}
		}
		return err
	})
}

func (g *gathering) queueRecent(b *pgx.Batch) {
	const query = `
		SELECT t.id FROM ticket_party p JOIN ticket t ON t.id = p.ticket_id
		WHERE p.kind = $1 AND p.value = $2 AND p.wrote_at IS NOT NULL
		  AND t.status NOT IN ('resolved', 'closed') AND t.created_at > $3
		ORDER BY t.created_at DESC LIMIT $4`
	sender, since := g.clues.Sender, g.evidence.Now.Add(-g.clues.Policy.SuggestWithin)
	b.Queue(query, sender.Kind, sender.Value, since, maxRecent).Query(func(rows pgx.Rows) error {
		recent, err := pgx.CollectRows(rows, pgx.RowTo[id.Ticket])
		g.evidence.Recent = recent
		g.named = append(g.named, recent...)
		return err
	})
}

// follow replaces the tickets found by those to go on with, and reads these.
func (g *gathering) follow(ctx context.Context, dbtx postgres.Querier) error {
	if len(g.named) == 0 {
		return nil
	}
	b := &pgx.Batch{}
	roots := map[id.Ticket]id.Ticket{}
	g.queueCandidates(b, roots)
	g.queueParties(b)
	g.queueRecipients(b)
	if err := dbtx.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	e := g.evidence
	for i := range e.Tokens {
		e.Tokens[i].Ticket = roots[e.Tokens[i].Ticket]
	}
	for i := range e.External {
		e.External[i].Ticket = roots[e.External[i].Ticket]
	}
	for i := range e.Numbers {
		e.Numbers[i].Ticket = roots[e.Numbers[i].Ticket]
	}
	for i := range e.Recent {
		e.Recent[i] = roots[e.Recent[i]]
	}
	return nil
}

func (g *gathering) queueCandidates(b *pgx.Batch, roots map[id.Ticket]id.Ticket) {
	const query = `
		SELECT n.id, t.id, t.number, t.subject, t.status, t.created_at, t.closed_at
		FROM unnest($1::uuid[]) AS n (id) JOIN ticket t ON t.id = ticket_root(n.id)`
	b.Queue(query, g.named).Query(func(rows pgx.Rows) error {
		var named id.Ticket
		var c Candidate
		_, err := pgx.ForEachRow(rows, []any{&named, &c.ID, &c.Number, &c.Subject, &c.Status, &c.CreatedAt, &c.ClosedAt}, func() error {
			roots[named] = c.ID
			g.evidence.Candidates[c.ID] = c
			return nil
		})
		return err
	})
}

func (g *gathering) queueParties(b *pgx.Batch) {
	const query = `
		SELECT r.id, p.kind, p.value, p.name, p.contact_id, p.role, p.wrote_at, p.addressed_at
		FROM (SELECT DISTINCT ticket_root(n.id) AS id FROM unnest($1::uuid[]) AS n (id)) r
		CROSS JOIN LATERAL ticket_joined(r.id) AS j (id)
		JOIN ticket_party p ON p.ticket_id = j.id`
	b.Queue(query, g.named).Query(func(rows pgx.Rows) error {
		var root id.Ticket
		var p Party
		_, err := pgx.ForEachRow(rows, []any{&root, &p.Kind, &p.Value, &p.Name, &p.Contact, &p.Role, &p.WroteAt, &p.AddressedAt}, func() error {
			c := g.evidence.Candidates[root]
			p.Ticket = root
			c.Parties = append(c.Parties, p)
			g.evidence.Candidates[root] = c
			return nil
		})
		return err
	})
}

func (g *gathering) queueRecipients(b *pgx.Batch) {
	var messages []id.Message
	for _, hit := range g.evidence.External {
		messages = append(messages, hit.Message)
	}
	if len(messages) == 0 {
		return
	}
	const query = `SELECT message_id, kind, value, name FROM message_party
		WHERE message_id = ANY($1) AND role IN ('to', 'cc') ORDER BY message_id, position LIMIT 5000`
	b.Queue(query, messages).Query(func(rows pgx.Rows) error {
		var message id.Message
		var a Address
		_, err := pgx.ForEachRow(rows, []any{&message, &a.Kind, &a.Value, &a.Name}, func() error {
			for i := range g.evidence.External {
				if hit := &g.evidence.External[i]; hit.Message == message {
					hit.Recipients = append(hit.Recipients, a)
				}
			}
			return nil
		})
		return err
	})
}

// FindByExternalID finds the message that an identifier names, for whoever files reports; the unset channel stands for
// any. More than one message counts as none, unless one was issued on the very channel.
func (s *Store) FindByExternalID(ctx context.Context, dbtx postgres.Querier, channel id.Channel, kind, value string) (id.Message, bool, error) {
	const query = `
		SELECT x.value, x.channel_id, x.issuer, m.id, m.ticket_id, m.subject, m.direction
		FROM message_external_id x JOIN message m ON m.id = x.message_id
		WHERE x.value = $1 AND x.kind = $2 AND ($3::uuid IS NULL OR x.channel_id = $3) ORDER BY m.id LIMIT 100`
	v := externalValue(value)
	rows, err := dbtx.Query(ctx, query, v, kind, channel)
	if err != nil {
		return id.Message{}, false, fmt.Errorf("looking for an identifier: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[found])
	if err != nil {
		return id.Message{}, false, fmt.Errorf("looking for an identifier: %w", err)
	}
	hit, ok := unambiguous(all, v, channel)
	return hit.Message, ok, nil
}
