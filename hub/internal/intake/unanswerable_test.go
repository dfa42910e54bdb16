package intake

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/postgres"
)

// What a short code or a name writes is kept on a ticket of its own, and nothing is sent to it.
func TestShortCodesAndNamesAreKeptAndNotAnswered(t *testing.T) {
	t.Parallel()
	b := setupTexts(t)
	for i, from := range []Address{
		{Kind: "short_code", Value: "48000"}, {Kind: "alphanumeric", Value: "PosteInfo"}, {Kind: "alphanumeric", Value: "+39 333 1234567"},
	} {
		b.deliver(t, b.mail(func(m *Inbound) { *m = Inbound{From: from, Text: "Il pacco è in arrivo", Class: "human"} }))
		require.Len(t, b.list(t), i+1)
		found := b.ticketOf(t, b.list(t)[i])
		kept := b.messages(t, string(found.Number))
		require.Len(t, kept, 1, "no acknowledgement to %s", from.Value)
		require.Equal(t, from.Kind, kept[0].From.Kind)
		require.Equal(t, from.Value, kept[0].From.Value)

		p, err := b.composer.Preview(t.Context(), b.pool, found, delivery.Draft{Text: "Grazie"})
		require.NoError(t, err)
		require.False(t, p.Choice.OK)
		require.Equal(t, delivery.NotAnswerable, p.Choice.Against())
		err = postgres.InTx(t.Context(), b.pool, func(tx pgx.Tx) error {
			_, err := b.composer.Reply(t.Context(), tx, account.System(), found, delivery.Draft{
				Text: "Grazie", Target: &delivery.Target{Channel: b.channel, Kind: from.Kind, Value: from.Value},
			})
			return err
		})
		require.Equal(t, fault.CodeInvalid, fault.Kind(err))
	}
	require.Zero(t, count(t, b.pool, `SELECT count(*) FROM delivery`))
}
