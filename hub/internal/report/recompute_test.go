package report_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres/pgtest"
	"sportello.dev/hub/internal/report"
)

// TestRecomputeReport holds every figure of a simulated month of 20 offices and 20,000 tickets against SQL that counts
// them straight from events, messages and stays, and tells working time minute by minute.
func TestRecomputeReport(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	m := newMonth(t, pgtest.New(t), 20_000)
	offices := office.NewStore()
	keeper, store := report.NewKeeper(m.db, offices, func() time.Time { return m.now }), report.NewStore(offices)
	require.NoError(t, keeper.Pass(ctx))
	ask := func(scope account.Scope, q report.Query) *report.Report {
		r, err := store.Report(ctx, m.db, scope, q)
		require.NoError(t, err)
		require.True(t, r.Complete)
		return r
	}
	day := func(month time.Month, d int) office.Date { return office.Date{Year: 2026, Month: month, Day: d} }
	midnight := func(d office.Date) time.Time {
		return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, m.first.Location())
	}
	all := report.Query{First: day(3, 15), Last: day(4, 14), By: report.ByOffice, Step: report.ByWeek}
	o := newOracle(t, m)

	// The whole month, the town's and each office's.
	r := ask(account.SystemScope(), all)
	from, to := midnight(all.First), midnight(day(4, 15))
	require.Equal(t, o.total(from, to), r.Total)
	require.Equal(t, 20_000, r.Total.Received)
	require.Positive(t, min(r.Total.FirstLevel, r.Total.Reopened, r.Total.Joined, r.Total.Parted, r.Total.Came, r.Total.Backlog))
	require.Len(t, r.Rows, monthOffices)
	require.Equal(t, o.figures(from, to, "office", uuid.Nil, ""), keyed(r.Rows))
	// Week by week; the first one and the last are cut off.
	require.Len(t, r.Course, 6)
	for i, step := range r.Course {
		next := to
		if i+1 < len(r.Course) {
			next = midnight(parse(t, r.Course[i+1].Key))
		}
		require.Equal(t, o.total(midnight(parse(t, step.Key)), next), step.Figures, step.Key)
	}
	// The days around the night of 23 hours, by channel, and what went before.
	around := ask(account.SystemScope(), report.Query{First: day(3, 28), Last: day(3, 30), By: report.ByChannel, Step: report.ByDay})
	require.Equal(t, o.total(midnight(day(3, 25)), midnight(day(3, 28))), around.Previous)
	require.Len(t, around.Rows, 4)
	require.Equal(t, o.figures(midnight(day(3, 28)), midnight(day(3, 31)), "channel", uuid.Nil, ""), keyed(around.Rows))
	for _, step := range around.Course {
		d := midnight(parse(t, step.Key))
		require.Equal(t, o.total(d, d.AddDate(0, 0, 1)), step.Figures, step.Key)
	}
	// By type; the terms that were met and missed are there in all their kinds.
	typed := ask(account.SystemScope(), report.Query{First: all.First, Last: all.Last, By: report.ByType})
	require.Len(t, typed.Rows, 3)
	require.Equal(t, o.figures(from, to, "type", uuid.Nil, ""), keyed(typed.Rows))
	for _, k := range []report.Kept{r.Total.First, r.Total.Next, r.Total.Resolve} {
		require.Positive(t, min(k.Met, k.Missed))
	}
	payments := ask(account.SystemScope(), report.Query{First: all.First, Last: all.Last, Filter: report.Filter{Type: new("payment")}})
	require.Equal(t, keyed(typed.Rows)["payment"], payments.Total)
	// One office by one channel, asked for by its head.
	night := ask(account.OfficeScope(m.offices[3]), report.Query{First: all.First, Last: all.Last, Filter: report.Filter{Channel: new("email")}})
	require.Equal(t, o.figures(from, to, "both", m.offices[3].UUID, "email")[""], night.Total)
	require.Zero(t, ask(account.Scope{}, all).Total, "who sees nothing sees no figures")
}

func keyed(rows []report.Row) map[string]report.Figures {
	all := map[string]report.Figures{}
	for _, r := range rows {
		all[r.Key] = r.Figures
	}
	return all
}

func parse(t *testing.T, s string) office.Date {
	t.Helper()
	d, err := time.Parse(time.DateOnly, s)
	require.NoError(t, err)
	return office.DateOf(d)
}

// TestKeeperFollows changes what happened: following it leads to the figures that counting everything again does, which
// also a change of hours makes the next pass do.
func TestKeeperFollows(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	m := newMonth(t, pgtest.New(t), 300)
	offices := office.NewStore()
	keeper, store := report.NewKeeper(m.db, offices, func() time.Time { return m.now }), report.NewStore(offices)
	pass := func() *report.Report {
		require.NoError(t, keeper.Pass(ctx))
		r, err := store.Report(ctx, m.db, account.SystemScope(), report.Query{
			First: office.Date{Year: 2026, Month: 3, Day: 1}, Last: office.Date{Year: 2026, Month: 4, Day: 30}, By: report.ByOffice, Step: report.ByMonth,
		})
		require.NoError(t, err)
		return r
	}
	was := pass()
	require.Equal(t, was, pass(), "nothing happened")
	// A first answer is called back, an open ticket is settled.
	const change = `
		WITH back AS (
		    UPDATE message SET cancelled_at = created_at WHERE direction = 'outbound' AND ticket_id = (
		        SELECT ticket_id FROM message WHERE direction = 'outbound' AND cancelled_at IS NULL AND origin = 'operator' ORDER BY id LIMIT 1)
		    RETURNING ticket_id),
		opened AS (SELECT id, status FROM ticket WHERE status = 'open' AND held_since IS NOT NULL ORDER BY id DESC LIMIT 1)
		INSERT INTO ticket_event (id, ticket_id, type, params, actor_kind, at)
		SELECT DISTINCT $1::uuid, ticket_id, 'withdrawn', '{}'::jsonb, 'system', $3::timestamptz FROM back
		UNION ALL
		SELECT $2, id, 'status_changed', jsonb_build_object('from', status, 'to', 'resolved'), 'system', $3 FROM opened`
	_, err := m.db.Exec(ctx, change, m.id(m.now), m.id(m.now), m.now)
	require.NoError(t, err)
	followed := pass()
	require.Equal(t, []int{was.Total.Resolved + 1, was.Total.Answered - 1, was.Total.Backlog - 1},
		[]int{followed.Total.Resolved, followed.Total.Answered, followed.Total.Backlog})
	require.NoError(t, keeper.Restart(ctx))
	require.Equal(t, followed, pass())

	require.NoError(t, offices.PutTownCalendar(ctx, m.db, office.TownCalendar{Hours: hours("00:00", "24:00", "monday", "tuesday")}))
	longer := pass()
	require.NotEqual(t, followed.Total.Settle.Worked9, longer.Total.Settle.Worked9)
	require.Equal(t, followed.Total.Settle.Elapsed9, longer.Total.Settle.Elapsed9)
}
