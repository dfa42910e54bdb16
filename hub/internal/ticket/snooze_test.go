package ticket_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/inbox"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/ticket"
)

func (w *town) snooze(t id.Ticket, until time.Time) {
	w.T.Helper()
	_, err := w.update(t, ticket.Change{Version: w.Get(t).Version, Snooze: &ticket.Snooze{Until: until}})
	require.NoError(w.T, err)
}

// queues tells in which lists of work a ticket stands.
func (w *town) queues(n ticket.Number) (in []inbox.Queue) {
	w.T.Helper()
	for _, queue := range []inbox.Queue{
		inbox.QueueMine, inbox.QueueOffice, inbox.QueueUnassigned, inbox.QueueWaiting, inbox.QueueAll, inbox.QueueSnoozed,
	} {
		for _, each := range w.listed(inbox.Filter{Queue: queue, Operator: w.Lucia.Operator, Offices: []id.Office{w.Office}}) {
			if each == n {
				in = append(in, queue)
			}
		}
	}
	return in
}

func TestWhatIsPutAsideLeavesTheListsAndComesBackOnce(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made, other := w.Open("uno"), w.Open("due")
	later := w.Clock.Now().Add(time.Hour)
	w.snooze(made.ID, later)
	w.snooze(other.ID, later.Add(time.Hour))
	require.Equal(t, []inbox.Queue{inbox.QueueAll, inbox.QueueSnoozed}, w.queues(made.Number))
	got := w.Get(made.ID)
	require.Equal(t, []any{later, w.Lucia.Operator}, []any{got.SnoozedUntil.UTC(), got.SnoozedBy})
	require.Equal(t, made.Clock, got.Clock, "the clocks run on")
	counts, err := w.Inbox.Counts(t.Context(), w.DB, w.All, w.Lucia.Operator, []id.Office{w.Office})
	require.NoError(t, err)
	require.Equal(t, []int{0, 0, 0, 2, 2}, []int{counts.Office, counts.Unassigned, counts.Waiting, counts.All, counts.Snoozed})
	w.Must(func(tx pgx.Tx) error {
		next, err := w.Store.TakeNext(t.Context(), tx, w.All, w.Lucia, []id.Office{w.Office})
		require.Nil(t, next, "nobody is given what is put aside")
		return err
	})

	require.NoError(t, w.Store.WakeDue(t.Context(), w.DB))
	require.NotNil(t, w.Get(made.ID).SnoozedUntil)
	w.Clock.Set(later)
	for range 2 {
		require.NoError(t, w.Store.WakeDue(t.Context(), w.DB))
	}
	require.Equal(t, []ticket.EventType{ticket.EventOpened, ticket.EventSnoozed, ticket.EventWoke}, w.events(made.ID))
	require.Equal(t, []inbox.Queue{inbox.QueueOffice, inbox.QueueUnassigned, inbox.QueueWaiting, inbox.QueueAll}, w.queues(made.Number))
	require.NotNil(t, w.Get(other.ID).SnoozedUntil)

	// The citizen's letter brings the other back at once, and says so.
	w.Receive(other.ID, w.Letter("allora?"))
	history := w.history(other.ID)
	require.Equal(t, ticket.EventWoke, history[2].Type)
	require.NotEmpty(t, history[2].Params["message"])
	require.Contains(t, w.queues(other.Number), inbox.QueueOffice)
}

func TestWhatIsPutAsideStandsInTheOrderOfItsReturn(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	var made []*ticket.Ticket
	for _, text := range []string{"uno", "due", "tre"} {
		made = append(made, w.Open(text))
	}
	for i, hours := range []int{3, 1, 2} {
		w.snooze(made[i].ID, w.Clock.Now().Add(time.Duration(hours)*time.Hour))
	}
	want := []ticket.Number{made[1].Number, made[2].Number, made[0].Number}
	require.Equal(t, want, w.listed(inbox.Filter{Queue: inbox.QueueSnoozed}))
	require.Equal(t, []ticket.Number{made[0].Number, made[1].Number, made[2].Number}, w.listed(inbox.Filter{Queue: inbox.QueueSnoozed, Order: inbox.OrderWaiting}))
	var walked []ticket.Number
	for f := (inbox.Filter{Queue: inbox.QueueSnoozed, Order: inbox.OrderBack, Limit: 1}); ; {
		page, err := w.Inbox.List(t.Context(), w.DB, w.All, f)
		require.NoError(t, err)
		walked = append(walked, page.Items[0].Number)
		if f.Cursor = page.Next; f.Cursor == "" {
			break
		}
	}
	require.Equal(t, want, walked)
	_, err := w.Inbox.List(t.Context(), w.DB, w.All, inbox.Filter{Queue: inbox.QueueMine, Order: inbox.OrderBack})
	require.Equal(t, fault.CodeInvalid, fault.Kind(err))
}

