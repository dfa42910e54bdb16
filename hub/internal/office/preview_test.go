package office_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/office"
)

func TestExamplesOfACalendar(t *testing.T) {
	t.Parallel()
	zone := rome(t)
	c := office.Calendar{Week: week(), Holidays: true, Patron: office.Yearly{Month: time.September, Day: 22}, Zone: zone}
	written := func(at time.Time) string { return at.In(zone).Format("2006-01-02 15:04") }
	var got []string
	for _, e := range c.Examples(time.Date(2026, 9, 20, 10, 0, 0, 0, zone)) {
		got = append(got, written(e.Arrives)+" -> "+written(e.Due))
	}
	require.Equal(t, []string{
		"2026-09-20 10:00 -> 2026-09-21 17:00",
		"2026-09-25 18:00 -> 2026-09-29 17:00",
		"2026-12-24 11:00 -> 2027-01-04 17:00",
	}, got)
	days := c.DaysOff(time.Date(2026, 9, 20, 10, 0, 0, 0, zone))
	require.Equal(t, office.DayOff{Date: office.Date{Year: 2026, Month: 9, Day: 22}, Closed: office.Closed{Kind: "patron"}}, days[0])
	require.Len(t, days, 14, "thirteen holidays with Easter, and the patron saint")
	never := office.Calendar{Zone: zone}
	require.Zero(t, never.Examples(time.Now())[0].Due)
	require.Empty(t, never.DaysOff(time.Now()))
}
