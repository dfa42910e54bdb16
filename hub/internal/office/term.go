package office

import "time"

// TermUnit is what a term is counted in.
type TermUnit string

// The units of terms.
const (
	InMinutes TermUnit = "minutes"
	InHours   TermUnit = "hours"
	InDays    TermUnit = "days"
)

// Term is how long the town may take for something.
type Term struct {
	Amount int      `json:"amount"`
	Unit   TermUnit `json:"unit"`
	// Worked counts by an office's calendar, else the clock on the wall counts.
	Worked bool `json:"worked,omitempty"`
}

// From is when a term that begins at an instant ends. A day worked is one on which the office opens: the day of the
// beginning does not count, the term ends when the office closes on the last one. Days on the wall end at the hour at
// which they began. ok is false when the calendar does not open long enough.
func (t Term) From(c *Calendar, at time.Time) (ends time.Time, ok bool) {
	switch {
	case t.Unit == InDays && t.Worked:
		return c.AddDays(at, t.Amount)
	case t.Unit == InDays:
		return at.In(c.Zone).AddDate(0, 0, t.Amount).UTC(), true
	}
	return t.add(c, at, t.length())
}

// Move puts a term's end off by what the calendar counts from one instant to another.
func (t Term) Move(c *Calendar, ends, from, to time.Time) (time.Time, bool) {
	return t.add(c, ends, t.between(c, from, to))
}

// Near is when so many percent of a term are over; began and ends are those of the term as it was moved, unmoved is where
// it would have ended.
func (t Term) Near(c *Calendar, began, unmoved, ends time.Time, percent int) time.Time {
	left := t.between(c, began, unmoved) * time.Duration(100-percent) / 100
	near, ok := t.add(c, began, (t.between(c, began, ends) - left).Truncate(time.Second))
	if !ok || near.After(ends) {
		return ends
	}
	return near
}

func (t Term) length() time.Duration {
	if t.Unit == InMinutes {
		return time.Duration(t.Amount) * time.Minute
	}
	return time.Duration(t.Amount) * time.Hour
}

func (t Term) add(c *Calendar, at time.Time, d time.Duration) (time.Time, bool) {
	if !t.Worked {
		return at.Add(d).UTC(), true
	}
	end, ok := c.Add(at, d)
	return end.UTC(), ok
}

func (t Term) between(c *Calendar, from, to time.Time) time.Duration {
	if !t.Worked {
		return max(to.Sub(from), 0)
	}
	return c.Between(from, to)
}
