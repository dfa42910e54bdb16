package intake

import (
	"context"
	"strings"

	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/ticket"
)

// classify settles what is not a message.
func (s *Stages) classify(ctx context.Context, v *wave) error {
	if err := s.ownTrials(ctx, v); err != nil {
		return err
	}
	for _, w := range v.open() {
		switch w.event.Kind() {
		case KindMessage:
		case KindReport:
			if err := s.report(ctx, v, w); err != nil {
				return err
			}
		case KindSignal:
			if err := s.signal(ctx, v, w); err != nil {
				return err
			}
		case KindUnparsed:
			w.unparsed()
		default:
			w.quarantine(ReasonUnsupported, string(w.event.Kind()))
		}
	}
	return nil
}

// ownTrials settles the test messages that channels write to themselves: nobody has to look at them. A message that only
// says that it is one goes the way of all others.
func (s *Stages) ownTrials(ctx context.Context, v *wave) error {
	var named []string
	for _, w := range v.open() {
		if w.trial() != "" {
			named = append(named, w.trial())
		}
	}
	if len(named) == 0 {
		return nil
	}
	live, err := s.channels.LiveTrials(ctx, v.tx, named)
	if err != nil {
		return err
	}
	for _, w := range v.open() {
		if live[w.trial()] {
			w.settle("filed", "trial", "")
		}
	}
	return nil
}

func (w *work) trial() string {
	if w.event.Message == nil {
		return ""
	}
	return w.event.Message.Trial
}

// prepare normalises the addresses of a message once, for all stages.
func (w *work) prepare() {
	m := w.event.Message
	if m == nil {
		return
	}
	w.sender = normalised(m.From)
	w.class = ticket.Class(m.Class)
	if w.class == "" {
		w.class = ticket.ClassHuman
	}
	for _, p := range m.Parties {
		w.parties = append(w.parties, ticket.MessageParty{Role: ticket.PartyRole(p.Role), Address: normalised(p.Address)})
	}
}

// normalised is an address in the form in which addresses are compared; what cannot be normalised is kept as it came.
func normalised(a Address) ticket.Address {
	value, err := contact.Normalise(a.Kind, a.Value)
	if err != nil {
		value = strings.TrimSpace(a.Value)
	}
	return ticket.Address{Kind: a.Kind, Value: value, Name: a.Name}
}

// report applies what a provider says of a delivery.
func (s *Stages) report(ctx context.Context, v *wave, w *work) error {
	concerned, err := s.deliveries.AddReports(ctx, v.tx, w.Channel, w.ID, []delivery.Report{*w.event.Report})
	if err != nil {
		return err
	}
	if len(concerned) > 0 {
		w.message = concerned[0]
	}
	w.settle("filed", "report", "")
	return nil
}

// signal notes something lasting about an address.
func (s *Stages) signal(ctx context.Context, v *wave, w *work) error {
	a := normalised(w.event.Signal.Address)
	w.settle("filed", "signal", "")
	switch w.event.Signal.Kind {
	case "undeliverable":
		return s.contacts.MarkUndeliverable(ctx, v.tx, a.Kind, a.Value, w.event.Signal.Detail)
	case "verified":
		return s.contacts.MarkVerified(ctx, v.tx, a.Kind, a.Value)
	}
	w.quarantine(ReasonUnsupported, w.event.Signal.Kind)
	return nil
}

// unparsed goes to a person with the adapter's reason.
func (w *work) unparsed() {
	code, detail := "unparsed", ""
	if u := w.event.Unparsed; u != nil {
		code, detail = u.Code, u.Detail
	}
	w.quarantine(code, detail)
}
