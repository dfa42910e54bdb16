package office

import (
	"iter"
	"slices"
	"sort"
	"time"
)

// Clock is a time on the wall, in minutes since midnight: 0 to 1440, the end of the day.
type Clock int16

// Opening is a part of one weekday in which an office works; a day with a lunch break has two.
type Opening struct {
	Day      time.Weekday
	From, To Clock
}

// Date is a day, without a zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the day that a time shows in its own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// Compare orders days.
func (d Date) Compare(o Date) int { return d.midnight().Compare(o.midnight()) }

func (d Date) midnight() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// Closure is a stretch of days on which an office is closed, first and last included.
type Closure struct {
	From, To Date
	// Reason is for people who read the calendar.
	Reason string
}

// Calendar says when an office works. An office is open whenever the town's clocks show a time within its hours: an hour
// that the clocks skip in spring is not worked, one that they show twice in autumn counts twice.
type Calendar struct {
	// Week is the hours in order; those of one day do not overlap.
	Week []Opening
	// Holidays closes the office on Italy's national holidays.
	Holidays bool
	// Patron is the day of the town's patron saint, every year; the unset one closes nothing.
	Patron   Yearly
	Closures []Closure
	Zone     *time.Location
}

// Between is the time worked from one instant to a later one; 0 when to is not after from.
func (c *Calendar) Between(from, to time.Time) time.Duration {
	var sum time.Duration
	for opens, closes := range c.open(from) {
		if !opens.Before(to) {
			break
		}
		sum += earlier(closes, to).Sub(opens)
	}
	return sum
}

// Add gives the first instant by which so much time has been worked since from; ok is false when the calendar does not
// open long enough within horizon.
func (c *Calendar) Add(from time.Time, worked time.Duration) (at time.Time, ok bool) {
	if worked <= 0 {
		return from, true
	}
	for opens, closes := range c.open(from) {
		if length := closes.Sub(opens); length < worked {
			worked -= length
			continue
		}
		return opens.Add(worked), true
	}
	return time.Time{}, false
}

// AddDays gives the instant at which the office closes on the last of so many days on which it opens, the day of from
// not counted; ok is false when there are not so many within horizon.
func (c *Calendar) AddDays(from time.Time, days int) (at time.Time, ok bool) {
	y, m, d := from.In(c.Zone).Date()
	var last Date
	for opens, closes := range c.open(time.Date(y, m, d+1, 0, 0, 0, 0, c.Zone)) {
		if day := DateOf(opens.In(c.Zone)); day != last {
			if days--; days < 0 {
				return at.UTC(), true
			}
			last = day
		}
		at = closes
	}
	return time.Time{}, false
}

// OpensNext is when the office next opens on another day than that of from; the unset time when it does not within horizon.
func (c *Calendar) OpensNext(from time.Time) time.Time {
	y, m, d := from.In(c.Zone).Date()
	for opens := range c.open(time.Date(y, m, d+1, 0, 0, 0, 0, c.Zone)) {
		return opens.UTC()
	}
	return time.Time{}
}

// horizon is how far ahead a calendar is walked: closing days cannot be longer than a few years.
const horizon = 20 * 366

// open walks through the stretches in which the office is open, from an instant on.
func (c *Calendar) open(from time.Time) iter.Seq2[time.Time, time.Time] {
	return func(yield func(opens, closes time.Time) bool) {
		local := from.In(c.Zone)
		day := DateOf(local).midnight()
		for range horizon {
			if !c.openOn(local, day, yield) {
				return
			}
			day = day.AddDate(0, 0, 1)
		}
	}
}

// openOn yields the stretches of one day that end after from. They are put in order first: where the clocks show an hour
// twice, its hours come a second time after those that follow them in the week.
func (c *Calendar) openOn(from, day time.Time, yield func(opens, closes time.Time) bool) bool {
	if c.closedOn(DateOf(day)) != (Closed{}) {
		return true
	}
	var open [][2]time.Time
	for _, o := range c.Week {
		if o.Day != day.Weekday() {
			continue
		}
		for opens, closes := range c.shown(day.Add(time.Duration(o.From)*time.Minute), day.Add(time.Duration(o.To)*time.Minute)) {
			if closes.After(from) {
				open = append(open, [2]time.Time{later(opens, from), closes})
			}
		}
	}
	slices.SortFunc(open, func(a, b [2]time.Time) int { return a[0].Compare(b[0]) })
	for _, each := range open {
		if !yield(each[0], each[1]) {
			return false
		}
	}
	return true
}

// shown gives the instants at which the town's clocks show a time from one wall time until another, both written as UTC.
// Before and after a change of the clocks they run straight, so each side is shifted and cut on its own.
func (c *Calendar) shown(from, to time.Time) iter.Seq2[time.Time, time.Time] {
	return func(yield func(time.Time, time.Time) bool) {
		// No zone is further than a day from UTC, and none changes twice within a few days.
		earliest, latest := from.AddDate(0, 0, -1), to.AddDate(0, 0, 1)
		before, after := c.offset(earliest), c.offset(latest)
		if before == after {
			yield(from.Add(-before), to.Add(-before))
			return
		}
		change := earliest.Add(time.Duration(sort.Search(int(latest.Sub(earliest)/time.Second), func(i int) bool {
			return c.offset(earliest.Add(time.Duration(i)*time.Second)) == after
		})) * time.Second)
		if opens, closes := from.Add(-before), earlier(to.Add(-before), change); opens.Before(closes) && !yield(opens, closes) {
			return
		}
		if opens, closes := later(from.Add(-after), change), to.Add(-after); opens.Before(closes) {
			yield(opens, closes)
		}
	}
}

// offset is how far the town's clocks are ahead of UTC.
func (c *Calendar) offset(at time.Time) time.Duration {
	_, seconds := at.In(c.Zone).Zone()
	return time.Duration(seconds) * time.Second
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// closedOn tells why the office does not work on a day on which its week has it work.
func (c *Calendar) closedOn(d Date) Closed {
	if c.Patron.on(d) {
		return Closed{Kind: "patron"}
	}
	if c.Holidays {
		if name := Holiday(d); name != "" {
			return Closed{Kind: "holiday", Name: name}
		}
	}
	for _, x := range c.Closures {
		if d.Compare(x.From) >= 0 && d.Compare(x.To) <= 0 {
			return Closed{Kind: "closure", Name: x.Reason}
		}
	}
	return Closed{}
}
