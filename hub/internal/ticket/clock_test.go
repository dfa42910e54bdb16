package ticket_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/ticket"
)

// rome is the town's zone.
var rome = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		panic(err)
	}
	return zone
}()

// at is a time on the town's clocks, in March 2026: the second is a Monday.
func at(day, hour, minute int) *time.Time {
	return ptr(time.Date(2026, time.March, day, hour, minute, 0, 0, rome).UTC())
}

// newTimedTown is a town that answers within terms, from Monday to Friday from 9 to 13, on Thursdays also from 14:30 to 17.
func newTimedTown(t *testing.T) *town {
	w := newTown(t)
	w.Exec(`INSERT INTO town (name, time_zone) VALUES ('Borgo', 'Europe/Rome') ON CONFLICT DO NOTHING`)
	w.terms(office.TermPolicy{
		First: days(1), Next: days(2), Resolve: &office.Term{Amount: 30, Unit: office.InDays}, WarnPercent: 75,
	})
	w.Clock.Set(*at(2, 10, 0))
	return w
}

func days(n int) *office.Term { return &office.Term{Amount: n, Unit: office.InDays, Worked: true} }

func hours(n int) *office.Term { return &office.Term{Amount: n, Unit: office.InHours, Worked: true} }

func (w *town) terms(list ...office.TermPolicy) {
	w.T.Helper()
	require.NoError(w.T, office.NewStore().PutTerms(w.T.Context(), w.DB, list))
	w.Store.Book().Forget()
}

// clocks are what lists and reports read of a ticket's clocks.
type clocks struct {
	First, Next, Resolve, Due, Answered *time.Time
	Near, Past                          bool
}

func (w *town) clocks(t id.Ticket) clocks {
	w.T.Helper()
	got := w.Get(t)
	c := clocks{
		First: got.FirstDueAt, Next: got.NextDueAt, Resolve: got.ResolveDueAt, Due: got.DueAt, Answered: got.FirstAnsweredAt,
		Near: got.WarnedAt != nil, Past: got.BreachedAt != nil,
	}
	for _, each := range []**time.Time{&c.First, &c.Next, &c.Resolve, &c.Due, &c.Answered} {
		if *each != nil {
			*each = ptr((*each).UTC())
		}
	}
	return c
}

// noted are the deadlines on record as near or missed, in their order.
func (w *town) noted(t id.Ticket) (list []string) {
	w.T.Helper()
	rows, err := w.DB.Query(w.T.Context(), `SELECT type || ' ' || (params->>'target') FROM ticket_event
		WHERE ticket_id = $1 AND type LIKE 'deadline%' ORDER BY at, id`, t)
	require.NoError(w.T, err)
	list, err = pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(w.T, err)
	return list
}

// look is what the duty that looks at clocks does, at a time.
func (w *town) look(at *time.Time) {
	w.T.Helper()
	w.Clock.Set(*at)
	require.NoError(w.T, w.Store.LookAtClocks(w.T.Context(), w.DB))
}

