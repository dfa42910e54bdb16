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
		Kind: account.KindOperator, Operator: id.New[id.Operator](), Name: "Marta", Role: account.BackOffice, Offices: []id.Office{h.other},
	}
	h.seen = account.OfficeScope(h.other)
	h.exec(`INSERT INTO operator (id, login, name, role) VALUES ($1, 'marta', 'Marta', 'back_office')`, h.marta.Operator)
	return h
}

func (h *hearing) asks(of id.Ticket, a ticket.NewAsk) (id.Ask, error) {
	a.ID = id.New[id.Ask]()
	if a.Due.IsZero() {
		a.Due = h.clock.now().Add(48 * time.Hour)
	}
	return a.ID, h.tx(func(tx pgx.Tx) error { return h.store.Ask(h.t.Context(), tx, h.all, h.lucia, of, a) })
}

// asked is a question to the taxes.
func (h *hearing) asked(of id.Ticket) id.Ask {
	h.t.Helper()
	a, err := h.asks(of, ticket.NewAsk{Office: h.other, Text: "È dovuta la rata?"})
	require.NoError(h.t, err)
	return a
}

func (h *hearing) answers(a id.Ask, text string) error {
	return h.tx(func(tx pgx.Tx) error {
		return h.store.AnswerAsk(h.t.Context(), tx, h.seen, h.marta, a, ticket.Note{Text: text})
	})
}

func (h *hearing) withdraws(a id.Ask) error {
	return h.tx(func(tx pgx.Tx) error { return h.store.WithdrawAsk(h.t.Context(), tx, h.all, h.lucia, a) })
}

func (h *hearing) one(a id.Ask) ticket.Ask {
	h.t.Helper()
	got, err := h.store.OneAsk(h.t.Context(), h.db, h.all, a)
	require.NoError(h.t, err)
	return *got
}

// requireSight tells whether the taxes see a ticket.
func (h *hearing) requireSight(of id.Ticket, want bool) {
	h.t.Helper()
	_, err := h.store.ByID(h.t.Context(), h.db, h.seen, of)
	if want {
		require.NoError(h.t, err)
	} else {
		require.Equal(h.t, fault.CodeNotFound, fault.Kind(err))
	}
}

func (h *hearing) counts(by account.Actor, scope account.Scope) [2]int {
	h.t.Helper()
	received, answered, err := h.store.CountAsks(h.t.Context(), h.db, scope, by)
	require.NoError(h.t, err)
	return [2]int{received, answered}
}

func TestAskAndAnswer(t *testing.T) {
	t.Parallel()
	h := newHearing(t)
	of := h.open("Quanto devo?")
	before := h.get(of.ID)
	waiting := ticket.StatusWaitingThird
	a, err := h.asks(of.ID, ticket.NewAsk{Office: h.other, Text: "  È dovuta la rata? ", Status: waiting})
	require.NoError(t, err)
	h.requireSight(of.ID, true)
	after := h.get(of.ID)
	require.Equal(t, before.Office, after.Office, "the ticket stays")
	require.NotEmpty(t, after.Standing.Who, "it waits for the office asked")
	require.Equal(t, waiting, after.Status)
	require.Equal(t, before.WaitingSince, after.WaitingSince, "the citizen waits on")
	require.Equal(t, [2]int{1, 0}, h.counts(h.marta, h.seen))
	require.Equal(t, [2]int{0, 0}, h.counts(h.lucia, h.all))

	h.clock.advance(time.Hour)
	require.NoError(t, h.answers(a, "Sì, entro il 16."))
	h.requireSight(of.ID, false)
	got := h.one(a)
	require.Equal(t, ticket.AskAnswered, got.State)
	require.Equal(t, "È dovuta la rata?", got.Question)
	require.Equal(t, "Sì, entro il 16.", got.Answer)
	require.Equal(t, "Marta", got.EndedName)
	require.True(t, h.clock.now().Equal(*got.EndedAt))
	require.Nil(t, got.SeenAt)
	require.Equal(t, [2]int{0, 1}, h.counts(h.lucia, h.all))

	page, err := h.store.Messages(t.Context(), h.db, h.all, of.ID, ticket.Span{})
	require.NoError(t, err)
	require.Len(t, page.Items, 3)
	for i, code := range []string{ticket.ReasonAsked, ticket.ReasonAskAnswered} {
		note := page.Items[i+1]
		require.Equal(t, ticket.DirectionNote, note.Direction, "nothing between offices is the citizen's")
		require.Equal(t, code, note.Reason.Code)
		require.Equal(t, map[string]string{"ask": a.String(), "office": h.other.String(), "office_name": "Tributi"}, note.Reason.Params)
	}
	require.Equal(t, []ticket.EventType{ticket.EventOpened, ticket.EventAsked, ticket.EventStatusChanged, ticket.EventAnswered}, h.events(of.ID))

	list, _ := h.pages(h.all, ticket.Filter{Queue: ticket.QueueAttention})
	require.Len(t, list, 1)
	require.True(t, list[0].AskEnded)
	require.NoError(t, h.store.SeeAsk(t.Context(), h.db, h.all, h.lucia, a))
	require.Equal(t, [2]int{0, 0}, h.counts(h.lucia, h.all))
	list, _ = h.pages(h.all, ticket.Filter{Queue: ticket.QueueAttention})
	require.Empty(t, list)
	require.Equal(t, fault.CodeNotFound, fault.Kind(h.answers(a, "Ancora")), "who has answered sees it no longer")
}

