package office_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres/pgtest"
)

func TestTerm(t *testing.T) {
	t.Parallel()
	zone := rome(t)
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
		require.NoError(t, err)
		return v
	}
	town := &office.Calendar{Week: week(), Holidays: true, Zone: zone}
	worked := func(n int, unit office.TermUnit) office.Term { return office.Term{Amount: n, Unit: unit, Worked: true} }
	plain := func(n int, unit office.TermUnit) office.Term { return office.Term{Amount: n, Unit: unit} }
	for _, c := range []struct {
		term        office.Term
		began, ends string
		near        string // three quarters of it
		waited      [2]string
		moved       string
	}{
		// The day of arrival does not count, and neither do the weekend and Easter Monday.
		{worked(1, office.InDays), "2026-04-02 10:00", "2026-04-03 17:00", "2026-04-03 12:30", [2]string{"2026-04-03 09:00", "2026-04-03 11:00"}, "2026-04-07 11:00"},
		{worked(1, office.InDays), "2026-04-03 10:00", "2026-04-07 17:00", "2026-04-07 12:30", [2]string{"2026-04-03 17:00", "2026-04-07 09:00"}, "2026-04-07 17:00"},
		{worked(2, office.InDays), "2026-03-28 10:00", "2026-03-31 17:00", "2026-03-31 12:15", [2]string{"2026-03-30 09:00", "2026-03-30 09:01"}, "2026-04-01 09:01"},
		{worked(4, office.InHours), "2026-03-02 12:00", "2026-03-03 09:30", "2026-03-02 16:30", [2]string{"2026-03-02 13:00", "2026-03-02 15:00"}, "2026-03-03 10:00"},
		{worked(30, office.InMinutes), "2026-03-02 17:30", "2026-03-03 09:30", "2026-03-03 09:22", [2]string{"2026-03-02 18:00", "2026-03-03 08:00"}, "2026-03-03 09:30"},
		// Days on the wall end at the same hour, though one of them has 23.
		{plain(30, office.InDays), "2026-03-20 10:00", "2026-04-19 10:00", "2026-04-11 22:15", [2]string{"2026-03-21 10:00", "2026-03-22 10:00"}, "2026-04-20 10:00"},
		{plain(2, office.InHours), "2026-03-29 01:30", "2026-03-29 04:30", "2026-03-29 04:00", [2]string{"2026-03-29 01:45", "2026-03-29 03:15"}, "2026-03-29 05:00"},
	} {
		ends, ok := c.term.From(town, at(c.began))
		require.True(t, ok)
		require.Equal(t, at(c.ends).UTC(), ends, "%v from %s", c.term, c.began)
		moved, ok := c.term.Move(town, ends, at(c.waited[0]), at(c.waited[1]))
		require.True(t, ok)
		require.WithinDuration(t, at(c.moved), moved, 0, "%v from %s, put off", c.term, c.began)
		near := c.term.Near(town, at(c.began), ends, ends, 75)
		require.WithinDuration(t, at(c.near), near, time.Minute, "%v from %s is near", c.term, c.began)
		require.Equal(t, ends, c.term.Near(town, at(c.began), ends, ends, 100))
	}
	_, ok := worked(1, office.InDays).From(&office.Calendar{Zone: zone}, at("2026-03-02 10:00"))
	require.False(t, ok, "an office that never opens has no days")
}

