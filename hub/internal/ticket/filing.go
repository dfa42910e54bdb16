package ticket

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
)

// Filing gathers messages for tickets that the transaction holds locked, or that it opens, and writes all of them
// together: a ticket's row is written once, however many messages come on it.
type Filing struct{ w writer }

// NewFiling returns an empty filing, for one Write.
func (s *Store) NewFiling() *Filing { return &Filing{writer{now: s.clock(), book: s.book}} }

// Open opens a ticket under a number taken for it; it exists for others once the filing is written.
func (f *Filing) Open(by account.Actor, number Number, o Opening) *Ticket {
	if o.At.IsZero() {
		o.At = f.w.now
	}
	if o.Priority == 0 {
		o.Priority = PriorityNormal
	}
	at := o.At.UTC().Truncate(time.Microsecond)
	t := &Ticket{
		ID: id.New[id.Ticket](), Number: number, Subject: cutRunes(clean(o.Subject), maxSubject), Status: StatusNew,
		Priority: o.Priority, Office: o.Office, HeldBy: o.Office, HeldSince: &f.w.now, Contact: o.Contact, Language: o.Language, LastMessageAt: at,
		SecretVersion: 1, RetentionClass: "ordinary", Version: 1, CreatedAt: at, UpdatedAt: f.w.now,
	}
	f.w.opened = append(f.w.opened, t)
	f.w.on(t).record(actorOf(by), EventOpened, o.Routed.onto(map[string]string{"number": string(number)}))
	if o.Type != "" {
		t.RequestType = o.Type
		f.w.record(actorOf(by), EventTypeChanged, map[string]string{"from": "", "to": o.Type})
	}
	for _, tag := range o.Tags {
		t.Tags = append(t.Tags, tag.ID)
		f.w.record(actorOf(by), EventTagged, o.Routed.gave(tag))
	}
	return t
}

// Conclude closes a ticket that nobody has to work on.
func (f *Filing) Conclude(t *Ticket) {
	was := t.Status
	t.setStatus(StatusClosed, f.w.now)
	f.w.on(t).record(actorOf(account.System()), EventStatusChanged, map[string]string{"from": string(was), "to": string(StatusClosed)})
}

// Inbound files a message from outside, as Store.AddInbound does.
func (f *Filing) Inbound(t *Ticket, in Inbound) id.Message {
	w := f.w.on(t)
	m := inboundRow(t, in, w.now)
	w.message(&m, in.Parties, in.Attachments)
	w.knownAs(m.id, in.Channel, in.ExternalIDs)
	w.rawRef(m.id, in.RawSHA256)
	if in.Class.Human() {
		w.receive(&m, in.Contact)
	}
	t.MessageCount++
	t.InboundCount++
	return m.id
}

func inboundRow(t *Ticket, in Inbound, now time.Time) messageRow {
	m := messageRow{
		id: in.ID, ticket: t.ID, direction: DirectionInbound, origin: OriginCitizen, channel: in.Channel,
		channelKind: in.ChannelKind, class: in.Class, author: in.Author, contact: in.Contact, from: in.From, subject: in.Subject,
		text: in.Text, html: in.HTML, language: in.Language, reason: in.Reason,
		third: in.ThirdPerson, authenticated: in.Authenticated, authentication: in.Authentication,
		headers: in.Headers, answers: in.Answers, journal: in.Journal, raw: in.RawSHA256,
		fingerprint: in.Fingerprint, createdAt: now,
	}
	if !in.ReceivedAt.IsZero() {
		m.createdAt = in.ReceivedAt.UTC().Truncate(time.Microsecond)
	}
	if !in.SentAt.IsZero() {
		m.sentAt = &in.SentAt
	}
	return m
}

// Outbound writes a message to the citizen, as Store.AddOutbound does. Where a code is sent, nobody is on the ticket yet.
func (f *Filing) Outbound(t *Ticket, by account.Actor, out Outbound) id.Message {
	w := f.w.on(t)
	m := messageRow{
		id: out.ID, ticket: t.ID, direction: DirectionOutbound, origin: out.Origin, channel: out.Channel,
		channelKind: out.ChannelKind, class: out.Class, author: by.Operator, contact: t.Contact, from: out.From,
		subject: out.Subject, text: out.Text, html: out.HTML, language: out.Language, answers: out.Answers, createdAt: w.now,
	}
	if !out.SendAfter.IsZero() {
		m.sendAfter = &out.SendAfter
	}
	w.message(&m, out.Parties, out.Attachments)
	w.knownAs(m.id, out.Channel, out.ExternalIDs)
	if out.Class != ClassVerification {
		w.notePartiesAddressed(out.Parties, out.Channel)
	}
	if out.Origin == OriginOperator {
		w.reply(&m, by, out.Status, out.Standing)
	}
	t.MessageCount++
	return m.id
}

// Suggest keeps what was found that may belong to a ticket; what was suggested before is not suggested again.
func (f *Filing) Suggest(ticket id.Ticket, message id.Message, suggested []Suggested) {
	for _, x := range suggested {
		if x.Ticket != ticket {
			f.w.suggestions.Add(id.New[id.Suggestion](), ticket, x.Ticket, message, x.Reason, f.w.now, uuid.Must(uuid.NewV7()))
		}
	}
}

// Link keeps what a ticket has to do with others; what is kept already stays.
func (f *Filing) Link(ticket id.Ticket, message id.Message, links []Link) {
	f.w.link(ticket, message, links)
}

func (w *writer) link(ticket id.Ticket, message id.Message, links []Link) {
	for _, l := range links {
		if l.Other != ticket {
			w.links.Add(uuid.Must(uuid.NewV7()), ticket, l.Other, l.Kind, message, w.now)
		}
	}
}

// ProposeRequester keeps that the citizen of a ticket may be somebody else than who wrote the message.
func (f *Filing) ProposeRequester(ticket id.Ticket, message id.Message, who Address) {
	if who = who.Bounded(); !who.IsZero() {
		f.w.proposals.Add(id.New[id.Suggestion](), ticket, message, who.Kind, who.Value, who.Name, f.w.now)
	}
}

// Write writes all of it.
func (f *Filing) Write(ctx context.Context, tx pgx.Tx) error { return f.w.send(ctx, tx) }