func TestAQuestionComesBackOrIsTakenBack(t *testing.T) {
	t.Parallel()
	h := newHearing(t)
	of := h.open("Quanto devo?")
	a := h.asked(of.ID)
	giveBack := func(reason string) error {
		return h.tx(func(tx pgx.Tx) error { return h.store.ReturnAsk(t.Context(), tx, h.seen, h.marta, a, reason) })
	}
	require.Equal(t, fault.CodeInvalid, fault.Kind(giveBack(" \n")), "a reason is due")
	require.NoError(t, giveBack("Non di competenza: chiedete all'anagrafe."))
	h.requireSight(of.ID, false)
	require.Equal(t, ticket.AskReturned, h.one(a).State)
	require.Equal(t, [2]int{0, 1}, h.counts(h.lucia, h.all))

	again := h.asked(of.ID)
	require.NoError(t, h.withdraws(again))
	h.requireSight(of.ID, false)
	require.Equal(t, ticket.AskWithdrawn, h.one(again).State)
	require.Equal(t, [2]int{0, 1}, h.counts(h.lucia, h.all), "nobody is told of what he did himself")
	require.Equal(t, fault.CodeConflict, fault.Kind(h.withdraws(again)))
}

func TestWhoMayBeAskedAndAnswer(t *testing.T) {
	t.Parallel()
	h := newHearing(t)
	of := h.open("Quanto devo?")
	for name, c := range map[string]struct {
		ask  ticket.NewAsk
		want string
	}{
		"the office that has it": {ticket.NewAsk{Office: h.office, Text: "?"}, "office_id holds_it"},
		"no office":              {ticket.NewAsk{Office: id.New[id.Office](), Text: "?"}, "office_id unknown"},
		"nothing":                {ticket.NewAsk{Office: h.other, Text: "  "}, "text required"},
		"for yesterday":          {ticket.NewAsk{Office: h.other, Text: "?", Due: h.clock.now().Add(-time.Hour)}, "due_on past"},
	} {
		_, err := h.asks(of.ID, c.ask)
		wrong := fault.Violations(err)
		require.Len(t, wrong, 1, name)
		require.Equal(t, c.want, wrong[0].Field+" "+wrong[0].Key, name)
	}
	a := h.asked(of.ID)
	_, err := h.asks(of.ID, ticket.NewAsk{Office: h.other, Text: "Altro?"})
	require.Equal(t, "asked_already", fault.Violations(err)[0].Key)
	err = h.tx(func(tx pgx.Tx) error {
		return h.store.AnswerAsk(t.Context(), tx, h.all, h.lucia, a, ticket.Note{Text: "Rispondo io"})
	})
	require.Equal(t, fault.CodeForbidden, fault.Kind(err), "only the office asked answers")
	err = h.tx(func(tx pgx.Tx) error { return h.store.WithdrawAsk(t.Context(), tx, h.seen.Holding(), h.marta, a) })
	require.ErrorIs(t, err, account.ErrShared)

	remind := func() error {
		return h.tx(func(tx pgx.Tx) error { return h.store.RemindAsk(t.Context(), tx, h.all, h.lucia, a) })
	}
	require.NoError(t, remind())
	require.Equal(t, fault.CodeConflict, fault.Kind(remind()))
	h.clock.advance(time.Hour)
	require.NoError(t, remind())

	over, err := h.update(h.open("Finito").ID, ticket.Change{Version: 2, Status: ptr(ticket.StatusResolved)})
	require.NoError(t, err)
	_, err = h.asks(over.ID, ticket.NewAsk{Office: h.other, Text: "?"})
	require.Equal(t, fault.CodeConflict, fault.Kind(err))
}