func TestClocksOfARequest(t *testing.T) {
	t.Parallel()
	w := newTimedTown(t)
	made := w.Open("uno").ID
	resolve := ptr(time.Date(2026, time.April, 1, 10, 0, 0, 0, rome).UTC())
	require.Equal(t, clocks{First: at(3, 13, 0), Resolve: resolve, Due: at(3, 13, 0)}, w.clocks(made))

	// Answered in time: the citizen has the turn, nothing runs.
	w.Clock.Set(*at(3, 12, 0))
	first := w.Reply(made, w.Answer("risposta"))
	answered := clocks{First: at(3, 13, 0), Resolve: resolve, Answered: at(3, 12, 0)}
	require.Equal(t, answered, w.clocks(made))

	// Called back: as if it had not been.
	w.Clock.Set(*at(3, 12, 1))
	w.Must(func(tx pgx.Tx) error {
		_, err := w.Store.Withdraw(t.Context(), tx, w.All, w.Lucia, first)
		return err
	})
	require.Equal(t, clocks{First: at(3, 13, 0), Resolve: resolve, Due: at(3, 13, 0), Near: true}, w.clocks(made))
	w.Clock.Set(*at(3, 12, 2))
	w.Reply(made, w.Answer("risposta"))

	// A week later the citizen writes: the next answer is due, and the end a week later.
	w.Clock.Set(*at(10, 12, 2))
	w.Receive(made, w.Letter("ancora"))
	resolve = ptr(resolve.AddDate(0, 0, 7))
	require.Equal(t, clocks{First: at(3, 13, 0), Next: at(12, 17, 0), Resolve: resolve, Due: at(12, 17, 0), Answered: at(3, 12, 2)}, w.clocks(made))
	require.Equal(t, []string{"deadline_warned first"}, w.noted(made))

	// Who waits for a third party still owes an answer.
	w.Clock.Set(*at(11, 9, 0))
	made2 := w.Get(made)
	_, err := w.update(made, ticket.Change{Version: made2.Version, Status: ptr(ticket.StatusWaitingThird)})
	require.NoError(t, err)
	require.Equal(t, at(12, 17, 0), w.clocks(made).Due)
	w.look(at(12, 17, 0))
	w.look(at(12, 17, 1))
	require.Equal(t, []string{"deadline_warned first", "deadline_missed next"}, w.noted(made))
	require.True(t, w.clocks(made).Past)

	// Over: what was due stays to be read, nothing runs; a letter after it begins the next answer anew.
	w.Clock.Set(*at(13, 9, 0))
	_, err = w.update(made, ticket.Change{Version: w.Get(made).Version, Status: ptr(ticket.StatusResolved)})
	require.NoError(t, err)
	resolve = ptr(resolve.AddDate(0, 0, 2))
	require.Equal(t, clocks{First: at(3, 13, 0), Resolve: resolve, Answered: at(3, 12, 2)}, w.clocks(made))
	w.Clock.Set(*at(16, 9, 30))
	w.Receive(made, w.Letter("non è risolto"))
	require.Equal(t, at(18, 13, 0), w.clocks(made).Next)
	require.Len(t, w.noted(made), 2)
}

func TestDeadlinesAreNotedOnce(t *testing.T) {
	t.Parallel()
	w := newTimedTown(t)
	made := w.Open("uno").ID
	w.look(at(3, 9, 0))
	require.Empty(t, w.noted(made))
	// Three quarters of the seven hours worked until the close of the next day.
	w.look(at(3, 11, 15))
	require.Equal(t, []string{"deadline_warned first"}, w.noted(made))
	require.True(t, w.clocks(made).Near)
	version := w.Get(made).Version
	w.look(at(3, 12, 0))
	require.Equal(t, version, w.Get(made).Version, "there was nothing to say")
	w.look(at(3, 13, 0))
	w.look(at(4, 13, 0))
	missed := []string{"deadline_warned first", "deadline_missed first"}
	require.Equal(t, missed, w.noted(made))

	// An answer that is called back does not make it miss the same deadline again.
	late := w.Reply(made, w.Answer("tardi"))
	w.Must(func(tx pgx.Tx) error {
		_, err := w.Store.Withdraw(t.Context(), tx, w.All, w.Lucia, late)
		return err
	})
	w.look(at(4, 13, 5))
	require.Equal(t, missed, w.noted(made))

	// One that comes late between two looks is on record as well.
	other := w.Open("due").ID
	w.Clock.Set(*at(6, 12, 0))
	w.Reply(other, w.Answer("tardi"))
	require.Equal(t, []string{"deadline_missed first"}, w.noted(other))
	require.Equal(t, at(5, 17, 0), w.clocks(other).First)
}

func TestTermsFollowWhatChanges(t *testing.T) {
	t.Parallel()
	w := newTimedTown(t)
	w.terms(
		office.TermPolicy{First: days(1), WarnPercent: 75},
		office.TermPolicy{TermKey: office.TermKey{Priority: 4}, First: hours(1), WarnPercent: 50},
		office.TermPolicy{TermKey: office.TermKey{Office: w.Other}, First: days(5), WarnPercent: 75},
	)
	made := w.Open("uno")
	got, err := w.update(made.ID, ticket.Change{Version: made.Version, Priority: ptr(ticket.PriorityUrgent)})
	require.NoError(t, err)
	require.Equal(t, at(2, 11, 0), w.clocks(made.ID).Due)
	_, err = w.update(made.ID, ticket.Change{Version: got.Version, Office: &w.Other})
	require.NoError(t, err)
	require.Equal(t, at(9, 13, 0), w.clocks(made.ID).Due)

	// New terms count for what is open, at the next look.
	w.terms(office.TermPolicy{First: days(3), WarnPercent: 75})
	require.NoError(t, w.Store.RecountClocks(t.Context(), w.DB))
	require.Equal(t, at(9, 13, 0), w.clocks(made.ID).Due)
	w.look(at(2, 10, 1))
	require.Equal(t, at(5, 17, 0), w.clocks(made.ID).Due)
}

