package ticket

import (
	"context"
	"slices"
	"time"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
)

// settleClocks finds the deadlines of what is written, and records which are near or missed.
func (w *writer) settleClocks(ctx context.Context, db postgres.Querier) error {
	terms, err := w.book.Terms(ctx, db)
	if err != nil {
		return err
	}
	for _, list := range [][]*Ticket{w.opened, w.changed} {
		for _, t := range list {
			policy, calendar := terms.For(t.termKey())
			w.on(t).settleClock(&policy, calendar)
		}
	}
	return nil
}

// termKey is what decides which terms count for the ticket.
func (t *Ticket) termKey() office.TermKey {
	return office.TermKey{Office: t.Office, Type: t.RequestType, Priority: int(t.Priority)}
}

func (w *writer) settleClock(p *office.TermPolicy, c *office.Calendar) {
	t := w.ticket
	for _, target := range targets {
		if due := t.ran(target); due != nil && !due.After(w.now) {
			w.noteOnce(&t.Clock.Missed, EventDeadlineMissed, target, *due)
		}
	}
	if t.waited != nil {
		t.noteAnswer(p, c, w.now)
	}
	t.Clock.Pauses = turnPause(t.Clock.Pauses, t.Status, w.now)
	d := deadlinesOf(t, p, c)
	t.FirstDueAt, t.NextDueAt, t.ResolveDueAt, t.DueAt = d.First, d.Next, d.Resolve, d.Due
	if t.ended != nil && d.Resolve != nil {
		t.ended["resolve_due"] = d.Resolve.UTC().Format(time.RFC3339Nano)
	}
	t.ended = nil
	t.WarnedAt, t.BreachedAt, t.ClockAt = nil, nil, nil
	for _, target := range targets {
		if x, ok := d.running[target]; ok {
			w.note(target, x)
		}
	}
	t.AnsweredBefore = t.FirstAnsweredAt
}

// noteAnswer keeps by when the answer given in this write was due.
func (t *Ticket) noteAnswer(p *office.TermPolicy, c *office.Calendar, now time.Time) {
	target := TargetNext
	if t.AnsweredBefore == nil {
		target = TargetFirst
	}
	due := answerWasDue(target, p, c, *t.waited, t.Clock.Pauses, now)
	t.replied["since"] = t.waited.UTC().Format(time.RFC3339Nano)
	if due != nil {
		t.replied["target"], t.replied["due"] = string(target), due.UTC().Format(time.RFC3339Nano)
	}
	if target == TargetFirst {
		t.FirstDueAt = due
	}
	t.waited = nil
}

// DueFor is what is due at DueAt.
func (t *Ticket) DueFor() Target {
	for _, each := range []struct {
		target Target
		due    *time.Time
	}{{TargetNext, t.NextDueAt}, {TargetResolve, t.ResolveDueAt}} {
		if each.due != nil && t.DueAt != nil && each.due.Equal(*t.DueAt) {
			return each.target
		}
	}
	return TargetFirst
}

// ran is the deadline of a target if it ran until this write, whatever that has changed.
func (t *Ticket) ran(target Target) *time.Time {
	n := len(t.Clock.Pauses)
	switch {
	case t.DueAt == nil:
	case target == TargetNext:
		return t.NextDueAt
	case target == TargetFirst && t.AnsweredBefore == nil:
		return t.FirstDueAt
	case target == TargetResolve && (n == 0 || t.Clock.Pauses[n-1].To != nil):
		return t.ResolveDueAt
	}
	return nil
}

// note shows on the row, and records, how a deadline that runs stands.
func (w *writer) note(target Target, x deadline) {
	t := w.ticket
	near, missed := !x.near.After(w.now) && x.near.Before(x.due), !x.due.After(w.now)
	if x.due.Equal(*t.DueAt) {
		if near {
			t.WarnedAt = &x.near
		}
		if missed {
			t.BreachedAt = &x.due
		}
	}
	switch {
	case missed:
		w.noteOnce(&t.Clock.Missed, EventDeadlineMissed, target, x.due)
		return
	case near:
		w.noteOnce(&t.Clock.Warned, EventDeadlineWarned, target, x.due)
	}
	next := x.due
	if !near {
		next = x.near
	}
	if t.ClockAt == nil || next.Before(*t.ClockAt) {
		t.ClockAt = &next
	}
}

// noteOnce records a deadline unless it is on record.
func (w *writer) noteOnce(noted *[]Noted, kind EventType, target Target, due time.Time) {
	same := func(n Noted) bool { return n.Target == target && n.Due.Equal(due) }
	if slices.ContainsFunc(*noted, same) {
		return
	}
	if len(*noted) == maxNoted {
		*noted = (*noted)[1:]
	}
	*noted = append(slices.Clip(*noted), Noted{target, due.UTC()})
	w.record(actorOf(account.System()), kind, map[string]string{"target": string(target), "due": due.UTC().Format(time.RFC3339Nano)})
}
