package intake

import (
	"context"
	"slices"
	"time"

	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/thread"
	"sportello.dev/hub/internal/ticket"
)

// identify finds or makes the contacts who wrote. Machines are nobody, and experts who answer the town are no citizens.
func (s *Stages) identify(ctx context.Context, v *wave) error {
	var people []*work
	var senders []contact.Sender
	for _, w := range v.open() {
		if m := w.event.Message; w.class.Human() && w.decision.Outcome != thread.Answer {
			people = append(people, w)
			senders = append(senders, w.person(m))
		}
	}
	if len(people) == 0 {
		return nil
	}
	contacts, err := s.contacts.IdentifyEach(ctx, v.tx, senders)
	for i, c := range contacts {
		people[i].contact = c
		if opened := people[i].event.Message.Opened; opened != nil {
			people[i].contact = opened.Contact
		}
	}
	return err
}

// person is who wrote, as contacts take it.
func (w *work) person(m *Inbound) contact.Sender {
	from := contact.Sender{
		Kind: w.sender.Kind, Value: w.sender.Value, Display: m.From.Value, Name: m.From.Name, Language: m.Language,
		Proved: m.Authentication.Authenticated || byTelephone(m), WroteAt: w.ReceivedAt,
	}
	if m.FormID != "" {
		// Nothing came from the addresses in a form: it was typed.
		from.WroteAt = time.Time{}
		for _, p := range w.parties {
			if p.Role == ticket.RoleReplyTo && p.Address.Value != "" {
				from.Others = append(from.Others, contact.Address{Kind: p.Address.Kind, Value: p.Address.Value, Display: p.Address.Value})
			}
		}
	}
	return from
}

// byTelephone tells a text message, whose number the network gives, from a number that somebody typed into a form. It
// proves enough to answer to that number, not who holds the telephone: the message itself counts as unauthenticated.
func byTelephone(m *Inbound) bool {
	return m.From.Kind == contact.KindMobile && m.FormID == "" && m.Authentication.Authority == ""
}

// thread decides to which ticket each message belongs.
func (s *Stages) thread(ctx context.Context, v *wave) error {
	open := v.open()
	if len(open) == 0 {
		return nil
	}
	clues := make([]thread.Clues, len(open))
	for i, w := range open {
		clues[i] = w.clues(s.policy)
	}
	evidence, err := thread.Gather(ctx, v.tx, s.tokens, s.now(), clues)
	if err != nil {
		return err
	}
	for i, w := range open {
		w.decision = thread.Decide(evidence[i])
		if w.idReused {
			if w.decision.Reason.Params == nil {
				w.decision.Reason.Params = map[string]string{}
			}
			w.decision.Reason.Params[ticket.ParamIDReused] = "true"
		}
	}
	return nil
}

func (w *work) clues(p thread.Policy) thread.Clues {
	m := w.event.Message
	var opened id.Ticket
	if m.Opened != nil {
		opened = m.Opened.Ticket
	}
	return thread.Clues{
		Opened: opened, Channel: w.Channel, Class: w.class, Sender: w.sender, Authenticated: m.Authentication.Authenticated,
		Judged: m.Authentication.Authority != "", Forwarded: forwarded(m), Arrival: w.arrival(), At: w.OccurredAt,
		Subject: m.Subject, Reviewed: w.Reason == ActRetried, Tokens: m.Tokens, AnswersTo: append(slices.Clone(m.AnswersTo), reported(m)...),
		Numbers: append(slices.Clone(m.Numbers), m.Subject), Policy: p,
	}
}

// forwarded is who wrote what the message passes on, if it is a forwarded mail.
func forwarded(m *Inbound) ticket.Address {
	from, ok := ticket.ForwardedFrom(m.Subject, m.Text)
	if !ok {
		return normalised(m.Forwarded)
	}
	return normalised(Address{Kind: from.Kind, Value: from.Value, Name: from.Name})
}

// reported are the identifiers of our messages that a bounce or receipt speaks of.
func reported(m *Inbound) []string {
	var ids []string
	for _, r := range m.Reports {
		for _, x := range r.ExternalIDs {
			ids = append(ids, x.Value)
		}
	}
	return ids
}
