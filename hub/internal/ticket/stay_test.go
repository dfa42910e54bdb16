package ticket_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/ticket"
)

// stays of a ticket, in the zone in which they are compared.
func (w *town) stays(t id.Ticket) []ticket.Stay {
	w.T.Helper()
	list, err := w.Store.Stays(w.T.Context(), w.DB, w.All, t)
	require.NoError(w.T, err)
	for i := range list {
		require.NotEmpty(w.T, list[i].OfficeName)
		list[i].OfficeName = ""
		list[i].From = list[i].From.UTC()
		if list[i].To != nil {
			list[i].To = ptr(list[i].To.UTC())
		}
	}
	return list
}

// history is what happened to the ticket itself.
func (w *town) history(t id.Ticket) []ticket.Event {
	w.T.Helper()
	rows, err := w.DB.Query(w.T.Context(), `SELECT type, params, at FROM ticket_event WHERE ticket_id = $1 ORDER BY at, id`, t)
	require.NoError(w.T, err)
	events, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e ticket.Event, err error) {
		err = row.Scan(&e.Type, &e.Params, &e.At)
		e.At = e.At.UTC()
		return e, err
	})
	require.NoError(w.T, err)
	return events
}

// recomputed are the stays as the ticket's own events tell them.
func (w *town) recomputed(t id.Ticket) []ticket.Stay {
	w.T.Helper()
	stays, err := ticket.RecomputeStays(w.history(t), w.Get(t).Office)
	require.NoError(w.T, err)
	return stays
}

func TestStays(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	began := w.Clock.Now()
	made := w.Open("uno")
	require.Equal(t, []ticket.Stay{{Office: w.Office, From: began}}, w.stays(made.ID))

	moved := w.Clock.Advance(time.Hour)
	made, err := w.update(made.ID, ticket.Change{Version: made.Version, Office: &w.Other})
	require.NoError(t, err)
	closed := w.Clock.Advance(time.Hour)
	made, err = w.update(made.ID, ticket.Change{Version: made.Version, Status: ptr(ticket.StatusResolved)})
	require.NoError(t, err)
	first := ticket.Stay{Office: w.Office, From: began, To: &moved, Reason: ticket.LeaveTransferred}
	second := ticket.Stay{Office: w.Other, From: moved, To: &closed, Reason: ticket.LeaveEnded}
	require.Equal(t, []ticket.Stay{first, second}, w.stays(made.ID))
	require.Nil(t, made.HeldSince, "nobody holds what is over")

	again := w.Clock.Advance(time.Hour)
	w.Receive(made.ID, w.Letter("ancora"))
	require.Equal(t, []ticket.Stay{first, second, {Office: w.Other, From: again}}, w.stays(made.ID))

	other := w.Open("due")
	joined := w.Clock.Advance(time.Hour)
	w.Must(func(tx pgx.Tx) error {
		_, err := w.Store.Join(t.Context(), tx, w.All, w.Lucia, made.ID, other.ID)
		return err
	})
	require.Equal(t, ticket.Stay{Office: w.Other, From: again, To: &joined, Reason: ticket.LeaveJoined}, w.stays(made.ID)[2])
	require.Len(t, w.stays(other.ID), 1)
}

// TestRecomputeStays leads tickets through lives drawn at random, in the weeks in which the clocks change: what is stored
// is what their events tell, to the second, in time on the wall and in time worked.
func TestRecomputeStays(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	zone, err := time.LoadLocation("Europe/Rome")
	require.NoError(t, err)
	worked := office.Calendar{Holidays: true, Zone: zone}
	for day := time.Sunday; day <= time.Saturday; day++ {
		worked.Week = append(worked.Week, office.Opening{Day: day, To: 3*60 + 30}, office.Opening{Day: day, From: 9 * 60, To: 13 * 60})
	}
	rapid.Check(t, func(rt *rapid.T) {
		life := &life{town: w, t: rt}
		life.town.Clock.Set(rapid.SampledFrom([]time.Time{
			time.Date(2026, 3, 28, 20, 0, 0, 0, time.UTC), time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC),
		}).Draw(rt, "night"))
		life.begin()
		for range rapid.IntRange(1, 12).Draw(rt, "acts") {
			w.Clock.Advance(time.Duration(rapid.IntRange(0, 4*3600).Draw(rt, "seconds")) * time.Second)
			life.act()
		}
		for _, each := range life.tickets {
			stored, told := w.stays(each), w.recomputed(each)
			require.Equal(rt, told, stored)
			require.Equal(rt, timeWorked(&worked, told, w.Clock.Now()), timeWorked(&worked, stored, w.Clock.Now()))
			covered(rt, stored, w.Get(each))
		}
	})
}

