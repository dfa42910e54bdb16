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
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// codeMark stands in a message, as operators see it, for the code that is filled in when it leaves.
const codeMark = "••••••"

// The texts say nothing of the ticket: whoever has its secret can have them sent to anybody. That for telephones is one
// part with a town's name of up to 45 characters, without a letter that makes it a longer one.
var (
	codeLetters = map[string]string{
		"it": `Buongiorno,

qualcuno ha chiesto di ricevere a questo indirizzo le risposte del comune a una sua richiesta.
Se è stato lei, scriva questo codice nella pagina della richiesta: %[2]s
Il codice vale 10 minuti. Non lo comunichi ad altri.

Se non è stato lei non deve fare niente: senza il codice non cambia nulla.

%[1]s

Questo messaggio è stato inviato automaticamente.`,
		"en": `Hello,

somebody asked to receive the town's answers to a request at this address.
If it was you, type this code on the page of the request: %[2]s
The code is valid for 10 minutes. Do not share it.

If it was not you there is nothing to do: without the code nothing changes.

%[1]s

This message was sent automatically.`,
	}
	codeTexts = map[string]string{
		"it": "%s: %s è il codice per ricevere qui le risposte. Vale 10 minuti. Se non l'ha chiesto, lo ignori.",
		"en": "%s: %s is the code to receive answers here. Valid 10 minutes. If you did not ask, ignore it.",
	}
	codeSubjects = map[string]string{"it": "Codice di verifica", "en": "Verification code"}
)

// Asking is what became of a citizen's wish to be answered somewhere.
type Asking string

// The outcomes of AskPreference.
const (
	AskingSent Asking = "sent"
	// AskingInvalid: neither an e-mail address nor a mobile number, or one of the town's own.
	AskingInvalid Asking = "invalid"
	// AskingUnreachable: no channel without trouble writes there.
	AskingUnreachable Asking = "unreachable"
	// AskingBlocked: messages came back, or whoever has the address wants none.
	AskingBlocked Asking = "blocked"
	AskingTooMany Asking = "too_many"
)

// Asked is the answer to AskPreference; Request names the code that was sent.
type Asked struct {
	Outcome Asking
	Request id.Message
	To      ticket.Address
	Wait    time.Duration
}

// AskPreference sends a code to an address that a citizen typed, for a ticket that tx holds locked. Nothing changes until
// Store.Confirm gets the code back.
func (c *Composer) AskPreference(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, typed, language string) (Asked, error) {
	to, ok := addressTyped(typed)
	if !ok {
		return Asked{Outcome: AskingInvalid}, nil
	}
	own, err := c.tickets.IsOwn(ctx, tx, to)
	if err != nil || own {
		return Asked{Outcome: AskingInvalid}, err
	}
	by, err := c.carrier(ctx, tx, t, to, Measure{}, atOnce)
	if err != nil || by == nil {
		return Asked{Outcome: AskingUnreachable, To: to}, err
	}
	wait, err := c.tickets.CodeWait(ctx, tx, t, to)
	if err != nil || wait > 0 {
		return Asked{Outcome: AskingTooMany, To: to, Wait: wait}, err
	}
	asked := Asked{Outcome: AskingSent, Request: id.New[id.Message](), To: to}
	blocked, err := c.blocked(ctx, tx, to)
	if err != nil {
		return Asked{}, err
	}
	if err := c.tickets.BookCode(ctx, tx, t, asked.Request, to, !blocked); err != nil {
		return Asked{}, err
	}
	if blocked {
		return Asked{Outcome: AskingBlocked, To: to}, nil
	}
	return asked, c.sendCode(ctx, tx, t, asked, by, language)
}

// addressTyped reads an e-mail address or a mobile number.
func addressTyped(typed string) (ticket.Address, bool) {
	if strings.Contains(typed, "@") {
		value, err := contact.Normalise(contact.KindEmail, typed)
		_, domain, _ := strings.Cut(value, "@")
		return ticket.Address{Kind: contact.KindEmail, Value: value}, err == nil && strings.Contains(domain, ".")
	}
	value, err := contact.Normalise(contact.KindMobile, typed)
	return ticket.Address{Kind: contact.KindMobile, Value: value}, err == nil && contact.PhoneKind(value) == contact.KindMobile
}

// haste tells whether somebody sits and waits for what is sent.
type haste bool

const (
	inTime haste = false
	atOnce haste = true
)

