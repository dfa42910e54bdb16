package app

import (
	"context"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/pluginhost"
	"sportello.dev/hub/internal/ticket"
)

// citizens is what pages may ask of the hub for a citizen: hand something in, and look at one's own ticket.
type citizens struct{ *Domain }

// Submit commits an event and answers with number and secret, or with a receipt code.
func (c citizens) Submit(ctx context.Context, ch id.Channel, e intake.Event) (pluginhost.Receipt, error) {
	s, err := c.Journal.Submit(ctx, ch, e)
	if err != nil {
		return pluginhost.Receipt{}, err
	}
	r := pluginhost.Receipt{Outcome: string(s.Outcome), Code: s.Code}
	if s.Ticket.IsZero() {
		return r, nil
	}
	t, err := c.Tickets.ByID(ctx, c.Pool, account.SystemScope(), s.Ticket)
	if err != nil {
		return pluginhost.Receipt{}, err
	}
	r.Number, r.Secret = string(t.Number), c.Secrets.Derive(t)
	return r, nil
}

// publicMessages is how many messages a citizen sees of a ticket.
const publicMessages = 50

// PublicTicket shows a ticket to whoever holds its number and secret: no notes, no operators, no automatic mail. A
// wrong secret and a number that does not exist give the same answer.
func (c citizens) PublicTicket(ctx context.Context, number, secret string) (*pluginhost.PublicTicket, error) {
	t, err := c.Tickets.Get(ctx, c.Pool, account.SystemScope(), number)
	if fault.Kind(err) == fault.CodeNotFound {
		// As much work as for a ticket that exists.
		c.Secrets.Verify(&ticket.Ticket{}, secret)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !c.Secrets.Verify(t, secret) {
		return nil, nil
	}
	office, err := c.Offices.Get(ctx, c.Pool, t.Office)
	if err != nil {
		return nil, err
	}
	page, err := c.Tickets.Messages(ctx, c.Pool, account.SystemScope(), t.ID, ticket.Span{NewestFirst: true, Limit: publicMessages})
	if err != nil {
		return nil, err
	}
	p := &pluginhost.PublicTicket{
		Number: string(t.Number), Subject: t.Subject, Status: publicStatus(t.Status), Office: office.Name, CreatedAt: t.CreatedAt,
	}
	for _, m := range page.Items {
		if public(&m) {
			p.Messages = append(p.Messages, publicMessage(&m))
		}
	}
	return p, nil
}

// public tells whether a message is between the citizen and the town.
func public(m *ticket.Message) bool {
	return m.Direction != ticket.DirectionNote && m.Class.Human() && !m.ThirdPerson && m.CancelledAt == nil
}

func publicMessage(m *ticket.Message) pluginhost.PublicMessage {
	p := pluginhost.PublicMessage{
		Outbound: m.Direction == ticket.DirectionOutbound, ChannelKind: m.ChannelKind, Text: m.Text, At: m.CreatedAt,
	}
	for _, a := range m.Attachments {
		p.Attachments = append(p.Attachments, intake.Attachment{SHA256: a.SHA256, Size: a.Size, Name: a.Name, MediaType: a.MediaType})
	}
	return p
}

// publicStatus is the status in the four words that citizens need.
func publicStatus(s ticket.Status) string {
	switch s {
	case ticket.StatusNew:
		return "new"
	case ticket.StatusResolved, ticket.StatusClosed:
		return "closed"
	case ticket.StatusWaitingCitizen:
		return "waiting"
	}
	return "open"
}
