package ticket_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/inbox"
	"sportello.dev/hub/internal/ticket"
	"sportello.dev/hub/internal/ticket/tickettest"
)

func (w *town) join(source, target id.Ticket) (got *ticket.Ticket, err error) {
	err = w.Tx(func(tx pgx.Tx) error {
		got, err = w.Store.Join(w.T.Context(), tx, w.All, w.Lucia, source, target)
		return err
	})
	return got, err
}

func (w *town) unjoin(source id.Ticket) (got *ticket.Ticket, err error) {
	err = w.Tx(func(tx pgx.Tx) error {
		got, err = w.Store.Unjoin(w.T.Context(), tx, w.All, w.Lucia, source)
		return err
	})
	return got, err
}

func (w *town) texts(t id.Ticket) (texts []string) {
	w.T.Helper()
	page, err := w.Store.Messages(w.T.Context(), w.DB, w.All, t, ticket.Span{})
	require.NoError(w.T, err)
	for _, m := range page.Items {
		texts = append(texts, m.Text)
	}
	return texts
}

func TestJoinedTicketsAreOneConversation(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	first := w.Open("uno")
	w.Clock.Advance(time.Hour)
	second := w.Open("due")
	w.Clock.Advance(time.Hour)
	w.Receive(first.ID, w.Letter("tre"))
	_, err := w.update(first.ID, ticket.Change{Version: w.Get(first.ID).Version, Status: ptr(ticket.StatusClosed)})
	require.NoError(t, err)
	beforeFirst, beforeSecond := w.Get(first.ID), w.Get(second.ID)

	got, err := w.join(second.ID, first.ID)
	require.NoError(t, err)
	require.Equal(t, first.ID, got.ID)
	require.Equal(t, 3, got.MessageCount)
	require.Equal(t, ticket.StatusOpen, got.Status, "there is something to do again")
	require.True(t, got.WaitingSince.Equal(*beforeSecond.WaitingSince))
	require.Equal(t, utc(got), utc(w.Get(first.ID)))
	require.Equal(t, []string{"uno", "due", "tre"}, w.texts(first.ID))
	require.Equal(t, w.texts(first.ID), w.texts(second.ID), "either number leads to the whole")

	found, err := w.Store.Get(t.Context(), w.DB, w.All, string(second.Number))
	require.NoError(t, err)
	require.Equal(t, first.ID, found.ID)
	joined, err := w.Store.Joined(t.Context(), w.DB, w.All, first.ID)
	require.NoError(t, err)
	require.Len(t, joined, 1)
	require.Equal(t, second.Number, joined[0].Number)
	page, err := w.Inbox.List(t.Context(), w.DB, w.All, inbox.Filter{Queue: inbox.QueueAll})
	require.NoError(t, err)
	require.Equal(t, []ticket.Number{first.Number}, tickettest.NumbersOf(page.Items))

	w.Clock.Advance(time.Hour)
	w.Receive(second.ID, w.Letter("quattro"))
	require.Equal(t, 4, w.Get(first.ID).MessageCount, "what comes for the other is filed on the one to go on with")

	back, err := w.unjoin(second.ID)
	require.NoError(t, err)
	require.Equal(t, beforeSecond.MessageCount, back.MessageCount)
	require.Equal(t, beforeSecond.WaitingSince, back.WaitingSince)
	require.Equal(t, []string{"due"}, w.texts(second.ID))
	require.Equal(t, []string{"uno", "tre", "quattro"}, w.texts(first.ID))
	after := w.Get(first.ID)
	require.Equal(t, beforeFirst.MessageCount+1, after.MessageCount)
	require.Equal(t, "quattro", after.Preview)
	require.Contains(t, w.events(first.ID), ticket.EventUnjoined)
	require.Contains(t, w.events(second.ID), ticket.EventUnjoined)
	_, err = w.unjoin(second.ID)
	require.Equal(t, fault.CodeConflict, fault.Kind(err))
}

func TestJoinsMakeNoRings(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	a, b, c := w.Open("a"), w.Open("b"), w.Open("c")
	join := func(source, target id.Ticket) error {
		_, err := w.join(source, target)
		return err
	}
	require.Equal(t, fault.CodeConflict, fault.Kind(join(a.ID, a.ID)))
	require.NoError(t, join(a.ID, b.ID))
	require.Equal(t, fault.CodeConflict, fault.Kind(join(b.ID, a.ID)), "they are one already")
	require.Equal(t, fault.CodeConflict, fault.Kind(join(a.ID, c.ID)), "a is joined already")
	require.NoError(t, join(b.ID, c.ID))
	require.Equal(t, []string{"a", "b", "c"}, w.texts(a.ID))
	require.Equal(t, 3, w.Get(c.ID).MessageCount)

	_, err := w.unjoin(a.ID)
	require.NoError(t, err)
	require.Equal(t, 2, w.Get(c.ID).MessageCount)
	require.Equal(t, 1, w.Get(b.ID).MessageCount)
	require.Equal(t, []string{"b", "c"}, w.texts(c.ID))
	require.Equal(t, fault.CodeNotFound, fault.Kind(join(a.ID, id.New[id.Ticket]())))
}