// carrier is the channel that would carry an answer there, nil without one. Only one without trouble will do for what is
// waited for; anything else waits with its channel. Certified mail is no proof of an ordinary mailbox: many refuse it.
func (c *Composer) carrier(ctx context.Context, q postgres.Querier, t *ticket.Ticket, to ticket.Address, size Measure, when haste) (*channel.Channel, error) {
	channels, err := c.channels.List(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("listing channels: %w", err)
	}
	s := Situation{Addresses: []Reachable{{Kind: to.Kind, Value: to.Value, Chosen: true}}, Message: size, Office: t.Office}
	for _, ch := range channels {
		if o := outletOf(ch); ch.Ability.Own.Kind != contact.KindPEC && (o.Healthy || when == inTime) {
			s.Channels = append(s.Channels, o)
		}
	}
	choice := Choose(s)
	at := slices.IndexFunc(channels, func(ch *channel.Channel) bool { return choice.OK && ch.ID == choice.Target.Channel })
	if at < 0 {
		return nil, nil
	}
	return channels[at], nil
}

// blocked tells whether the town does not write to an address. It does not say whose it is.
func (c *Composer) blocked(ctx context.Context, tx pgx.Tx, to ticket.Address) (bool, error) {
	suppressed, err := c.contacts.Suppressed(ctx, tx, to.Kind, to.Value)
	if err != nil || suppressed {
		return suppressed, err
	}
	return c.store.cameBack(ctx, tx, to.Kind, to.Value)
}

// cameBack tells whether nothing reaches an address: a contact's is marked so, of another the last message of these days
// was refused.
func (s *Store) cameBack(ctx context.Context, q postgres.Querier, kind, value string) (bool, error) {
	const query = `
		SELECT EXISTS (SELECT FROM contact_address WHERE kind = $1 AND value = $2 AND undeliverable_since IS NOT NULL)
		    OR coalesce((
		        SELECT state = 'failed' AND failure_class = $3 AND created_at > $4 FROM delivery
		        WHERE address_kind = $1 AND address_value = $2 ORDER BY created_at DESC LIMIT 1), false)`
	var back bool
	if err := q.QueryRow(ctx, query, kind, value, RecipientFault, s.now().Add(-refusedFor)).Scan(&back); err != nil {
		return false, fmt.Errorf("looking for what came back from an address: %w", err)
	}
	return back, nil
}

// refusedFor is how long an address that is nobody's known one counts as unreachable after it refused a message.
const refusedFor = 7 * 24 * time.Hour

func (c *Composer) sendCode(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, asked Asked, by *channel.Channel, language string) error {
	town, err := c.offices.Town(ctx, tx)
	if err != nil {
		return err
	}
	if _, ok := codeTexts[language]; !ok {
		language = "it"
	}
	texts := codeLetters
	if telephone(asked.To.Kind) {
		texts = codeTexts
	}
	o := outgoing{channel: by, message: ticket.Outbound{
		ID: asked.Request, Origin: ticket.OriginAutomatic, Class: ticket.ClassVerification, Language: language,
		Parties: []ticket.MessageParty{{Role: ticket.RoleTo, Address: asked.To}}, Subject: codeSubjects[language],
		Text: fmt.Sprintf(texts[language], town.Name, codeMark),
	}}
	c.identify(&o)
	m, err := c.tickets.AddOutbound(ctx, tx, t, account.System(), o.message)
	if err != nil {
		return err
	}
	out := o.enqueued(m, t.ID)
	out.Expires = c.now().Add(ticket.CodeLife)
	_, err = c.store.Enqueue(ctx, tx, out)
	return err
}

// verification is a message with a code as it leaves: in the town's name, with nothing that ties an answer to the ticket
// or tells which it is.
func (c *Composer) verification(r source) Transmission {
	m := r.message
	return Transmission{
		Origin: string(m.Origin), Language: m.Language, SenderName: r.town,
		Content: Content{Subject: m.Subject, Text: strings.ReplaceAll(m.Text, codeMark, c.codes.Derive(m.ID))},
		Thread:  Thread{MessageID: c.tokens.MessageID(m.ID, domainOf(r.channel.Ability.Own)), Headers: map[string]string{}},
	}
}

// ConfirmPreference makes the address that the code was sent to the preferred one of a locked ticket: see Store.Confirm.
func (c *Composer) ConfirmPreference(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, request id.Message, code string) (ticket.CodeOutcome, int, error) {
	return c.tickets.Confirm(ctx, tx, t, c.codes, request, code)
}
