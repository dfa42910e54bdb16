package app_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/config"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/pluginhost"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
	"sportello.dev/hub/internal/ticket"
)

// counter is a domain with a channel on which citizens hand in forms, and the workers that file them, but no hub.
type counter struct {
	*app.Domain

	channel id.Channel
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	pool := pgtest.New(t)
	domain, err := app.NewDomain(t.Context(), config.Config{
		KeyFile: filepath.Join(t.TempDir(), "keys"), Blob: config.Blob{Kind: "fs", Dir: t.TempDir()},
		Public: config.Listener{URL: "https://valdoria.example"},
	}, pool, time.Now)
	require.NoError(t, err)
	require.NoError(t, domain.EnsureTown(t.Context()))
	c := &counter{Domain: domain, channel: id.New[id.Channel]()}
	_, err = pool.Exec(t.Context(), `INSERT INTO channel (id, adapter, slug, name) VALUES ($1, 'webform', 'moduli', 'Moduli')`, c.channel)
	require.NoError(t, err)
	return c
}

// work files what was handed in, until the test ends.
func (c *counter) work(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- intake.NewWorkers(c.Journal, c.Stages, slog.New(slog.DiscardHandler)).Run(ctx) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
	})
}

// form is what somebody hands in.
func form(from, text string) intake.Event {
	return intake.Event{
		ID: "form/" + mark(), OccurredAt: time.Now(), Raw: intake.Raw{Inline: []byte(text), MediaType: "application/json"},
		Message: &intake.Inbound{From: intake.Address{Kind: "email", Value: from}, Subject: "Segnalazione", Text: text, Class: "human"},
	}
}

func (c *counter) submit(t *testing.T, from, text string) pluginhost.Receipt {
	t.Helper()
	r, err := app.Citizens(c.Domain).Submit(t.Context(), c.channel, form(from, text), nil)
	require.NoError(t, err)
	require.Equal(t, "filed", r.Outcome)
	return r
}

// show is the page of a ticket, nil where there is none.
func (c *counter) show(t *testing.T, number, secret string) *pluginhost.PublicTicket {
	t.Helper()
	p, err := app.Citizens(c.Domain).PublicTicket(t.Context(), pluginhost.TicketKey{Number: number, Secret: secret, Client: mark()})
	require.NoError(t, err)
	return p
}

func texts(p *pluginhost.PublicTicket) []string {
	list := []string{}
	for _, m := range p.Messages {
		list = append(list, m.Text)
	}
	return list
}

// on runs do with the ticket locked.
func (c *counter) on(t *testing.T, number string, do func(pgx.Tx, *ticket.Ticket) error) {
	t.Helper()
	require.NoError(t, postgres.InTx(t.Context(), c.Pool, func(tx pgx.Tx) error {
		held, err := c.Tickets.LockNumber(t.Context(), tx, account.SystemScope(), number)
		require.NoError(t, err)
		return do(tx, held)
	}))
}

// says writes a message of the town.
func (c *counter) says(t *testing.T, number string, o ticket.Outbound, to string) id.Message {
	t.Helper()
	o.Channel, o.ChannelKind = c.channel, "webform"
	if o.Origin == "" {
		o.Origin, o.Class = ticket.OriginOperator, ticket.ClassHuman
	}
	o.Status = ticket.StatusWaitingCitizen
	o.Parties = []ticket.MessageParty{{Role: ticket.RoleTo, Address: ticket.Address{Kind: "email", Value: to}}}
	var made id.Message
	c.on(t, number, func(tx pgx.Tx, held *ticket.Ticket) (err error) {
		made, err = c.Tickets.AddOutbound(t.Context(), tx, held, account.System(), o)
		return err
	})
	return made
}

const (
	anna  = "anna@posta.example"
	bruno = "bruno@posta.example"
)

