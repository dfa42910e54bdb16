package office_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/office"
)

func TestStateOfAnOffice(t *testing.T) {
	t.Parallel()
	zone := rome(t)
	town := office.Calendar{
		Week: append(week(), office.Opening{Day: time.Saturday, From: 0, To: 12 * 60}, office.Opening{Day: time.Saturday, From: 12 * 60, To: 24 * 60}),
		Zone: zone, Holidays: true, Patron: office.Yearly{Month: time.September, Day: 22},
		Closures: []office.Closure{{From: office.Date{Year: 2026, Month: 8, Day: 14}, To: office.Date{Year: 2026, Month: 8, Day: 14}, Reason: "Ponte"}},
	}
	for at, want := range map[string]struct {
		open    bool
		changes string
		today   int
		closed  office.Closed
	}{
		"2026-09-21 08:59": {false, "2026-09-21 09:00", 2, office.Closed{}},
		"2026-09-21 09:00": {true, "2026-09-21 13:00", 2, office.Closed{}},
		"2026-09-21 13:00": {false, "2026-09-21 14:30", 2, office.Closed{}},
		"2026-09-21 17:00": {false, "2026-09-23 09:00", 2, office.Closed{}},
		"2026-09-22 10:00": {false, "2026-09-23 09:00", 0, office.Closed{Kind: "patron"}},
		"2026-09-26 10:00": {true, "2026-09-27 00:00", 2, office.Closed{}}, // two stretches without a break are one
		"2026-09-27 10:00": {false, "2026-09-28 09:00", 0, office.Closed{}},
		"2026-08-14 10:00": {false, "2026-08-17 09:00", 0, office.Closed{Kind: "closure", Name: "Ponte"}},
		"2027-03-29 10:00": {false, "2027-03-30 09:00", 0, office.Closed{Kind: "holiday", Name: "easter_monday"}},
	} {
		instant, err := time.ParseInLocation("2006-01-02 15:04", at, zone)
		require.NoError(t, err)
		got := town.At(instant)
		require.Equal(t, want.open, got.Open, at)
		require.Equal(t, want.changes, got.Changes.In(zone).Format("2006-01-02 15:04"), at)
		require.Len(t, got.Today, want.today, at)
		require.Equal(t, want.closed, got.Closed, at)
	}
	always := office.Calendar{Zone: zone}
	for day := time.Sunday; day <= time.Saturday; day++ {
		always.Week = append(always.Week, office.Opening{Day: day, From: 0, To: 24 * 60})
	}
	got := always.At(time.Date(2026, 9, 21, 10, 0, 0, 0, zone))
	require.True(t, got.Open)
	require.Zero(t, got.Changes)
	shut := town
	shut.Closures = []office.Closure{{From: office.Date{Year: 2026, Month: 9, Day: 1}, To: office.Date{Year: 2026, Month: 12, Day: 31}, Reason: "Lavori"}}
	got = shut.At(time.Date(2026, 9, 21, 10, 0, 0, 0, zone))
	require.Zero(t, got.Changes, "it opens in more weeks than anybody looks ahead")
	never := office.Calendar{Zone: zone}
	require.Equal(t, office.State{}, never.At(time.Now()))
}
