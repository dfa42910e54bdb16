package thread_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/thread"
	"sportello.dev/hub/internal/ticket"
)

// Whatever leads to a ticket that was joined leads to the one it was joined to.
func TestEachClueFollowsJoins(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	first, second := w.Open("uno"), w.Open("due")
	message, token := w.sent(second.ID)
	in := w.Letter("tre")
	in.Fingerprint = []byte("impronta")
	in.ExternalIDs = []ticket.ExternalID{{Kind: "message_id", Value: "<1@posta.example>", Issuer: ticket.IssuerSender}}
	elsewhere := w.Receive(second.ID, in)
	w.Exec(`INSERT INTO channel (id, adapter, slug, name) VALUES ($1, 'email', 'altra', 'Altra')`, id.New[id.Channel]())
	w.Exec(`UPDATE message_external_id SET channel_id = (SELECT id FROM channel WHERE slug = 'altra') WHERE message_id = $1`, elsewhere)
	w.Must(func(tx pgx.Tx) error {
		_, err := w.Store.Join(t.Context(), tx, account.SystemScope(), w.Lucia, second.ID, first.ID)
		return err
	})
	for name, clues := range map[string]thread.Clues{
		"token": {Tokens: []string{token}}, "provider's id": {AnswersTo: []string{"opec" + message.String()}}, "opened": {Opened: second.ID},
		"number": {Authenticated: true, Numbers: []string{string(second.Number)}},
	} {
		d := thread.Decide(w.gather(clues))
		require.Equal(t, thread.Attach, d.Outcome, name)
		require.Equal(t, first.ID, d.Ticket, name)
	}
	d := thread.Decide(w.gather(thread.Clues{Arrival: ticket.Arrival{Kind: "message_id", Value: "<1@posta.example>", Fingerprint: in.Fingerprint}}))
	require.Equal(t, thread.Begin, d.Outcome)
	require.Equal(t, []ticket.Link{{Other: first.ID, Kind: ticket.LinkSameOriginal}}, d.Link, "the same mail at another mailbox")
}

// What a person answers to a code that proves an address is none of the ticket's business; what machines report of it is.
func TestACodeIsNotAnswered(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	message, token := w.sent(made.ID)
	clues := []thread.Clues{{Tokens: []string{token}}, {AnswersTo: []string{"opec" + message.String()}}}
	for _, c := range clues {
		require.Equal(t, thread.Attach, thread.Decide(w.gather(c)).Outcome, "an answer to a reply")
	}
	w.Exec(`UPDATE message SET class = 'verification' WHERE id = $1`, message)
	for _, c := range clues {
		d := thread.Decide(w.gather(c))
		require.Equal(t, thread.Begin, d.Outcome)
		require.Empty(t, d.Suggest)
		c.Class = ticket.ClassBounceHard
		require.Equal(t, made.ID, thread.Decide(w.gather(c)).Ticket)
	}
}

// A question to an expert is answered by who has its key; who only names it proves nothing, and machines report of it.
func TestAQuestionIsAnsweredByItsKeyAlone(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	message, _ := w.sent(made.ID)
	w.Exec(`UPDATE message SET class = 'question', direction = 'note' WHERE id = $1`, message)
	key, err := w.tokens.MintExpert(t.Context(), w.DB, message, stranger)
	require.NoError(t, err)
	byKey, byName := thread.Clues{Sender: stranger, Tokens: []string{key}}, thread.Clues{Sender: stranger, AnswersTo: []string{"opec" + message.String()}}
	d := thread.Decide(w.gather(byKey))
	require.Equal(t, thread.Answer, d.Outcome)
	require.Equal(t, ticket.ReasonExpertAnswered, d.Reason.Code)
	require.Equal(t, "true", d.Reason.Params[ticket.ParamUnverified])
	d = thread.Decide(w.gather(byName))
	require.Equal(t, thread.Begin, d.Outcome)
	require.Empty(t, d.Suggest, "not even that there is such a ticket")
	byName.Class = ticket.ClassBounceHard
	d = thread.Decide(w.gather(byName))
	require.Equal(t, thread.Answer, d.Outcome)
	require.Equal(t, made.ID, d.Ticket)
	require.Equal(t, ticket.ReasonExpertMachine, d.Reason.Code)
}

// Who begins one ticket after the other is counted, over the last minutes.
func TestTicketsBegunLatelyAreCounted(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	for range 3 {
		w.Open("uno")
	}
	clues := thread.Clues{Subject: "Altro", At: w.Clock.Now()}
	require.Equal(t, 3, w.gather(clues).BegunLately)
	clues.Sender = bruno
	require.Zero(t, w.gather(clues).BegunLately)
	clues.Sender, clues.Class = ada, ticket.ClassAutoReply
	require.Zero(t, w.gather(clues).BegunLately)
	clues.Class, clues.At = ticket.ClassHuman, w.Clock.Now().Add(-time.Hour)
	require.Zero(t, w.gather(clues).BegunLately, "what comes late, all at once, was written at its own time")
	w.Clock.Advance(11 * time.Minute)
	clues.At = w.Clock.Now()
	require.Zero(t, w.gather(clues).BegunLately)
}

// A telephone is one whether it moves or not.
func TestALandlineIsATelephone(t *testing.T) {
	t.Parallel()
	w := newWorld()
	home := ticket.Address{Kind: "landline", Value: "+390612345678"}
	at := noon.Add(-time.Hour)
	w.candidate.Parties = []ticket.Party{{Kind: home.Kind, Value: home.Value, Role: ticket.RoleRequester, WroteAt: &at, AddressedAt: &at}}
	e := w.evidence(home, true)
	e.Phone = []id.Ticket{w.candidate.ID}
	require.Equal(t, ticket.ReasonPhone, thread.Decide(e).Reason.Code)
}
