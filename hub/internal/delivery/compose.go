package delivery

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/microcosm-cc/bluemonday"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/thread"
	"sportello.dev/hub/internal/ticket"
)

// Limits of what an operator writes.
const (
	maxText       = 200 << 10
	maxHTML       = 1 << 20
	maxRecipients = 20
	// MaxUndo is the longest undo window.
	MaxUndo = time.Minute
)

// Composer writes what leaves: operators' replies and acknowledgements, as message and deliveries in one transaction,
// and renders them when they are sent.
type Composer struct {
	pool     postgres.Querier
	tickets  *ticket.Store
	contacts *contact.Store
	channels *channel.Store
	offices  *office.Store
	store    *Store
	tokens   *thread.Tokens
	secrets  *ticket.Secrets
	codes    *ticket.Codes
	html     *bluemonday.Policy
	now      func() time.Time
	// publicURL is the origin of the public listener; empty: letters carry no links to it.
	publicURL string
	rendering wave[rendering, source]
}

// ComposerParts are what a composer works with.
type ComposerParts struct {
	Pool     postgres.Querier
	Tickets  *ticket.Store
	Contacts *contact.Store
	Channels *channel.Store
	Offices  *office.Store
	Store    *Store
	Tokens   *thread.Tokens
	Secrets  *ticket.Secrets
	// Codes prove addresses that citizens choose for a ticket.
	Codes *ticket.Codes
	Now   func() time.Time
	// PublicURL is the origin of the public listener; optional.
	PublicURL string
}

// NewComposer returns a composer.
func NewComposer(p ComposerParts) *Composer {
	c := &Composer{
		pool: p.Pool, tickets: p.Tickets, contacts: p.Contacts, channels: p.Channels, offices: p.Offices, store: p.Store,
		tokens: p.Tokens, secrets: p.Secrets, codes: p.Codes, html: outgoingHTML(), now: p.Now, publicURL: p.PublicURL,
	}
	c.rendering.do = c.gather
	return c
}

// outgoingHTML is what the reply editor can make, and nothing else.
func outgoingHTML() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "strong", "b", "em", "i", "u", "s", "ul", "ol", "li", "blockquote", "h2", "h3", "code", "pre", "hr")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("https", "http", "mailto", "tel")
	p.RequireNoFollowOnLinks(false)
	return p
}

// Clean removes from HTML what the reply editor cannot make.
func (c *Composer) Clean(html string) string { return c.html.Sanitize(html) }

// Draft is a reply that an operator wants to send.
type Draft struct {
	// ID of the message to be; made here when unset. A repeated request gives the same one.
	ID   id.Message
	Text string
	// Characters is the length of a text that is not at hand, for a preview.
	Characters int
	// Subject replaces the one answered; optional.
	Subject string
	// HTML is optional; what the editor cannot make is removed.
	HTML        string
	Attachments []ticket.NewAttachment
	// Target is the operator's explicit choice; nil lets Choose decide. Its channel may be unset: any that fits.
	Target *Target
	// To replaces the default recipients and makes the first of them the target, unless one is given. Cc is nobody
	// unless the operator says so.
	To []ticket.Address
	Cc []ticket.Address
	// Formal answers prefer PEC.
	Formal bool
	// Undo is how long the reply can be taken back, at most MaxUndo.
	Undo time.Duration
	// Status is the ticket's status after the reply; empty: waiting for the citizen.
	Status ticket.Status
	// Standing is what is said of that status.
	Standing ticket.Standing
	// Seen is the last message the operator had read; something newer is a conflict, unless unset.
	Seen id.Message
}

// Preview is where a reply would go, and why.
type Preview struct {
	Choice Choice
	To     []ticket.Address
	// Others took part in the conversation; only the operator adds them.
	Others []ticket.Address
	// Answers is the message answered, Subject its subject.
	Answers id.Message
	Subject string
	// Channels are the names of the channels that could carry a reply.
	Channels map[id.Channel]string
}

// Preview says where a reply on a ticket would go.
func (c *Composer) Preview(ctx context.Context, q postgres.Querier, t *ticket.Ticket, d Draft) (Preview, error) {
	s, err := c.situation(ctx, q, t, d)
	if err != nil {
		return Preview{}, err
	}
	r, err := c.tickets.DefaultRecipients(ctx, q, account.SystemScope(), t.ID, id.Message{})
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Choice: Choose(s), Others: slices.Clone(r.Others), Answers: r.Answers, Subject: r.Subject, Channels: map[id.Channel]string{}}
	for _, o := range s.Channels {
		p.Channels[o.ID] = o.Name
	}
	p.To = recipient(p.Choice, r)
	for _, to := range p.To {
		p.Others = slices.DeleteFunc(p.Others, func(a ticket.Address) bool { return a.Same(to) })
	}
	return p, nil
}

// explicit is the operator's choice as Choose takes it, nil without one.
func (d Draft) explicit() *Target {
	if d.Target != nil || len(d.To) == 0 {
		return d.Target
	}
	value, err := contact.Normalise(d.To[0].Kind, d.To[0].Value)
	if err != nil {
		value = d.To[0].Value
	}
	return &Target{Kind: d.To[0].Kind, Value: value}
}

// recipient is the chosen address. Where the answer goes back to whoever wrote, the address that the writer asked for
// (a proved Reply-To) takes its place.
func recipient(choice Choice, r ticket.Recipients) []ticket.Address {
	if !choice.OK {
		return nil
	}
	to := ticket.Address{Kind: choice.Target.Kind, Value: choice.Target.Value}
	for _, a := range append(slices.Clone(r.To), r.Others...) {
		if a.Same(to) {
			return []ticket.Address{a}
		}
	}
	if choice.Reason == BecauseLastUsed && len(r.To) > 0 && r.To[0].Kind == to.Kind {
		return r.To[:1]
	}
	return []ticket.Address{to}
}