// What is asked ends with the reason to ask: the ticket is over, or the office asked has it now.
func TestQuestionsEndWithTheTicket(t *testing.T) {
	t.Parallel()
	h := newHearing(t)
	why := func(of id.Ticket) string {
		page, err := h.store.Timeline(t.Context(), h.db, h.all, of, ticket.Span{})
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
		"over": {Status: ptr(ticket.StatusResolved)}, "held": {Office: &h.other},
	} {
		of := h.open(reason)
		a := h.asked(of.ID)
		change.Version = h.get(of.ID).Version
		_, err := h.update(of.ID, change)
		require.NoError(t, err)
		require.Equal(t, ticket.AskWithdrawn, h.one(a).State, reason)
		require.Equal(t, reason, why(of.ID))
		h.requireSight(of.ID, reason == "held")
		require.Empty(t, h.get(of.ID).SharedWith)
	}
	// A third office may have it: what was asked stays asked.
	third := id.New[id.Office]()
	h.exec(`INSERT INTO office (id, slug, name) VALUES ($1, 'anagrafe', 'Anagrafe')`, third)
	of := h.open("passata")
	a := h.asked(of.ID)
	_, err := h.update(of.ID, ticket.Change{Version: h.get(of.ID).Version, Office: &third})
	require.NoError(t, err)
	require.NoError(t, h.answers(a, "Sì"))
}

func TestQuestionsFollowJoins(t *testing.T) {
	t.Parallel()
	h := newHearing(t)
	source, target := h.open("uno"), h.open("due")
	a := h.asked(source.ID)
	_, err := h.join(source.ID, target.ID)
	require.NoError(t, err)
	open, err := h.store.OpenAsks(t.Context(), h.db, h.all, target.ID)
	require.NoError(t, err)
	require.Len(t, open, 1)
	require.Equal(t, h.get(target.ID).Number, open[0].Number)
	_, err = h.asks(target.ID, ticket.NewAsk{Office: h.other, Text: "Ancora?"})
	require.Equal(t, "asked_already", fault.Violations(err)[0].Key)
	require.NoError(t, h.answers(a, "Sì"))
	h.requireSight(target.ID, false)
	h.must(func(tx pgx.Tx) error {
		_, err := h.store.Unjoin(t.Context(), tx, h.all, h.lucia, source.ID)
		return err
	})
	h.requireSight(source.ID, false)
	require.Equal(t, h.get(source.ID).Number, h.one(a).Number)
}

func TestQuestionsAreListedByTheirDueTime(t *testing.T) {
	t.Parallel()
	h := newHearing(t)
	var want []id.Ask
	for i := range 5 {
		a, err := h.asks(h.open(strings.Repeat("x", i+1)).ID, ticket.NewAsk{Office: h.other, Text: "?", Due: h.clock.now().Add(time.Duration(5-i) * time.Hour)})
		require.NoError(t, err)
		want = append([]id.Ask{a}, want...)
	}
	for box, by := range map[ticket.Box]account.Actor{ticket.BoxReceived: h.marta, ticket.BoxSent: h.lucia} {
		scope := map[ticket.Box]account.Scope{ticket.BoxReceived: h.seen, ticket.BoxSent: h.all}[box]
		var got []id.Ask
		for after := ""; ; {
			page, err := h.store.Asks(t.Context(), h.db, scope, by, box, after, 2)
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
	none, err := h.store.Asks(t.Context(), h.db, account.OfficeScope(id.New[id.Office]()), h.marta, ticket.BoxReceived, "", 0)
	require.NoError(t, err)
	require.Empty(t, none.Items, "out of scope")
	_, err = h.store.Asks(t.Context(), h.db, h.all, h.lucia, "other", "", 0)
	require.Equal(t, fault.CodeInvalid, fault.Kind(err))
}
