package delivery

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// Limits of what goes along with a question to an expert.
const (
	maxAlongMessages = 20
	maxAlongFiles    = 20
	maxSubject       = 200
)

// Consultation is what an operator wants to ask an outside expert.
type Consultation struct {
	ID      id.Ask
	Letter  id.Message
	Expert  ticket.Address
	Subject string
	Text    string
	// Messages of the ticket go along as text, Files as they are. Personal adds who the citizen is; without it what is
	// known of the citizen is covered in the messages.
	Messages []id.Message
	Files    []id.Attachment
	Personal bool
	Due      time.Time
	Status   ticket.Status
	// Language of the letter around the question: it or en.
	Language string
}

// Letter is a question to an expert as it leaves.
type Letter struct {
	From    ticket.Address
	To      ticket.Address
	Subject string
	Text    string
	Files   []ticket.NewAttachment
	// Covered counts the places in the messages at which something about the citizen was covered.
	Covered int
	channel *channel.Channel
}

// PreviewConsultation shows the letter before it is sent.
func (c *Composer) PreviewConsultation(ctx context.Context, q postgres.Querier, scope account.Scope, t *ticket.Ticket, ask Consultation) (Letter, error) {
	var l Letter
	var err error
	if l.To, err = expertAddress(ask.Expert); err != nil {
		return l, err
	}
	if l.Files, err = c.filesAlong(ctx, q, scope, t, ask.Files); err != nil {
		return l, err
	}
	along, err := c.along(ctx, q, scope, t, &ask)
	if err != nil {
		return l, err
	}
	of, err := c.offices.Get(ctx, q, t.Office)
	if err != nil {
		return l, err
	}
	town, err := c.offices.Town(ctx, q)
	if err != nil {
		return l, err
	}
	if l.channel, err = c.carrier(ctx, q, t, l.To, measure(Draft{Text: ask.Text, Attachments: l.Files}), inTime); err != nil {
		return l, err
	}
	if l.channel == nil {
		return l, fault.Invalid("address", "expert_unreachable", "no e-mail channel in use can carry it")
	}
	own := l.channel.Ability.Own
	l.From = ticket.Address{Kind: own.Kind, Value: own.Value, Name: of.Sender(town.Name, l.channel.Adapter)}
	l.Subject = strings.Join(strings.Fields(ask.Subject), " ")
	if l.Subject == "" {
		l.Subject = fmt.Sprintf(wordsOf(ask.Language).subject, town.Name)
	}
	l.Text, l.Covered = along.letter(&ask, of.Name, town)
	return l, nil
}

// expertAddress reads the address that a question goes to.
func expertAddress(to ticket.Address) (ticket.Address, error) {
	value, err := contact.Normalise(contact.KindEmail, to.Value)
	if _, domain, _ := strings.Cut(value, "@"); err != nil || !strings.Contains(domain, ".") {
		return to, fault.Invalid("address", "format", "this is no e-mail address")
	}
	return ticket.Address{Kind: contact.KindEmail, Value: value, Name: strings.Join(strings.Fields(to.Name), " ")}, nil
}

// filesAlong are files of the ticket's messages, as files of the letter.
func (c *Composer) filesAlong(ctx context.Context, q postgres.Querier, scope account.Scope, t *ticket.Ticket, files []id.Attachment) ([]ticket.NewAttachment, error) {
	if len(files) > maxAlongFiles {
		return nil, fault.Invalid("attachments", "too_many", "at most %d files go along", maxAlongFiles)
	}
	var list []ticket.NewAttachment
	for _, which := range files {
		f, err := c.tickets.Attachment(ctx, q, scope, which)
		if fault.Kind(err) == fault.CodeNotFound {
			return nil, fault.Invalid("attachments", "unknown", "no such file on the ticket")
		}
		if err != nil {
			return nil, err
		}
		if _, err := c.said(ctx, q, scope, t, "attachments", []id.Message{f.Message}); err != nil {
			return nil, err
		}
		list = append(list, ticket.NewAttachment{
			SHA256: f.SHA256, Size: f.Size, Name: f.Name, MediaType: f.MediaType, DeclaredType: f.DeclaredType,
		})
	}
	return list, nil
}

