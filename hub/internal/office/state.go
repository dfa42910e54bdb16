package office

import "time"

// State is whether an office works at an instant, and what comes next.
type State struct {
	Open bool
	// Changes is when it closes or opens next; the zero time when it does not within weeks.
	Changes time.Time
	// Today is the hours of the day, in order; empty on a day on which it does not work.
	Today []Hours
	// Closed is why it keeps none of the week's hours on this day.
	Closed Closed
}

// Closed is why an office does not work on a day; the zero value when it works as in any week.
type Closed struct {
	// Kind is holiday, patron or closure.
	Kind string
	// Name is the key of a holiday, or the reason of a closure.
	Name string
}

// stateHorizon bounds how far ahead At looks: an office that never closes would be walked for years.
const stateHorizon = 60 * 24 * time.Hour

// At tells the state of things at an instant.
func (c *Calendar) At(at time.Time) State {
	today := DateOf(at.In(c.Zone))
	s := State{Closed: c.closedOn(today)}
	if s.Closed == (Closed{}) {
		for _, o := range c.Week {
			if o.Day == today.midnight().Weekday() {
				s.Today = append(s.Today, writtenWeek([]Opening{o})...)
			}
		}
	}
	for opens, closes := range c.open(at) {
		switch {
		case !s.Open && opens.Sub(at) > stateHorizon:
			return s
		case opens.After(at) && !s.Open:
			s.Changes = opens
			return s
		case s.Open && !opens.Equal(s.Changes):
			return s
		}
		// Hours that follow each other without a break are one stretch.
		if s.Open, s.Changes = true, closes; closes.Sub(at) > stateHorizon {
			s.Changes = time.Time{}
			return s
		}
	}
	return s
}
