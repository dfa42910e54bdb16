package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/pluginhost"
	"sportello.dev/hub/internal/ticket"
)

// citizens is what pages may ask of the hub for a citizen: hand something in, look at one's own ticket, add to it.
type citizens struct{ *Domain }

// Submit commits an event and answers with number and secret, or with a receipt code. With a key the message goes on the
// ticket that it opens; a wrong one is refused, and nothing is kept.
func (c citizens) Submit(ctx context.Context, ch id.Channel, e intake.Event, key *pluginhost.TicketKey) (pluginhost.Receipt, error) {
	if key != nil {
		held, err := c.open(ctx, *key)
		if err != nil {
			return pluginhost.Receipt{}, err
		}
		if held == nil {
			return pluginhost.Receipt{Outcome: "refused"}, nil
		}
		c.writtenBy(&e, held)
	}
	s, err := c.Journal.Submit(ctx, ch, e)
	if err != nil {
		return pluginhost.Receipt{}, err
	}
	r := pluginhost.Receipt{Outcome: string(s.Outcome), Code: s.Code}
	if s.Ticket.IsZero() {
		return r, nil
	}
	return c.receipt(ctx, r, s.Ticket, e.Message)
}

// writtenBy makes the citizen of a ticket the writer of a message, whoever it says it is from: the secret proves nobody
// else.
func (c citizens) writtenBy(e *intake.Event, held *ticket.Ticket) {
	m := *e.Message
	m.From, m.Parties, m.Forwarded = intake.Address{}, nil, intake.Address{}
	m.Class, m.Language = string(ticket.ClassHuman), held.Language
	m.Authentication = intake.Authentication{Authenticated: true}
	m.Opened = &intake.Opened{Ticket: held.ID, Contact: held.Contact}
	e.Message = &m
}

// receipt names the ticket on which a message is: to who added to a ticket the one that he opened, though it was joined to
// another since.
func (c citizens) receipt(ctx context.Context, r pluginhost.Receipt, on id.Ticket, m *intake.Inbound) (pluginhost.Receipt, error) {
	t, err := c.Tickets.ByID(ctx, c.Pool, account.SystemScope(), on)
	if err == nil && m != nil && m.Opened != nil {
		opened, again := c.Tickets.ByID(ctx, c.Pool, account.SystemScope(), m.Opened.Ticket)
		if again == nil && opened.ID == t.ID {
			t, err = c.Tickets.Exact(ctx, c.Pool, account.SystemScope(), m.Opened.Ticket)
		}
		err = errors.Join(err, again)
	}
	if err != nil {
		return pluginhost.Receipt{}, err
	}
	r.Number, r.Secret = string(t.Number), c.Secrets.Derive(t)
	return r, nil
}

// open is the very ticket of a number, even when it was joined to another since; nil when the secret is not its own. A
// wrong secret and a number that does not exist give the same answer, after as much work.
func (c citizens) open(ctx context.Context, key pluginhost.TicketKey) (*ticket.Ticket, error) {
	number, err := ticket.ParseNumber(key.Number)
	if err != nil {
		return nil, nil //nolint:nilerr // what is no number opens nothing
	}
	if wait := c.Guesses.Wait(number, key.Client); wait > 0 {
		return nil, &pluginhost.TooManyWrongError{After: wait}
	}
	held, err := c.Tickets.Numbered(ctx, c.Pool, account.SystemScope(), number)
	if fault.Kind(err) == fault.CodeNotFound {
		held, err = &ticket.Ticket{}, nil
	}
	if err != nil {
		return nil, err
	}
	if !c.Secrets.Verify(held, key.Secret) || held.ID.IsZero() {
		c.Guesses.Wrong(number, key.Client)
		return nil, nil
	}
	return held, nil
}

// publicMessages is how many messages of a conversation are looked through for a citizen, the last ones.
const publicMessages = 50

// PublicTicket shows a ticket to whoever holds its number and secret: what that citizen wrote and was written, no notes,
// no operators, no automatic mail, nobody else's letters.
func (c citizens) PublicTicket(ctx context.Context, key pluginhost.TicketKey) (*pluginhost.PublicTicket, error) {
	held, err := c.open(ctx, key)
	if err != nil || held == nil {
		return nil, err
	}
	current, err := c.Tickets.ByID(ctx, c.Pool, account.SystemScope(), held.ID)
	if err != nil {
		return nil, err
	}
	office, err := c.Offices.Get(ctx, c.Pool, current.Office)
	if err != nil {
		return nil, err
	}
	p := &pluginhost.PublicTicket{
		Number: string(held.Number), Subject: held.Subject, Status: publicStatus(current.Status), Office: office.Name, CreatedAt: held.CreatedAt,
	}
	if p.Messages, err = c.publicConversation(ctx, held, current); err != nil {
		return nil, err
	}
	return p, c.sayWhereTo(ctx, held, current, p)
}

// publicConversation is what the holder of a ticket may read of the conversation that it is part of, oldest first.
func (c citizens) publicConversation(ctx context.Context, held, current *ticket.Ticket) ([]pluginhost.PublicMessage, error) {
	holder, err := c.holderOf(ctx, held)
	if err != nil {
		return nil, err
	}
	page, err := c.Tickets.Messages(ctx, c.Pool, account.SystemScope(), current.ID, ticket.Span{NewestFirst: true, Limit: publicMessages})
	if err != nil {
		return nil, err
	}
	for i := range page.Items {
		m := &page.Items[i]
		holder.proved = holder.proved || m.Ticket == held.ID && m.Direction == ticket.DirectionInbound && m.Authenticated &&
			holder.is(m.From) && !holder.onlyChose(m.From)
	}
	var list []pluginhost.PublicMessage
	for _, m := range slices.Backward(page.Items) {
		if holder.mayRead(&m, c.Now()) {
			list = append(list, publicMessage(&m))
		}
	}
	return list, nil
}