func TestWhatIsPutAsideComesBackToWhoGetsIt(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	later := w.Clock.Now().Add(time.Hour)
	for name, change := range map[string]ticket.Change{
		"taken back":  {Wake: true},
		"assigned":    {Assignee: &w.Lucia.Operator},
		"handed over": {Office: &w.Other},
		"over":        {Status: ptr(ticket.StatusResolved)},
	} {
		made := w.Open(name)
		w.snooze(made.ID, later)
		change.Version = w.Get(made.ID).Version
		_, err := w.update(made.ID, change)
		require.NoError(t, err, name)
		require.Nil(t, w.Get(made.ID).SnoozedUntil, name)
	}
	made := w.Open("assegnata e rimandata")
	_, err := w.update(made.ID, ticket.Change{Version: made.Version, Assignee: &w.Lucia.Operator, Snooze: &ticket.Snooze{Until: later}})
	require.NoError(t, err)
	require.NotNil(t, w.Get(made.ID).SnoozedUntil)

	over := w.Open("finita")
	_, err = w.update(over.ID, ticket.Change{Version: over.Version, Status: ptr(ticket.StatusResolved)})
	require.NoError(t, err)
	for code, until := range map[string]time.Time{"snooze_over": later, "snooze_range": w.Clock.Now()} {
		which := map[string]*ticket.Ticket{"snooze_over": over, "snooze_range": made}[code]
		_, err = w.update(which.ID, ticket.Change{Version: w.Get(which.ID).Version, Snooze: &ticket.Snooze{Until: until}})
		require.Equal(t, code, fault.Violations(err)[0].Key)
	}
	_, err = w.update(made.ID, ticket.Change{Version: w.Get(made.ID).Version, Snooze: &ticket.Snooze{Until: w.Clock.Now().Add(367 * 24 * time.Hour)}})
	require.Equal(t, "snooze_range", fault.Violations(err)[0].Key)
}

// What is put aside weighs on nobody, and an absence takes it from nobody before it is back.
func TestWhatIsPutAsideIsNobodysLoadUntilItIsBack(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	later := w.Clock.Now().Add(time.Hour)
	aside, at := w.Open("rimandata"), w.Open("da fare")
	for _, each := range []*ticket.Ticket{aside, at} {
		w.Receive(each.ID, w.Letter("allora?"))
		_, err := w.update(each.ID, ticket.Change{Version: w.Get(each.ID).Version, Assignee: &w.Lucia.Operator})
		require.NoError(t, err)
	}
	w.snooze(aside.ID, later)
	who := []id.Operator{w.Lucia.Operator}
	weighs := func(n int) {
		t.Helper()
		load, err := w.Store.Load(t.Context(), w.DB, w.All, who)
		require.NoError(t, err)
		require.Equal(t, n, load[w.Lucia.Operator])
	}
	goesAway := func() {
		t.Helper()
		w.Must(func(tx pgx.Tx) error {
			_, err := w.Store.ReturnFrom(t.Context(), tx, who)
			return err
		})
	}
	weighs(1)
	goesAway()
	require.Zero(t, w.Get(at.ID).Assignee)
	require.Equal(t, w.Lucia.Operator, w.Get(aside.ID).Assignee)
	weighs(0)
	w.Clock.Set(later)
	require.NoError(t, w.Store.WakeDue(t.Context(), w.DB))
	weighs(1)
	goesAway()
	require.Zero(t, w.Get(aside.ID).Assignee)
}

// Who puts off to the office's next working day comes back to it as it opens; two who wake at once do it once.
func TestTheNextWorkingDayIsTheOffices(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	tomorrow := ticket.Change{Version: made.Version, Snooze: &ticket.Snooze{NextWorkingDay: true}}
	_, err := w.update(made.ID, tomorrow)
	require.Equal(t, "snooze.next_working_day", fault.Violations(err)[0].Field, "no hours are set")
	w.Exec(`INSERT INTO town (name, time_zone) VALUES ('Borgo', 'Europe/Rome')`)
	hours := []office.Hours{{Day: "monday", From: "08:30", To: "13:00"}, {Day: "monday", From: "15:00", To: "17:00"}}
	require.NoError(t, office.NewStore().PutTownCalendar(t.Context(), w.DB, office.TownCalendar{Hours: hours}))
	w.Store.Book().Forget()
	_, err = w.update(made.ID, tomorrow)
	require.NoError(t, err)
	require.Equal(t, time.Monday, w.Get(made.ID).SnoozedUntil.Weekday())
	opens, err := w.Store.NextWorkingDay(t.Context(), w.DB, made)
	require.NoError(t, err)
	require.Equal(t, opens, w.Get(made.ID).SnoozedUntil.UTC())
	require.True(t, opens.After(w.Clock.Now()))

	w.Clock.Set(opens)
	done := make(chan error, 2)
	for range 2 {
		go func() { done <- w.Store.WakeDue(t.Context(), w.DB) }()
	}
	require.NoError(t, <-done)
	require.NoError(t, <-done)
	require.NoError(t, w.Store.WakeDue(t.Context(), w.DB))
	require.Equal(t, []ticket.EventType{ticket.EventOpened, ticket.EventSnoozed, ticket.EventWoke}, w.events(made.ID))
}
