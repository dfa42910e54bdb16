package ticket_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/inbox"
	"sportello.dev/hub/internal/ticket"
)

// hearing is a town where Marta of the taxes is asked things by Lucia.
type hearing struct {
	*town
	marta account.Actor
	seen  account.Scope
}

func newHearing(t *testing.T) *hearing {
	t.Helper()
	h := &hearing{town: newTown(t)}
	h.marta = account.Actor{
		Kind: account.KindOperator, Operator: id.New[id.Operator](), Name: "Marta", Role: account.BackOffice, Offices: []id.Office{h.Other},
	}
	h.seen = account.OfficeScope(h.Other)
	h.Exec(`INSERT INTO operator (id, login, name, role) VALUES ($1, 'marta', 'Marta', 'back_office')`, h.marta.Operator)
	return h
}

func (h *hearing) asks(of id.Ticket, a ticket.NewAsk) (id.Ask, error) {
	a.ID = id.New[id.Ask]()
	if a.Due.IsZero() {
		a.Due = h.Clock.Now().Add(48 * time.Hour)
	}
	return a.ID, h.Tx(func(tx pgx.Tx) error { return h.Store.Ask(h.T.Context(), tx, h.All, h.Lucia, of, a) })
}

// asked is a question to the taxes.
func (h *hearing) asked(of id.Ticket) id.Ask {
	h.T.Helper()
	a, err := h.asks(of, ticket.NewAsk{Office: h.Other, Text: "È dovuta la rata?"})
	require.NoError(h.T, err)
	return a
}

func (h *hearing) answers(a id.Ask, text string) error {
	return h.Tx(func(tx pgx.Tx) error {
		return h.Store.AnswerAsk(h.T.Context(), tx, h.seen, h.marta, a, ticket.Note{Text: text})
	})
}

func (h *hearing) withdraws(a id.Ask) error {
	return h.Tx(func(tx pgx.Tx) error { return h.Store.WithdrawAsk(h.T.Context(), tx, h.All, h.Lucia, a) })
}

func (h *hearing) one(a id.Ask) ticket.Ask {
	h.T.Helper()
	got, err := h.Store.OneAsk(h.T.Context(), h.DB, h.All, a)
	require.NoError(h.T, err)
	return *got
}

// requireSight tells whether the taxes see a ticket.
func (h *hearing) requireSight(of id.Ticket, want bool) {
	h.T.Helper()
	_, err := h.Store.ByID(h.T.Context(), h.DB, h.seen, of)
	if want {
		require.NoError(h.T, err)
	} else {
		require.Equal(h.T, fault.CodeNotFound, fault.Kind(err))
	}
}

func (h *hearing) counts(by account.Actor, scope account.Scope) [2]int {
	h.T.Helper()
	received, answered, err := h.Store.CountAsks(h.T.Context(), h.DB, scope, by)
	require.NoError(h.T, err)
	return [2]int{received, answered}
}

func TestAskAndAnswer(t *testing.T) {
	t.Parallel()
	h := newHearing(t)
	of := h.Open("Quanto devo?")
	before := h.Get(of.ID)
	waiting := ticket.StatusWaitingThird
	a, err := h.asks(of.ID, ticket.NewAsk{Office: h.Other, Text: "  È dovuta la rata? ", Status: waiting})
	require.NoError(t, err)
	h.requireSight(of.ID, true)
	after := h.Get(of.ID)
	require.Equal(t, before.Office, after.Office, "the ticket stays")
	require.NotEmpty(t, after.Standing.Who, "it waits for the office asked")
	require.Equal(t, waiting, after.Status)
	require.Equal(t, before.WaitingSince, after.WaitingSince, "the citizen waits on")
	require.Equal(t, [2]int{1, 0}, h.counts(h.marta, h.seen))
	require.Equal(t, [2]int{0, 0}, h.counts(h.Lucia, h.All))

	h.Clock.Advance(time.Hour)
	require.NoError(t, h.answers(a, "Sì, entro il 16."))
	h.requireSight(of.ID, false)
	got := h.one(a)
	require.Equal(t, ticket.AskAnswered, got.State)
	require.Equal(t, "È dovuta la rata?", got.Question)
	require.Equal(t, "Sì, entro il 16.", got.Answer)
	require.Equal(t, "Marta", got.EndedName)
	require.True(t, h.Clock.Now().Equal(*got.EndedAt))
	require.Nil(t, got.SeenAt)
	require.Equal(t, [2]int{0, 1}, h.counts(h.Lucia, h.All))

	page, err := h.Store.Messages(t.Context(), h.DB, h.All, of.ID, ticket.Span{})
	require.NoError(t, err)
	require.Len(t, page.Items, 3)
	for i, code := range []string{ticket.ReasonAsked, ticket.ReasonAskAnswered} {
		note := page.Items[i+1]
		require.Equal(t, ticket.DirectionNote, note.Direction, "nothing between offices is the citizen's")
		require.Equal(t, code, note.Reason.Code)
		require.Equal(t, map[string]string{"ask": a.String(), "office": h.Other.String(), "office_name": "Tributi"}, note.Reason.Params)
	}
	require.Equal(t, []ticket.EventType{ticket.EventOpened, ticket.EventAsked, ticket.EventStatusChanged, ticket.EventAnswered}, h.events(of.ID))

	list, _ := h.Pages(h.All, inbox.Filter{Queue: inbox.QueueAttention})
	require.Len(t, list, 1)
	require.True(t, list[0].AskEnded)
	require.NoError(t, h.Store.SeeAsk(t.Context(), h.DB, h.All, h.Lucia, a))
	require.Equal(t, [2]int{0, 0}, h.counts(h.Lucia, h.All))
	list, _ = h.Pages(h.All, inbox.Filter{Queue: inbox.QueueAttention})
	require.Empty(t, list)
	require.Equal(t, fault.CodeNotFound, fault.Kind(h.answers(a, "Ancora")), "who has answered sees it no longer")
}

