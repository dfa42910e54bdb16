package thread_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/thread"
	"sportello.dev/hub/internal/ticket"
	"sportello.dev/hub/internal/ticket/tickettest"
)

var (
	ada      = tickettest.Ada
	bruno    = ticket.Address{Kind: "email", Value: "bruno@posta.example"}
	carla    = ticket.Address{Kind: "email", Value: "carla@posta.example"}
	stranger = ticket.Address{Kind: "email", Value: "mallory@altrove.example", Name: "Ada Rossi"}
	noon     = tickettest.Noon
)

const subject = tickettest.Subject

// town is a town with the keys of our identifiers.
type town struct {
	*tickettest.Town
	tokens *thread.Tokens
}

func newTown(t testing.TB) *town {
	t.Helper()
	w := tickettest.New(t)
	return &town{Town: w, tokens: thread.NewTokens(w.Ring)}
}

func (w *town) gather(c thread.Clues) thread.Evidence {
	w.T.Helper()
	if c.Sender.IsZero() {
		c.Sender = ada
	}
	if c.Class == "" {
		c.Class = ticket.ClassHuman
	}
	c.Channel, c.Policy = w.Channel, thread.DefaultPolicy()
	e, err := thread.Gather(w.T.Context(), w.DB, w.tokens, w.Clock.Now(), []thread.Clues{c})
	require.NoError(w.T, err)
	return e[0]
}

// sent writes a reply that leaves under our Message-ID and gets an identifier of the provider's.
func (w *town) sent(t id.Ticket) (message id.Message, token string) {
	w.T.Helper()
	out := w.Answer("ecco")
	out.ID = id.New[id.Message]()
	out.Parties = append(out.Parties, ticket.MessageParty{Role: ticket.RoleCc, Address: carla})
	out.ExternalIDs = []ticket.ExternalID{
		{Kind: "message_id", Value: w.tokens.MessageID(out.ID, "comune.example"), Issuer: ticket.IssuerHub},
		{Kind: "pec_identifier", Value: "opec" + out.ID.String(), Issuer: ticket.IssuerProvider},
	}
	message = w.Reply(t, out)
	token, err := w.tokens.Mint(w.T.Context(), w.DB, message, ada)
	require.NoError(w.T, err)
	return message, token
}
