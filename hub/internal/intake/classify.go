package intake

import (
	"context"
	"strings"

	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/ticket"
)

// classify settles what is not a message and prepares what is.
func (s *Stages) classify(ctx context.Context, w *work) error {
	switch w.event.Kind() {
	case KindMessage:
		s.prepare(w)
		return nil
	case KindReport:
		return s.report(ctx, w, []delivery.Report{*w.event.Report})
	case KindSignal:
		return s.signal(ctx, w)
	case KindUnparsed:
		w.settled = true
		return s.unparsed(ctx, w)
	}
	w.settled = true
	return s.journal.quarantine(ctx, w.tx, w.row.ID, ReasonUnsupported, string(w.event.Kind()))
}

// prepare normalises the addresses of a message once, for all later stages.
func (s *Stages) prepare(w *work) {
	m := w.event.Message
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

// report applies what a provider says of deliveries.
func (s *Stages) report(ctx context.Context, w *work, reports []delivery.Report) error {
	concerned, err := s.deliveries.AddReports(ctx, w.tx, w.row.ChannelID, w.row.ID, reports)
	if err != nil {
		return err
	}
	if len(concerned) > 0 {
		w.message = concerned[0]
	}
	return s.settle(ctx, w, "report", w.message)
}

// signal notes something lasting about an address.
func (s *Stages) signal(ctx context.Context, w *work) error {
	a := normalised(w.event.Signal.Address)
	var err error
	switch w.event.Signal.Kind {
	case "undeliverable":
		err = s.contacts.MarkUndeliverable(ctx, w.tx, a.Kind, a.Value, w.event.Signal.Detail)
	case "verified":
		err = s.contacts.MarkVerified(ctx, w.tx, a.Kind, a.Value)
	default:
		w.settled = true
		return s.journal.quarantine(ctx, w.tx, w.row.ID, ReasonUnsupported, w.event.Signal.Kind)
	}
	if err != nil {
		return err
	}
	return s.settle(ctx, w, "signal", w.message)
}

// unparsed goes to a person with the adapter's reason.
func (s *Stages) unparsed(ctx context.Context, w *work) error {
	code, detail := "unparsed", ""
	if u := w.event.Unparsed; u != nil {
		code, detail = u.Code, u.Detail
	}
	return s.journal.quarantine(ctx, w.tx, w.row.ID, code, detail)
}
