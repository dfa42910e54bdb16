package intake

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// A row over which processes died again and again is for a person to look at; its neighbours are filed.
func TestARowThatKillsIsPutBeforeAPerson(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	killer := b.mail(nil)
	_, err := b.journal.Append(t.Context(), b.batch("c", killer, b.mail(nil)))
	require.NoError(t, err)
	exec(t, b.pool, `UPDATE journal SET attempt = $2 WHERE event_id = $1`, killer.ID, maxClaims+1)
	b.work(t)
	list, _, err := b.journal.Quarantined(t.Context(), account.SystemScope(), EntryPage{Size: 50})
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, ReasonCrash, list[0].Reason)
	require.Len(t, b.list(t), 1)
}

// What is settled stays so: whoever comes second undoes all that he did.
func TestARowIsSettledOnce(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	b.deliver(t, b.mail(nil))
	err := postgres.InTx(t.Context(), b.pool, func(tx pgx.Tx) error {
		var e id.Entry
		if err := tx.QueryRow(t.Context(), `SELECT id FROM journal`).Scan(&e); err != nil {
			return err
		}
		return b.journal.settle(t.Context(), tx, &work{entry: entry{ID: e}, state: "filed"})
	})
	require.ErrorContains(t, err, "settled already")
}

// A row is worked on alone only by who holds its lane.
func TestARowIsTakenAloneByOne(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	_, err := b.journal.Append(t.Context(), b.batch("c", b.mail(nil)))
	require.NoError(t, err)
	var e entry
	require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT id, lane FROM journal`).Scan(&e.ID, &e.Lane))
	take := func(tx pgx.Tx) int {
		rows, err := b.journal.takeOne(t.Context(), tx, uuid.New(), e)
		require.NoError(t, err)
		return len(rows)
	}
	b.tx(t, func(first pgx.Tx) error {
		require.Equal(t, 1, take(first))
		b.tx(t, func(second pgx.Tx) error {
			require.Zero(t, take(second))
			return nil
		})
		return nil
	})
	b.tx(t, func(again pgx.Tx) error {
		require.Equal(t, 1, take(again))
		return nil
	})
}

// Anybody can write a word into a letter, or a number into a form: only what a telephone itself sends is a command.
func TestOnlyATelephoneCommands(t *testing.T) {
	t.Parallel()
	b := setupTexts(t)
	b.deliver(t, b.mail(func(m *Inbound) { m.Text = "STOP" }))
	form := b.text("STOP", mobile)
	form.Message.Authentication.Authority = "webform"
	b.deliver(t, form)
	for _, number := range b.list(t) {
		require.Equal(t, ticket.ClassHuman, b.messages(t, number)[0].Class)
		require.True(t, b.ticketOf(t, number).Status.Open())
	}
	yes, err := contact.NewStore().Suppressed(t.Context(), b.pool, "mobile", mobile)
	require.NoError(t, err)
	require.False(t, yes)
	b.deliver(t, b.text("STOP", mobile))
	yes, err = contact.NewStore().Suppressed(t.Context(), b.pool, "mobile", mobile)
	require.NoError(t, err)
	require.True(t, yes)
}

// Who writes by number and secret counts as the citizen of the request, whatever address was typed.
func TestWhoOpensARequestIsItsCitizen(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	b.deliver(t, b.mail(nil))
	ada := b.ticketOf(t, b.list(t)[0])
	b.deliver(t, b.mail(func(m *Inbound) {
		m.From, m.Opened = Address{Kind: "email", Value: "altra@posta.example"}, &Opened{Ticket: ada.ID, Contact: ada.Contact}
		m.ExternalIDs, m.Authentication = nil, Authentication{Authority: "webform"}
	}))
	require.Len(t, b.list(t), 1)
	require.Len(t, b.messages(t, string(ada.Number)), 3, "two letters and an acknowledgement")
	require.Equal(t, 1, count(t, b.pool, `SELECT count(DISTINCT contact_id) FROM message WHERE direction = 'inbound'`))
}

// How a request stands is told to its own telephone; another's question is a message like any other.
func TestTheStateIsToldToItsOwn(t *testing.T) {
	t.Parallel()
	b := setupTexts(t)
	b.deliver(t, b.text("C'è una buca", mobile))
	number := b.list(t)[0]
	b.deliver(t, b.text("STATO "+number, "+393337654321"))
	other := b.list(t)[1]
	asked := b.messages(t, other)[0]
	require.Equal(t, ticket.ClassHuman, asked.Class)
	require.True(t, b.ticketOf(t, other).Status.Open(), "a person looks at it")
	for _, text := range b.sent(t, other) {
		require.NotContains(t, text, number)
	}
	before := len(b.sent(t, number))
	b.deliver(t, b.text("STATO "+number, mobile))
	require.Len(t, b.sent(t, number), before+1)
}