func TestOfTwoJoinsOneWins(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	a, b := w.Open("a"), w.Open("b")
	crosswise := make(chan error, 1)
	w.Must(func(tx pgx.Tx) error {
		_, err := w.Store.Join(t.Context(), tx, w.All, w.Lucia, a.ID, b.ID)
		require.NoError(t, err)
		go func() {
			_, err := w.join(b.ID, a.ID)
			crosswise <- err
		}()
		// The other has read that both stand on their own, and waits for us.
		require.Eventually(t, func() bool {
			var waiting bool
			err := w.DB.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_locks
				WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database()))`).Scan(&waiting)
			return err == nil && waiting
		}, 10*time.Second, 5*time.Millisecond)
		return nil
	})
	require.Equal(t, fault.CodeConflict, fault.Kind(<-crosswise))
	require.Equal(t, b.ID, w.Get(a.ID).MergedInto)
	require.True(t, w.Get(b.ID).MergedInto.IsZero())
}

func (w *town) suggest(t, other id.Ticket) id.Suggestion {
	w.T.Helper()
	w.Must(func(tx pgx.Tx) error {
		f := w.Store.NewFiling()
		f.Suggest(t, id.Message{}, []ticket.Suggested{
			{Ticket: other, Reason: ticket.SuggestNumber}, {Ticket: other, Reason: ticket.SuggestSameSubject}, {Ticket: t},
		})
		return f.Write(w.T.Context(), tx)
	})
	list, err := w.Store.Suggestions(w.T.Context(), w.DB, w.All, t)
	require.NoError(w.T, err)
	require.Len(w.T, list, 1)
	return list[0].ID
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	old, made := w.Open("uno"), w.Open("due")
	g := w.suggest(made.ID, old.ID)
	list, err := w.Store.Suggestions(t.Context(), w.DB, w.All, made.ID)
	require.NoError(t, err)
	require.Equal(t, old.Number, list[0].OtherNumber)
	require.Equal(t, ticket.SuggestNumber, list[0].Reason)
	require.Contains(t, w.events(made.ID), ticket.EventSuggestionMade)
	other := account.OfficeScope(w.Other)
	_, err = w.Store.Suggestions(t.Context(), w.DB, other, made.ID)
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
	w.Exec(`UPDATE ticket SET office_id = $1 WHERE id = $2`, w.Other, old.ID)
	list, err = w.Store.Suggestions(t.Context(), w.DB, account.OfficeScope(w.Office), made.ID)
	require.NoError(t, err)
	require.Empty(t, list, "the other ticket is out of scope")

	decide := func(act func(tx pgx.Tx) (*ticket.Ticket, error)) (got *ticket.Ticket, err error) {
		err = w.Tx(func(tx pgx.Tx) error {
			got, err = act(tx)
			return err
		})
		return got, err
	}
	accept := func(scope account.Scope) (*ticket.Ticket, error) {
		return decide(func(tx pgx.Tx) (*ticket.Ticket, error) { return w.Store.Accept(t.Context(), tx, scope, w.Lucia, g) })
	}
	_, err = accept(account.OfficeScope(w.Office))
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
	got, err := accept(w.All)
	require.NoError(t, err)
	require.Equal(t, old.ID, got.ID)
	require.Equal(t, []string{"uno", "due"}, w.texts(old.ID))
	_, err = accept(w.All)
	require.Equal(t, fault.CodeConflict, fault.Kind(err))
	_, err = w.unjoin(made.ID)
	require.NoError(t, err)
	list, err = w.Store.Suggestions(t.Context(), w.DB, w.All, made.ID)
	require.NoError(t, err)
	require.Empty(t, list, "who takes them apart does not want them joined")

	third := w.Open("tre")
	g = w.suggest(third.ID, old.ID)
	_, err = decide(func(tx pgx.Tx) (*ticket.Ticket, error) { return w.Store.Dismiss(t.Context(), tx, w.All, w.Lucia, g) })
	require.NoError(t, err)
	require.Contains(t, w.events(third.ID), ticket.EventSuggestionDismissed)
	_, err = decide(func(tx pgx.Tx) (*ticket.Ticket, error) { return w.Store.Dismiss(t.Context(), tx, w.All, w.Lucia, g) })
	require.Equal(t, fault.CodeConflict, fault.Kind(err))
	_, err = decide(func(tx pgx.Tx) (*ticket.Ticket, error) {
		return w.Store.Dismiss(t.Context(), tx, w.All, w.Lucia, id.New[id.Suggestion]())
	})
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
}

func TestJoiningSettlesWhatWasSuggested(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	a, b := w.Open("a"), w.Open("b")
	w.suggest(b.ID, a.ID)
	_, err := w.join(a.ID, b.ID)
	require.NoError(t, err)
	list, err := w.Store.Suggestions(t.Context(), w.DB, w.All, b.ID)
	require.NoError(t, err)
	require.Empty(t, list)
	page, err := w.Inbox.List(t.Context(), w.DB, w.All, inbox.Filter{Queue: inbox.QueueAttention})
	require.NoError(t, err)
	require.Empty(t, page.Items)
}
