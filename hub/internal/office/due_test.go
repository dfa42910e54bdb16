package office_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/office"
)

func TestEndOfWorkingDays(t *testing.T) {
	t.Parallel()
	zone := rome(t)
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
		require.NoError(t, err)
		return v
	}
	town := office.Calendar{Week: week(), Holidays: true, Zone: zone}
	for name, c := range map[string]struct {
		from string
		days int
		want string
	}{
		"tomorrow":                      {"2026-03-03 10:00", 1, "2026-03-04 17:00"},
		"before the office opens":       {"2026-03-03 07:00", 1, "2026-03-04 17:00"},
		"after it has closed":           {"2026-03-03 18:00", 1, "2026-03-04 17:00"},
		"over a weekend":                {"2026-03-06 10:00", 2, "2026-03-10 17:00"},
		"asked on a Sunday":             {"2026-03-08 10:00", 1, "2026-03-09 17:00"},
		"over Easter":                   {"2026-04-02 16:00", 5, "2026-04-10 17:00"},
		"over the change of the clocks": {"2026-03-27 10:00", 1, "2026-03-30 17:00"},
	} {
		end, ok := town.EndOfDay(at(c.from), c.days)
		require.True(t, ok, name)
		require.True(t, at(c.want).Equal(end), "%s: %s", name, end)
	}
	never := office.Calendar{Zone: zone}
	_, ok := never.EndOfDay(at("2026-03-03 10:00"), 1)
	require.False(t, ok)

	require.True(t, at("2026-03-04 17:00").Equal(town.EndOf(office.Date{Year: 2026, Month: 3, Day: 4})))
	require.True(t, at("2026-03-09 00:00").Equal(town.EndOf(office.Date{Year: 2026, Month: 3, Day: 8})), "a day that is not worked has an end too")
}