func timeWorked(c *office.Calendar, stays []ticket.Stay, now time.Time) map[id.Office]time.Duration {
	sum := map[id.Office]time.Duration{}
	for _, s := range stays {
		to := now
		if s.To != nil {
			to = *s.To
		}
		sum[s.Office] += c.Between(s.From, to)
	}
	return sum
}

// covered holds that stays are in order, do not overlap, and that one runs exactly while there is something to do.
func covered(t *rapid.T, stays []ticket.Stay, now *ticket.Ticket) {
	for i, s := range stays[:max(len(stays)-1, 0)] {
		require.NotNil(t, s.To, "only the last one runs")
		require.True(t, s.From.Before(*s.To))
		require.False(t, stays[i+1].From.Before(*s.To))
	}
	running := len(stays) > 0 && stays[len(stays)-1].To == nil
	require.Equal(t, now.Status.Open() && now.MergedInto.IsZero(), running)
}

// life is what happens to a few tickets.
type life struct {
	*town
	t       *rapid.T
	tickets []id.Ticket
	letters []id.Message
	replies []id.Message
}

func (l *life) begin() {
	made := l.Open("uno")
	l.tickets = append(l.tickets, made.ID)
}

func (l *life) act() {
	one := rapid.SampledFrom(l.tickets).Draw(l.t, "ticket")
	switch rapid.IntRange(0, 9).Draw(l.t, "act") {
	case 0:
		l.begin()
	case 1:
		l.letters = append(l.letters, l.Receive(one, l.Letter("ancora")))
	case 2:
		out := l.Answer("risposta")
		out.Status = rapid.SampledFrom([]ticket.Status{ticket.StatusWaitingCitizen, ticket.StatusResolved}).Draw(l.t, "leaves it")
		l.replies = append(l.replies, l.Reply(one, out))
	case 3, 4:
		l.change(one, ticket.Change{Status: ptr(rapid.SampledFrom(ticket.Statuses()[1:]).Draw(l.t, "status"))})
	case 5:
		to := rapid.SampledFrom([]id.Office{l.Office, l.Other}).Draw(l.t, "office")
		l.change(one, ticket.Change{Office: &to, Status: ptr(rapid.SampledFrom(ticket.Statuses()[1:]).Draw(l.t, "status"))})
	case 6:
		l.try(func(tx pgx.Tx) error {
			_, err := l.Store.Join(l.town.T.Context(), tx, l.All, l.Lucia, one, rapid.SampledFrom(l.tickets).Draw(l.t, "into"))
			return err
		})
	case 7:
		l.try(func(tx pgx.Tx) error {
			_, err := l.Store.Unjoin(l.town.T.Context(), tx, l.All, l.Lucia, one)
			return err
		})
	case 8:
		l.takeBack()
	case 9:
		l.undo(one)
	}
}

// undo takes the last write back where that can be done.
func (l *life) undo(one id.Ticket) {
	err := l.Tx(func(tx pgx.Tx) error {
		t, err := l.Store.Lock(l.town.T.Context(), tx, l.All, one)
		if err == nil {
			_, err = l.Store.Undo(l.town.T.Context(), tx, l.All, one, l.Lucia, t.Version)
		}
		return err
	})
	if err != nil {
		require.Contains(l.t, []fault.Code{fault.CodeConflict, fault.CodeInvalid}, fault.Kind(err), "%v", err)
	}
}

// change is one of the ticket to go on with.
func (l *life) change(one id.Ticket, c ticket.Change) {
	l.try(func(tx pgx.Tx) error {
		t, err := l.Store.Lock(l.town.T.Context(), tx, l.All, one)
		if err != nil {
			return err
		}
		c = said(c)
		c.Version = t.Version
		_, err = l.Store.Update(l.town.T.Context(), tx, l.All, one, l.Lucia, c)
		return err
	})
}

// takeBack splits a letter off, or calls a reply back.
func (l *life) takeBack() {
	if len(l.letters) > 0 && rapid.Bool().Draw(l.t, "split") {
		l.try(func(tx pgx.Tx) error {
			made, err := l.Store.Split(l.town.T.Context(), tx, l.All, l.Lucia, rapid.SampledFrom(l.letters).Draw(l.t, "letter"))
			if err == nil {
				l.tickets = append(l.tickets, made.ID)
			}
			return err
		})
	}
	if len(l.replies) > 0 {
		l.try(func(tx pgx.Tx) error {
			_, err := l.Store.Withdraw(l.town.T.Context(), tx, l.All, l.Lucia, rapid.SampledFrom(l.replies).Draw(l.t, "reply"))
			return err
		})
	}
}

// try does what the state may not allow.
func (l *life) try(do func(pgx.Tx) error) {
	if err := l.Tx(do); err != nil {
		require.Equal(l.t, fault.CodeConflict, fault.Kind(err), "%v", err)
	}
}