// holder is the citizen whose ticket it is, by the addresses he is known under.
type holder struct {
	number    ticket.Number
	ticket    id.Ticket
	contact   id.Contact
	addresses []ticket.Address
	// chosen are those of them that are his only because he had a code sent there: whoever holds the secret can.
	chosen []ticket.Address
	// proved: the secret went to his address, or he wrote on the ticket from it, proved. A page shows the secret to whoever
	// filled in a form, under whatever address: what was joined to that ticket may be somebody else's.
	proved bool
}

func (c citizens) holderOf(ctx context.Context, t *ticket.Ticket) (*holder, error) {
	h := &holder{number: t.Number, ticket: t.ID, contact: t.Contact}
	parties, err := c.Tickets.Parties(ctx, c.Pool, account.SystemScope(), t.ID)
	if err != nil {
		return nil, err
	}
	for _, p := range parties {
		if p.Ticket != t.ID {
			continue
		}
		if p.Role == ticket.RoleRequester || p.Chosen {
			h.addresses = append(h.addresses, p.Address())
		}
		if p.Chosen {
			h.chosen = append(h.chosen, p.Address())
		}
	}
	first, err := c.Tickets.Messages(ctx, c.Pool, account.SystemScope(), t.ID, ticket.Span{Limit: 1})
	if err != nil {
		return nil, err
	}
	h.proved = len(first.Items) == 1 && (!unproved(&first.Items[0]) || first.Items[0].Authenticated && !first.Items[0].From.IsZero())
	if t.Contact.IsZero() {
		return h, nil
	}
	known, err := c.Contacts.Get(ctx, c.Pool, t.Contact)
	if err != nil {
		return nil, err
	}
	for _, a := range known.Addresses {
		if !a.Shared {
			h.addresses = append(h.addresses, ticket.Address{Kind: a.Kind, Value: a.Value})
		}
	}
	return h, nil
}

// formKind is the kind of channel that shows a secret to somebody whose address nobody has proved.
const formKind = "webform"

// unproved tells of a first message that says nothing of whose the secret's address is: a form's, or what an operator
// wrote down of somebody at the counter or on the telephone.
func unproved(m *ticket.Message) bool { return m.ChannelKind == formKind || m.Said() != "" }

// mayRead tells whether a message is between the holder and the town, and has left if it is the town's.
func (h *holder) mayRead(m *ticket.Message, now time.Time) bool {
	if m.Direction == ticket.DirectionNote || !m.Class.Human() {
		return false
	}
	if m.Reason.Code == ticket.ReasonTracking {
		// Written with a ticket's secret: it is its holder's alone, whichever ticket it stands on by now.
		return m.Reason.Params[ticket.ParamOpened] == string(h.number)
	}
	if !h.proved && m.Ticket != h.ticket {
		return false
	}
	if m.Direction == ticket.DirectionInbound {
		return !m.ThirdPerson && h.wrote(m)
	}
	if m.Said() != "" {
		return m.CancelledAt == nil && (m.Ticket == h.ticket || !h.contact.IsZero() && m.Contact == h.contact)
	}
	return m.CancelledAt == nil && (m.SendAfter == nil || !m.SendAfter.After(now)) &&
		slices.ContainsFunc(append(m.Addressed(ticket.RoleTo), m.Addressed(ticket.RoleCc)...), h.is)
}

// wrote also learns where the holder asked to be answered.
func (h *holder) wrote(m *ticket.Message) bool {
	his := h.is(m.From) || m.Ticket == h.ticket && m.From.IsZero() || !h.contact.IsZero() && m.Contact == h.contact
	if his && m.Authenticated {
		h.addresses = append(h.addresses, m.Addressed(ticket.RoleReplyTo)...)
	}
	return his
}

func (h *holder) is(a ticket.Address) bool { return slices.ContainsFunc(h.addresses, a.Same) }

func (h *holder) onlyChose(a ticket.Address) bool { return slices.ContainsFunc(h.chosen, a.Same) }

func publicMessage(m *ticket.Message) pluginhost.PublicMessage {
	p := pluginhost.PublicMessage{
		Outbound: m.Direction == ticket.DirectionOutbound, ChannelKind: m.ChannelKind, Text: m.Text, At: m.CreatedAt,
	}
	for _, a := range m.Attachments {
		if a.ScanState == string(blob.Infected) {
			p.Withheld = append(p.Withheld, a.Name)
			continue
		}
		p.Attachments = append(p.Attachments, intake.Attachment{SHA256: a.SHA256, Size: a.Size, Name: a.Name, MediaType: a.MediaType})
	}
	return p
}

// publicStatus is the status in the words that citizens need.
func publicStatus(s ticket.Status) string {
	switch s {
	case ticket.StatusNew:
		return "new"
	case ticket.StatusResolved, ticket.StatusClosed:
		return "closed"
	case ticket.StatusWaitingCitizen:
		return "waiting"
	case ticket.StatusWaitingThird, ticket.StatusSuspended:
		return string(s)
	}
	return "open"
}
