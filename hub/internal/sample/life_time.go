package sample

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/ticket"
)

// work lets up to so much working time of the office go by, more where it is slow.
func (l *life) work(d time.Duration) {
	pace := 100
	for _, h := range halls {
		if h.slug == l.office {
			pace = h.hurry
		}
	}
	share := l.rng.Float64()
	took := time.Duration(share*share*float64(d))*time.Duration(pace)/100 + 2*time.Minute
	switch {
	case l.priority == ticket.PriorityUrgent:
		took /= 5
	case storm(l.created):
		took *= 2
	}
	_, calendar := l.terms.For(office.TermKey{Office: l.Past.office(l.office)})
	next, ok := calendar.Add(l.at, took)
	if !ok {
		next = l.at.Add(took)
	}
	l.pass(next)
}

// wait lets time on the wall go by.
func (l *life) wait(d time.Duration) {
	l.pass(l.at.Add(time.Hour + time.Duration(l.rng.Int64N(int64(d)))))
}

// pass goes on to a time, at most to shortly before the past ends, and puts on record what was missed until then.
func (l *life) pass(next time.Time) {
	if end := l.until.Add(span - time.Hour); !next.Before(end) {
		next = l.at.Add(end.Sub(l.at) / 6)
	}
	next = next.Truncate(time.Second)
	l.lapse(next)
	l.at = next
}

func (l *life) due(target ticket.Target, since time.Time, pauses []ticket.Pause) *time.Time {
	policy, calendar := l.terms.For(office.TermKey{Office: l.Past.office(l.office), Type: l.request, Priority: int(l.priority)})
	due := ticket.Deadline(target, &policy, calendar, since, pauses)
	if due != nil {
		at := due.UTC()
		due = &at
	}
	return due
}

// lapse records the deadlines that are missed until a time.
func (l *life) lapse(until time.Time) {
	answer := ticket.TargetFirst
	if l.first != nil {
		answer = ticket.TargetNext
	}
	now, late := l.at, []ticket.Noted{}
	note := func(target ticket.Target, since time.Time) {
		due := l.due(target, since, l.pauses)
		if due == nil || due.After(until) {
			return
		}
		n := ticket.Noted{Target: target, Due: *due}
		if !slices.ContainsFunc(l.missed, func(m ticket.Noted) bool { return m.Target == n.Target && m.Due.Equal(n.Due) }) {
			late = append(late, n)
		}
	}
	if !l.waiting.IsZero() && l.status.Open() && l.status != ticket.StatusWaitingCitizen {
		note(answer, l.waiting)
	}
	if l.status == ticket.StatusNew || l.status == ticket.StatusOpen {
		note(ticket.TargetResolve, l.created)
	}
	slices.SortFunc(late, func(a, b ticket.Noted) int { return a.Due.Compare(b.Due) })
	for _, n := range late {
		l.missed = append(l.missed, n)
		if l.at = now; n.Due.After(now) {
			l.at = n.Due
		}
		l.record(ticket.EventDeadlineMissed, map[string]string{"target": string(n.Target), "due": n.Due.Format(time.RFC3339Nano)}, "system", uuid.Nil)
	}
	l.at = now
}
