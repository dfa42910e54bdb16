package office

import (
	"context"
	"slices"
	"time"

	"sportello.dev/hub/internal/postgres"
)

// Example says by when something would be due that arrives at a moment people can picture.
type Example struct {
	Arrives time.Time
	// Days are working days of the calendar.
	Days int
	// Due is the zero time when the calendar does not open for so long.
	Due time.Time
}

// DayOff is a holiday or the patron saint's day.
type DayOff struct {
	Date   Date
	Closed Closed
}

// Planned gives a calendar as it would be: the town's as given, else as it stands, with what an office does otherwise on top.
func (s *Store) Planned(ctx context.Context, q postgres.Querier, town *TownCalendar, own *OwnCalendar) (*Calendar, error) {
	all, err := s.Calendars(ctx, q)
	if err != nil {
		return nil, err
	}
	c := *all.town
	if town != nil {
		given, err := town.parse()
		if err != nil {
			return nil, err
		}
		given.Zone = c.Zone
		c = *given
	}
	if own == nil {
		return &c, nil
	}
	week, closures, err := own.parse()
	if err != nil {
		return nil, err
	}
	if c.Closures = slices.Concat(c.Closures, closures); week != nil {
		c.Week = week
	}
	return &c, nil
}

// Examples are now, the next Friday at 18 and Christmas Eve at 11.
func (c *Calendar) Examples(now time.Time) []Example {
	local := now.In(c.Zone)
	at := func(d Date, hour int) time.Time { return time.Date(d.Year, d.Month, d.Day, hour, 0, 0, 0, c.Zone) }
	friday := DateOf(local.AddDate(0, 0, (int(time.Friday)-int(local.Weekday())+7)%7))
	eve := Date{Year: local.Year(), Month: time.December, Day: 24}
	list := []Example{{Arrives: now, Days: 1}, {Arrives: at(friday, 18), Days: 2}, {Arrives: at(eve, 11), Days: 5}}
	for i := range list {
		if due, ok := c.AddDays(list[i].Arrives, list[i].Days); ok {
			list[i].Due = due
		}
	}
	return list
}

// DaysOff are the holidays of a year from now on.
func (c *Calendar) DaysOff(now time.Time) []DayOff {
	without := Calendar{Holidays: c.Holidays, Patron: c.Patron}
	var list []DayOff
	day := DateOf(now.In(c.Zone)).midnight()
	for range 365 {
		if closed := without.closedOn(DateOf(day)); closed != (Closed{}) {
			list = append(list, DayOff{DateOf(day), closed})
		}
		day = day.AddDate(0, 0, 1)
	}
	return list
}