func TestJoinedTicketsHaveNoClock(t *testing.T) {
	t.Parallel()
	w := newTimedTown(t)
	early := w.Open("uno").ID
	w.Clock.Set(*at(3, 10, 0))
	late := w.Open("due").ID
	before := w.clocks(early)
	w.Must(func(tx pgx.Tx) error {
		_, err := w.Store.Join(t.Context(), tx, w.All, w.Lucia, early, late)
		return err
	})
	require.Equal(t, clocks{}, w.clocks(early))
	require.Equal(t, at(3, 13, 0), w.clocks(late).Due, "the citizen waits since the first of the two letters")
	w.Must(func(tx pgx.Tx) error {
		_, err := w.Store.Unjoin(t.Context(), tx, w.All, w.Lucia, early)
		return err
	})
	require.Equal(t, before, w.clocks(early))
	require.Equal(t, at(4, 13, 0), w.clocks(late).Due)
}

// TestAnEndIsDueByTheTermsItLeaves: what changes the terms and the end in one write, or gives both back, tells by when the
// request that ended was due.
func TestAnEndIsDueByTheTermsItLeaves(t *testing.T) {
	t.Parallel()
	w := newTimedTown(t)
	w.terms(
		office.TermPolicy{Resolve: days(3), WarnPercent: 75},
		office.TermPolicy{TermKey: office.TermKey{Priority: 4}, Resolve: days(1), WarnPercent: 75},
	)
	terms, err := office.NewStore().Terms(t.Context(), w.DB)
	require.NoError(t, err)
	made := w.Open("uno").ID
	ended := func(due *time.Time) {
		t.Helper()
		history := w.history(made)
		_, err := ticket.Recomputed(w.Get(made), history, terms)
		require.NoError(t, err)
		last := ""
		for _, e := range history {
			if to := ticket.Status(e.Params["to"]); to == ticket.StatusResolved {
				last = e.Params["resolve_due"]
			}
		}
		require.Equal(t, due.Format(time.RFC3339Nano), last)
	}
	urgent := ticket.Change{Status: ptr(ticket.StatusResolved), Priority: ptr(ticket.PriorityUrgent), Version: w.Get(made).Version}
	_, err = w.update(made, urgent)
	require.NoError(t, err)
	ended(at(3, 13, 0))

	w.Clock.Advance(time.Minute)
	_, err = w.update(made, ticket.Change{Status: ptr(ticket.StatusOpen), Priority: ptr(ticket.PriorityNormal), Version: w.Get(made).Version})
	require.NoError(t, err)
	require.NoError(t, w.undo(made, w.Lucia, w.Get(made).Version))
	ended(at(4, 9, 1)) // the minute during which it was over does not count
}

