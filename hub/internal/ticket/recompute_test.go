package ticket

import (
	"fmt"
	"slices"
	"time"

	"sportello.dev/hub/internal/office"
)

// Recomputed are the clocks of a ticket as its events tell them, from what else is known of it: when it began, since when
// the citizen waits, what it was joined to.
func Recomputed(now *Ticket, events []Event, terms *office.Terms) (*Ticket, error) {
	known := *now
	t := &Ticket{CreatedAt: known.CreatedAt, FirstAnsweredAt: known.FirstAnsweredAt, Priority: known.Priority}
	if i := slices.IndexFunc(events, func(e Event) bool { return e.Type == EventPriorityChanged }); i >= 0 {
		if _, err := fmt.Sscan(events[i].Params["from"], &t.Priority); err != nil {
			return nil, err
		}
	}
	first, err := firstOffice(events, known.Office)
	if err != nil {
		return nil, err
	}
	t.Office = first
	for _, e := range events {
		if err := t.retell(e, terms); err != nil {
			return nil, err
		}
	}
	t.WaitingSince, t.MergedInto = known.WaitingSince, known.MergedInto
	if t.FirstDueAt == nil {
		// It ended unanswered, or the answer came on a ticket it was joined to: no event tells for how long one had waited.
		t.FirstDueAt = known.FirstDueAt
	}
	policy, calendar := terms.For(t.termKey())
	d := deadlinesOf(t, &policy, calendar)
	t.FirstDueAt, t.NextDueAt, t.ResolveDueAt, t.DueAt = d.First, d.Next, d.Resolve, d.Due
	return t, nil
}

// retell does to the ticket what an event says was done.
func (t *Ticket) retell(e Event, terms *office.Terms) (err error) {
	switch e.Type {
	case EventOpened:
		t.Status = StatusNew
	case EventOfficeChanged:
		if err := t.Office.UnmarshalText([]byte(e.Params["to"])); err != nil {
			return err
		}
	case EventPriorityChanged:
		if _, err := fmt.Sscan(e.Params["to"], &t.Priority); err != nil {
			return err
		}
	case EventTypeChanged:
		t.RequestType = e.Params["to"]
	case EventReplied:
		return t.retellReply(e, terms)
	}
	t.retellStatus(e)
	return t.retellEnd(e, terms)
}

// retellEnd holds that what ended the request tells by when that was due.
func (t *Ticket) retellEnd(e Event, terms *office.Terms) error {
	if from := Status(e.Params["from"]); t.Status.Open() || !from.Open() || !e.Type.setsStatus() {
		return nil
	}
	policy, calendar := terms.For(t.termKey())
	want := ""
	if due := deadlinesOf(t, &policy, calendar).Resolve; due != nil {
		want = due.Format(time.RFC3339Nano)
	}
	if e.Params["resolve_due"] != want {
		return fmt.Errorf("the end at %v was due %s, on record is %q", e.At, want, e.Params["resolve_due"])
	}
	return nil
}

// retellReply holds that the answer's own record tells by when it was due.
func (t *Ticket) retellReply(e Event, terms *office.Terms) error {
	if since, ok := e.Params["since"]; ok {
		waited, err := time.Parse(time.RFC3339Nano, since)
		if err != nil {
			return err
		}
		policy, calendar := terms.For(t.termKey())
		due := answerWasDue(Target(e.Params["target"]), &policy, calendar, waited, t.Clock.Pauses, e.At)
		if recorded := e.Params["due"]; due == nil != (recorded == "") || due != nil && due.Format(time.RFC3339Nano) != recorded {
			return fmt.Errorf("the answer of %v was due %v, on record is %q", e.At, due, recorded)
		}
		if Target(e.Params["target"]) == TargetFirst && t.FirstAnsweredAt != nil && e.At.Equal(*t.FirstAnsweredAt) {
			t.FirstDueAt = due
		}
	}
	t.retellStatus(e)
	return t.retellEnd(e, terms)
}

func (t *Ticket) retellStatus(e Event) {
	if to := Status(e.Params["to"]); to.Valid() && e.Type.setsStatus() {
		if e.Type == EventWithdrawn {
			t.Clock.Pauses = untakePause(t.Clock.Pauses, to)
		}
		t.Status = to
	}
	t.Clock.Pauses = turnPause(t.Clock.Pauses, t.Status, e.At)
}
