package office

import "time"

// EndOfDay gives the last instant worked on the n-th working day after the one on which from falls; ok is false when the
// calendar does not open so often.
func (c *Calendar) EndOfDay(from time.Time, n int) (end time.Time, ok bool) {
	last := DateOf(from.In(c.Zone))
	for opens, closes := range c.open(from) {
		if day := DateOf(opens.In(c.Zone)); day != last {
			if n == 0 {
				return end, true
			}
			n, last, end = n-1, day, closes
		} else if !end.IsZero() {
			end = closes
		}
	}
	return end, n == 0 && !end.IsZero()
}

// EndOf gives the last instant worked on a day; on one that is not worked, the end of the day itself.
func (c *Calendar) EndOf(day Date) time.Time {
	end := time.Date(day.Year, day.Month, day.Day+1, 0, 0, 0, 0, c.Zone)
	for opens, closes := range c.open(time.Date(day.Year, day.Month, day.Day, 0, 0, 0, 0, c.Zone)) {
		if DateOf(opens.In(c.Zone)) != day {
			break
		}
		end = closes
	}
	return end
}