func TestSubmitAnswersWithNumberAndSecret(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	citizens := app.Citizens(c.Domain)
	waiting := form(anna, "Presto")
	early, err := citizens.Submit(t.Context(), c.channel, waiting, nil)
	require.NoError(t, err)
	require.Equal(t, "received", early.Outcome, "nobody files yet")
	require.Regexp(t, `^[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}$`, early.Code)
	require.Empty(t, early.Number+early.Secret)

	c.work(t)
	event := form(anna, "C'è una buca.")
	first, err := citizens.Submit(t.Context(), c.channel, event, nil)
	require.NoError(t, err)
	require.Equal(t, "filed", first.Outcome)
	require.Equal(t, first.Number, c.show(t, first.Number, first.Secret).Number)
	again, err := citizens.Submit(t.Context(), c.channel, event, nil)
	require.NoError(t, err)
	require.Equal(t, pluginhost.Receipt{Outcome: "duplicate", Number: first.Number, Secret: first.Secret}, again)

	late, err := citizens.Submit(t.Context(), c.channel, waiting, nil)
	require.NoError(t, err)
	require.Equal(t, "duplicate", late.Outcome)
	require.NotEmpty(t, late.Number, "what was received is on a ticket by now")
}

func TestPublicTicketShowsWhatTheCitizenMayRead(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.work(t)
	r := c.submit(t, anna, "C'è una buca.")
	c.says(t, r.Number, ticket.Outbound{Origin: ticket.OriginAutomatic, Class: ticket.ClassAcknowledgement, Text: "Ricevuto, codice ••••"}, anna)
	c.says(t, r.Number, ticket.Outbound{Text: "La ripariamo domani."}, anna)
	c.says(t, r.Number, ticket.Outbound{Text: "Spettabile impresa, preventivo?"}, "impresa@edile.example")
	c.says(t, r.Number, ticket.Outbound{Text: "Non ancora partita.", SendAfter: time.Now().Add(time.Minute)}, anna)
	called := c.says(t, r.Number, ticket.Outbound{Text: "Richiamata.", SendAfter: time.Now().Add(time.Minute)}, anna)
	c.on(t, r.Number, func(tx pgx.Tx, _ *ticket.Ticket) error {
		_, err := c.Tickets.Withdraw(t.Context(), tx, account.SystemScope(), account.System(), called)
		return err
	})
	c.on(t, r.Number, func(tx pgx.Tx, held *ticket.Ticket) error {
		_, err := c.Tickets.AddNote(t.Context(), tx, held, account.System(), ticket.Note{ID: id.New[id.Message](), Text: "Il solito scocciatore."})
		return err
	})
	p := c.show(t, r.Number, r.Secret)
	require.Equal(t, []string{"C'è una buca.", "La ripariamo domani."}, texts(p))
	require.Equal(t, []bool{false, true}, []bool{p.Messages[0].Outbound, p.Messages[1].Outbound})
	require.Equal(t, "waiting", p.Status)
	require.Equal(t, "URP", p.Office)
	require.Equal(t, "Segnalazione", p.Subject)
}

func TestPublicTicketShowsWhatWasSaid(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	var made *ticket.Ticket
	require.NoError(t, postgres.InTx(t.Context(), c.Pool, func(tx pgx.Tx) (err error) {
		person, err := c.Contacts.Identify(t.Context(), tx, contact.Sender{Kind: "email", Value: anna, Name: "Anna"})
		if err != nil {
			return err
		}
		var office id.Office
		if err := tx.QueryRow(t.Context(), `SELECT id FROM office LIMIT 1`).Scan(&office); err != nil {
			return err
		}
		made, err = c.Tickets.Record(t.Context(), tx, account.SystemScope(), account.System(), ticket.Visit{
			ID: id.New[id.Message](), Way: ticket.WayCounter, Office: office, Contact: person, Text: "Orari?", Then: ticket.Then{Answered: true, Answer: "Dalle 9."},
		})
		return err
	}))
	p := c.show(t, string(made.Number), c.Secrets.Derive(made))
	require.Equal(t, []string{"Orari?", "Dalle 9."}, texts(p))
	require.Equal(t, "counter", p.Messages[1].ChannelKind)
	require.Equal(t, "closed", p.Status)
}

