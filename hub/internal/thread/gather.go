package thread

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// Clues are what an inbound message offers to find its ticket by, as the adapter found them.
type Clues struct {
	Channel       id.Channel
	Class         ticket.Class
	Sender        ticket.Address
	Authenticated bool
	Judged        bool
	Subject       string
	// Opened is the ticket whose number and secret the writer gave; the hub has verified them.
	Opened id.Ticket
	// Forwarded is who wrote what the text passes on, unset when it passes on nothing.
	Forwarded ticket.Address
	// Reviewed says that an operator sent the message back to be filed.
	Reviewed bool
	// At is when the message reached the town's mail server or the like; it may be filed much later.
	At time.Time
	// Arrival tells the mail from others, to find its arrivals at other addresses of ours.
	Arrival ticket.Arrival
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
	maxAnswersTo  = 100
	maxRecent     = 20
	maxRecipients = 500
)

// Gather looks up everything that the clues of messages lead to, in a few round trips however many there are. It is for
// the hub's own filing and sees all offices: what it finds reaches nobody but through Decide, and suggestions through
// their own scope.
func Gather(ctx context.Context, dbtx postgres.Querier, tokens *Tokens, now time.Time, clues []Clues) ([]Evidence, error) {
	now = now.UTC().Truncate(time.Microsecond) // as PostgreSQL keeps it
	g := &gathering{clues: clues, evidence: make([]Evidence, len(clues)), candidates: map[id.Ticket]Candidate{}}
	texts := make([][]string, len(clues))
	for i := range clues {
		c := &clues[i]
		g.evidence[i] = Evidence{
			Class: c.Class, Sender: c.Sender, Authenticated: c.Authenticated, Judged: c.Judged, Subject: c.Subject,
			Reviewed: c.Reviewed, Policy: c.Policy, Now: now, Candidates: g.candidates,
		}
		texts[i] = append(slices.Clone(c.Tokens), c.AnswersTo...)
	}
	var err error
	if g.proved, err = tokens.verifyEach(ctx, dbtx, texts); err != nil {
		return nil, err
	}
	if err := g.lookUp(ctx, dbtx); err != nil {
		return nil, fmt.Errorf("gathering evidence: %w", err)
	}
	if err := g.follow(ctx, dbtx); err != nil {
		return nil, fmt.Errorf("following what was gathered: %w", err)
	}
	return g.evidence, nil
}

// gathering fills pieces of evidence in two round trips: what the clues name, then the tickets behind it.
type gathering struct {
	clues    []Clues
	evidence []Evidence
	proved   [][]Proved
	// named are the tickets found, before following joins; candidates are those to go on with, for all messages together.
	named      []id.Ticket
	candidates map[id.Ticket]Candidate
}

func (g *gathering) lookUp(ctx context.Context, dbtx postgres.Querier) error {
	b := &pgx.Batch{}
	g.queueOpened(b)
	g.queueTokens(b)
	g.queueExternal(b)
	g.queueNumbers(b)
	g.queueRecent(b)
	g.queuePhone(b)
	g.queueBegun(b)
	g.queueColleagues(b)
	g.queueSiblings(b)
	if b.Len() == 0 {
		return nil
	}
	return dbtx.SendBatch(ctx, b).Close()
}

func (g *gathering) queueOpened(b *pgx.Batch) {
	var opened []id.Ticket
	for i := range g.clues {
		if t := g.clues[i].Opened; !t.IsZero() {
			opened = append(opened, t)
		}
	}
	if len(opened) == 0 {
		return
	}
	b.Queue(`SELECT id, number FROM ticket WHERE id = ANY($1)`, opened).Query(func(rows pgx.Rows) error {
		var t id.Ticket
		var n ticket.Number
		_, err := pgx.ForEachRow(rows, []any{&t, &n}, func() error {
			for i := range g.clues {
				if g.clues[i].Opened == t {
					g.evidence[i].Opened, g.evidence[i].OpenedNumber = t, n
				}
			}
			g.named = append(g.named, t)
			return nil
		})
		return err
	})
}

