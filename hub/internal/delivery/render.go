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
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// Render makes the content of a message as it leaves by a channel: signature and secret filled in, and what ties the
// answer to the ticket.
func (c *Composer) Render(ctx context.Context, m id.Message, by id.Channel) (Transmission, error) {
	message, err := c.tickets.Message(ctx, c.pool, account.SystemScope(), m)
	if err != nil {
		return Transmission{}, fmt.Errorf("reading the message: %w", err)
	}
	t, err := c.tickets.ByID(ctx, c.pool, account.SystemScope(), message.Ticket)
	if err != nil {
		return Transmission{}, fmt.Errorf("reading the ticket: %w", err)
	}
	ch, err := c.channels.Get(ctx, c.pool, by)
	if err != nil {
		return Transmission{}, fmt.Errorf("reading the channel: %w", err)
	}
	x := Transmission{Origin: string(message.Origin), Language: message.Language}
	if x.Content, x.SenderName, err = c.content(ctx, t, message); err != nil {
		return Transmission{}, err
	}
	x.Thread, err = c.thread(ctx, t, message, ch)
	return x, err
}

// signatureMark stands between a text and the office's signature.
const signatureMark = "\n\n-- \n"

func (c *Composer) content(ctx context.Context, t *ticket.Ticket, m *ticket.Message) (Content, string, error) {
	content := Content{Subject: m.Subject, Text: m.Text, HTML: m.HTML}
	if m.Origin == ticket.OriginAutomatic {
		content.Text = strings.ReplaceAll(content.Text, secretMark, c.secrets.Derive(t))
	}
	town, err := c.offices.Town(ctx, c.pool)
	if err != nil {
		return content, "", err
	}
	office, err := c.offices.Get(ctx, c.pool, t.Office)
	if err != nil {
		return content, "", err
	}
	if m.Origin == ticket.OriginOperator && office.Signature != "" {
		content.Text += signatureMark + office.Signature
		if content.HTML != "" {
			content.HTML += "<p>-- <br>" + strings.ReplaceAll(html.EscapeString(office.Signature), "\n", "<br>") + "</p>"
		}
	}
	files, err := c.store.queries.Attachments(ctx, c.pool, m.ID)
	if err != nil {
		return content, "", fmt.Errorf("reading attachments: %w", err)
	}
	for _, f := range files {
		content.Attachments = append(content.Attachments, Attachment{
			SHA256: f.Sha256, Size: f.Size, Name: f.Name, MediaType: f.MediaType, ContentID: f.ContentID, Inline: f.Inline,
		})
	}
	return content, office.Sender(town.Name), nil
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
	if m.Answers.IsZero() {
		return th, nil
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
