package sample

import (
	"time"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/ticket"
)

// clocks tell by when what happens in a story was due.
type clocks struct {
	policy   office.TermPolicy
	calendar *office.Calendar
	began    time.Time
	waiting  time.Time
	answered bool
	pauses   []ticket.Pause
}

func (s *stories) clocks(t *story) *clocks {
	c := &clocks{began: t.opened}
	c.policy, c.calendar = s.town.terms.For(office.TermKey{Office: id.Office{UUID: t.desk.id}})
	return c
}

// turn goes on to a message; of an answer it gives what it was for, and by when that was due.
func (c *clocks) turn(u turn) (target ticket.Target, due *time.Time) {
	switch u.direction {
	case ticket.DirectionInbound:
		c.pauses = ticket.Paused(c.pauses, ticket.StatusOpen, u.at)
		if c.waiting.IsZero() {
			c.waiting = u.at
		}
	case ticket.DirectionOutbound:
		if target = ticket.TargetNext; !c.answered {
			target = ticket.TargetFirst
		}
		if !c.waiting.IsZero() {
			due = ticket.Deadline(target, &c.policy, c.calendar, c.waiting, c.pauses)
		}
		c.waiting, c.answered = time.Time{}, true
		c.pauses = ticket.Paused(c.pauses, ticket.StatusWaitingCitizen, u.at)
	}
	return target, due
}

// over gives by when the end was due.
func (c *clocks) over(at time.Time) *time.Time {
	c.pauses = ticket.Paused(c.pauses, ticket.StatusClosed, at)
	return ticket.Deadline(ticket.TargetResolve, &c.policy, c.calendar, c.began, c.pauses)
}
