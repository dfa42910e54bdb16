package intake

import (
	"context"

	"sportello.dev/hub/internal/routing"
	"sportello.dev/hub/internal/thread"
	"sportello.dev/hub/internal/ticket"
)

// route decides where new tickets begin. What belongs to a ticket stays with it, and what machines send begins at the
// channel's office.
func (s *Stages) route(ctx context.Context, v *wave) error {
	for _, w := range v.open() {
		if w.decision.Outcome != thread.Begin || !w.class.Human() || w.Office.IsZero() {
			continue
		}
		rules, err := s.routing.Current(ctx, v.tx, w.Routing)
		if err != nil {
			return err
		}
		d := rules.Route(w.arrivalAt())
		w.Office = d.Office
		if d.Rule == nil {
			continue
		}
		w.priority, w.kind, w.tags = d.Rule.Then.Priority, d.Rule.Then.Type, d.Tags
		w.routed = ticket.Routed{
			Rule: d.Rule.ID, Name: d.Rule.Name, Office: rules.Name(d.Office), Meant: rules.Name(d.Meant), Detour: string(d.Detour),
		}
	}
	return nil
}

// arrivalAt is the message as rules look at it.
func (w *work) arrivalAt() routing.Arrival {
	m := w.event.Message
	return routing.Arrival{
		Channel: w.Channel, Office: w.Office, Form: m.FormID, Subject: m.Subject, Text: m.Text, Language: m.Language,
		Authenticated: m.Authentication.Authenticated, At: w.ReceivedAt,
	}
}
