package sample

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/adapters/simulator/script"
	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// open files a first letter.
func (h *History) open(ctx context.Context, tx pgx.Tx, mail script.Mail) (*ticket.Ticket, id.Message, error) {
	person, err := h.contacts.Identify(ctx, tx, contact.Sender{
		Kind: contact.KindEmail, Value: mail.Sender.Address, Name: mail.Sender.Name(), Language: "it", Proved: true,
	})
	if err != nil {
		return nil, id.Message{}, err
	}
	t, err := h.tickets.Create(ctx, tx, account.System(), ticket.Opening{
		Subject: mail.Subject, Office: h.town.Offices[officeOf(mail.Letter.Office)], Contact: person, Language: "it", At: h.clock,
	})
	if err != nil {
		return nil, id.Message{}, err
	}
	first, err := h.inbound(ctx, tx, t, mail, mail.Letter.Text+"\n\n"+mail.Sender.Name(), ticket.ReasonNew, id.Message{})
	return t, first, err
}

// receive files a letter that answers a reply.
func (h *History) receive(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, mail script.Mail, text string, reply id.Message) error {
	mail.Subject = "Re: " + mail.Subject
	mail.MessageID = "<seguito." + id.New[id.Entry]().String() + "@posta.example>"
	_, err := h.inbound(ctx, tx, t, mail, text, ticket.ReasonToken, reply)
	return err
}

func (h *History) inbound(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, mail script.Mail, text, reason string, answers id.Message) (id.Message, error) {
	authentication, err := json.Marshal(map[string]any{
		"authenticated": true, "authority": "mx.valdoria.example", "results": map[string]string{"spf": "pass", "dkim": "pass", "dmarc": "pass"},
	})
	if err != nil {
		return id.Message{}, fmt.Errorf("encoding the authentication: %w", err)
	}
	fingerprint := sha256.Sum256([]byte(mail.MessageID + text))
	return h.tickets.AddInbound(ctx, tx, t, ticket.Inbound{
		Channel: h.town.Channel, ChannelKind: "email", Class: ticket.ClassHuman, Contact: t.Contact,
		From:    ticket.Address{Kind: contact.KindEmail, Value: mail.Sender.Address, Name: mail.Sender.Name()},
		Parties: []ticket.MessageParty{{Role: ticket.RoleTo, Address: ticket.Address{Kind: contact.KindEmail, Value: Mailbox, Name: "Comune di Valdoria"}}},
		Subject: mail.Subject, Text: text, Language: "it", Authenticated: true, Authentication: authentication,
		Reason: ticket.Reason{Code: reason, Params: map[string]string{"confidence": "high"}}, Answers: answers,
		Fingerprint: fingerprint[:], SentAt: h.clock, ReceivedAt: h.clock,
		ExternalIDs: []ticket.ExternalID{{Kind: "message_id", Value: mail.MessageID, Issuer: ticket.IssuerSender}},
	})
}

// take gives the ticket to an operator.
func (h *History) take(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, operator account.Actor) error {
	h.pass(3 * time.Hour)
	return h.change(ctx, tx, t, operator, ticket.Change{Assignee: &operator.Operator})
}

// reply writes the desk's answer, delivered long ago.
func (h *History) reply(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, operator account.Actor, mail script.Mail, answered id.Message) (id.Message, error) {
	texts := answers[mail.Letter.Office]
	if len(texts) == 0 {
		texts = answers["lavori"]
	}
	to := ticket.Address{Kind: contact.KindEmail, Value: mail.Sender.Address, Name: mail.Sender.Name()}
	m := id.New[id.Message]()
	_, err := h.tickets.AddOutbound(ctx, tx, t, operator, ticket.Outbound{
		ID: m, Channel: h.town.Channel, ChannelKind: "email", Origin: ticket.OriginOperator, Class: ticket.ClassHuman,
		From:    ticket.Address{Kind: contact.KindEmail, Value: Mailbox, Name: "Comune di Valdoria"},
		Parties: []ticket.MessageParty{{Role: ticket.RoleTo, Address: to}},
		Subject: "Re: " + mail.Subject + " [Rif. " + string(t.Number) + "]", Text: texts[h.rng.IntN(len(texts))], Language: "it",
		Answers:     answered,
		ExternalIDs: []ticket.ExternalID{{Kind: "message_id", Value: "<esempio." + m.String() + "@comune.valdoria.example>", Issuer: ticket.IssuerHub}},
	})
	if err != nil {
		return m, err
	}
	return m, h.delivered(ctx, tx, t, m, to)
}

// delivered writes the record of a delivery as it stands long after: no wake-up, no adapter.
func (h *History) delivered(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, m id.Message, to ticket.Address) error {
	transmission, d := id.New[id.Transmission](), id.New[id.Delivery]()
	b := &pgx.Batch{}
	b.Queue(`INSERT INTO transmission (id, message_id, channel_id, created_at) VALUES ($1, $2, $3, $4)`, transmission, m, h.town.Channel, h.clock)
	b.Queue(`INSERT INTO delivery (id, message_id, ticket_id, transmission_id, channel_id, address_kind, address_value, address_name,
		state, attempt, expires_at, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'accepted', 1, $9::timestamptz + interval '5 days', $9, $9)`,
		d, m, t.ID, transmission, h.town.Channel, to.Kind, to.Value, to.Name, h.clock)
	b.Queue(`INSERT INTO attempt (transmission_id, n, replica, started_at, deadline, finished_at, outcome) VALUES ($1, 1, $2, $3, $3, $3, 'done')`,
		transmission, id.New[id.Replica](), h.clock)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("writing a past delivery: %w", err)
	}
	return nil
}
