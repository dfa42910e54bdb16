package ticket_test

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
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
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

// town is a database with two offices, an operator in the first, and a channel.
type town struct {
	t       testing.TB
	db      *pgxpool.Pool
	store   *ticket.Store
	ring    *keyring.Ring
	clock   *clock
	office  id.Office
	other   id.Office
	lucia   account.Actor
	channel id.Channel
	all     account.Scope
}

// clock stands still unless it is moved.
type clock struct{ at atomic.Pointer[time.Time] }

func (c *clock) now() time.Time { return *c.at.Load() }

func (c *clock) set(at time.Time) { c.at.Store(&at) }

func (c *clock) advance(d time.Duration) time.Time {
	at := c.now().Add(d)
	c.set(at)
	return at
}

func newTown(t testing.TB) *town {
	t.Helper()
	ring, err := keyring.Load(filepath.Join(t.TempDir(), "keys"), true)
	require.NoError(t, err)
	c := &clock{}
	c.set(noon)
	w := &town{
		t: t, db: pgtest.New(t), clock: c, store: ticket.NewStore(c.now), ring: ring,
		office: id.New[id.Office](), other: id.New[id.Office](), channel: id.New[id.Channel](), all: account.SystemScope(),
		lucia: account.Actor{Kind: account.KindOperator, Operator: id.New[id.Operator](), Name: "Lucia", Role: account.FirstLevel},
	}
	w.exec(`INSERT INTO office (id, slug, name) VALUES ($1, 'urp', 'URP'), ($2, 'tributi', 'Tributi')`, w.office, w.other)
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

func (w *town) tx(do func(pgx.Tx) error) error {
	return postgres.InTx(w.t.Context(), w.db, do)
}

func (w *town) must(do func(pgx.Tx) error) {
	w.t.Helper()
	require.NoError(w.t, w.tx(do))
}

// letter is a message of Ada's as intake files it.
func (w *town) letter(text string) ticket.Inbound {
	return ticket.Inbound{
		Channel: w.channel, ChannelKind: "email", From: ada, Subject: subject, Text: text, ReceivedAt: w.clock.now(),
		Reason: ticket.Reason{Code: ticket.ReasonNew},
	}
}

// open makes a ticket with one letter of Ada's and returns it as it is stored.
func (w *town) open(text string) *ticket.Ticket {
	w.t.Helper()
	var made id.Ticket
	w.must(func(tx pgx.Tx) error {
		t, err := w.store.Create(w.t.Context(), tx, account.System(), ticket.Opening{Subject: subject, Office: w.office})
		if err != nil {
			return err
		}
		made = t.ID
		_, err = w.store.AddInbound(w.t.Context(), tx, t, w.letter(text))
		return err
	})
	return w.get(made)
}

func (w *town) get(t id.Ticket) *ticket.Ticket {
	w.t.Helper()
	got, err := w.store.Exact(w.t.Context(), w.db, w.all, t)
	require.NoError(w.t, err)
	return got
}

// receive files a message on a ticket.
func (w *town) receive(t id.Ticket, in ticket.Inbound) (m id.Message) {
	w.t.Helper()
	w.must(func(tx pgx.Tx) error {
		locked, err := w.store.Lock(w.t.Context(), tx, w.all, t)
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
		locked, err := w.store.Lock(w.t.Context(), tx, w.all, t)
		if err != nil {
			return err
		}
		m, err = w.store.AddOutbound(w.t.Context(), tx, locked, w.lucia, out)
		return err
	})
	return m
}

// said gives a change of status what must be said of it, unless it says something.
func said(c ticket.Change) ticket.Change {
	if c.Status == nil || c.Standing != nil {
		return c
	}
	switch *c.Status {
	case ticket.StatusWaitingThird:
		c.Standing = &ticket.Standing{Who: "Provincia"}
	case ticket.StatusSuspended:
		c.Standing = &ticket.Standing{Basis: ticket.BasisInformation}
	}
	return c
}

func (w *town) update(t id.Ticket, c ticket.Change) (got *ticket.Ticket, err error) {
	c = said(c)
	err = w.tx(func(tx pgx.Tx) error {
		got, err = w.store.Update(w.t.Context(), tx, w.all, t, w.lucia, c)
		return err
	})
	return got, err
}

// events lists the types of a ticket's history.
func (w *town) events(t id.Ticket) []ticket.EventType {
	w.t.Helper()
	page, err := w.store.Timeline(w.t.Context(), w.db, w.all, t, ticket.Span{})
	require.NoError(w.t, err)
	var types []ticket.EventType
	for _, e := range page.Items {
		types = append(types, e.Type)
	}
	return types
}

func ptr[T any](v T) *T { return &v }

// utc shows the times of a ticket as they are compared: what is read from the database is in the machine's zone.
func utc(t *ticket.Ticket) ticket.Ticket {
	u := *t
	for _, at := range []**time.Time{&u.WaitingSince, &u.ClosedAt, &u.HeldSince} {
		if *at != nil {
			*at = ptr((*at).UTC())
		}
	}
	u.LastMessageAt, u.CreatedAt, u.UpdatedAt = u.LastMessageAt.UTC(), u.CreatedAt.UTC(), u.UpdatedAt.UTC()
	return u
}
