package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/thread"
	"sportello.dev/hub/internal/ticket"
)

// held are the reasons of quarantine for what Thread does not file.
var held = map[string]string{
	ticket.ReasonUnmatched: ReasonMachine, ticket.ReasonManyNew: ReasonManyNew, ticket.ReasonManyReopened: ReasonManyReopened,
}

// file puts the messages on their tickets, or on new ones at the channel's office. Mail of machines about nothing we
// know, and floods, wait for a person.
func (s *Stages) file(ctx context.Context, v *wave) error {
	if err := s.hold(ctx, v); err != nil {
		return err
	}
	if err := s.begin(ctx, v); err != nil {
		return err
	}
	for _, w := range v.open() {
		in, err := w.inbound()
		if err != nil {
			return err
		}
		if w.answered != nil {
			w.message = v.filing.Answer(w.ticket, w.answered, in)
			continue
		}
		w.message = v.filing.Inbound(w.ticket, in)
		v.filing.Suggest(w.ticket.ID, w.message, w.decision.Suggest)
		v.filing.Link(w.ticket.ID, w.message, w.decision.Link)
		v.filing.ProposeRequester(w.ticket.ID, w.message, w.decision.Requester)
		if w.heeded && w.begun {
			v.filing.Conclude(w.ticket)
		}
	}
	return nil
}

// hold locks the tickets that messages are filed on, and settles what is not filed.
func (s *Stages) hold(ctx context.Context, v *wave) error {
	var tickets []id.Ticket
	var letters []id.Message
	var copies []ticket.Copy
	for _, w := range v.open() {
		switch w.decision.Outcome {
		case thread.Hold:
			w.quarantine(held[w.decision.Reason.Code], string(w.class))
		case thread.Repeat:
			copies = append(copies, w.copyOf(w.decision.Ticket, w.decision.Copied))
		case thread.Answer:
			letters = append(letters, w.decision.Answers)
			tickets = append(tickets, w.decision.Ticket)
		case thread.Attach:
			tickets = append(tickets, w.decision.Ticket)
		}
	}
	if len(copies) > 0 {
		if err := s.tickets.AddCopies(ctx, v.tx, copies); err != nil {
			return err
		}
	}
	if len(tickets) == 0 {
		return nil
	}
	locked, err := s.tickets.LockEach(ctx, v.tx, account.SystemScope(), tickets)
	if err != nil {
		return err
	}
	for _, w := range v.open() {
		if w.decision.Outcome == thread.Attach || w.decision.Outcome == thread.Answer {
			w.ticket = locked[w.decision.Ticket]
		}
	}
	return s.questions(ctx, v, letters)
}

// questions finds what experts answer, once the tickets are locked.
func (s *Stages) questions(ctx context.Context, v *wave, letters []id.Message) error {
	if len(letters) == 0 {
		return nil
	}
	asked, err := s.tickets.AskedBy(ctx, v.tx, account.SystemScope(), letters)
	if err != nil {
		return err
	}
	for _, w := range v.open() {
		if w.decision.Outcome != thread.Answer {
			continue
		}
		if w.answered = asked[w.decision.Answers]; w.answered == nil {
			return fmt.Errorf("letter %s asks nothing", w.decision.Answers)
		}
	}
	return nil
}

// begin opens the new tickets.
func (s *Stages) begin(ctx context.Context, v *wave) error {
	var begun []*work
	var at []time.Time
	var tags []ticket.Tag
	for _, w := range v.open() {
		if w.ticket != nil {
			continue
		}
		if w.Office.IsZero() {
			return errors.New("the town has no office to hold a ticket")
		}
		begun, at, tags = append(begun, w), append(at, w.ReceivedAt), append(tags, w.tags...)
	}
	if len(begun) == 0 {
		return nil
	}
	numbers, err := s.tickets.Numbers(ctx, v.tx, at)
	if err != nil {
		return err
	}
	// The rules were read before: one of their tags may have been merged since.
	held, err := s.tickets.HoldTags(ctx, v.tx, tags)
	if err != nil {
		return err
	}
	for i, w := range begun {
		m := w.event.Message
		w.begun = true
		w.ticket = v.filing.Open(account.System(), numbers[i], ticket.Opening{
			Subject: subjectOf(m), Office: w.Office, Contact: w.contact, Language: m.Language, At: w.ReceivedAt,
			Priority: w.priority, Type: w.kind, Tags: held.Given(w.tags), Routed: w.routed,
		})
	}
	return nil
}

// subjectOf is the subject, or the first words of a message without one.
func subjectOf(m *Inbound) string {
	if subject := strings.Join(strings.Fields(m.Subject), " "); subject != "" {
		return subject
	}
	return clip(strings.Join(strings.Fields(ticket.Preview(m.Text)), " "), 120)
}

func (w *work) inbound() (ticket.Inbound, error) {
	m := w.event.Message
	authentication, err := json.Marshal(m.Authentication)
	if err != nil {
		return ticket.Inbound{}, fmt.Errorf("encoding the authentication: %w", err)
	}
	in := ticket.Inbound{
		ID: id.New[id.Message](), Channel: w.Channel, ChannelKind: w.Adapter, Class: w.class, Contact: w.contact,
		From: w.sender, Parties: w.parties, Subject: m.Subject, Text: m.Text, HTML: m.HTML, Language: m.Language,
		Reason: w.decision.Reason, ThirdPerson: w.decision.ThirdPerson, Answers: w.decision.Answers,
		Authenticated: m.Authentication.Authenticated, Authentication: authentication, Headers: m.Headers,
		Journal: w.ID, RawSHA256: w.RawSHA256, Fingerprint: m.Fingerprint, SentAt: m.SentAt, ReceivedAt: w.ReceivedAt,
	}
	for _, x := range m.ExternalIDs {
		in.ExternalIDs = append(in.ExternalIDs, ticket.ExternalID{Kind: x.Kind, Value: x.Value, Issuer: ticket.Issuer(x.Issuer)})
	}
	for _, a := range m.Attachments {
		in.Attachments = append(in.Attachments, ticket.NewAttachment{
			SHA256: a.SHA256, Size: a.Size, Name: a.Name, MediaType: a.MediaType, DeclaredType: a.DeclaredType,
			ContentID: a.ContentID, Inline: a.Inline,
		})
	}
	return in, nil
}
