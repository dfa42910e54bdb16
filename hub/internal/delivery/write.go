package delivery

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// outgoing is a message about to be written, with the channel it leaves by.
type outgoing struct {
	channel *channel.Channel
	message ticket.Outbound
}

func (o Outlet) writesTo(kind string) bool { return slices.Contains(o.AddressKinds, kind) }

// identify gives the message its own identifiers and its sender.
func (c *Composer) identify(o *outgoing) {
	m, own := &o.message, o.channel.Ability.Own
	if m.ID.IsZero() {
		m.ID = id.New[id.Message]()
	}
	m.Channel, m.ChannelKind = o.channel.ID, o.channel.Adapter
	m.From = ticket.Address{Kind: own.Kind, Value: own.Value, Name: own.Name}
	if domain := domainOf(own); domain != "" {
		m.ExternalIDs = []ticket.ExternalID{{Kind: "message_id", Value: c.tokens.MessageID(m.ID, domain), Issuer: ticket.IssuerHub}}
	}
}

// address gives the message its own identifiers, sender and subject.
func (c *Composer) address(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, o *outgoing) error {
	c.identify(o)
	m := &o.message
	subject := strings.Join(strings.Fields(m.Subject), " ")
	if subject == "" {
		subject = t.Subject
	}
	if m.Subject == "" && !m.Answers.IsZero() {
		answered, err := c.tickets.Message(ctx, tx, account.SystemScope(), m.Answers)
		if err != nil {
			return fmt.Errorf("reading the message answered: %w", err)
		}
		subject = answered.Subject
	}
	m.Subject = replySubject(subject, t.Number)
	return nil
}

// replySubject is the subject answered, with the ticket's number: a hint for people, never proof.
func replySubject(subject string, n ticket.Number) string {
	subject = strings.TrimSpace(subject)
	mark := "[Rif. " + string(n) + "]"
	if subject == "" {
		return mark
	}
	if !hasReplyPrefix(subject) {
		subject = "Re: " + subject
	}
	if slices.Contains(ticket.FindNumbers(subject), n) {
		return subject
	}
	return subject + " " + mark
}

func hasReplyPrefix(subject string) bool {
	lower := strings.ToLower(subject)
	return strings.HasPrefix(lower, "re:") || strings.HasPrefix(lower, "r:")
}

// domainOf is the domain of a mail address, empty for other kinds.
func domainOf(a channel.Address) string {
	_, domain, _ := strings.Cut(a.Value, "@")
	return domain
}

// write stores message and deliveries.
func (c *Composer) write(ctx context.Context, tx pgx.Tx, by account.Actor, t *ticket.Ticket, o outgoing) (id.Message, error) {
	m, err := c.tickets.AddOutbound(ctx, tx, t, by, o.message)
	if err != nil {
		return id.Message{}, err
	}
	if _, err := c.store.Enqueue(ctx, tx, o.enqueued(m, t.ID)); err != nil {
		return id.Message{}, err
	}
	return m, nil
}

// enqueued is the message, as it was written, for its deliveries.
func (o *outgoing) enqueued(m id.Message, t id.Ticket) Outgoing {
	out := Outgoing{
		Message: m, Ticket: t, Channel: o.channel.ID, SendAfter: o.message.SendAfter, Together: o.channel.Ability.Limits.Recipients,
	}
	for _, p := range o.message.Parties {
		out.Recipients = append(out.Recipients, Recipient{
			Kind: p.Address.Kind, Value: p.Address.Value, Name: p.Address.Name, Role: string(p.Role),
		})
	}
	return out
}
