package report

import (
	"time"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
)

// Part is what rows of a report stand for.
type Part string

// The parts. ByArea sums up the offices of a macro-area; the last three are stretches of time.
const (
	ByOffice  Part = "office"
	ByArea    Part = "area"
	ByChannel Part = "channel"
	ByType    Part = "type"
	ByDay     Part = "day"
	ByWeek    Part = "week"
	ByMonth   Part = "month"
)

// Query is what is asked: the days from first to last, in rows of one part, and as a course in steps of a stretch of time.
type Query struct {
	First, Last office.Date
	By          Part
	Step        Part
	Filter
}

// Filter narrows a report; what is unset narrows nothing.
type Filter struct {
	Office id.Office
	Area   id.Area
	// Channel is a kind of channel.
	Channel *string
	// Type is a type of request; empty are those of which nobody has said it.
	Type *string
}

// maxDays is how long a period may be; longer ones are put together from several.
const maxDays = 5*366 + 1

// maxSteps is how many points a course may have.
const maxSteps = 400

func (q *Query) check() error {
	days := int(day(q.Last).Sub(day(q.First))/(24*time.Hour)) + 1
	switch {
	case days < 1:
		return fault.Invalid("to", "date_order", "the period ends before it begins")
	case days > maxDays:
		return fault.Invalid("to", "date_span", "a period has at most %d days", maxDays)
	case q.Step == ByDay && days > maxSteps:
		return fault.Invalid("step", "date_span", "a course by days has at most %d of them", maxSteps)
	}
	return nil
}

// previous is the period to compare with: the year before for one that begins with a year, whole months before for one
// that begins with a month, else as many days before. Of a month that is cut off, the same days are taken.
func (q *Query) previous() (first, last office.Date) {
	from, to := day(q.First), day(q.Last)
	if from.Day() != 1 {
		days := int(to.Sub(from)/(24*time.Hour)) + 1
		return office.DateOf(from.AddDate(0, 0, -days)), office.DateOf(from.AddDate(0, 0, -1))
	}
	months := (to.Year()-from.Year())*12 + int(to.Month()-from.Month()) + 1
	if from.Month() == time.January {
		months = (to.Year() - from.Year() + 1) * 12
	}
	end := time.Date(to.Year(), to.Month(), 1, 0, 0, 0, 0, time.UTC).AddDate(0, -months, 0)
	length := end.AddDate(0, 1, -1).Day()
	if whole := to.AddDate(0, 0, 1).Day() == 1; !whole {
		length = min(length, to.Day())
	}
	return office.DateOf(from.AddDate(0, -months, 0)), office.DateOf(end.AddDate(0, 0, length-1))
}

// stepOf is the first day of the stretch of time that a day is in; weeks begin on Monday.
func stepOf(step Part, d office.Date) office.Date {
	switch step {
	case ByMonth:
		return office.Date{Year: d.Year, Month: d.Month, Day: 1}
	case ByWeek:
		return office.DateOf(day(d).AddDate(0, 0, -(int(day(d).Weekday())+6)%7))
	}
	return d
}

func day(d office.Date) time.Time { return midnight(d, time.UTC, 0) }
