package intake

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/routing"
	"sportello.dev/hub/internal/tag"
	"sportello.dev/hub/internal/ticket"
)

// A new letter begins where the first rule that holds sends it, and its history says which; what belongs to a ticket
// stays with it, and what machines send about it too.
func TestNewTicketsAreRoutedAndOthersAreNot(t *testing.T) {
	t.Parallel()
	b := setupFiling(t)
	taxes, err := office.NewStore().Add(t.Context(), b.pool, office.Office{Slug: "tributi", Name: "Tributi"})
	require.NoError(t, err)
	tags := tag.NewStore(time.Now)
	waste, err := tags.Make(t.Context(), b.pool, "Raccolta rifiuti", "green")
	require.NoError(t, err)
	bills, err := tags.Make(t.Context(), b.pool, "Bollette", "grey")
	require.NoError(t, err)
	require.NoError(t, postgres.InTx(t.Context(), b.pool, func(tx pgx.Tx) error {
		_, err := b.routing.Put(t.Context(), tx, account.System(), 0, []routing.Rule{
			{Name: "Spenta", When: routing.Condition{Words: []string{"tari"}}, Then: routing.Target{Priority: ticket.PriorityLow}},
			{Name: "Tasse", Enabled: true, When: routing.Condition{Words: []string{"tari"}}, Then: routing.Target{Office: taxes, Priority: ticket.PriorityHigh, Type: "payment", Tags: []id.Tag{waste.ID, bills.ID}}},
		})
		return err
	}))
	at := func(number string) (name string) {
		require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT o.name FROM ticket t JOIN office o ON o.id = t.office_id WHERE t.number = $1`, number).Scan(&name))
		return name
	}
	b.deliver(t, b.mail(func(m *Inbound) { m.Subject = "La mia Tari" }), b.mail(nil))
	numbers := b.list(t)
	require.Len(t, numbers, 2)
	require.Equal(t, []string{"Tributi", "URP"}, []string{at(numbers[0]), at(numbers[1])})
	found, err := b.tickets.Get(t.Context(), b.pool, account.SystemScope(), numbers[0])
	require.NoError(t, err)
	require.Equal(t, ticket.PriorityHigh, found.Priority)
	require.Equal(t, "payment", found.RequestType)
	var rule, name string
	require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT params ->> 'rule_name', params ->> 'office_name' FROM ticket_event
		WHERE ticket_id = $1 AND type = 'opened'`, found.ID).Scan(&rule, &name))
	require.Equal(t, []string{"Tasse", "Tributi"}, []string{rule, name})

	require.Equal(t, []id.Tag{waste.ID, bills.ID}, found.Tags)
	var given []string
	require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT array_agg(params ->> 'name' || ', ' || (params ->> 'rule_name') ORDER BY at, id)
		FROM ticket_event WHERE ticket_id = $1 AND type = 'tagged' AND actor_kind = 'system'`, found.ID).Scan(&given))
	require.Equal(t, []string{"Raccolta rifiuti, Tasse", "Bollette, Tasse"}, given)
	untagged, err := b.tickets.Get(t.Context(), b.pool, account.SystemScope(), numbers[1])
	require.NoError(t, err)
	require.Empty(t, untagged.Tags)

	sent := b.reply(t, numbers[1], "Risposta")
	back := func(m *Inbound) {
		m.Subject, m.Tokens = "Re: Richiesta", []string{b.tokens.MessageID(sent.ID, "comune.valdoria.example")}
		m.Text = "E la tari?"
	}
	b.deliver(t, b.mail(back), b.mail(func(m *Inbound) {
		back(m)
		m.Class, m.From = "bounce_hard", Address{Kind: "email", Value: "mailer-daemon@posta.example"}
	}))
	require.Equal(t, "URP", at(numbers[1]))

	arrived, err := b.routing.Latest(t.Context(), b.pool, account.SystemScope(), 10)
	require.NoError(t, err)
	require.Len(t, arrived, 2)
	require.Equal(t, []string{"", "Tasse"}, []string{arrived[0].Name, arrived[1].Name})
	require.Equal(t, []string{"Raccolta rifiuti", "Bollette"}, arrived[1].Tags)
	require.Empty(t, arrived[0].Tags)
	hidden, err := b.routing.Latest(t.Context(), b.pool, account.OfficeScope(taxes), 10)
	require.NoError(t, err)
	require.Len(t, hidden, 1, "within sight")

	// What was remembered of the rules follows what becomes of their tags.
	_, err = tags.Merge(t.Context(), b.pool, bills.ID, waste.ID)
	require.NoError(t, err)
	b.deliver(t, b.mail(func(m *Inbound) { m.Subject = "Ancora la Tari" }))
	numbers = b.list(t)
	later, err := b.tickets.Get(t.Context(), b.pool, account.SystemScope(), numbers[len(numbers)-1])
	require.NoError(t, err)
	require.Equal(t, []id.Tag{waste.ID}, later.Tags)
}
