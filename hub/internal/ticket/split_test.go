package ticket_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/inbox"
	"sportello.dev/hub/internal/ticket"
)

func (w *town) split(m id.Message) (made *ticket.Ticket, err error) {
	err = w.Tx(func(tx pgx.Tx) error {
		made, err = w.Store.Split(w.T.Context(), tx, w.All, w.Lucia, m)
		return err
	})
	return made, err
}

func (w *town) links(t id.Ticket) []ticket.Linked {
	w.T.Helper()
	around, err := w.Store.Around(w.T.Context(), w.DB, w.All, t)
	require.NoError(w.T, err)
	return around.Links
}

func (w *town) roles(t id.Ticket) map[string]ticket.TicketRole {
	w.T.Helper()
	parties, err := w.Store.Parties(w.T.Context(), w.DB, w.All, t)
	require.NoError(w.T, err)
	roles := map[string]ticket.TicketRole{}
	for _, p := range parties {
		roles[p.Value] = p.Role
	}
	return roles
}

// about is a letter of Ada's that answers under another subject.
func (w *town) about(what string) ticket.Inbound {
	in := w.Letter("Mi serve anche " + what)
	in.Subject = "R: " + what
	in.Reason = ticket.Reason{Code: ticket.ReasonToken, Params: map[string]string{ticket.ParamSubjectChanged: "true"}}
	return in
}

func TestSplitAndBack(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	old := w.Open("La tassa è sbagliata.")
	w.Reply(old.ID, w.Answer("Vero, la correggiamo."))
	before := w.Get(old.ID)
	require.Equal(t, ticket.StatusWaitingCitizen, before.Status)
	asked := w.Clock.Advance(time.Hour)
	moved := w.Receive(old.ID, w.about("Carta d'identità"))
	require.Equal(t, ticket.StatusOpen, w.Get(old.ID).Status)
	w.Clock.Advance(time.Hour)

	made, err := w.split(moved)
	require.NoError(t, err)
	got, left := utc(w.Get(made.ID)), utc(w.Get(old.ID))
	require.Equal(t, "Carta d'identità", got.Subject)
	require.Equal(t, old.Office, got.Office)
	require.Equal(t, ticket.StatusNew, got.Status)
	require.Equal(t, asked, *got.WaitingSince, "the citizen waits since the letter, not since the split")
	require.Equal(t, asked, got.CreatedAt)
	require.Equal(t, []int{1, 1}, []int{got.MessageCount, got.InboundCount})
	require.Equal(t, "Mi serve anche Carta d'identità", got.Preview)

	require.Equal(t, ticket.StatusWaitingCitizen, left.Status, "the letter had opened it")
	require.Nil(t, left.WaitingSince)
	require.Equal(t, utc(before).LastMessageAt, left.LastMessageAt)
	require.Equal(t, []int{2, 1}, []int{left.MessageCount, left.InboundCount})
	require.Equal(t, ticket.RoleRequester, w.roles(made.ID)[ada.Value])
	require.Equal(t, ticket.RoleRequester, w.roles(old.ID)[ada.Value])
	require.Contains(t, w.events(old.ID), ticket.EventSplitOff)
	require.Contains(t, w.events(made.ID), ticket.EventSplitFrom)

	here, there := w.links(made.ID), w.links(old.ID)
	require.Len(t, here, 1)
	require.Equal(t, []any{ticket.LinkSplit, false, old.Number}, []any{here[0].Kind, here[0].Back, here[0].Number})
	require.Equal(t, []any{ticket.LinkSplit, true, made.Number}, []any{there[0].Kind, there[0].Back, there[0].Number})
	m, err := w.Store.Message(t.Context(), w.DB, w.All, moved)
	require.NoError(t, err)
	require.Equal(t, ticket.ReasonSplit, m.Reason.Code)
	require.Equal(t, ticket.ReasonToken, m.Reason.Params[ticket.ParamWas])

	_, err = w.split(moved)
	require.Equal(t, fault.CodeConflict, fault.Kind(err), "nothing is left to split")

	_, err = w.join(made.ID, old.ID)
	require.NoError(t, err)
	back := w.Get(old.ID)
	require.Equal(t, 3, back.MessageCount)
	require.NotNil(t, back.WaitingSince)
	require.Empty(t, w.links(old.ID), "they are one")
	again, err := w.split(moved)
	require.NoError(t, err)
	require.Equal(t, made.ID, again.ID, "what was joined is taken out again under its own number")
	require.Equal(t, 2, w.Get(old.ID).MessageCount)
}

