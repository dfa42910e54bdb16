package report

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres/pgtest"
)

func TestHowLongAPeriodMayBe(t *testing.T) {
	t.Parallel()
	first := office.Date{Year: 2020, Month: time.January, Day: 1}
	last := func(days int) office.Date { return office.DateOf(day(first).AddDate(0, 0, days-1)) }
	for _, c := range []struct {
		days  int
		step  Part
		field string
	}{{0, "", "to"}, {1, "", ""}, {maxDays, "", ""}, {maxDays + 1, "", "to"}, {maxSteps, ByDay, ""}, {maxSteps + 1, ByDay, "step"}, {maxSteps + 1, ByWeek, ""}} {
		err := (&Query{First: first, Last: last(c.days), Step: c.step}).check()
		if c.field == "" {
			require.NoError(t, err, "%d days by %s", c.days, c.step)
			continue
		}
		require.Equal(t, c.field, fault.Violations(err)[0].Field, "%d days by %s", c.days, c.step)
	}
}

// Behind a figure stands what falls into its days, the first and the last too, of tickets that one sees today: held by an
// office in scope, or shared with it. The rest is counted, and no more.
func TestIsolationOfWhatStandsBehindAFigure(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s, ours, theirs := NewStore(office.NewStore()), id.New[id.Office](), id.New[id.Office]()
	exec := func(sql string, args ...any) {
		t.Helper()
		_, err := db.Exec(t.Context(), sql, args...)
		require.NoError(t, err)
	}
	exec(`INSERT INTO office (id, slug, name, confidential) VALUES ($1, 'urp', 'URP', false), ($2, 'sociale', 'Sociale', true)`, ours, theirs)
	mark := func(number, on string, lies id.Office) id.Ticket {
		made := id.New[id.Ticket]()
		exec(`INSERT INTO ticket (id, number, office_id, last_message_at) VALUES ($1, $2, $3, now())`, made, number, lies)
		exec(`INSERT INTO report_mark (ticket_id, kind, at, day, office_id, channel_kind, request_type, worked, elapsed, stayed, rest, first_level)
			VALUES ($1, 'received', $2::date + interval '10 hours', $2::date, $3, 'email', '', 0, 0, -1, 0, false)`, made, on, ours)
		return made
	}
	for number, on := range map[string]string{"2026-000001-1": "2026-03-01", "2026-000002-2": "2026-03-02", "2026-000003-3": "2026-03-03", "2026-000004-4": "2026-03-04"} {
		mark(number, on, ours)
	}
	mark("2026-000005-5", "2026-03-03", theirs)
	shared := mark("2026-000006-6", "2026-03-03", theirs)
	exec(`INSERT INTO ticket_share (ticket_id, office_id, kind, created_at) VALUES ($1, $2, 'ask', now())`, shared, ours)
	q := Query{First: office.Date{Year: 2026, Month: time.March, Day: 2}, Last: office.Date{Year: 2026, Month: time.March, Day: 3}}
	look := func(scope account.Scope) (numbers []string, hidden int) {
		var from *Position
		for more := true; more && len(numbers) < 10; more = from != nil {
			page, next, err := s.Tickets(t.Context(), db, scope, Received, q, from, 1)
			require.NoError(t, err)
			for _, each := range page {
				numbers = append(numbers, string(each.Number))
			}
			from = next
		}
		hidden, err := s.Hidden(t.Context(), db, scope, Received, q)
		require.NoError(t, err)
		return numbers, hidden
	}
	for what, scope := range map[string]account.Scope{"the office": account.OfficeScope(ours), "the town": account.TownScope([]id.Office{theirs}, ours)} {
		numbers, hidden := look(scope)
		require.ElementsMatch(t, []string{"2026-000002-2", "2026-000003-3", "2026-000006-6"}, numbers, what)
		require.Equal(t, 1, hidden, what)
	}
	numbers, hidden := look(account.TownScope([]id.Office{theirs}))
	require.Len(t, numbers, 2)
	require.Equal(t, 2, hidden, "who is in no office that it is shared with")
	numbers, hidden = look(account.OfficeScope(theirs))
	require.Empty(t, numbers, "the other office did none of it")
	require.Zero(t, hidden)
}