func TestPublicTicketOpensToItsSecretAlone(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.work(t)
	r, other := c.submit(t, anna, "C'è una buca."), c.submit(t, bruno, "C'è un ramo.")
	require.NotNil(t, c.show(t, r.Number, r.Secret))
	require.NotNil(t, c.show(t, "Rif. "+strings.ReplaceAll(r.Number, "-", "–")+" ", strings.ToLower(strings.ReplaceAll(r.Secret, "-", " "))), "as people type it")
	unknown := c.show(t, "2026-999999-0", r.Secret)
	for name, wrong := range map[string][2]string{
		"another's secret":   {r.Number, other.Secret},
		"another's number":   {other.Number, r.Secret},
		"no secret":          {r.Number, ""},
		"half a secret":      {r.Number, r.Secret[:len(r.Secret)/2]},
		"a number alone":     {"", r.Secret},
		"a wrong check":      {r.Number[:len(r.Number)-1] + string('0'+(r.Number[len(r.Number)-1]-'0'+1)%10), r.Secret},
		"nonsense":           {"x'; --", "\x00\xff"},
		"more than anything": {strings.Repeat("9", 200), strings.Repeat("A", 200)},
	} {
		require.Equal(t, unknown, c.show(t, wrong[0], wrong[1]), "%s is told apart from an unknown number", name)
	}
	c.on(t, r.Number, func(tx pgx.Tx, held *ticket.Ticket) error {
		return c.Tickets.RevokeSecret(t.Context(), tx, held, account.System())
	})
	require.Nil(t, c.show(t, r.Number, r.Secret), "a revoked secret opens nothing")
	require.NotNil(t, c.show(t, other.Number, other.Secret))
}

// Two citizens tell of the same thing and an operator joins their tickets: each goes on with his own number and secret,
// and reads what is his.
func TestPublicTicketsThatWereJoined(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.work(t)
	hers, his := c.submit(t, anna, "C'è una buca, sono Anna."), c.submit(t, bruno, "C'è una buca, sono Bruno.")
	c.on(t, hers.Number, func(tx pgx.Tx, held *ticket.Ticket) error {
		from, err := c.Tickets.Get(t.Context(), tx, account.SystemScope(), his.Number)
		require.NoError(t, err)
		_, err = c.Tickets.Join(t.Context(), tx, account.SystemScope(), account.System(), from.ID, held.ID)
		return err
	})
	c.says(t, hers.Number, ticket.Outbound{Text: "Gentile Anna, domani."}, anna)
	c.says(t, hers.Number, ticket.Outbound{Text: "Gentile Bruno, domani."}, bruno)

	p := c.show(t, hers.Number, hers.Secret)
	require.Equal(t, hers.Number, p.Number)
	require.Equal(t, []string{"C'è una buca, sono Anna.", "Gentile Anna, domani."}, texts(p))
	p = c.show(t, his.Number, his.Secret)
	require.Equal(t, his.Number, p.Number, "the number never changes")
	require.Equal(t, "waiting", p.Status, "of the ticket that goes on")
	require.Equal(t, []string{"C'è una buca, sono Bruno."}, texts(p), "whoever filled in the form wrote his address, which proves nothing")
	require.Nil(t, c.show(t, his.Number, hers.Secret))
	require.Nil(t, c.show(t, hers.Number, his.Secret))
}

// Who wrote on a ticket from his address, proved, reads what goes on where it was joined.
func TestPublicTicketOfAProvedCitizenThatWasJoined(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.work(t)
	hers, his := c.submit(t, anna, "C'è una buca."), c.submit(t, bruno, "C'è una buca, sono Bruno.")
	c.on(t, his.Number, func(tx pgx.Tx, held *ticket.Ticket) error {
		_, err := c.Tickets.AddInbound(t.Context(), tx, held, ticket.Inbound{
			Channel: c.channel, ChannelKind: "email", Class: ticket.ClassHuman, From: ticket.Address{Kind: "email", Value: bruno}, Text: "Aggiungo: è profonda.", Authenticated: true,
		})
		return err
	})
	c.on(t, hers.Number, func(tx pgx.Tx, held *ticket.Ticket) error {
		from, err := c.Tickets.Get(t.Context(), tx, account.SystemScope(), his.Number)
		require.NoError(t, err)
		_, err = c.Tickets.Join(t.Context(), tx, account.SystemScope(), account.System(), from.ID, held.ID)
		return err
	})
	c.says(t, hers.Number, ticket.Outbound{Text: "Gentile Bruno, domani."}, bruno)
	require.Equal(t, []string{"C'è una buca, sono Bruno.", "Aggiungo: è profonda.", "Gentile Bruno, domani."}, texts(c.show(t, his.Number, his.Secret)))
}