func (g *gathering) queueTokens(b *pgx.Batch) {
	var messages []id.Message
	for _, proved := range g.proved {
		for _, p := range proved {
			messages = append(messages, p.Message)
		}
	}
	if len(messages) == 0 {
		return
	}
	b.Queue(`SELECT id, ticket_id, subject, class FROM message WHERE id = ANY($1)`, messages).Query(func(rows pgx.Rows) error {
		at := map[id.Message]TokenHit{}
		var hit TokenHit
		var class ticket.Class
		_, err := pgx.ForEachRow(rows, []any{&hit.Message, &hit.Ticket, &hit.Subject, &class}, func() error {
			hit.unanswerable = class == ticket.ClassVerification
			hit.expert = class == ticket.ClassQuestion
			at[hit.Message] = hit
			return nil
		})
		for i, proved := range g.proved {
			for _, p := range proved {
				if hit, ok := at[p.Message]; ok && hit.expert == p.Expert && (!hit.unanswerable || !g.clues[i].Class.Human()) {
					hit.Recipient = p.Recipient
					g.evidence[i].Tokens = append(g.evidence[i].Tokens, hit)
					g.named = append(g.named, hit.Ticket)
				}
			}
		}
		return err
	})
}

func (g *gathering) queueNumbers(b *pgx.Batch) {
	numbers := make([][]ticket.Number, len(g.clues))
	var all []ticket.Number
	for i := range g.clues {
		numbers[i] = ticket.FindNumbers(strings.Join(g.clues[i].Numbers, "\n"))
		all = append(all, numbers[i]...)
	}
	if len(all) == 0 {
		return
	}
	b.Queue(`SELECT number, id FROM ticket WHERE number = ANY($1)`, all).Query(func(rows pgx.Rows) error {
		at := map[ticket.Number]id.Ticket{}
		var n ticket.Number
		var ticket id.Ticket
		_, err := pgx.ForEachRow(rows, []any{&n, &ticket}, func() error {
			at[n] = ticket
			return nil
		})
		for i := range numbers {
			for _, n := range numbers[i] {
				if ticket, ok := at[n]; ok {
					g.evidence[i].Numbers = append(g.evidence[i].Numbers, NumberHit{Number: n, Ticket: ticket})
					g.named = append(g.named, ticket)
				}
			}
		}
		return err
	})
}

const recentTickets = `
	SELECT s.n, t.id, t.subject, t.merged_into IS NOT NULL
	FROM unnest($1::int[], $2::text[], $3::text[], $4::timestamptz[]) AS s (n, kind, value, since)
	CROSS JOIN LATERAL (
	    SELECT t.id, t.subject, t.merged_into, t.created_at FROM ticket_party p JOIN ticket t ON t.id = p.ticket_id
	    WHERE p.kind = s.kind AND p.value = s.value AND p.wrote_at IS NOT NULL
	      AND t.status NOT IN ('resolved', 'closed') AND t.created_at > s.since
	    ORDER BY t.created_at DESC LIMIT $5) t
	ORDER BY s.n, t.created_at DESC`

// queueRecent looks for what the sender wrote about lately. A ticket about something else need not be looked at again,
// unless it was joined to one whose subject may be the same.
func (g *gathering) queueRecent(b *pgx.Batch) {
	var senders postgres.Rows
	about := make([]string, len(g.clues))
	for i := range g.clues {
		c := &g.clues[i]
		if c.Sender.IsZero() || !c.Class.Human() {
			continue
		}
		if about[i] = ticket.NormalSubject(c.Subject); about[i] != "" {
			senders.Add(i, c.Sender.Kind, c.Sender.Value, g.evidence[i].Now.Add(-c.Policy.SuggestWithin))
		}
	}
	if senders.Len() == 0 {
		return
	}
	b.Queue(recentTickets, append(senders.Args(), maxRecent)...).Query(func(rows pgx.Rows) error {
		var n int
		var recent id.Ticket
		var subject string
		var joined bool
		_, err := pgx.ForEachRow(rows, []any{&n, &recent, &subject, &joined}, func() error {
			if joined || ticket.NormalSubject(subject) == about[n] {
				g.evidence[n].Recent = append(g.evidence[n].Recent, recent)
				g.named = append(g.named, recent)
			}
			return nil
		})
		return err
	})
}
