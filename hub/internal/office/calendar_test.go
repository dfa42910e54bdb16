package office_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sportello.dev/hub/internal/office"
)

func rome(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Rome")
	require.NoError(t, err)
	return zone
}

func split(day time.Weekday) []office.Opening {
	return []office.Opening{{Day: day, From: 9 * 60, To: 13 * 60}, {Day: day, From: 14*60 + 30, To: 17 * 60}}
}

// week is Monday to Friday, 9 to 13 and 14:30 to 17.
func week() []office.Opening {
	var all []office.Opening
	for day := time.Monday; day <= time.Friday; day++ {
		all = append(all, split(day)...)
	}
	return all
}

func TestHoliday(t *testing.T) {
	t.Parallel()
	for day, name := range map[office.Date]string{
		{2026, time.April, 5}:   "easter",
		{2026, time.April, 6}:   "easter_monday",
		{2027, time.March, 29}:  "easter_monday",
		{2024, time.April, 1}:   "easter_monday",
		{2038, time.April, 26}:  "easter_monday", // the latest one there can be
		{2025, time.October, 4}: "",
		{2026, time.October, 4}: "saint_francis",
		{2026, time.May, 1}:     "labour",
		{2026, time.August, 14}: "",
	} {
		require.Equal(t, name, office.Holiday(day), day)
	}
}

func TestCalendar(t *testing.T) {
	t.Parallel()
	zone := rome(t)
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04:05", s, zone)
		require.NoError(t, err)
		return v
	}
	town := office.Calendar{
		Week: week(), Holidays: true, Patron: office.Yearly{Month: time.September, Day: 21}, Zone: zone,
		Closures: []office.Closure{{From: office.Date{Year: 2026, Month: 8, Day: 10}, To: office.Date{Year: 2026, Month: 8, Day: 21}}},
	}
	night := office.Calendar{Week: []office.Opening{{Day: time.Sunday, From: 0, To: 6 * 60}}, Zone: zone}
	half := office.Calendar{Week: []office.Opening{{Day: time.Sunday, From: 2*60 + 30, To: 4 * 60}}, Zone: zone}
	for name, c := range map[string]struct {
		calendar office.Calendar
		from, to string
		want     time.Duration
	}{
		"across lunch":           {town, "2026-03-03 12:50:00", "2026-03-03 14:40:30", 20*time.Minute + 30*time.Second},
		"all of a day":           {town, "2026-03-03 00:00:00", "2026-03-04 00:00:00", 6*time.Hour + 30*time.Minute},
		"a weekend":              {town, "2026-03-06 16:59:59", "2026-03-09 09:00:01", 2 * time.Second},
		"Easter":                 {town, "2026-04-03 16:00:00", "2026-04-07 10:00:00", 2 * time.Hour},
		"the patron saint":       {town, "2026-09-21 08:00:00", "2026-09-21 18:00:00", 0},
		"closing days":           {town, "2026-08-07 16:00:00", "2026-08-24 09:30:00", 90 * time.Minute},
		"backwards":              {town, "2026-03-04 10:00:00", "2026-03-03 10:00:00", 0},
		"the night of 23 hours":  {night, "2026-03-28 12:00:00", "2026-03-29 12:00:00", 5 * time.Hour},
		"the night of 25 hours":  {night, "2026-10-24 12:00:00", "2026-10-25 12:00:00", 7 * time.Hour},
		"from an hour not there": {half, "2026-03-28 12:00:00", "2026-03-29 12:00:00", time.Hour},
		"from an hour twice":     {half, "2026-10-24 12:00:00", "2026-10-25 12:00:00", 2 * time.Hour},
	} {
		require.Equal(t, c.want, c.calendar.Between(at(c.from), at(c.to)), name)
	}
	due, ok := town.Add(at("2026-03-06 16:30:00"), time.Hour)
	require.True(t, ok)
	require.True(t, due.Equal(at("2026-03-09 09:30:00")), due)
	never := office.Calendar{Zone: zone}
	_, ok = never.Add(at("2026-03-06 16:30:00"), time.Second)
	require.False(t, ok)
}

