package thread_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/thread"
	"sportello.dev/hub/internal/ticket"
)

func TestNothingIsFoundWithoutClues(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.Open("uno")
	e := w.gather(thread.Clues{Sender: stranger, Subject: subject, Tokens: []string{"tno"}, AnswersTo: []string{"<no@where>"}, Numbers: []string{"2026-999999-1"}})
	require.Empty(t, e.Candidates)
	require.Equal(t, ticket.ReasonNew, thread.Decide(e).Reason.Code)
}

func TestEveryClueLeadsToItsTicket(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	message, token := w.sent(made.ID)
	cases := map[string]struct {
		clues  thread.Clues
		reason string
	}{
		"token":            {thread.Clues{Tokens: []string{"tnonsense", token}}, ticket.ReasonToken},
		"our Message-ID":   {thread.Clues{AnswersTo: []string{w.tokens.MessageID(message, "comune.example")}}, ticket.ReasonToken},
		"provider's id":    {thread.Clues{AnswersTo: []string{"<x@y>", "opec" + message.String()}}, ticket.ReasonExternalID},
		"number, proved":   {thread.Clues{Authenticated: true, Numbers: []string{"R: [Rif. " + string(made.Number) + "]"}}, ticket.ReasonNumber},
		"number, unproved": {thread.Clues{Numbers: []string{string(made.Number)}}, ticket.ReasonNewSuggested},
		"subject":          {thread.Clues{Subject: "R: " + subject}, ticket.ReasonNewSuggested},
	}
	for name, c := range cases {
		d := thread.Decide(w.gather(c.clues))
		require.Equal(t, c.reason, d.Reason.Code, name)
		if d.Outcome == thread.Attach {
			require.Equal(t, made.ID, d.Ticket, name)
		} else {
			require.Equal(t, made.ID, d.Suggest[0].Ticket, name)
		}
	}
	e := w.gather(thread.Clues{Sender: carla, AnswersTo: []string{"opec" + message.String()}})
	d := thread.Decide(e)
	require.Equal(t, ticket.ReasonExternalIDThird, d.Reason.Code, "in copy of what we sent")
	require.True(t, d.ThirdPerson)
	require.Equal(t, message, d.Answers)
}

func TestJoinsAreFollowed(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	first, second := w.Open("uno"), w.Open("due")
	_, token := w.sent(second.ID)
	w.Must(func(tx pgx.Tx) error {
		_, err := w.Store.Join(t.Context(), tx, account.SystemScope(), w.Lucia, second.ID, first.ID)
		return err
	})
	e := w.gather(thread.Clues{
		Tokens: []string{token}, Numbers: []string{string(second.Number)}, Subject: subject, Authenticated: true,
	})
	require.Len(t, e.Candidates, 1)
	require.Equal(t, first.ID, thread.Decide(e).Ticket)
	e.Tokens = nil
	d := thread.Decide(e)
	require.Equal(t, first.ID, d.Ticket)
	require.Equal(t, string(second.Number), d.Reason.Params[ticket.ParamFollowed])
}

func TestAmbiguousHintsCountAsNone(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	in := w.Letter("uno")
	in.ExternalIDs = []ticket.ExternalID{{Kind: "message_id", Value: "<1@posta.example>", Issuer: ticket.IssuerSender}}
	first := w.Open("zero")
	w.Receive(first.ID, in)
	clues := thread.Clues{Authenticated: true, AnswersTo: []string{"<1@posta.example>"}}
	require.Equal(t, ticket.ReasonExternalID, thread.Decide(w.gather(clues)).Reason.Code)
	w.Receive(w.Open("altro").ID, in)
	e := w.gather(clues)
	require.Empty(t, e.External)
	require.Equal(t, thread.Begin, thread.Decide(e).Outcome)
}

func TestOldAndClosedTicketsAreNotRecent(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	clues := thread.Clues{Subject: subject}
	require.Len(t, w.gather(clues).Recent, 1)
	require.Empty(t, w.gather(thread.Clues{Subject: subject, Class: ticket.ClassAutoReply}).Recent)
	require.Empty(t, w.gather(thread.Clues{}).Recent, "no subject says nothing")
	w.Must(func(tx pgx.Tx) error {
		_, err := w.Store.Update(t.Context(), tx, account.SystemScope(), made.ID, w.Lucia, ticket.Change{Version: made.Version, Status: new(ticket.StatusClosed)})
		return err
	})
	require.Empty(t, w.gather(clues).Recent)
	w.Open("due")
	w.Clock.Advance(15 * 24 * time.Hour)
	require.Empty(t, w.gather(clues).Recent)
}

func TestIdentifiersAreFoundAsTheyAreKept(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	in := w.Letter("due")
	in.ExternalIDs = []ticket.ExternalID{
		{Kind: "pec_identifier", Value: "opec1", Issuer: ticket.IssuerProvider},
		{Kind: "message_id", Value: "<" + strings.Repeat("x", 5000) + "@y>", Issuer: ticket.IssuerSender},
	}
	first := w.Receive(w.Open("uno").ID, in)
	for _, x := range in.ExternalIDs {
		e := w.gather(thread.Clues{AnswersTo: []string{x.Value}})
		require.Len(t, e.External, 1)
		require.Equal(t, first, e.External[0].Message)
	}
	in.ExternalIDs = in.ExternalIDs[1:]
	w.Receive(w.Open("tre").ID, in)
	require.Empty(t, w.gather(thread.Clues{AnswersTo: []string{in.ExternalIDs[0].Value}}).External, "what senders choose may repeat, and then says nothing")
	require.Len(t, w.gather(thread.Clues{AnswersTo: []string{"opec1"}}).External, 1)
}

func TestOnlyAProvedColleagueForwards(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	w.Exec(`INSERT INTO town (name, mail_domains) VALUES ('Valdoria', '{comune.example}')`)
	colleague := ticket.Address{Kind: "email", Value: "sindaco@comune.example", Name: "Il sindaco"}
	clues := thread.Clues{Sender: colleague, Authenticated: true, Forwarded: bruno}
	require.Equal(t, bruno, thread.Decide(w.gather(clues)).Requester)
	for name, change := range map[string]func(*thread.Clues){
		"not proved":             func(c *thread.Clues) { c.Authenticated = false },
		"no colleague":           func(c *thread.Clues) { c.Sender = stranger },
		"of another colleague":   func(c *thread.Clues) { c.Forwarded.Value = "vigili@comune.example" },
		"of our own mailbox":     func(c *thread.Clues) { c.Sender.Value = "URP@comune.example" },
		"nothing that was found": func(c *thread.Clues) { c.Forwarded = ticket.Address{} },
	} {
		other := clues
		change(&other)
		require.True(t, thread.Decide(w.gather(other)).Requester.IsZero(), name)
	}
}
