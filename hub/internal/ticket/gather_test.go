package ticket_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

func (w *town) gather(c ticket.Clues) ticket.Evidence {
	w.t.Helper()
	if c.Sender.IsZero() {
		c.Sender = ada
	}
	if c.Class == "" {
		c.Class = ticket.ClassHuman
	}
	c.Channel, c.Policy = w.channel, ticket.DefaultPolicy()
	e, err := w.store.Gather(w.t.Context(), w.db, w.tokens, []ticket.Clues{c})
	require.NoError(w.t, err)
	return e[0]
}

// sent writes a reply that leaves under our Message-ID and gets an identifier of the provider's.
func (w *town) sent(t id.Ticket) (message id.Message, token string) {
	w.t.Helper()
	out := w.answer("ecco")
	out.ID = id.New[id.Message]()
	out.Parties = append(out.Parties, ticket.MessageParty{Role: ticket.RoleCc, Address: carla})
	out.ExternalIDs = []ticket.ExternalID{
		{Kind: "message_id", Value: w.tokens.MessageID(out.ID, "comune.example"), Issuer: ticket.IssuerHub},
		{Kind: "pec_identifier", Value: "opec" + out.ID.String(), Issuer: ticket.IssuerProvider},
	}
	message = w.reply(t, out)
	token, err := w.tokens.Mint(w.t.Context(), w.db, message, ada)
	require.NoError(w.t, err)
	return message, token
}

func TestNothingIsFoundWithoutClues(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.open("uno")
	e := w.gather(ticket.Clues{Sender: stranger, Subject: subject, Tokens: []string{"tno"}, AnswersTo: []string{"<no@where>"}, Numbers: []string{"2026-999999-1"}})
	require.Empty(t, e.Candidates)
	require.Equal(t, ticket.ReasonNew, ticket.Thread(e).Reason.Code)
}

func TestEveryClueLeadsToItsTicket(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.open("uno")
	message, token := w.sent(made.ID)
	cases := map[string]struct {
		clues  ticket.Clues
		reason string
	}{
		"token":            {ticket.Clues{Tokens: []string{"tnonsense", token}}, ticket.ReasonToken},
		"our Message-ID":   {ticket.Clues{AnswersTo: []string{w.tokens.MessageID(message, "comune.example")}}, ticket.ReasonToken},
		"provider's id":    {ticket.Clues{AnswersTo: []string{"<x@y>", "opec" + message.String()}}, ticket.ReasonExternalID},
		"number, proved":   {ticket.Clues{Authenticated: true, Numbers: []string{"R: [Rif. " + string(made.Number) + "]"}}, ticket.ReasonNumber},
		"number, unproved": {ticket.Clues{Numbers: []string{string(made.Number)}}, ticket.ReasonNewSuggested},
		"subject":          {ticket.Clues{Subject: "R: " + subject}, ticket.ReasonNewSuggested},
	}
	for name, c := range cases {
		d := ticket.Thread(w.gather(c.clues))
		require.Equal(t, c.reason, d.Reason.Code, name)
		if d.Outcome == ticket.Attach {
			require.Equal(t, made.ID, d.Ticket, name)
		} else {
			require.Equal(t, made.ID, d.Suggest[0].Ticket, name)
		}
	}
	e := w.gather(ticket.Clues{Sender: carla, AnswersTo: []string{"opec" + message.String()}})
	d := ticket.Thread(e)
	require.Equal(t, ticket.ReasonExternalIDThird, d.Reason.Code, "in copy of what we sent")
	require.True(t, d.ThirdPerson)
	require.Equal(t, message, d.Answers)
}

func TestJoinsAreFollowed(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	first, second := w.open("uno"), w.open("due")
	_, token := w.sent(second.ID)
	_, err := w.join(second.ID, first.ID)
	require.NoError(t, err)
	e := w.gather(ticket.Clues{
		Tokens: []string{token}, Numbers: []string{string(second.Number)}, Subject: subject, Authenticated: true,
	})
	require.Len(t, e.Candidates, 1)
	require.Equal(t, first.ID, ticket.Thread(e).Ticket)
	e.Tokens = nil
	d := ticket.Thread(e)
	require.Equal(t, first.ID, d.Ticket)
	require.Equal(t, string(second.Number), d.Reason.Params[ticket.ParamFollowed])
}