func TestAnAnswerGoesWithTheLetter(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	old := w.Open("uno")
	w.Clock.Advance(time.Minute)
	in := w.about("Carta d'identità")
	in.From, in.ThirdPerson = bruno, true
	moved := w.Receive(old.ID, in)
	w.Clock.Advance(time.Minute)
	out := w.Answer("Venga martedì.")
	out.Answers, out.Parties = moved, []ticket.MessageParty{{Role: ticket.RoleTo, Address: bruno}, {Role: ticket.RoleCc, Address: carla}}
	w.Reply(old.ID, out)
	_, err := w.update(old.ID, ticket.Change{Version: w.Get(old.ID).Version, Assignee: &w.Lucia.Operator})
	require.NoError(t, err)

	made, err := w.split(moved)
	require.NoError(t, err)
	got := w.Get(made.ID)
	require.Equal(t, ticket.StatusWaitingCitizen, got.Status)
	require.Nil(t, got.WaitingSince, "it is answered")
	require.Equal(t, w.Lucia.Operator, got.Assignee)
	require.Equal(t, 2, got.MessageCount)
	require.Equal(t, map[string]ticket.TicketRole{bruno.Value: ticket.RoleRequester, carla.Value: ticket.RoleThird}, w.roles(made.ID))
	require.Equal(t, map[string]ticket.TicketRole{ada.Value: ticket.RoleRequester}, w.roles(old.ID))
	require.NotNil(t, w.Get(old.ID).WaitingSince, "nobody has answered Ada")
}

func TestWhatCannotBeSplit(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	old := w.Open("uno")
	reply := w.Reply(old.ID, w.Answer("due"))
	_, err := w.split(reply)
	require.Equal(t, fault.CodeConflict, fault.Kind(err), "our own")
	machine := w.Letter("fuori ufficio")
	machine.Class = ticket.ClassOutOfOffice
	_, err = w.split(w.Receive(old.ID, machine))
	require.Equal(t, fault.CodeConflict, fault.Kind(err), "a machine's")
	_, err = w.split(id.New[id.Message]())
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
}

func TestAForwardedLetterGetsItsCitizen(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.Exec(`INSERT INTO town (name, mail_domains) VALUES ('Valdoria', '{comune.example}')`)
	colleague := ticket.Address{Kind: "email", Value: "sindaco@comune.example", Name: "Il sindaco"}
	made := w.Open("uno")
	w.Exec(`DELETE FROM ticket_party`)
	in := w.Letter("Inoltro.")
	in.From, in.Authenticated = colleague, true
	m := w.Receive(made.ID, in)
	w.Must(func(tx pgx.Tx) error {
		f := w.Store.NewFiling()
		f.ProposeRequester(made.ID, m, bruno)
		return f.Write(t.Context(), tx)
	})
	open, err := w.Store.Proposals(t.Context(), w.DB, w.All, made.ID)
	require.NoError(t, err)
	require.Len(t, open, 1)
	require.Equal(t, []ticket.Address{bruno, colleague}, []ticket.Address{open[0].Requester(), open[0].ForwardedBy()})
	page, err := w.Inbox.List(t.Context(), w.DB, w.All, inbox.Filter{Queue: inbox.QueueAttention, Limit: 5})
	require.NoError(t, err)
	require.True(t, page.Items[0].Suggested)

	person := id.New[id.Contact]()
	w.Exec(`INSERT INTO contact (id, name) VALUES ($1, 'Bruno')`, person)
	w.Must(func(tx pgx.Tx) error {
		got, err := w.Store.AcceptProposal(t.Context(), tx, w.All, w.Lucia, open[0], person)
		require.Equal(t, person, got.Contact)
		return err
	})
	require.Equal(t, map[string]ticket.TicketRole{bruno.Value: ticket.RoleRequester, colleague.Value: ticket.RoleThird}, w.roles(made.ID))
	r, err := w.Store.DefaultRecipients(t.Context(), w.DB, w.All, made.ID, id.Message{})
	require.NoError(t, err)
	require.Equal(t, []ticket.Address{bruno}, r.To)
	err = w.Tx(func(tx pgx.Tx) error {
		_, err := w.Store.DismissProposal(t.Context(), tx, w.All, w.Lucia, open[0])
		return err
	})
	require.Equal(t, fault.CodeConflict, fault.Kind(err), "decided is decided")
	require.Contains(t, w.events(made.ID), ticket.EventRequesterChanged)
}