// calendars draws hours of any shape, on whole minutes, with closing days around the nights when the clocks change.
func calendars(zone *time.Location) *rapid.Generator[office.Calendar] {
	return rapid.Custom(func(t *rapid.T) office.Calendar {
		c := office.Calendar{Zone: zone, Holidays: rapid.Bool().Draw(t, "holidays")}
		for day := time.Sunday; day <= time.Saturday; day++ {
			from := 0
			for range rapid.IntRange(0, 3).Draw(t, "parts") {
				from = rapid.IntRange(from, 24*60-1).Draw(t, "from")
				to := rapid.IntRange(from+1, 24*60).Draw(t, "to")
				c.Week = append(c.Week, office.Opening{Day: day, From: office.Clock(from), To: office.Clock(to)})
				if from = to; from == 24*60 {
					break
				}
			}
		}
		if rapid.Bool().Draw(t, "closure") {
			first := time.Date(2026, rapid.SampledFrom([]time.Month{3, 10}).Draw(t, "month"), rapid.IntRange(22, 31).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
			last := first.AddDate(0, 0, rapid.IntRange(0, 3).Draw(t, "days"))
			c.Closures = []office.Closure{{From: office.DateOf(first), To: office.DateOf(last)}}
		}
		return c
	})
}

// instants draws whole seconds in the weeks around both changes of the clocks, often in the very night.
func instants() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		change := rapid.SampledFrom([]time.Time{
			time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC),
		}).Draw(t, "change")
		reach := rapid.SampledFrom([]int{2 * 3600, 4 * 24 * 3600}).Draw(t, "reach")
		return change.Add(time.Duration(rapid.IntRange(-reach, reach).Draw(t, "seconds")) * time.Second)
	})
}

// TestBusinessTimeLaws: cutting a stretch anywhere changes nothing, more time is never less work, and Add finds the first
// instant by which Between has so much.
func TestBusinessTimeLaws(t *testing.T) {
	t.Parallel()
	zone := rome(t)
	rapid.Check(t, func(t *rapid.T) {
		c := calendars(zone).Draw(t, "calendar")
		a, b, between := instants().Draw(t, "a"), instants().Draw(t, "b"), instants().Draw(t, "cut")
		if b.Before(a) {
			a, b = b, a
		}
		whole := c.Between(a, b)
		require.LessOrEqual(t, whole, b.Sub(a))
		if !between.Before(a) && !between.After(b) {
			require.Equal(t, whole, c.Between(a, between)+c.Between(between, b))
		}
		require.LessOrEqual(t, whole, c.Between(a, b.Add(time.Hour)))
		worked := time.Duration(rapid.Int64Range(1, 10*3600).Draw(t, "worked")) * time.Second
		at, ok := c.Add(a, worked)
		if !ok {
			require.Empty(t, c.Week)
			return
		}
		require.Equal(t, worked, c.Between(a, at))
		require.Equal(t, worked-time.Second, c.Between(a, at.Add(-time.Second)), "not earlier")
		if whole > 0 {
			end, _ := c.Add(a, whole)
			require.False(t, end.After(b))
		}
	})
}

// TestBusinessTimeByTheMinute looks at the clock on the wall minute by minute.
func TestBusinessTimeByTheMinute(t *testing.T) {
	t.Parallel()
	zone := rome(t)
	rapid.Check(t, func(t *rapid.T) {
		c := calendars(zone).Draw(t, "calendar")
		a := instants().Draw(t, "a").Truncate(time.Minute)
		b := a.Add(time.Duration(rapid.IntRange(0, 30*60).Draw(t, "minutes")) * time.Minute)
		var sum time.Duration
		for at := a; at.Before(b); at = at.Add(time.Minute) {
			if openAt(&c, at.In(zone)) {
				sum += time.Minute
			}
		}
		require.Equal(t, sum, c.Between(a, b))
	})
}

func openAt(c *office.Calendar, wall time.Time) bool {
	day := office.DateOf(wall)
	for _, x := range c.Closures {
		if day.Compare(x.From) >= 0 && day.Compare(x.To) <= 0 {
			return false
		}
	}
	if c.Holidays && office.Holiday(day) != "" {
		return false
	}
	shown := office.Clock(wall.Hour()*60 + wall.Minute())
	for _, o := range c.Week {
		if o.Day == wall.Weekday() && shown >= o.From && shown < o.To {
			return true
		}
	}
	return false
}
