// Package tickettest is the town in which tests about tickets happen: two offices, an operator, a channel, and a citizen
// who writes.
package tickettest

import (
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/inbox"
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
	"sportello.dev/hub/internal/ticket"
)

// Ada writes letters about Subject.
var Ada = ticket.Address{Kind: "email", Value: "ada@posta.example", Name: "Ada Rossi"}

// Subject is what Ada's letters are about.
const Subject = "Tassa rifiuti 2026"

// Noon is when the clock of a new town stands.
var Noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// Town is a database with two offices, an operator in the first, and a channel.
type Town struct {
	T     testing.TB
	DB    *pgxpool.Pool
	Store *ticket.Store
	Inbox *inbox.Store
	Ring  *keyring.Ring
	Clock *Clock
	// Office is Lucia's, Other is not.
	Office, Other id.Office
	Lucia         account.Actor
	Channel       id.Channel
	// All is the scope that sees everything.
	All account.Scope
}

// Clock stands still unless it is moved.
type Clock struct{ at atomic.Pointer[time.Time] }

// Now is what it shows.
func (c *Clock) Now() time.Time { return *c.at.Load() }

// Set moves it to an instant.
func (c *Clock) Set(at time.Time) { c.at.Store(&at) }

// Advance moves it by a time, and returns what it shows then.
func (c *Clock) Advance(d time.Duration) time.Time {
	at := c.Now().Add(d)
	c.Set(at)
	return at
}

// New is a town at noon in a database of its own.
func New(t testing.TB) *Town {
	t.Helper()
	ring, err := keyring.Load(filepath.Join(t.TempDir(), "keys"), true)
	require.NoError(t, err)
	c := &Clock{}
	c.Set(Noon)
	w := &Town{
		T: t, DB: pgtest.New(t), Clock: c, Store: ticket.NewStore(c.Now), Inbox: inbox.NewStore(c.Now), Ring: ring,
		Office: id.New[id.Office](), Other: id.New[id.Office](), Channel: id.New[id.Channel](), All: account.SystemScope(),
		Lucia: account.Actor{Kind: account.KindOperator, Operator: id.New[id.Operator](), Name: "Lucia", Role: account.FirstLevel},
	}
	w.Exec(`INSERT INTO office (id, slug, name) VALUES ($1, 'urp', 'URP'), ($2, 'tributi', 'Tributi')`, w.Office, w.Other)
	w.Exec(`INSERT INTO operator (id, login, name, role) VALUES ($1, 'lucia', 'Lucia', 'first_level')`, w.Lucia.Operator)
	w.Exec(`INSERT INTO channel (id, adapter, slug, name, address_kind, address_value)
		VALUES ($1, 'email', 'posta', 'Posta URP', 'email', 'urp@comune.example')`, w.Channel)
	return w
}

// Exec runs a statement.
func (w *Town) Exec(query string, args ...any) {
	w.T.Helper()
	_, err := w.DB.Exec(w.T.Context(), query, args...)
	require.NoError(w.T, err)
}

// Tx does something in a transaction.
func (w *Town) Tx(do func(pgx.Tx) error) error {
	return postgres.InTx(w.T.Context(), w.DB, do)
}

// Must does something in a transaction, which commits.
func (w *Town) Must(do func(pgx.Tx) error) {
	w.T.Helper()
	require.NoError(w.T, w.Tx(do))
}

// Letter is a message of Ada's as intake files it.
func (w *Town) Letter(text string) ticket.Inbound {
	return ticket.Inbound{
		Channel: w.Channel, ChannelKind: "email", From: Ada, Subject: Subject, Text: text, ReceivedAt: w.Clock.Now(),
		Reason: ticket.Reason{Code: ticket.ReasonNew},
	}
}

// Open makes a ticket with one letter of Ada's and returns it as it is stored.
func (w *Town) Open(text string) *ticket.Ticket {
	w.T.Helper()
	var made id.Ticket
	w.Must(func(tx pgx.Tx) error {
		t, err := w.Store.Create(w.T.Context(), tx, account.System(), ticket.Opening{Subject: Subject, Office: w.Office})
		if err != nil {
			return err
		}
		made = t.ID
		_, err = w.Store.AddInbound(w.T.Context(), tx, t, w.Letter(text))
		return err
	})
	return w.Get(made)
}

// Get reads a ticket, a joined one too.
func (w *Town) Get(t id.Ticket) *ticket.Ticket {
	w.T.Helper()
	got, err := w.Store.Exact(w.T.Context(), w.DB, w.All, t)
	require.NoError(w.T, err)
	return got
}

// Receive files a message on a ticket.
func (w *Town) Receive(t id.Ticket, in ticket.Inbound) (m id.Message) {
	w.T.Helper()
	w.Must(func(tx pgx.Tx) error {
		locked, err := w.Store.Lock(w.T.Context(), tx, w.All, t)
		if err != nil {
			return err
		}
		m, err = w.Store.AddInbound(w.T.Context(), tx, locked, in)
		return err
	})
	return m
}

// Answer is Lucia's reply to Ada.
func (w *Town) Answer(text string) ticket.Outbound {
	return ticket.Outbound{
		Channel: w.Channel, ChannelKind: "email", Origin: ticket.OriginOperator, Subject: "Re: " + Subject, Text: text,
		From:    ticket.Address{Kind: "email", Value: "urp@comune.example"},
		Parties: []ticket.MessageParty{{Role: ticket.RoleTo, Address: Ada}},
	}
}

// Reply writes a message of Lucia's on a ticket.
func (w *Town) Reply(t id.Ticket, out ticket.Outbound) (m id.Message) {
	w.T.Helper()
	w.Must(func(tx pgx.Tx) error {
		locked, err := w.Store.Lock(w.T.Context(), tx, w.All, t)
		if err != nil {
			return err
		}
		m, err = w.Store.AddOutbound(w.T.Context(), tx, locked, w.Lucia, out)
		return err
	})
	return m
}

// Pages reads a whole list, page by page.
func (w *Town) Pages(scope account.Scope, f inbox.Filter) (all []inbox.Summary, pages int) {
	w.T.Helper()
	for {
		page, err := w.Inbox.List(w.T.Context(), w.DB, scope, f)
		require.NoError(w.T, err)
		all = append(all, page.Items...)
		pages++
		if page.Next == "" {
			return all, pages
		}
		f.Cursor = page.Next
	}
}

// NumbersOf are the numbers of a list.
func NumbersOf(list []inbox.Summary) (numbers []ticket.Number) {
	for _, s := range list {
		numbers = append(numbers, s.Number)
	}
	return numbers
}