func TestAQuestionComesBackOrIsTakenBack(t *testing.T) {
	t.Parallel()
	h := newHearing(t)
	of := h.Open("Quanto devo?")
	a := h.asked(of.ID)
	giveBack := func(reason string) error {
		return h.Tx(func(tx pgx.Tx) error { return h.Store.ReturnAsk(t.Context(), tx, h.seen, h.marta, a, reason) })
	}
	require.Equal(t, fault.CodeInvalid, fault.Kind(giveBack(" \n")), "a reason is due")
	require.NoError(t, giveBack("Non di competenza: chiedete all'anagrafe."))
	h.requireSight(of.ID, false)
	require.Equal(t, ticket.AskReturned, h.one(a).State)
	require.Equal(t, [2]int{0, 1}, h.counts(h.Lucia, h.All))

	again := h.asked(of.ID)
	require.NoError(t, h.withdraws(again))
	h.requireSight(of.ID, false)
	require.Equal(t, ticket.AskWithdrawn, h.one(again).State)
	require.Equal(t, [2]int{0, 1}, h.counts(h.Lucia, h.All), "nobody is told of what he did himself")
	require.Equal(t, fault.CodeConflict, fault.Kind(h.withdraws(again)))
}

func TestWhoMayBeAskedAndAnswer(t *testing.T) {
	t.Parallel()
	h := newHearing(t)
	of := h.Open("Quanto devo?")
	for name, c := range map[string]struct {
		ask  ticket.NewAsk
		want string
	}{
		"the office that has it": {ticket.NewAsk{Office: h.Office, Text: "?"}, "office_id holds_it"},
		"no office":              {ticket.NewAsk{Office: id.New[id.Office](), Text: "?"}, "office_id unknown"},
		"nothing":                {ticket.NewAsk{Office: h.Other, Text: "  "}, "text required"},
		"for the year 9999":      {ticket.NewAsk{Office: h.Other, Text: "?", Due: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)}, "due_on too_far"},
		"for yesterday":          {ticket.NewAsk{Office: h.Other, Text: "?", Due: h.Clock.Now().Add(-time.Hour)}, "due_on past"},
	} {
		_, err := h.asks(of.ID, c.ask)
		wrong := fault.Violations(err)
		require.Len(t, wrong, 1, name)
		require.Equal(t, c.want, wrong[0].Field+" "+wrong[0].Key, name)
	}
	a := h.asked(of.ID)
	_, err := h.asks(of.ID, ticket.NewAsk{Office: h.Other, Text: "Altro?"})
	require.Equal(t, "asked_already", fault.Violations(err)[0].Key)
	err = h.Tx(func(tx pgx.Tx) error {
		return h.Store.AnswerAsk(t.Context(), tx, h.All, h.Lucia, a, ticket.Note{Text: "Rispondo io"})
	})
	require.Equal(t, fault.CodeForbidden, fault.Kind(err), "only the office asked answers")
	err = h.Tx(func(tx pgx.Tx) error { return h.Store.WithdrawAsk(t.Context(), tx, h.seen.Holding(), h.marta, a) })
	require.ErrorIs(t, err, account.ErrShared)

	remind := func() error {
		return h.Tx(func(tx pgx.Tx) error { return h.Store.RemindAsk(t.Context(), tx, h.All, h.Lucia, a) })
	}
	require.NoError(t, remind())
	require.Equal(t, fault.CodeConflict, fault.Kind(remind()))
	h.Clock.Advance(time.Hour)
	require.NoError(t, remind())

	over, err := h.update(h.Open("Finito").ID, ticket.Change{Version: 2, Status: ptr(ticket.StatusResolved)})
	require.NoError(t, err)
	_, err = h.asks(over.ID, ticket.NewAsk{Office: h.Other, Text: "?"})
	require.Equal(t, fault.CodeConflict, fault.Kind(err))
}

