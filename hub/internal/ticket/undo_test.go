package ticket_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

func (w *town) undo(t id.Ticket, by account.Actor, version int64) error {
	return w.Tx(func(tx pgx.Tx) error {
		_, err := w.Store.Undo(w.T.Context(), tx, w.All, t, by, version)
		return err
	})
}

// asItWas is what an undo gives back.
func asItWas(t *ticket.Ticket) ticket.Ticket {
	u := utc(t)
	u.Version, u.UpdatedAt, u.HeldSince, u.Clock = 0, time.Time{}, nil, ticket.Clock{}
	if u.SnoozedUntil != nil {
		u.SnoozedUntil = ptr(u.SnoozedUntil.UTC())
	}
	if u.Standing.Until != nil {
		u.Standing.Until = ptr(u.Standing.Until.UTC())
	}
	return u
}

func TestUndoGivesBackWhatTheLastWriteChanged(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	tags := w.tags("buche", "lampioni")
	piero := id.New[id.Operator]()
	w.Exec(`INSERT INTO operator (id, login, name, role) VALUES ($1, 'piero', 'Piero', 'first_level')`, piero)
	later := noon.AddDate(0, 0, 3)
	nobody := id.Operator{}
	was := map[string]ticket.Change{
		"new": {},
		"taken, tagged, put aside": {
			Assignee: &piero, AddTags: tags[:1], Snooze: &ticket.Snooze{Until: later}, Priority: ptr(ticket.PriorityHigh), Type: ptr("records"),
		},
		"waiting": {Status: ptr(ticket.StatusWaitingThird), Standing: &ticket.Standing{Who: "Enel", Until: &later}},
		"over":    {Status: ptr(ticket.StatusClosed), Standing: &ticket.Standing{Outcome: ticket.EndedRefused, Note: "Fuori termine"}},
	}
	acts := map[string]ticket.Change{
		"assign":   {Assignee: &w.Lucia.Operator},
		"unassign": {Assignee: &nobody},
		"resolve":  {Status: ptr(ticket.StatusResolved)},
		"wait":     {Status: ptr(ticket.StatusWaitingCitizen)},
		"reopen":   {Status: ptr(ticket.StatusOpen)},
		"priority": {Priority: ptr(ticket.PriorityUrgent)},
		"type":     {Type: ptr("")},
		"tags":     {AddTags: tags[1:], RemoveTags: tags[:1]},
		"snooze":   {Snooze: &ticket.Snooze{Until: later.AddDate(0, 0, 1)}},
		"wake":     {Wake: true},
	}
	for state, before := range was {
		for act, change := range acts {
			if act == "snooze" && state == "over" {
				continue // what is over is not put aside
			}
			made := w.Open(state + ", " + act)
			w.Clock.Advance(time.Minute)
			first := before
			first.Version = made.Version
			_, err := w.update(made.ID, first)
			require.NoError(t, err)
			w.Clock.Advance(time.Minute)
			had := w.Get(made.ID)
			change.Version = had.Version
			after, err := w.update(made.ID, change)
			require.NoError(t, err, "%s, %s", state, act)
			w.Clock.Advance(time.Minute)
			if after.Version == had.Version {
				continue // it changed nothing
			}
			require.NoError(t, w.undo(made.ID, w.Lucia, after.Version), "%s, %s", state, act)
			got := w.Get(made.ID)
			require.Equal(t, asItWas(had), asItWas(got), "%s, %s", state, act)
			require.Equal(t, after.Version+1, got.Version)
			require.Equal(t, w.stays(made.ID), w.recomputed(made.ID), "%s, %s", state, act)
		}
	}
}

func TestUndoLeavesWhatSomebodyWasToldOfOrChangedSince(t *testing.T) {
	t.Parallel()
	w := newHearing(t)
	w.Exec(`INSERT INTO office_member (office_id, operator_id) VALUES ($1, $2)`, w.Other, w.marta.Operator)
	made := w.Open("uno")
	write := func(c ticket.Change) int64 {
		w.Clock.Advance(time.Minute)
		c.Version = w.Get(made.ID).Version
		after, err := w.update(made.ID, c)
		require.NoError(t, err)
		w.Clock.Advance(time.Minute)
		return after.Version
	}
	refused := func(by account.Actor, version int64, code string) {
		t.Helper()
		before := utc(w.Get(made.ID))
		err := w.undo(made.ID, by, version)
		if code == "" {
			require.Equal(t, fault.CodeConflict, fault.Kind(err))
		} else {
			require.Equal(t, code, fault.Violations(err)[0].Key)
		}
		require.Equal(t, before, utc(w.Get(made.ID)))
	}
	refused(w.Lucia, w.Get(made.ID).Version, "undo_nothing")
	first := write(ticket.Change{Priority: ptr(ticket.PriorityHigh)})
	refused(w.marta, first, "undo_nothing")
	second := write(ticket.Change{Priority: ptr(ticket.PriorityUrgent)})
	refused(w.Lucia, first, "")
	require.NoError(t, w.undo(made.ID, w.Lucia, second))
	require.Equal(t, ticket.PriorityHigh, w.Get(made.ID).Priority)
	refused(w.Lucia, second, "")

	w.asked(made.ID)
	refused(w.Lucia, write(ticket.Change{Status: ptr(ticket.StatusResolved)}), "undo_told") // the office asked is told that it is over
	refused(w.Lucia, write(ticket.Change{Office: &w.Other, Note: "Per competenza"}), "undo_told")
	// A colleague who has gone is given nothing back.
	write(ticket.Change{Assignee: &w.marta.Operator})
	taken := write(ticket.Change{Assignee: &w.Lucia.Operator})
	w.Exec(`UPDATE operator SET active = false WHERE id = $1`, w.marta.Operator)
	refused(w.Lucia, taken, "unknown")
}
