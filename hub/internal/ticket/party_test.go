package ticket_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

func TestRecipients(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	own := ticket.Address{Kind: "email", Value: "urp@comune.example"}
	token := ticket.Address{Kind: "email", Value: "urp+tb3xhywj46m5@comune.example"}
	elsewhere := ticket.Address{Kind: "email", Value: "ada@lavoro.example"}
	find := func(m id.Message) ticket.Recipients {
		r, err := w.Store.DefaultRecipients(t.Context(), w.DB, w.All, made.ID, m)
		require.NoError(t, err)
		return r
	}
	require.Equal(t, []ticket.Address{ada}, find(id.Message{}).To)

	w.Clock.Advance(time.Minute)
	in := w.Letter("con copia")
	in.Subject = "R: " + subject
	in.Parties = []ticket.MessageParty{
		{Role: ticket.RoleTo, Address: own}, {Role: ticket.RoleTo, Address: token}, {Role: ticket.RoleCc, Address: carla}, {Role: ticket.RoleReplyTo, Address: elsewhere},
	}
	forged := w.Receive(made.ID, in)
	require.Equal(t, []ticket.Address{ada}, find(forged).To, "a Reply-To that nothing proves is not followed")
	require.Equal(t, []ticket.Address{carla}, find(forged).Others)
	in.Authenticated = true
	proved := w.Receive(made.ID, in)
	r := find(id.Message{})
	require.Equal(t, proved, r.Answers)
	require.Equal(t, "R: "+subject, r.Subject)
	require.Equal(t, []ticket.Address{elsewhere}, r.To)
	require.Equal(t, []ticket.Address{ada, carla}, r.Others)

	w.Clock.Advance(time.Minute)
	in = w.Letter("sono un altro")
	in.From, in.Authenticated, in.ThirdPerson = stranger, true, true
	third := w.Receive(made.ID, in)
	require.Equal(t, []ticket.Address{ada}, find(third).To, "a third person is never a default recipient")
	require.Equal(t, []ticket.Address{stranger}, find(third).Others)
	require.Equal(t, []ticket.Address{ada}, find(id.Message{}).To)

	other := w.Open("altro")
	foreign := w.Receive(other.ID, w.Letter("x"))
	_, err := w.Store.DefaultRecipients(t.Context(), w.DB, w.All, made.ID, foreign)
	require.Error(t, err, "a message of another ticket")
}

func TestWhomWeWriteToFirstIsTheRequester(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	w.Exec(`DELETE FROM ticket_party`)
	out := w.Answer("buongiorno")
	out.Parties = []ticket.MessageParty{{Role: ticket.RoleTo, Address: bruno}, {Role: ticket.RoleCc, Address: carla}}
	w.Reply(made.ID, out)
	parties, err := w.Store.Parties(t.Context(), w.DB, w.All, made.ID)
	require.NoError(t, err)
	require.Equal(t, ticket.RoleRequester, parties[0].Role)
	require.True(t, parties[0].Address().Same(bruno))
	require.Equal(t, ticket.RoleThird, parties[1].Role)
	require.NotNil(t, parties[1].AddressedAt)
	require.Equal(t, w.Channel, parties[0].Channel)
}
