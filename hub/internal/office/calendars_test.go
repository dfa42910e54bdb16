package office_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres/pgtest"
)

func TestCalendars(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), office.NewStore()
	_, err := s.Calendars(t.Context(), pool)
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
	zone := rome(t)
	require.NoError(t, s.PutTown(t.Context(), pool, office.Town{Name: "Valdoria", Zone: zone, Languages: []string{"it"}}))
	urp, err := s.Add(t.Context(), pool, office.Office{Slug: "urp", Name: "URP"})
	require.NoError(t, err)
	police, err := s.Add(t.Context(), pool, office.Office{Slug: "polizia", Name: "Polizia locale"})
	require.NoError(t, err)
	all, err := s.Calendars(t.Context(), pool)
	require.NoError(t, err)
	require.NotEmpty(t, all.Town.Hours, "a new town has hours")

	require.NoError(t, s.PutTownCalendar(t.Context(), pool, office.TownCalendar{
		Hours:    []office.Hours{{"tuesday", "14:30", "17:00"}, {"tuesday", "09:00", "13:00"}, {"monday", "09:00", "13:00"}},
		Holidays: true, Patron: "09-22", Closures: []office.ClosingDays{{"2026-08-14", "", " Ponte  di Ferragosto "}},
	}))
	require.NoError(t, s.PutOfficeCalendar(t.Context(), pool, office.OwnCalendar{
		Office: police, Hours: []office.Hours{{"tuesday", "00:00", "24:00"}}, Closures: []office.ClosingDays{{"2026-09-29", "2026-09-30", "Trasloco"}},
	}))
	require.Equal(t, fault.CodeNotFound, fault.Kind(s.PutOfficeCalendar(t.Context(), pool, office.OwnCalendar{Office: id.New[id.Office]()})))
	all, err = s.Calendars(t.Context(), pool)
	require.NoError(t, err)
	require.Equal(t, office.TownCalendar{
		Hours:    []office.Hours{{"monday", "09:00", "13:00"}, {"tuesday", "09:00", "13:00"}, {"tuesday", "14:30", "17:00"}},
		Holidays: true, Patron: "09-22", Closures: []office.ClosingDays{{"2026-08-14", "2026-08-14", "Ponte di Ferragosto"}},
	}, all.Town)
	worked := func(o id.Office, day int) time.Duration {
		from := time.Date(2026, time.September, day, 0, 0, 0, 0, zone)
		return all.For(o).Between(from, from.AddDate(0, 0, 1))
	}
	require.Equal(t, 6*time.Hour+30*time.Minute, worked(urp, 15))
	require.Equal(t, 24*time.Hour, worked(police, 15))
	require.Zero(t, worked(police, 14), "the office's hours replace the town's")
	require.Zero(t, worked(police, 22), "the patron saint's day is the town's")
	require.Zero(t, worked(police, 29), "the office's own closure")
	require.Equal(t, worked(urp, 15), worked(urp, 29))
	require.Equal(t, worked(urp, 15), worked(id.New[id.Office](), 15), "an office that is gone worked as the town did")
}

func TestCalendarsAreChecked(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), office.NewStore()
	good := []office.Hours{{"monday", "09:00", "13:00"}}
	many := make([]office.ClosingDays, 201)
	for name, c := range map[string]struct {
		calendar   office.TownCalendar
		field, key string
	}{
		"no hours":     {office.TownCalendar{}, "hours", "hours_empty"},
		"overlap":      {office.TownCalendar{Hours: []office.Hours{{"friday", "12:00", "15:00"}, {"friday", "09:00", "13:00"}}}, "hours.friday", "hours_overlap"},
		"end first":    {office.TownCalendar{Hours: []office.Hours{{"friday", "13:00", "09:00"}}}, "hours.friday", "hours_order"},
		"no time":      {office.TownCalendar{Hours: []office.Hours{{"friday", "9", "13:00"}}}, "hours.friday", "hours_format"},
		"25 o'clock":   {office.TownCalendar{Hours: []office.Hours{{"friday", "09:00", "25:00"}}}, "hours.friday", "hours_format"},
		"no day":       {office.TownCalendar{Hours: []office.Hours{{"venerdì", "09:00", "13:00"}}}, "hours", "format"},
		"no date":      {office.TownCalendar{Hours: good, Closures: []office.ClosingDays{{"14/8/2026", "", ""}}}, "closures.0", "date_format"},
		"back in time": {office.TownCalendar{Hours: good, Closures: []office.ClosingDays{{"2026-08-14", "2026-08-13", ""}}}, "closures.0", "date_order"},
		"too long":     {office.TownCalendar{Hours: good, Closures: []office.ClosingDays{{"2026-01-01", "2027-01-02", ""}}}, "closures.0", "date_span"},
		"a long story": {office.TownCalendar{Hours: good, Closures: []office.ClosingDays{{"2026-01-01", "", strings.Repeat("x", 101)}}}, "closures.0", "too_long"},
		"very many":    {office.TownCalendar{Hours: good, Closures: many}, "closures", "closures_too_many"},
		"no saint":     {office.TownCalendar{Hours: good, Patron: "02-30"}, "patron", "patron_format"},
	} {
		wrong := fault.Violations(s.PutTownCalendar(t.Context(), pool, c.calendar))
		require.Len(t, wrong, 1, name)
		require.Equal(t, []string{c.field, c.key}, []string{wrong[0].Field, wrong[0].Key}, name)
	}
}

// An afternoon may begin the minute the morning ends.
func TestHoursMayFollowEachOther(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), office.NewStore()
	require.NoError(t, s.PutTown(t.Context(), pool, office.Town{Name: "Valdoria", Zone: time.UTC}))
	require.NoError(t, s.PutTownCalendar(t.Context(), pool, office.TownCalendar{Hours: []office.Hours{{"friday", "13:00", "17:00"}, {"friday", "09:00", "13:00"}}}))
}
