package intake

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/ticket"
)

// unsent renders what a town has written and not handed over yet.
func (b *filing) unsent(t *testing.T, known map[string]bool) []delivery.Transmission {
	t.Helper()
	var all []delivery.Transmission
	for _, number := range b.list(t) {
		for _, m := range b.messages(t, number) {
			if m.Direction == ticket.DirectionOutbound && !known[m.ID.String()] {
				known[m.ID.String()] = true
				x, err := b.composer.Render(t.Context(), m.ID, b.channel)
				require.NoError(t, err)
				all = append(all, x)
			}
		}
	}
	return all
}

// Two towns answer each other's automatic mail, over servers that take more and more of what tells it apart.
func TestTwoTownsStopAnsweringEachOther(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		carry func(*Inbound, delivery.Transmission)
		mails int
	}{
		"as it is sent": {func(m *Inbound, x delivery.Transmission) {
			m.Class, m.AnswersTo = "auto_reply", []string{x.Thread.InReplyTo}
		}, 2},
		"nothing says that a machine wrote it": {func(m *Inbound, x delivery.Transmission) {
			m.AnswersTo, m.Tokens = []string{x.Thread.InReplyTo}, []string{x.Thread.InReplyTo}
		}, 3},
		// Then only the cap of five a day to one address is left, on either side.
		"nothing says what it answers either": {func(m *Inbound, _ delivery.Transmission) {
			m.Authentication = Authentication{}
		}, 11},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			east, west := setupFiling(t), setupFiling(t)
			exec(t, west.pool, `UPDATE channel SET ability = replace(ability::text, 'urp@', 'ovest@')::jsonb, address_value = 'ovest@comune.valdoria.example'`)
			towns, own := []*filing{east, west}, []string{"urp@comune.valdoria.example", "ovest@comune.valdoria.example"}
			known := map[string]bool{}
			mails, to := 1, 0
			east.deliver(t, east.mail(func(m *Inbound) { m.From = Address{Kind: "email", Value: own[1]} }))
			for {
				sent := towns[to].unsent(t, known)
				if len(sent) == 0 {
					break
				}
				from := to
				to = 1 - to
				for _, x := range sent {
					mails++
					require.LessOrEqual(t, mails, 11, "it does not end")
					require.Equal(t, "automatic", x.Origin)
					towns[to].deliver(t, towns[to].mail(func(m *Inbound) {
						m.From, m.Subject, m.Text = Address{Kind: "email", Value: own[from]}, x.Content.Subject, x.Content.Text
						c.carry(m, x)
					}))
				}
			}
			require.Equal(t, c.mails, mails)
		})
	}
}
