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
	w.exec(`INSERT INTO town (name, time_zone) VALUES ('Borgo', 'Europe/Rome') ON CONFLICT DO NOTHING`)
	w.terms(office.TermPolicy{
		First: days(1), Next: days(2), Resolve: &office.Term{Amount: 30, Unit: office.InDays}, WarnPercent: 75,
	})
	w.clock.set(*at(2, 10, 0))
	return w
}

func days(n int) *office.Term { return &office.Term{Amount: n, Unit: office.InDays, Worked: true} }

func hours(n int) *office.Term { return &office.Term{Amount: n, Unit: office.InHours, Worked: true} }

func (w *town) terms(list ...office.TermPolicy) {
	w.t.Helper()
	require.NoError(w.t, office.NewStore().PutTerms(w.t.Context(), w.db, list))
	w.store.Book().Forget()
}

// clocks are what lists and reports read of a ticket's clocks.
type clocks struct {
	First, Next, Resolve, Due, Answered *time.Time
	Near, Past                          bool
}

func (w *town) clocks(t id.Ticket) clocks {
	w.t.Helper()
	got := w.get(t)
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
	w.t.Helper()
	rows, err := w.db.Query(w.t.Context(), `SELECT type || ' ' || (params->>'target') FROM ticket_event
		WHERE ticket_id = $1 AND type LIKE 'deadline%' ORDER BY at, id`, t)
	require.NoError(w.t, err)
	list, err = pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(w.t, err)
	return list
}

// look is what the duty that looks at clocks does, at a time.
func (w *town) look(at *time.Time) {
	w.t.Helper()
	w.clock.set(*at)
	require.NoError(w.t, w.store.LookAtClocks(w.t.Context(), w.db))
}

func TestClocksOfARequest(t *testing.T) {
	t.Parallel()
	w := newTimedTown(t)
	made := w.open("uno").ID
	resolve := ptr(time.Date(2026, time.April, 1, 10, 0, 0, 0, rome).UTC())
	require.Equal(t, clocks{First: at(3, 13, 0), Resolve: resolve, Due: at(3, 13, 0)}, w.clocks(made))

	// Answered in time: the citizen has the turn, nothing runs.
	w.clock.set(*at(3, 12, 0))
	first := w.reply(made, w.answer("risposta"))
	answered := clocks{First: at(3, 13, 0), Resolve: resolve, Answered: at(3, 12, 0)}
	require.Equal(t, answered, w.clocks(made))

	// Called back: as if it had not been.
	w.clock.set(*at(3, 12, 1))
	w.must(func(tx pgx.Tx) error {
		_, err := w.store.Withdraw(t.Context(), tx, w.all, w.lucia, first)
		return err
	})
	require.Equal(t, clocks{First: at(3, 13, 0), Resolve: resolve, Due: at(3, 13, 0), Near: true}, w.clocks(made))
	w.clock.set(*at(3, 12, 2))
	w.reply(made, w.answer("risposta"))

	// A week later the citizen writes: the next answer is due, and the end a week later.
	w.clock.set(*at(10, 12, 2))
	w.receive(made, w.letter("ancora"))
	resolve = ptr(resolve.AddDate(0, 0, 7))
	require.Equal(t, clocks{First: at(3, 13, 0), Next: at(12, 17, 0), Resolve: resolve, Due: at(12, 17, 0), Answered: at(3, 12, 2)}, w.clocks(made))
	require.Equal(t, []string{"deadline_warned first"}, w.noted(made))

	// Who waits for a third party still owes an answer.
	w.clock.set(*at(11, 9, 0))
	made2 := w.get(made)
	_, err := w.update(made, ticket.Change{Version: made2.Version, Status: ptr(ticket.StatusWaitingThird)})
	require.NoError(t, err)
	require.Equal(t, at(12, 17, 0), w.clocks(made).Due)
	w.look(at(12, 17, 0))
	w.look(at(12, 17, 1))
	require.Equal(t, []string{"deadline_warned first", "deadline_missed next"}, w.noted(made))
	require.True(t, w.clocks(made).Past)

	// Over: what was due stays to be read, nothing runs; a letter after it begins the next answer anew.
	w.clock.set(*at(13, 9, 0))
	_, err = w.update(made, ticket.Change{Version: w.get(made).Version, Status: ptr(ticket.StatusResolved)})
	require.NoError(t, err)
	resolve = ptr(resolve.AddDate(0, 0, 2))
	require.Equal(t, clocks{First: at(3, 13, 0), Resolve: resolve, Answered: at(3, 12, 2)}, w.clocks(made))
	w.clock.set(*at(16, 9, 30))
	w.receive(made, w.letter("non è risolto"))
	require.Equal(t, at(18, 13, 0), w.clocks(made).Next)
	require.Len(t, w.noted(made), 2)
}

func TestDeadlinesAreNotedOnce(t *testing.T) {
	t.Parallel()
	w := newTimedTown(t)
	made := w.open("uno").ID
	w.look(at(3, 9, 0))
	require.Empty(t, w.noted(made))
	// Three quarters of the seven hours worked until the close of the next day.
	w.look(at(3, 11, 15))
	require.Equal(t, []string{"deadline_warned first"}, w.noted(made))
	require.True(t, w.clocks(made).Near)
	version := w.get(made).Version
	w.look(at(3, 12, 0))
	require.Equal(t, version, w.get(made).Version, "there was nothing to say")
	w.look(at(3, 13, 0))
	w.look(at(4, 13, 0))
	missed := []string{"deadline_warned first", "deadline_missed first"}
	require.Equal(t, missed, w.noted(made))

	// An answer that is called back does not make it miss the same deadline again.
	late := w.reply(made, w.answer("tardi"))
	w.must(func(tx pgx.Tx) error {
		_, err := w.store.Withdraw(t.Context(), tx, w.all, w.lucia, late)
		return err
	})
	w.look(at(4, 13, 5))
	require.Equal(t, missed, w.noted(made))

	// One that comes late between two looks is on record as well.
	other := w.open("due").ID
	w.clock.set(*at(6, 12, 0))
	w.reply(other, w.answer("tardi"))
	require.Equal(t, []string{"deadline_missed first"}, w.noted(other))
	require.Equal(t, at(5, 17, 0), w.clocks(other).First)
}