func measure(d Draft) Measure {
	m := Measure{Formal: d.Formal, Characters: max(d.Characters, utf8.RuneCountInString(d.Text)), Attachments: len(d.Attachments)}
	m.Bytes = int64(len(d.Text) + len(d.HTML))
	for _, a := range d.Attachments {
		m.Bytes += a.Size
	}
	// On the wire attachments grow by a third, and by a line end for every 76 characters (base64, RFC 2045, 6.8).
	m.Bytes += m.Bytes * 37 / 100
	return m
}

// Reply writes an operator's reply and its deliveries on a ticket that tx holds locked.
func (c *Composer) Reply(ctx context.Context, tx pgx.Tx, by account.Actor, t *ticket.Ticket, d Draft) (id.Message, error) {
	if err := check(d); err != nil {
		return id.Message{}, err
	}
	if err := c.checkSeen(ctx, tx, t, d.Seen); err != nil {
		return id.Message{}, err
	}
	p, err := c.Preview(ctx, tx, t, d)
	if err != nil {
		return id.Message{}, err
	}
	if err := possible(d, p.Choice); err != nil {
		return id.Message{}, err
	}
	out, err := c.outbound(ctx, tx, t, p, d)
	if err != nil {
		return id.Message{}, err
	}
	return c.write(ctx, tx, by, t, out)
}

// possible refuses a reply that has nowhere to go, and one that would go elsewhere than its writer chose.
func possible(d Draft, c Choice) error {
	if d.explicit() != nil && c.Reason != BecauseExplicit {
		return fault.Invalid("to", "delivery."+string(c.Skipped[0].Why), "the reply cannot go where it was addressed to: %s", c.Skipped[0].Why)
	}
	if !c.OK {
		return fault.Invalid("channel", "delivery.no_target", "no usable channel and address for this reply")
	}
	return nil
}

func check(d Draft) error {
	switch {
	case strings.TrimSpace(d.Text) == "":
		return fault.Invalid("text", "text.required", "a reply needs a text")
	case len(d.Text) > maxText:
		return fault.Invalid("text", "text.too_long", "a reply has at most %d bytes of text", maxText)
	case len(d.HTML) > maxHTML:
		return fault.Invalid("html", "html.too_long", "a reply has at most %d bytes of HTML", maxHTML)
	case len(d.To)+len(d.Cc) > maxRecipients:
		return fault.Invalid("to", "recipients.too_many", "a reply has at most %d recipients", maxRecipients)
	case d.Undo < 0 || d.Undo > MaxUndo:
		return fault.Invalid("undo_seconds", "undo.range", "the undo window is 0 to %s", MaxUndo)
	}
	return nil
}

// checkSeen holds a reply back when something was written that its author had not read.
func (c *Composer) checkSeen(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, seen id.Message) error {
	if seen.IsZero() {
		return nil
	}
	newer, err := c.tickets.HasNewer(ctx, tx, account.SystemScope(), t.ID, seen)
	if err != nil {
		return err
	}
	if newer {
		return fault.Conflict("something newer was written on the ticket")
	}
	return nil
}

func (c *Composer) outbound(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, p Preview, d Draft) (outgoing, error) {
	ch, err := c.channels.Get(ctx, tx, p.Choice.Target.Channel)
	if err != nil {
		return outgoing{}, err
	}
	to := p.To
	if len(d.To) > 0 {
		to = d.To
	}
	parties, err := partiesOf(ch, to, d.Cc)
	if err != nil {
		return outgoing{}, err
	}
	o := outgoing{channel: ch, message: ticket.Outbound{
		ID: d.ID, Subject: d.Subject, Origin: ticket.OriginOperator, Class: ticket.ClassHuman, Parties: parties, Text: strings.TrimSpace(d.Text),
		HTML: c.Clean(d.HTML), Language: t.Language, Answers: p.Answers, Attachments: d.Attachments, Status: d.Status, Standing: d.Standing,
	}}
	if d.Undo > 0 {
		o.message.SendAfter = c.now().Add(d.Undo)
	}
	return o, c.address(ctx, tx, t, &o)
}

// partiesOf normalises recipients and refuses what the channel cannot write to.
func partiesOf(ch *channel.Channel, to, cc []ticket.Address) ([]ticket.MessageParty, error) {
	var parties []ticket.MessageParty
	seen := map[string]bool{}
	add := func(role ticket.PartyRole, list []ticket.Address) error {
		for _, a := range list {
			value, err := contact.Normalise(a.Kind, a.Value)
			if err != nil {
				return fault.Invalid(string(role), "address.form", "recipient: %w", err)
			}
			if seen[a.Kind+value] {
				continue
			}
			seen[a.Kind+value] = true
			parties = append(parties, ticket.MessageParty{Role: role, Address: ticket.Address{Kind: a.Kind, Value: value, Name: a.Name}})
		}
		return nil
	}
	if err := add(ticket.RoleTo, to); err != nil {
		return nil, err
	}
	if err := add(ticket.RoleCc, cc); err != nil {
		return nil, err
	}
	for _, p := range parties {
		if !outletOf(ch).writesTo(p.Address.Kind) {
			return nil, fault.Invalid(string(p.Role), "address.kind", "channel %s does not write to an address of kind %s", ch.Slug, p.Address.Kind)
		}
	}
	return parties, nil
}
