package thread_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
	"sportello.dev/hub/internal/thread"
	"sportello.dev/hub/internal/ticket"
)

var (
	ada      = ticket.Address{Kind: "email", Value: "ada@posta.example", Name: "Ada Rossi"}
	bruno    = ticket.Address{Kind: "email", Value: "bruno@posta.example"}
	carla    = ticket.Address{Kind: "email", Value: "carla@posta.example"}
	stranger = ticket.Address{Kind: "email", Value: "mallory@altrove.example", Name: "Ada Rossi"}
	noon     = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
)

const subject = "Tassa rifiuti 2026"

// town is a database with an office, an operator in it, and a channel. Its time stands still.
type town struct {
	t       testing.TB
	db      *pgxpool.Pool
	store   *ticket.Store
	tokens  *thread.Tokens
	now     time.Time
	office  id.Office
	lucia   account.Actor
	channel id.Channel
}

func newTown(t testing.TB) *town {
	t.Helper()
	ring, err := keyring.Load(filepath.Join(t.TempDir(), "keys"), true)
	require.NoError(t, err)
	w := &town{
		t: t, db: pgtest.New(t), tokens: thread.NewTokens(ring), now: noon, office: id.New[id.Office](), channel: id.New[id.Channel](),
		lucia: account.Actor{Kind: account.KindOperator, Operator: id.New[id.Operator](), Name: "Lucia", Role: account.FirstLevel},
	}
	w.store = ticket.NewStore(func() time.Time { return w.now })
	w.exec(`INSERT INTO office (id, slug, name) VALUES ($1, 'urp', 'URP')`, w.office)
	w.exec(`INSERT INTO operator (id, login, name, role) VALUES ($1, 'lucia', 'Lucia', 'first_level')`, w.lucia.Operator)
	w.exec(`INSERT INTO channel (id, adapter, slug, name, address_kind, address_value)
		VALUES ($1, 'email', 'posta', 'Posta URP', 'email', 'urp@comune.example')`, w.channel)
	return w
}

func (w *town) exec(query string, args ...any) {
	w.t.Helper()
	_, err := w.db.Exec(w.t.Context(), query, args...)
	require.NoError(w.t, err)
}

func (w *town) must(do func(pgx.Tx) error) {
	w.t.Helper()
	require.NoError(w.t, postgres.InTx(w.t.Context(), w.db, do))
}

// letter is a message of Ada's as intake files it.
func (w *town) letter(text string) ticket.Inbound {
	return ticket.Inbound{
		Channel: w.channel, ChannelKind: "email", From: ada, Subject: subject, Text: text, ReceivedAt: w.now,
		Reason: ticket.Reason{Code: ticket.ReasonNew},
	}
}

// open makes a ticket with one letter of Ada's.
func (w *town) open(text string) (made *ticket.Ticket) {
	w.t.Helper()
	w.must(func(tx pgx.Tx) (err error) {
		made, err = w.store.Create(w.t.Context(), tx, account.System(), ticket.Opening{Subject: subject, Office: w.office})
		if err != nil {
			return err
		}
		_, err = w.store.AddInbound(w.t.Context(), tx, made, w.letter(text))
		return err
	})
	return made
}

// receive files a message on a ticket.
func (w *town) receive(t id.Ticket, in ticket.Inbound) (m id.Message) {
	w.t.Helper()
	w.must(func(tx pgx.Tx) error {
		locked, err := w.store.Lock(w.t.Context(), tx, account.SystemScope(), t)
		if err != nil {
			return err
		}
		m, err = w.store.AddInbound(w.t.Context(), tx, locked, in)
		return err
	})
	return m
}

// answer is Lucia's reply to Ada.
func (w *town) answer(text string) ticket.Outbound {
	return ticket.Outbound{
		Channel: w.channel, ChannelKind: "email", Origin: ticket.OriginOperator, Subject: "Re: " + subject, Text: text,
		From:    ticket.Address{Kind: "email", Value: "urp@comune.example"},
		Parties: []ticket.MessageParty{{Role: ticket.RoleTo, Address: ada}},
	}
}

func (w *town) reply(t id.Ticket, out ticket.Outbound) (m id.Message) {
	w.t.Helper()
	w.must(func(tx pgx.Tx) error {
		locked, err := w.store.Lock(w.t.Context(), tx, account.SystemScope(), t)
		if err != nil {
			return err
		}
		m, err = w.store.AddOutbound(w.t.Context(), tx, locked, w.lucia, out)
		return err
	})
	return m
}

func (w *town) gather(c thread.Clues) thread.Evidence {
	w.t.Helper()
	if c.Sender.IsZero() {
		c.Sender = ada
	}
	if c.Class == "" {
		c.Class = ticket.ClassHuman
	}
	c.Channel, c.Policy = w.channel, thread.DefaultPolicy()
	e, err := thread.Gather(w.t.Context(), w.db, w.tokens, w.now, []thread.Clues{c})
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
