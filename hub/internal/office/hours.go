package office

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sportello.dev/hub/internal/fault"
)

// Hours is one opening as it is written down: monday, 09:00, 13:00.
type Hours struct {
	Day  string `json:"day"`
	From string `json:"from"`
	To   string `json:"to"`
}

// ClosingDays is one closure as it is written down, with days as 2026-08-14.
type ClosingDays struct {
	From   string `json:"from"`
	To     string `json:"to"`
	Reason string `json:"reason"`
}

// Limits of what a calendar is made of.
const (
	maxOpenings      = 7 * 8
	maxClosures      = 200
	maxClosureDays   = 366
	maxClosureReason = 100
	// closureYears is how far from today, back and ahead, a closing day may lie: further off it is a slip of the hand.
	closureYears = 10
)

// parseWeek reads a week's hours and puts them in order. Every fault names the day in its field, as hours.monday.
func parseWeek(list []Hours) ([]Opening, error) {
	switch {
	case len(list) == 0:
		return nil, fault.Invalid("hours", "hours_empty", "a week without hours: give at least one day")
	case len(list) > maxOpenings:
		return nil, fault.Invalid("hours", "hours_too_many", "more than %d stretches of hours", maxOpenings)
	}
	week := make([]Opening, len(list))
	for i, h := range list {
		o, err := h.parse()
		if err != nil {
			return nil, err
		}
		week[i] = o
	}
	slices.SortFunc(week, func(a, b Opening) int {
		// Monday first, as weeks are read here.
		if d := (int(a.Day)+6)%7 - (int(b.Day)+6)%7; d != 0 {
			return d
		}
		return int(a.From) - int(b.From)
	})
	for i := 1; i < len(week); i++ {
		if before, o := week[i-1], week[i]; o.Day == before.Day && o.From < before.To {
			return nil, fault.Invalid("hours."+dayName(o.Day), "hours_overlap", "the hours of %s overlap: %s begins before %s", o.Day, o.From, before.To)
		}
	}
	return week, nil
}

func (h Hours) parse() (Opening, error) {
	day := slices.IndexFunc(weekdays, func(d time.Weekday) bool { return dayName(d) == h.Day })
	if day < 0 {
		return Opening{}, fault.Invalid("hours", "format", "%q is no day of the week", h.Day)
	}
	field := "hours." + h.Day
	from, ok := parseClock(h.From)
	to, also := parseClock(h.To)
	switch {
	case !ok || !also:
		return Opening{}, fault.Invalid(field, "hours_format", "%s: times are written 09:00", h.Day)
	case from >= to:
		return Opening{}, fault.Invalid(field, "hours_order", "%s: %s is not after %s", h.Day, h.To, h.From)
	}
	return Opening{Day: weekdays[day], From: from, To: to}, nil
}

var weekdays = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

func dayName(d time.Weekday) string { return strings.ToLower(d.String()) }

// String writes 09:00, and 24:00 for the end of a day.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", c/60, c%60) }

func parseClock(s string) (Clock, bool) {
	if s == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", s)
	return Clock(t.Hour()*60 + t.Minute()), err == nil && len(s) == len("15:04")
}

func writtenWeek(week []Opening) []Hours {
	list := make([]Hours, len(week))
	for i, o := range week {
		list[i] = Hours{Day: dayName(o.Day), From: o.From.String(), To: o.To.String()}
	}
	return list
}

// parseClosures reads closing days and puts them in order; a single day may leave its end out.
func parseClosures(list []ClosingDays) ([]Closure, error) {
	if len(list) > maxClosures {
		return nil, fault.Invalid("closures", "closures_too_many", "more than %d closures", maxClosures)
	}
	closures := make([]Closure, len(list))
	for i, d := range list {
		field := fmt.Sprintf("closures.%d", i)
		if d.To == "" {
			d.To = d.From
		}
		from, err := time.Parse(time.DateOnly, d.From)
		to, also := time.Parse(time.DateOnly, d.To)
		reason := strings.Join(strings.Fields(d.Reason), " ")
		switch {
		case err != nil || also != nil:
			return nil, fault.Invalid(field, "date_format", "days are written 2026-08-14")
		case to.Before(from):
			return nil, fault.Invalid(field, "date_order", "the closure ends on %s, before it begins on %s", d.To, d.From)
		case to.Sub(from) >= maxClosureDays*24*time.Hour:
			return nil, fault.Invalid(field, "date_span", "the closure is longer than %d days", maxClosureDays)
		case utf8.RuneCountInString(reason) > maxClosureReason:
			return nil, fault.Invalid(field, "too_long", "a reason has at most %d characters", maxClosureReason)
		}
		closures[i] = Closure{From: DateOf(from), To: DateOf(to), Reason: reason}
	}
	slices.SortStableFunc(closures, func(a, b Closure) int { return a.From.Compare(b.From) })
	return closures, nil
}

// CheckClosures refuses closing days that lie years away from today, as somebody plans them. What is stored already is read
// as it is.
func CheckClosures(list []ClosingDays, today time.Time) error {
	first, last := today.AddDate(-closureYears, 0, 0), today.AddDate(closureYears, 0, 0)
	for i, d := range list {
		for _, day := range []string{d.From, d.To} {
			at, err := time.Parse(time.DateOnly, day)
			if err == nil && (at.Before(first) || at.After(last)) {
				return fault.Invalid(fmt.Sprintf("closures.%d", i), "date_range", "%s is more than %d years from today: check the year, or take the closure out", day, closureYears)
			}
		}
	}
	return nil
}

func writtenClosures(closures []Closure) []ClosingDays {
	list := make([]ClosingDays, len(closures))
	for i, c := range closures {
		list[i] = ClosingDays{From: c.From.String(), To: c.To.String(), Reason: c.Reason}
	}
	return list
}

// String writes 2026-08-14.
func (d Date) String() string { return d.midnight().Format(time.DateOnly) }

// parsePatron reads 09-21; the empty text is no day.
func parsePatron(s string) (Yearly, error) {
	if s == "" {
		return Yearly{}, nil
	}
	// A leap year: the patron may be one of 29 February.
	t, err := time.Parse(time.DateOnly, "2024-"+s)
	if err != nil {
		return Yearly{}, fault.Invalid("patron", "patron_format", "the patron saint's day is written as month and day, 09-21")
	}
	return Yearly{t.Month(), t.Day()}, nil
}