// TestRecomputeClocks leads tickets through lives drawn at random, in the weeks in which the clocks change: the deadlines
// stored are those that their events tell, to the second.
func TestRecomputeClocks(t *testing.T) {
	t.Parallel()
	w := newTimedTown(t)
	week := []office.Hours{}
	for day := time.Sunday; day <= time.Saturday; day++ {
		name := []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}[day]
		week = append(week, office.Hours{Day: name, From: "00:00", To: "03:30"}, office.Hours{Day: name, From: "09:00", To: "13:00"})
	}
	require.NoError(t, office.NewStore().PutTownCalendar(t.Context(), w.DB, office.TownCalendar{Hours: week, Holidays: true}))
	w.terms(
		office.TermPolicy{First: hours(3), Next: days(1), Resolve: hours(20), WarnPercent: 75},
		office.TermPolicy{TermKey: office.TermKey{Office: w.Other}, First: &office.Term{Amount: 90, Unit: office.InMinutes}, Resolve: &office.Term{Amount: 2, Unit: office.InDays}, WarnPercent: 50},
		office.TermPolicy{TermKey: office.TermKey{Priority: 4}, First: hours(1), Next: hours(1), WarnPercent: 100},
	)
	terms, err := office.NewStore().Terms(t.Context(), w.DB)
	require.NoError(t, err)
	rapid.Check(t, func(rt *rapid.T) {
		life := &life{town: w, t: rt}
		life.town.Clock.Set(rapid.SampledFrom([]time.Time{
			time.Date(2026, 3, 28, 20, 0, 0, 0, time.UTC), time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC),
		}).Draw(rt, "night"))
		life.begin()
		for range rapid.IntRange(1, 12).Draw(rt, "acts") {
			w.Clock.Advance(time.Duration(rapid.IntRange(0, 4*3600).Draw(rt, "seconds")) * time.Second)
			switch rapid.IntRange(0, 4).Draw(rt, "clocks") {
			case 0:
				life.change(rapid.SampledFrom(life.tickets).Draw(rt, "of"), ticket.Change{Priority: ptr(ticket.Priority(rapid.IntRange(1, 4).Draw(rt, "priority")))})
			case 1:
				require.NoError(rt, w.Store.LookAtClocks(t.Context(), w.DB))
			case 2:
				life.change(rapid.SampledFrom(life.tickets).Draw(rt, "of"), ticket.Change{
					Priority: ptr(ticket.Priority(rapid.IntRange(1, 4).Draw(rt, "priority"))),
					Status:   ptr(rapid.SampledFrom(ticket.Statuses()[1:]).Draw(rt, "status")),
				})
			}
			life.act()
		}
		for _, each := range life.tickets {
			told, err := ticket.Recomputed(w.Get(each), w.history(each), terms)
			require.NoError(rt, err)
			stored := w.Get(each)
			require.Equal(rt, asJSON(told.Clock.Pauses), asJSON(stored.Clock.Pauses))
			require.Equal(rt, shown(told), shown(stored))
			notedOnce(rt, w.history(each))
		}
	})
}

func asJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// shown are the deadlines of a ticket, in one zone.
func shown(t *ticket.Ticket) (list []string) {
	for _, at := range []*time.Time{t.FirstDueAt, t.NextDueAt, t.ResolveDueAt, t.DueAt} {
		text := "none"
		if at != nil {
			text = at.UTC().Format(time.RFC3339)
		}
		list = append(list, text)
	}
	return list
}

// notedOnce holds that no deadline is twice on record, and none before its time.
func notedOnce(t *rapid.T, events []ticket.Event) {
	seen := map[string]bool{}
	for _, e := range events {
		if e.Type != ticket.EventDeadlineMissed && e.Type != ticket.EventDeadlineWarned {
			continue
		}
		key := string(e.Type) + e.Params["target"] + e.Params["due"]
		require.False(t, seen[key], key)
		seen[key] = true
		due, err := time.Parse(time.RFC3339Nano, e.Params["due"])
		require.NoError(t, err)
		require.Equal(t, e.Type == ticket.EventDeadlineMissed, !due.After(e.At))
	}
}

// TestClocksOfTwoReplicas: two hubs look at what is due at the same instant; each deadline is on record once.
func TestClocksOfTwoReplicas(t *testing.T) {
	t.Parallel()
	w := newTimedTown(t)
	var made []id.Ticket
	for i := range 12 {
		made = append(made, w.Open(fmt.Sprint(i)).ID)
	}
	other := ticket.NewStore(w.Clock.Now)
	for _, moment := range []*time.Time{at(3, 12, 1), at(3, 13, 0), at(3, 13, 1)} {
		w.Clock.Set(*moment)
		var g errgroup.Group
		for range 2 {
			for _, replica := range []*ticket.Store{w.Store, other} {
				g.Go(func() error { return replica.LookAtClocks(t.Context(), w.DB) })
			}
		}
		require.NoError(t, g.Wait())
		require.NoError(t, other.LookAtClocks(t.Context(), w.DB)) // what one of them had locked, and another passed by
	}
	for _, one := range made {
		require.Equal(t, []string{"deadline_warned first", "deadline_missed first"}, w.noted(one))
	}
}
