package ticket

import (
	"slices"
	"time"

	"sportello.dev/hub/internal/office"
)

// Target is what a clock runs for.
type Target string

// The targets: the first answer to the citizen, each further one, the end of the request.
const (
	TargetFirst   Target = "first"
	TargetNext    Target = "next"
	TargetResolve Target = "resolve"
)

var targets = []Target{TargetFirst, TargetNext, TargetResolve}

// Pause is a stretch in which the town had not to settle the request, by the status it had.
type Pause struct {
	Status Status    `json:"status"`
	From   time.Time `json:"from"`
	// To is nil while it lasts.
	To *time.Time `json:"to,omitempty"`
}

// Clock is what a ticket's clocks remember: when they stood still, and the deadlines of which it is on record that they
// were near or missed.
type Clock struct {
	Pauses []Pause `json:"pauses,omitempty"`
	Warned []Noted `json:"warned,omitempty"`
	Missed []Noted `json:"missed,omitempty"`
}

// Noted is a deadline that is on record.
type Noted struct {
	Target Target    `json:"target"`
	Due    time.Time `json:"due"`
}

// maxNoted is how many deadlines of one kind are remembered: a ticket goes to and fro between few.
const maxNoted = 20

// stored is the clock as the row keeps it: nothing as long as nothing happened.
func (c Clock) stored() any {
	if len(c.Pauses) == 0 && len(c.Warned) == 0 && len(c.Missed) == 0 {
		return nil
	}
	return c
}

// paused tells whether the town may wait with settling the request: it is the turn of somebody else, or it is over.
// Who waits for a third party, or suspends, still owes the citizen a word: the clocks of answers run on. They stand still
// while the citizen has the turn.
func (s Status) paused() bool { return s != StatusNew && s != StatusOpen }

// standsFor tells whether the clock of a target stands still in a status.
func (s Status) standsFor(target Target) bool {
	if target == TargetResolve {
		return s.paused()
	}
	return s == StatusWaitingCitizen || !s.Open()
}

// turnPause goes on to a status: the pause of another one ends, one that lasted no time is none.
func turnPause(pauses []Pause, s Status, at time.Time) []Pause {
	if n := len(pauses) - 1; n >= 0 && pauses[n].To == nil {
		last := pauses[n]
		if last.Status == s {
			return pauses
		}
		// What was read is shared with whoever has read it.
		pauses = slices.Clone(pauses)
		if at.After(last.From) {
			pauses[n].To = &at
		} else if pauses, at = pauses[:n], last.From; n == 0 {
			pauses = nil
		}
	}
	if s.paused() {
		pauses = append(slices.Clip(pauses), Pause{Status: s, From: at})
	}
	return pauses
}

// untakePause is turnPause taken back: a reply was called back, and with it the pause that it began.
func untakePause(pauses []Pause, s Status) []Pause {
	n := len(pauses) - 1
	if n < 0 || pauses[n].To != nil {
		return pauses
	}
	began := pauses[n].From
	if n == 0 {
		return nil
	}
	pauses = slices.Clone(pauses[:n])
	if pauses[n-1].Status == s && pauses[n-1].To != nil && pauses[n-1].To.Equal(began) {
		pauses[n-1].To = nil
	}
	return pauses
}

// deadline is when a term ends, and since when that is near.
type deadline struct{ due, near time.Time }

// termEnd finds the deadline of a target that the town must meet since an instant, put off by the pauses that had begun
// before it was missed. It is nil where no term is set.
func termEnd(target Target, p *office.TermPolicy, c *office.Calendar, since time.Time, pauses []Pause) *deadline {
	term := map[Target]*office.Term{TargetFirst: p.First, TargetNext: p.Next, TargetResolve: p.Resolve}[target]
	if term == nil || c == nil {
		return nil
	}
	unmoved, ok := term.From(c, since)
	due := unmoved
	for _, p := range pauses {
		if !ok || !p.From.Before(due) {
			break
		}
		if p.Status.standsFor(target) && p.To != nil && p.To.After(since) {
			due, ok = term.Move(c, due, latest(p.From, since), *p.To)
		}
	}
	if !ok {
		return nil
	}
	return &deadline{due: due, near: term.Near(c, since, unmoved, due, p.WarnPercent)}
}

// Deadline is by when a target is due that runs since an instant; nil where no term is set. It and Paused are for whoever
// tells a past at once instead of writing it step by step.
func Deadline(target Target, p *office.TermPolicy, c *office.Calendar, since time.Time, pauses []Pause) *time.Time {
	x := termEnd(target, p, c, since, pauses)
	if x == nil {
		return nil
	}
	return &x.due
}

// Paused are the pauses after a change of status.
func Paused(pauses []Pause, s Status, at time.Time) []Pause { return turnPause(pauses, s, at) }

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// answerWasDue is by when an answer was due that was given now.
func answerWasDue(target Target, p *office.TermPolicy, c *office.Calendar, since time.Time, pauses []Pause, now time.Time) *time.Time {
	return Deadline(target, p, c, since, turnPause(pauses, StatusOpen, now))
}

// deadlines are what a ticket's clocks show.
type deadlines struct {
	// First and Resolve keep, once met or over, by when they were due; Next is there only while it runs.
	First, Next, Resolve *time.Time
	// Due is the nearest that runs.
	Due *time.Time

	running map[Target]deadline
}

// deadlinesOf finds them from what is known of the ticket. One that was joined to another has none that run.
func deadlinesOf(t *Ticket, p *office.TermPolicy, c *office.Calendar) deadlines {
	d := deadlines{running: map[Target]deadline{}}
	if t.FirstAnsweredAt != nil || !t.Status.Open() {
		d.First = t.FirstDueAt
	}
	if !t.MergedInto.IsZero() {
		return d
	}
	show := func(target Target, since time.Time) *time.Time {
		x := termEnd(target, p, c, since, t.Clock.Pauses)
		if x == nil {
			return nil
		}
		if !t.Status.standsFor(target) {
			d.running[target] = *x
			if d.Due == nil || x.due.Before(*d.Due) {
				d.Due = &x.due
			}
		}
		return &x.due
	}
	d.Resolve = show(TargetResolve, t.CreatedAt)
	switch {
	case t.WaitingSince == nil:
	case t.FirstAnsweredAt == nil:
		d.First = show(TargetFirst, *t.WaitingSince)
	case !t.Status.standsFor(TargetNext):
		d.Next = show(TargetNext, *t.WaitingSince)
	}
	return d
}