// said reads messages that people wrote on the ticket, the first one first. Notes stay inside.
func (c *Composer) said(ctx context.Context, q postgres.Querier, scope account.Scope, t *ticket.Ticket, field string, which []id.Message) ([]*ticket.Message, error) {
	if len(which) == 0 {
		return nil, nil
	}
	if len(which) > maxAlongMessages {
		return nil, fault.Invalid(field, "too_many", "at most %d messages go along", maxAlongMessages)
	}
	found, err := c.tickets.Each(ctx, q, scope, which)
	if err != nil {
		return nil, err
	}
	var of []id.Ticket
	for _, m := range found {
		of = append(of, m.Ticket)
	}
	standing, err := c.tickets.Standing(ctx, q, scope, of)
	if err != nil {
		return nil, err
	}
	var list []*ticket.Message
	for _, m := range which {
		at := found[m]
		if at == nil || standing[at.Ticket] == nil || standing[at.Ticket].ID != t.ID {
			return nil, fault.Invalid(field, "unknown", "no such message on the ticket")
		}
		if at.Direction == ticket.DirectionNote || at.Origin == ticket.OriginAutomatic || at.Class == ticket.ClassVerification {
			return nil, fault.Invalid(field, "not_allowed", "notes and what the hub writes by itself stay inside")
		}
		list = append(list, at)
	}
	slices.SortFunc(list, func(a, b *ticket.Message) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return slices.Compact(list), nil
}

// Consult asks an outside expert on a ticket that tx holds locked: the question is a note, its delivery like any other.
func (c *Composer) Consult(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, t *ticket.Ticket, ask Consultation) error {
	l, err := c.PreviewConsultation(ctx, tx, scope, t, ask)
	if err != nil {
		return err
	}
	o := c.expertLetter(l, ask.Letter, ask.Language)
	err = c.tickets.AskExpert(ctx, tx, by, t, ticket.NewExpertAsk{
		ID: ask.ID, Expert: l.To, Text: ask.Text, Due: ask.Due, Status: ask.Status, Letter: o.message,
	})
	if err != nil {
		return err
	}
	_, err = c.store.Enqueue(ctx, tx, o.enqueued(o.message.ID, t.ID))
	return err
}

// expertLetter is a letter to an expert as a message about to be written: its Message-ID is a token of the expert's kind.
func (c *Composer) expertLetter(l Letter, as id.Message, language string) outgoing {
	o := outgoing{channel: l.channel, message: ticket.Outbound{
		ID: as, Subject: l.Subject, Text: l.Text, Language: language, Attachments: l.Files,
		Parties: []ticket.MessageParty{{Role: ticket.RoleTo, Address: l.To}},
	}}
	c.identify(&o)
	m := &o.message
	m.ExternalIDs = nil
	if domain := domainOf(l.channel.Ability.Own); domain != "" {
		m.ExternalIDs = []ticket.ExternalID{{Kind: "message_id", Value: c.tokens.ExpertMessageID(m.ID, domain), Issuer: ticket.IssuerHub}}
	}
	return o
}

// RemindExpert sends a reminder of an open question, on its ticket, which tx holds locked.
func (c *Composer) RemindExpert(ctx context.Context, tx pgx.Tx, by account.Actor, t *ticket.Ticket, a *ticket.Ask) error {
	asked, err := c.tickets.Message(ctx, tx, account.SystemScope(), a.Letter)
	if err != nil {
		return err
	}
	town, err := c.offices.Town(ctx, tx)
	if err != nil {
		return err
	}
	l := Letter{To: a.Expert(), Subject: asked.Subject}
	if !hasReplyPrefix(l.Subject) {
		l.Subject = "Re: " + l.Subject
	}
	if l.channel, err = c.carrier(ctx, tx, t, l.To, Measure{}, inTime); err != nil {
		return err
	}
	if l.channel == nil {
		return fault.Conflict("no e-mail channel in use can carry a reminder")
	}
	l.Text = reminder(a, asked.Language, town)
	o := c.expertLetter(l, id.New[id.Message](), asked.Language)
	o.message.Answers = a.Letter
	if err := c.tickets.RemindExpert(ctx, tx, by, t, a, o.message); err != nil {
		return err
	}
	_, err = c.store.Enqueue(ctx, tx, o.enqueued(o.message.ID, t.ID))
	return err
}

// consultation is a letter to an expert as it leaves: from the office that holds the ticket, with a token of its own kind
// and nothing that ties the answer to the conversation.
func (c *Composer) consultation(ctx context.Context, r source) (Transmission, error) {
	m := r.message
	domain := domainOf(r.channel.Ability.Own)
	x := Transmission{
		Origin: string(m.Origin), Language: m.Language, SenderName: r.office.Sender(r.town, r.channel.Adapter), Content: c.content(r),
		Thread: Thread{MessageID: c.tokens.ExpertMessageID(m.ID, domain), Headers: map[string]string{}},
	}
	if !m.Answers.IsZero() {
		x.Thread.InReplyTo = c.tokens.ExpertMessageID(m.Answers, domain)
		x.Thread.References = []string{x.Thread.InReplyTo}
	}
	if to := m.Addressed(ticket.RoleTo); r.channel.Ability.ReplyToken && len(to) > 0 {
		token, err := c.tokens.MintExpert(ctx, c.pool, m.ID, to[0])
		if err != nil {
			return x, err
		}
		x.Thread.ReplyToken = token
	}
	return x, nil
}
