package intake

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/ticket"
)

func TestCommandOf(t *testing.T) {
	t.Parallel()
	number := ticket.FormatNumber(2026, 123)
	for text, want := range map[string]delivery.Saying{
		"STOP": delivery.SayStopped, " stop. ": delivery.SayStopped, "Basta!": delivery.SayStopped, "disiscrivi": delivery.SayStopped,
		"RIPRENDI": delivery.SayResumed, "start": delivery.SayResumed,
		"STATO " + string(number): delivery.SayStatus, "status: " + string(number): delivery.SayStatus, "stato\n" + string(number): delivery.SayStatus,
		"stato 2026 - 000123 - " + string(number)[12:]: delivery.SayStatus,
		"Stop alle auto in via Roma":                   "none", "non stop": "none", "no": "none", "annulla": "none", "stato": "none", "stato 2026-000123-0x": "none", "": "none",
		"lo stato " + string(number): "none",
	} {
		c, ok := commandOf(text, false)
		if want == "none" {
			require.False(t, ok, "%q", text)
			continue
		}
		require.True(t, ok, "%q", text)
		require.Equal(t, want, c.says, "%q", text)
		if want == delivery.SayStatus {
			require.Equal(t, number, c.number, "%q", text)
		}
	}
	for _, text := range []string{"no", "ANNULLA"} {
		c, ok := commandOf(text, true)
		require.True(t, ok)
		require.Equal(t, delivery.SayStopped, c.says, "right after a proactive message")
	}
}

const mobile = "+393331234567"

// text is what a telephone writes, as its own channel brings it.
func (b *filing) text(words, from string) Event {
	return b.mail(func(m *Inbound) {
		*m = Inbound{From: Address{Kind: "mobile", Value: from}, Text: words, Class: "human", Numbers: []string{words}}
	})
}

func setupTexts(t *testing.T) *filing {
	t.Helper()
	b := setupFiling(t)
	exec(t, b.pool, `UPDATE channel SET adapter = 'sms', address_kind = 'mobile', address_value = '+393202041999',
		ability = '{"capabilities": ["ingest", "send"], "address_kinds": ["mobile"], "own": {"kind": "mobile", "value": "+393202041999"}}'`)
	return b
}

// sent are the texts that left on a ticket.
func (b *filing) sent(t *testing.T, number string) []string {
	t.Helper()
	var all []string
	for _, m := range b.messages(t, number) {
		if m.Direction == ticket.DirectionOutbound {
			all = append(all, m.Text)
		}
	}
	return all
}

func TestStopEndsProactiveMessagesAndMakesNoWork(t *testing.T) {
	t.Parallel()
	b := setupTexts(t)
	b.deliver(t, b.text("STOP", mobile))
	number := b.list(t)[0]
	require.Equal(t, ticket.StatusClosed, b.ticketOf(t, number).Status, "it is kept, and nobody has to do anything")
	require.Len(t, b.sent(t, number), 1)
	require.Contains(t, b.sent(t, number)[0], "non le manderemo altri avvisi")
	require.Equal(t, ticket.ClassCommand, b.messages(t, number)[0].Class)
	suppressed := func() bool {
		yes, err := contact.NewStore().Suppressed(t.Context(), b.pool, "mobile", mobile)
		require.NoError(t, err)
		return yes
	}
	require.True(t, suppressed())

	b.deliver(t, b.text("Stop!", mobile))
	said := 0
	for _, n := range b.list(t) {
		said += len(b.sent(t, n))
	}
	require.Equal(t, 1, said, "it is confirmed once")
	b.deliver(t, b.text("riprendi", mobile))
	require.False(t, suppressed())
	b.deliver(t, b.text("STOP", mobile))
	require.True(t, suppressed())
}

func TestStopOnAnOpenTicketLeavesItAsItIs(t *testing.T) {
	t.Parallel()
	b := setupTexts(t)
	b.deliver(t, b.text("C'è una buca in via Roma", mobile))
	number := b.list(t)[0]
	b.reply(t, number, "La ripariamo domani.")
	before := b.ticketOf(t, number)
	b.deliver(t, b.text("basta", mobile))
	after := b.ticketOf(t, number)
	require.Len(t, b.list(t), 1)
	require.Equal(t, before.Status, after.Status)
	require.Nil(t, after.WaitingSince)
	require.Equal(t, before.Preview, after.Preview)
	said := b.sent(t, number)
	require.Contains(t, said[len(said)-1], "non le manderemo altri avvisi", "beside the acknowledgement and an answer")
}

func TestStatusIsToldToWhoIsOnTheTicket(t *testing.T) {
	t.Parallel()
	b := setupTexts(t)
	b.deliver(t, b.text("C'è una buca in via Roma", mobile))
	number := b.list(t)[0]
	asked := len(b.sent(t, number))
	b.deliver(t, b.text("Stato "+number, mobile))
	require.Len(t, b.list(t), 1)
	said := b.sent(t, number)
	require.Len(t, said, asked+1)
	require.Contains(t, said[asked], "la richiesta "+number+" è arrivata e attende un operatore")

	b.deliver(t, b.text("STATO "+number, "+393337654321"))
	require.Len(t, b.sent(t, number), asked+1, "a stranger learns nothing")
	require.Len(t, b.list(t), 2, "and a person looks at what he wanted")

	form := b.text("STATO "+number, mobile)
	form.Message.Authentication = Authentication{Authority: "webform"}
	b.deliver(t, form)
	require.Len(t, b.sent(t, number), asked+1, "a number typed into a form is no telephone")
}

func TestSuppressionIsOfTheAddress(t *testing.T) {
	t.Parallel()
	b := setupTexts(t)
	b.deliver(t, b.text("C'è una buca", mobile), b.text("STOP", mobile))
	found, err := b.tickets.Get(t.Context(), b.pool, account.SystemScope(), b.list(t)[0])
	require.NoError(t, err)
	known, err := contact.NewStore().Get(t.Context(), b.pool, found.Contact)
	require.NoError(t, err)
	require.NotNil(t, known.Addresses[0].SuppressedSince)
	require.Nil(t, known.Addresses[0].UndeliverableSince, "answers still reach it")
}
