package office

import "time"

// Yearly is a day that comes every year.
type Yearly struct {
	Month time.Month
	Day   int
}

func (y Yearly) on(d Date) bool { return y.Month == d.Month && y.Day == d.Day }

// holidays are Italy's that fall on the same day every year (law 260 of 1949 as it stands), each with the first year in
// which it is kept; none of those of any year is older than an installation can be.
var holidays = []struct {
	Yearly
	name  string
	since int
}{
	{Yearly{time.January, 1}, "new_year", 0},
	{Yearly{time.January, 6}, "epiphany", 0},
	{Yearly{time.April, 25}, "liberation", 0},
	{Yearly{time.May, 1}, "labour", 0},
	{Yearly{time.June, 2}, "republic", 0},
	{Yearly{time.August, 15}, "assumption", 0},
	{Yearly{time.October, 4}, "saint_francis", 2026}, // law 151 of 2025
	{Yearly{time.November, 1}, "all_saints", 0},
	{Yearly{time.December, 8}, "immaculate", 0},
	{Yearly{time.December, 25}, "christmas", 0},
	{Yearly{time.December, 26}, "saint_stephen", 0},
}

// Holiday names the national holiday that a day is, and is empty for any other day. The names are words for the client.
func Holiday(d Date) string {
	for _, h := range holidays {
		if h.on(d) && d.Year >= h.since {
			return h.name
		}
	}
	switch easter := easter(d.Year); d {
	case easter:
		return "easter"
	case DateOf(easter.midnight().AddDate(0, 0, 1)):
		return "easter_monday"
	}
	return ""
}

// easter is the Sunday after the first full moon of spring, by the arithmetic of the Gregorian calendar: golden number
// and corrections for the moon, then the Sunday.
func easter(year int) Date {
	golden, century, rest := year%19, year/100, year%100
	moon := (19*golden + century - century/4 - (century-(century+8)/25+1)/3 + 15) % 30
	sunday := (32 + 2*(century%4) + 2*(rest/4) - moon - rest%4) % 7
	late := (golden + 11*moon + 22*sunday) / 451
	n := moon + sunday - 7*late + 114
	return Date{year, time.Month(n / 31), n%31 + 1}
}