func TestTermsFollowWhatChanges(t *testing.T) {
	t.Parallel()
	w := newTimedTown(t)
	w.terms(
		office.TermPolicy{First: days(1), WarnPercent: 75},
		office.TermPolicy{TermKey: office.TermKey{Priority: 4}, First: hours(1), WarnPercent: 50},
		office.TermPolicy{TermKey: office.TermKey{Office: w.other}, First: days(5), WarnPercent: 75},
	)
	made := w.open("uno")
	got, err := w.update(made.ID, ticket.Change{Version: made.Version, Priority: ptr(ticket.PriorityUrgent)})
	require.NoError(t, err)
	require.Equal(t, at(2, 11, 0), w.clocks(made.ID).Due)
	_, err = w.update(made.ID, ticket.Change{Version: got.Version, Office: &w.other})
	require.NoError(t, err)
	require.Equal(t, at(9, 13, 0), w.clocks(made.ID).Due)

	// New terms count for what is open, at the next look.
	w.terms(office.TermPolicy{First: days(3), WarnPercent: 75})
	require.NoError(t, w.store.RecountClocks(t.Context(), w.db))
	require.Equal(t, at(9, 13, 0), w.clocks(made.ID).Due)
	w.look(at(2, 10, 1))
	require.Equal(t, at(5, 17, 0), w.clocks(made.ID).Due)
}

func TestJoinedTicketsHaveNoClock(t *testing.T) {
	t.Parallel()
	w := newTimedTown(t)
	early := w.open("uno").ID
	w.clock.set(*at(3, 10, 0))
	late := w.open("due").ID
	before := w.clocks(early)
	w.must(func(tx pgx.Tx) error {
		_, err := w.store.Join(t.Context(), tx, w.all, w.lucia, early, late)
		return err
	})
	require.Equal(t, clocks{}, w.clocks(early))
	require.Equal(t, at(3, 13, 0), w.clocks(late).Due, "the citizen waits since the first of the two letters")
	w.must(func(tx pgx.Tx) error {
		_, err := w.store.Unjoin(t.Context(), tx, w.all, w.lucia, early)
		return err
	})
	require.Equal(t, before, w.clocks(early))
	require.Equal(t, at(4, 13, 0), w.clocks(late).Due)
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
	require.NoError(t, office.NewStore().PutTownCalendar(t.Context(), w.db, office.TownCalendar{Hours: week, Holidays: true}))
	w.terms(
		office.TermPolicy{First: hours(3), Next: days(1), Resolve: hours(20), WarnPercent: 75},
		office.TermPolicy{TermKey: office.TermKey{Office: w.other}, First: &office.Term{Amount: 90, Unit: office.InMinutes}, Resolve: &office.Term{Amount: 2, Unit: office.InDays}, WarnPercent: 50},
		office.TermPolicy{TermKey: office.TermKey{Priority: 4}, First: hours(1), Next: hours(1), WarnPercent: 100},
	)
	terms, err := office.NewStore().Terms(t.Context(), w.db)
	require.NoError(t, err)
	rapid.Check(t, func(rt *rapid.T) {
		life := &life{town: w, t: rt}
		life.town.clock.set(rapid.SampledFrom([]time.Time{
			time.Date(2026, 3, 28, 20, 0, 0, 0, time.UTC), time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC),
		}).Draw(rt, "night"))
		life.begin()
		for range rapid.IntRange(1, 12).Draw(rt, "acts") {
			w.clock.advance(time.Duration(rapid.IntRange(0, 4*3600).Draw(rt, "seconds")) * time.Second)
			switch rapid.IntRange(0, 3).Draw(rt, "clocks") {
			case 0:
				life.change(rapid.SampledFrom(life.tickets).Draw(rt, "of"), ticket.Change{Priority: ptr(ticket.Priority(rapid.IntRange(1, 4).Draw(rt, "priority")))})
			case 1:
				require.NoError(rt, w.store.LookAtClocks(t.Context(), w.db))
			}
			life.act()
		}
		for _, each := range life.tickets {
			told, err := ticket.Recomputed(w.get(each), w.history(each), terms)
			require.NoError(rt, err)
			stored := w.get(each)
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
		made = append(made, w.open(fmt.Sprint(i)).ID)
	}
	other := ticket.NewStore(w.clock.now)
	for _, moment := range []*time.Time{at(3, 12, 1), at(3, 13, 0), at(3, 13, 1)} {
		w.clock.set(*moment)
		var g errgroup.Group
		for range 2 {
			for _, replica := range []*ticket.Store{w.store, other} {
				g.Go(func() error { return replica.LookAtClocks(t.Context(), w.db) })
			}
		}
		require.NoError(t, g.Wait())
		require.NoError(t, other.LookAtClocks(t.Context(), w.db)) // what one of them had locked, and another passed by
	}
	for _, one := range made {
		require.Equal(t, []string{"deadline_warned first", "deadline_missed first"}, w.noted(one))
	}
}
