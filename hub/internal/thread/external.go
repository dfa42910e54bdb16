package thread

import (
	"slices"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// found is a message that an identifier leads to.
type found struct {
	Value     string           `db:"value"`
	Channel   id.Channel       `db:"channel_id"`
	Issuer    ticket.Issuer    `db:"issuer"`
	Message   id.Message       `db:"id"`
	Ticket    id.Ticket        `db:"ticket_id"`
	Subject   string           `db:"subject"`
	Direction ticket.Direction `db:"direction"`
	Class     ticket.Class     `db:"class"`
}

// Identifiers issued by us or a provider come first: any number of senders may have chosen the same one.
const byExternalIDs = `
	SELECT x.value, x.channel_id, x.issuer, x.id, x.ticket_id, x.subject, x.direction, x.class
	FROM unnest($1::text[]) AS v (value)
	CROSS JOIN LATERAL (
	    SELECT x.value, x.channel_id, x.issuer, m.id, m.ticket_id, m.subject, m.direction, m.class
	    FROM message_external_id x JOIN message m ON m.id = x.message_id
	    WHERE x.value = v.value ORDER BY x.issuer = 'sender', m.id LIMIT 50) x`

func (g *gathering) queueExternal(b *pgx.Batch) {
	var values []string
	for i := range g.clues {
		values = append(values, g.clues[i].answers()...)
	}
	if len(values) == 0 {
		return
	}
	slices.Sort(values)
	b.Queue(byExternalIDs, slices.Compact(values)).Query(func(rows pgx.Rows) error {
		all, err := pgx.CollectRows(rows, pgx.RowToStructByName[found])
		if err != nil {
			return err
		}
		at := map[string][]found{}
		for _, f := range all {
			at[f.Value] = append(at[f.Value], f)
		}
		for i := range g.clues {
			g.external(i, at)
		}
		return nil
	})
}

// answers are the identifiers of the messages answered, as they are kept.
func (c *Clues) answers() []string {
	var values []string
	for _, v := range c.AnswersTo[:min(len(c.AnswersTo), maxAnswersTo)] {
		values = append(values, ticket.ExternalValue(v))
	}
	return values
}

func (g *gathering) external(i int, at map[string][]found) {
	for _, value := range g.clues[i].answers() {
		hit, ok := unambiguous(at[value], g.clues[i].Channel)
		if !ok || hit.Class == ticket.ClassVerification && g.clues[i].Class.Human() {
			continue
		}
		g.evidence[i].External = append(g.evidence[i].External, ExternalHit{
			Ticket: hit.Ticket, Message: hit.Message, Subject: hit.Subject, Issuer: hit.Issuer,
			Outbound: hit.Direction == ticket.DirectionOutbound, expert: hit.Direction == ticket.DirectionNote,
		})
		g.named = append(g.named, hit.Ticket)
	}
}

// unambiguous chooses among the messages known by one identifier: one issued on this very channel is the one, then the
// only one that came by this channel, then the only one there is; else more than one counts as none.
func unambiguous(all []found, channel id.Channel) (found, bool) {
	var here, anywhere []found
	for _, f := range all {
		if f.Channel == channel && f.Issuer != ticket.IssuerSender {
			return f, true
		}
		same := func(other found) bool { return other.Message == f.Message }
		if f.Channel == channel && !slices.ContainsFunc(here, same) {
			here = append(here, f)
		}
		if !slices.ContainsFunc(anywhere, same) {
			anywhere = append(anywhere, f)
		}
	}
	for _, list := range [][]found{here, anywhere} {
		if len(list) > 0 {
			return list[0], len(list) == 1
		}
	}
	return found{}, false
}