func TestAmbiguousHintsCountAsNone(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	in := w.letter("uno")
	in.ExternalIDs = []ticket.ExternalID{{Kind: "message_id", Value: "<1@posta.example>", Issuer: ticket.IssuerSender}}
	first := w.open("zero")
	w.receive(first.ID, in)
	clues := ticket.Clues{Authenticated: true, AnswersTo: []string{"<1@posta.example>"}}
	require.Equal(t, ticket.ReasonExternalID, ticket.Thread(w.gather(clues)).Reason.Code)
	w.receive(w.open("altro").ID, in)
	e := w.gather(clues)
	require.Empty(t, e.External)
	require.Equal(t, ticket.Begin, ticket.Thread(e).Outcome)
}

func TestOldAndClosedTicketsAreNotRecent(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.open("uno")
	clues := ticket.Clues{Subject: subject}
	require.Len(t, w.gather(clues).Recent, 1)
	require.Empty(t, w.gather(ticket.Clues{Subject: subject, Class: ticket.ClassAutoReply}).Recent)
	require.Empty(t, w.gather(ticket.Clues{}).Recent, "no subject says nothing")
	_, err := w.update(made.ID, ticket.Change{Version: made.Version, Status: ptr(ticket.StatusClosed)})
	require.NoError(t, err)
	require.Empty(t, w.gather(clues).Recent)
	w.open("due")
	w.clock.advance(15 * 24 * time.Hour)
	require.Empty(t, w.gather(clues).Recent)
}

func TestRecipients(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.open("uno")
	own := ticket.Address{Kind: "email", Value: "urp@comune.example"}
	token := ticket.Address{Kind: "email", Value: "urp+tb3xhywj46m5@comune.example"}
	elsewhere := ticket.Address{Kind: "email", Value: "ada@lavoro.example"}
	find := func(m id.Message) ticket.Recipients {
		r, err := w.store.DefaultRecipients(t.Context(), w.db, w.all, made.ID, m)
		require.NoError(t, err)
		return r
	}
	require.Equal(t, []ticket.Address{ada}, find(id.Message{}).To)

	w.clock.advance(time.Minute)
	in := w.letter("con copia")
	in.Subject = "R: " + subject
	in.Parties = []ticket.MessageParty{
		{Role: ticket.RoleTo, Address: own}, {Role: ticket.RoleTo, Address: token}, {Role: ticket.RoleCc, Address: carla}, {Role: ticket.RoleReplyTo, Address: elsewhere},
	}
	forged := w.receive(made.ID, in)
	require.Equal(t, []ticket.Address{ada}, find(forged).To, "a Reply-To that nothing proves is not followed")
	require.Equal(t, []ticket.Address{carla}, find(forged).Others)
	in.Authenticated = true
	proved := w.receive(made.ID, in)
	r := find(id.Message{})
	require.Equal(t, proved, r.Answers)
	require.Equal(t, "R: "+subject, r.Subject)
	require.Equal(t, []ticket.Address{elsewhere}, r.To)
	require.Equal(t, []ticket.Address{ada, carla}, r.Others)

	w.clock.advance(time.Minute)
	in = w.letter("sono un altro")
	in.From, in.Authenticated, in.Decision.ThirdPerson = stranger, true, true
	third := w.receive(made.ID, in)
	require.Equal(t, []ticket.Address{ada}, find(third).To, "a third person is never a default recipient")
	require.Equal(t, []ticket.Address{stranger}, find(third).Others)
	require.Equal(t, []ticket.Address{ada}, find(id.Message{}).To)

	other := w.open("altro")
	foreign := w.receive(other.ID, w.letter("x"))
	_, err := w.store.DefaultRecipients(t.Context(), w.db, w.all, made.ID, foreign)
	require.Error(t, err, "a message of another ticket")
}

func TestWhomWeWriteToFirstIsTheRequester(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.open("uno")
	w.exec(`DELETE FROM ticket_party`)
	out := w.answer("buongiorno")
	out.Parties = []ticket.MessageParty{{Role: ticket.RoleTo, Address: bruno}, {Role: ticket.RoleCc, Address: carla}}
	w.reply(made.ID, out)
	parties, err := w.store.Parties(t.Context(), w.db, w.all, made.ID)
	require.NoError(t, err)
	require.Equal(t, ticket.RoleRequester, parties[0].Role)
	require.True(t, parties[0].Address().Same(bruno))
	require.Equal(t, ticket.RoleThird, parties[1].Role)
	require.NotNil(t, parties[1].AddressedAt)
	require.Equal(t, w.channel, parties[0].Channel)
}
