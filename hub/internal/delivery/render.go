package delivery

import (
	"context"
	"fmt"
	"html"
	"slices"
	"strings"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/delivery/internal/db"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// Render makes the content of a message as it leaves by a channel: signature and secret filled in, and what ties the
// answer to the ticket. What is rendered at the same time is read together.
func (c *Composer) Render(ctx context.Context, m id.Message, by id.Channel) (Transmission, error) {
	r, err := c.rendering.ask(ctx, rendering{message: m, channel: by})
	if err == nil {
		err = r.err
	}
	if err != nil {
		return Transmission{}, err
	}
	if r.message.Class == ticket.ClassVerification {
		return c.verification(r), nil
	}
	if r.message.Class == ticket.ClassQuestion {
		return c.consultation(ctx, r)
	}
	x := Transmission{Origin: string(r.message.Origin), Language: r.message.Language, SenderName: r.office.Sender(r.town, r.channel.Adapter)}
	x.Content = c.content(r)
	x.Thread, err = c.thread(ctx, r.ticket, r.message, r.channel)
	return x, err
}

// rendering asks for a message as it leaves by a channel.
type rendering struct {
	message id.Message
	channel id.Channel
}

// source is what the content of a message is made of.
type source struct {
	message *ticket.Message
	ticket  *ticket.Ticket
	channel *channel.Channel
	office  *office.Office
	town    string
	err     error
}

// gather reads what many messages are made of.
func (c *Composer) gather(ctx context.Context, all []rendering) ([]source, error) {
	asked := make([]id.Message, len(all))
	for i, a := range all {
		asked[i] = a.message
	}
	messages, err := c.tickets.Each(ctx, c.pool, account.SystemScope(), asked)
	if err != nil {
		return nil, err
	}
	var of []id.Ticket
	for _, m := range messages {
		of = append(of, m.Ticket)
	}
	tickets, err := c.tickets.Standing(ctx, c.pool, account.SystemScope(), of)
	if err != nil {
		return nil, err
	}
	town, err := c.offices.Town(ctx, c.pool)
	if err != nil {
		return nil, err
	}
	channels, offices := map[id.Channel]*channel.Channel{}, map[id.Office]*office.Office{}
	list := make([]source, len(all))
	for i, a := range all {
		s := &list[i]
		s.town, s.message = town.Name, messages[a.message]
		if s.message == nil {
			s.err = fault.NotFound("no message %s", a.message)
			continue
		}
		s.ticket = tickets[s.message.Ticket]
		if s.channel, err = once(ctx, c.pool, channels, a.channel, c.channels.Get); err != nil {
			s.err = fmt.Errorf("reading the channel: %w", err)
			continue
		}
		s.office, s.err = once(ctx, c.pool, offices, s.ticket.Office, c.offices.Get)
	}
	return list, nil
}

// once reads what is not known yet.
func once[K comparable, V any](ctx context.Context, q postgres.Querier, known map[K]*V, k K, get func(context.Context, postgres.Querier, K) (*V, error)) (*V, error) {
	if v := known[k]; v != nil {
		return v, nil
	}
	v, err := get(ctx, q, k)
	known[k] = v
	return v, err
}

// signatureMark stands between a text and the office's signature.
const signatureMark = "\n\n-- \n"

func (c *Composer) content(s source) Content {
	m := s.message
	content := Content{Subject: m.Subject, Text: m.Text, HTML: m.HTML}
	if m.Origin == ticket.OriginAutomatic {
		content.Text = strings.ReplaceAll(content.Text, secretMark, c.secrets.Derive(s.ticket))
	}
	if sign := s.office.On(s.channel.Adapter).Signature; m.Origin == ticket.OriginOperator && sign != "" {
		content.Text += signatureMark + sign
		if content.HTML != "" {
			content.HTML += "<p>-- <br>" + strings.ReplaceAll(html.EscapeString(sign), "\n", "<br>") + "</p>"
		}
	}
	for _, f := range m.Attachments {
		content.Attachments = append(content.Attachments, Attachment{
			SHA256: f.SHA256, Size: f.Size, Name: f.Name, MediaType: f.MediaType, ContentID: f.ContentID, Inline: f.Inline,
		})
	}
	return content
}

// thread ties the answer to the ticket: our Message-ID, those of the conversation before it, and a keyed token for the
// first recipient.
func (c *Composer) thread(ctx context.Context, t *ticket.Ticket, m *ticket.Message, ch *channel.Channel) (Thread, error) {
	th := Thread{TicketNumber: string(t.Number), MessageID: c.tokens.MessageID(m.ID, domainOf(ch.Ability.Own)), Headers: map[string]string{}}
	if to := m.Addressed(ticket.RoleTo); ch.Ability.ReplyToken && len(to) > 0 {
		token, err := c.tokens.Mint(ctx, c.pool, m.ID, to[0])
		if err != nil {
			return th, err
		}
		th.ReplyToken = token
	}
	if m.Answers.IsZero() || domainOf(ch.Ability.Own) == "" {
		return th, nil // who is not written to by mail has no use for its identifiers
	}
	// What was written after the message answered is no part of its thread.
	var to []string
	for _, a := range append(m.Addressed(ticket.RoleTo), m.Addressed(ticket.RoleCc)...) {
		to = append(to, a.Value)
	}
	before, err := c.store.queries.ThreadIDs(ctx, c.pool, db.ThreadIDsParams{TicketID: m.Ticket.UUID, Latest: m.Answers.UUID, KnownTo: to})
	if err != nil {
		return th, fmt.Errorf("reading the thread: %w", err)
	}
	for _, x := range slices.Backward(before) {
		th.References = append(th.References, x.Value)
		if x.MessageID == m.Answers {
			th.InReplyTo = x.Value
		}
	}
	answered, err := c.tickets.Message(ctx, c.pool, account.SystemScope(), m.Answers)
	if err != nil {
		return th, fmt.Errorf("reading the message answered: %w", err)
	}
	for _, name := range []string{"thread-index", "thread-topic"} {
		if v := answered.Headers[name]; v != "" {
			th.Headers[name] = v
		}
	}
	return th, nil
}