// What is asked ends with the reason to ask: the ticket is over, or the office asked has it now.
func TestQuestionsEndWithTheTicket(t *testing.T) {
	t.Parallel()
	h := newHearing(t)
	why := func(of id.Ticket) string {
		page, err := h.Store.Timeline(t.Context(), h.DB, h.All, of, ticket.Span{})
		require.NoError(t, err)
		for _, e := range page.Items {
			if e.Type == ticket.EventAskWithdrawn {
				require.Equal(t, "Tributi", e.Params["office_name"])
				return e.Params["why"]
			}
		}
		return "nothing was withdrawn"
	}
	for reason, change := range map[string]ticket.Change{
		"over": {Status: ptr(ticket.StatusResolved)}, "held": {Office: &h.Other},
	} {
		of := h.Open(reason)
		a := h.asked(of.ID)
		change.Version = h.Get(of.ID).Version
		_, err := h.update(of.ID, change)
		require.NoError(t, err)
		require.Equal(t, ticket.AskWithdrawn, h.one(a).State, reason)
		require.Equal(t, reason, why(of.ID))
		h.requireSight(of.ID, reason == "held")
		require.Empty(t, h.Get(of.ID).SharedWith)
	}
	// A third office may have it: what was asked stays asked.
	third := id.New[id.Office]()
	h.Exec(`INSERT INTO office (id, slug, name) VALUES ($1, 'anagrafe', 'Anagrafe')`, third)
	of := h.Open("passata")
	a := h.asked(of.ID)
	_, err := h.update(of.ID, ticket.Change{Version: h.Get(of.ID).Version, Office: &third})
	require.NoError(t, err)
	require.NoError(t, h.answers(a, "Sì"))
}

func TestQuestionsFollowJoins(t *testing.T) {
	t.Parallel()
	h := newHearing(t)
	source, target := h.Open("uno"), h.Open("due")
	a := h.asked(source.ID)
	_, err := h.join(source.ID, target.ID)
	require.NoError(t, err)
	around, err := h.Store.Around(t.Context(), h.DB, h.All, target.ID)
	require.NoError(t, err)
	require.Len(t, around.Asks, 1)
	require.Equal(t, h.Get(target.ID).Number, around.Asks[0].Number)
	_, err = h.asks(target.ID, ticket.NewAsk{Office: h.Other, Text: "Ancora?"})
	require.Equal(t, "asked_already", fault.Violations(err)[0].Key)
	require.NoError(t, h.answers(a, "Sì"))
	h.requireSight(target.ID, false)
	h.Must(func(tx pgx.Tx) error {
		_, err := h.Store.Unjoin(t.Context(), tx, h.All, h.Lucia, source.ID)
		return err
	})
	h.requireSight(source.ID, false)
	require.Equal(t, h.Get(source.ID).Number, h.one(a).Number)
}

func TestQuestionsAreListedByTheirDueTime(t *testing.T) {
	t.Parallel()
	h := newHearing(t)
	var want []id.Ask
	for i := range 5 {
		a, err := h.asks(h.Open(strings.Repeat("x", i+1)).ID, ticket.NewAsk{Office: h.Other, Text: "?", Due: h.Clock.Now().Add(time.Duration(5-i) * time.Hour)})
		require.NoError(t, err)
		want = append([]id.Ask{a}, want...)
	}
	for box, by := range map[ticket.Box]account.Actor{ticket.BoxReceived: h.marta, ticket.BoxSent: h.Lucia} {
		scope := map[ticket.Box]account.Scope{ticket.BoxReceived: h.seen, ticket.BoxSent: h.All}[box]
		var got []id.Ask
		for after := ""; ; {
			page, err := h.Store.Asks(t.Context(), h.DB, scope, by, box, after, 2)
			require.NoError(t, err)
			for _, a := range page.Items {
				got = append(got, a.ID)
			}
			if after = page.Next; after == "" {
				break
			}
		}
		require.Equal(t, want, got, box)
	}
	none, err := h.Store.Asks(t.Context(), h.DB, account.OfficeScope(id.New[id.Office]()), h.marta, ticket.BoxReceived, "", 0)
	require.NoError(t, err)
	require.Empty(t, none.Items, "out of scope")
	_, err = h.Store.Asks(t.Context(), h.DB, h.All, h.Lucia, "other", "", 0)
	require.Equal(t, fault.CodeInvalid, fault.Kind(err))
}