func TestTermsOfTheTown(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), office.NewStore()
	terms, err := s.Terms(t.Context(), pool)
	require.NoError(t, err)
	require.Empty(t, terms.Policies, "before the town is set up nothing is due")
	require.NoError(t, s.PutTown(t.Context(), pool, office.Town{Name: "Valdoria", Zone: rome(t), Languages: []string{"it"}}))
	urp, err := s.Add(t.Context(), pool, office.Office{Slug: "urp", Name: "URP"})
	require.NoError(t, err)
	terms, err = s.Terms(t.Context(), pool)
	require.NoError(t, err)
	require.Equal(t, []office.TermPolicy{{
		First: &office.Term{Amount: 1, Unit: office.InDays, Worked: true}, Next: &office.Term{Amount: 2, Unit: office.InDays, Worked: true},
		Resolve: &office.Term{Amount: 30, Unit: office.InDays}, WarnPercent: 75,
	}}, terms.Policies, "what a new town begins with")

	now := time.Now()
	book := office.NewBook(func() time.Time { return now })
	_, err = book.Terms(t.Context(), pool)
	require.NoError(t, err)
	list := []office.TermPolicy{
		{WarnPercent: 1},
		{TermKey: office.TermKey{Priority: 4}, WarnPercent: 2},
		{TermKey: office.TermKey{Type: "report"}, WarnPercent: 3},
		{TermKey: office.TermKey{Office: urp}, WarnPercent: 4},
		{TermKey: office.TermKey{Office: urp, Priority: 4}, WarnPercent: 5},
		{TermKey: office.TermKey{Type: "report", Priority: 4}, WarnPercent: 6},
	}
	require.NoError(t, s.PutTerms(t.Context(), pool, list))
	kept, err := book.Terms(t.Context(), pool)
	require.NoError(t, err)
	require.Len(t, kept.Policies, 1, "the book asks again in some seconds")
	now = now.Add(5 * time.Second)
	terms, err = book.Terms(t.Context(), pool)
	require.NoError(t, err)
	require.Equal(t, list, terms.Policies)
	for key, percent := range map[office.TermKey]int{
		{}:                            1,
		{Priority: 4, Type: "other"}:  2,
		{Priority: 1, Type: "report"}: 3,
		{Priority: 1, Type: "report", Office: urp}: 4,
		{Priority: 4, Type: "report", Office: urp}: 5,
		{Priority: 4, Type: "report"}:              6,
	} {
		policy, calendar := terms.For(key)
		require.Equal(t, percent, policy.WarnPercent, key)
		require.NotNil(t, calendar)
	}
}

func TestTermsAreChecked(t *testing.T) {
	t.Parallel()
	s, general := office.NewStore(), office.TermPolicy{WarnPercent: 75}
	term := func(n int, unit office.TermUnit) office.TermPolicy {
		return office.TermPolicy{TermKey: office.TermKey{Priority: 1}, Next: &office.Term{Amount: n, Unit: unit}, WarnPercent: 75}
	}
	for name, c := range map[string]struct {
		list       []office.TermPolicy
		field, key string
	}{
		"nothing for all":  {nil, "policies", "terms_general"},
		"zero":             {[]office.TermPolicy{general, term(0, office.InDays)}, "policies.1.next", "terms_amount"},
		"less":             {[]office.TermPolicy{general, term(-3, office.InHours)}, "policies.1.next", "terms_amount"},
		"far too long":     {[]office.TermPolicy{general, term(1001, office.InDays)}, "policies.1.next", "terms_amount"},
		"weeks":            {[]office.TermPolicy{general, term(1, "weeks")}, "policies.1.next", "terms_amount"},
		"more than all":    {[]office.TermPolicy{{WarnPercent: 101}}, "policies.0.warn_percent", "terms_percent"},
		"no percent":       {[]office.TermPolicy{{}}, "policies.0.warn_percent", "terms_percent"},
		"twice":            {[]office.TermPolicy{general, term(1, office.InDays), term(2, office.InDays)}, "policies.2", "terms_twice"},
		"another priority": {[]office.TermPolicy{general, {TermKey: office.TermKey{Priority: 5}, WarnPercent: 75}}, "policies.1.priority", "out_of_range"},
		"very many":        {make([]office.TermPolicy, 201), "policies", "terms_too_many"},
	} {
		wrong := fault.Violations(s.PutTerms(t.Context(), nil, c.list))
		require.Len(t, wrong, 1, name)
		require.Equal(t, []string{c.field, c.key}, []string{wrong[0].Field, wrong[0].Key}, name)
	}
}
