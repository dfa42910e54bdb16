package app_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/pluginhost"
	"sportello.dev/hub/internal/ticket"
)

// add writes on a ticket through the tracking page.
func (c *counter) add(t *testing.T, number, secret, text string) pluginhost.Receipt {
	t.Helper()
	r, err := app.Citizens(c.Domain).Submit(t.Context(), c.channel, more(text), &pluginhost.TicketKey{Number: number, Secret: secret, Client: mark()})
	require.NoError(t, err)
	return r
}

// more is what a tracking page hands in; a page that says who writes is not believed.
func more(text string) intake.Event {
	e := form(bruno, text)
	e.Message.Subject = ""
	return e
}

func (c *counter) messages(t *testing.T, number string) []ticket.Message {
	t.Helper()
	held, err := c.Tickets.Get(t.Context(), c.Pool, account.SystemScope(), number)
	require.NoError(t, err)
	page, err := c.Tickets.Messages(t.Context(), c.Pool, account.SystemScope(), held.ID, ticket.Span{})
	require.NoError(t, err)
	return page.Items
}

func (c *counter) journalled(t *testing.T) (n int) {
	t.Helper()
	require.NoError(t, c.Pool.QueryRow(t.Context(), `SELECT count(*) FROM journal`).Scan(&n))
	return n
}

func TestWhoHoldsTheSecretAddsToATicket(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.work(t)
	r := c.submit(t, anna, "C'è una buca.")
	c.says(t, r.Number, ticket.Outbound{Text: "Dove?"}, anna)
	added := c.add(t, r.Number, strings.ToLower(r.Secret), "In via Roma, davanti al 12.")
	require.Equal(t, pluginhost.Receipt{Outcome: "filed", Number: r.Number, Secret: r.Secret}, added)
	p := c.show(t, r.Number, r.Secret)
	require.Equal(t, []string{"C'è una buca.", "Dove?", "In via Roma, davanti al 12."}, texts(p))
	require.Equal(t, "open", p.Status, "it is the town's turn again")

	all := c.messages(t, r.Number)
	last := all[len(all)-1]
	require.Equal(t, ticket.ReasonTracking, last.Reason.Code)
	require.Equal(t, r.Number, last.Reason.Params[ticket.ParamOpened])
	require.True(t, last.From.IsZero(), "the page's word on who writes is not taken")
	require.Equal(t, all[0].Contact, last.Contact, "it is the citizen of the ticket who wrote")
	require.False(t, last.ThirdPerson)
	require.Empty(t, last.Reason.Params[ticket.ParamUnverified])
}

func TestAWrongSecretLeavesNoTrace(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.work(t)
	r, other := c.submit(t, anna, "C'è una buca."), c.submit(t, bruno, "C'è un ramo.")
	c.on(t, other.Number, func(tx pgx.Tx, held *ticket.Ticket) error {
		return c.Tickets.RevokeSecret(t.Context(), tx, held, account.System())
	})
	before := c.journalled(t)
	for name, wrong := range map[string][2]string{
		"another's secret": {r.Number, other.Secret}, "no secret": {r.Number, ""}, "unknown": {"2026-999999-0", r.Secret},
		"no number": {"", r.Secret}, "revoked": {other.Number, other.Secret},
	} {
		require.Equal(t, pluginhost.Receipt{Outcome: "refused"}, c.add(t, wrong[0], wrong[1], "Sono io!"), name)
	}
	require.Equal(t, before, c.journalled(t), "a wrong secret never becomes a new ticket")
}

func TestWhatIsAddedToJoinedTicketsStaysWithItsWriter(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.work(t)
	hers, his := c.submit(t, anna, "Sono Anna."), c.submit(t, bruno, "Sono Bruno.")
	// Nobody knows whose tickets they are: only the secret tells the two apart.
	_, err := c.Pool.Exec(t.Context(), `UPDATE ticket SET contact_id = NULL`)
	require.NoError(t, err)
	c.on(t, hers.Number, func(tx pgx.Tx, held *ticket.Ticket) error {
		from, err := c.Tickets.Get(t.Context(), tx, account.SystemScope(), his.Number)
		require.NoError(t, err)
		_, err = c.Tickets.Join(t.Context(), tx, account.SystemScope(), account.System(), from.ID, held.ID)
		return err
	})
	require.Equal(t, his.Number, c.add(t, his.Number, his.Secret, "Ancora Bruno.").Number, "the number never changes")
	require.Equal(t, hers.Number, c.add(t, hers.Number, hers.Secret, "Ancora Anna.").Number)
	require.Equal(t, []string{"Sono Anna.", "Ancora Anna."}, texts(c.show(t, hers.Number, hers.Secret)))
	require.Equal(t, []string{"Sono Bruno.", "Ancora Bruno."}, texts(c.show(t, his.Number, his.Secret)))
}

func TestWhatIsAddedToAClosedTicket(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.work(t)
	r := c.submit(t, anna, "C'è una buca.")
	c.says(t, r.Number, ticket.Outbound{Text: "Riparata."}, anna)
	over := func(days int) {
		_, err := c.Pool.Exec(t.Context(), `UPDATE ticket SET status = 'closed', closed_at = now() - make_interval(days => $1)`, days)
		require.NoError(t, err)
	}
	over(1)
	require.Equal(t, r.Number, c.add(t, r.Number, r.Secret, "No, è ancora lì.").Number)
	require.Equal(t, "open", c.show(t, r.Number, r.Secret).Status, "opened again")
	over(1000)
	later := c.add(t, r.Number, r.Secret, "È tornata.")
	require.Equal(t, "filed", later.Outcome)
	require.NotEqual(t, r.Number, later.Number, "a new request")
	require.Equal(t, []string{"È tornata."}, texts(c.show(t, later.Number, later.Secret)))
	require.Equal(t, ticket.ReasonNewLinked, c.messages(t, later.Number)[0].Reason.Code)
}

// Whoever fills in a form under another's address, and later adds to that closed request, has proved nothing by it.
func TestASecretDoesNotProveAnAddress(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.work(t)
	hers, forged := c.submit(t, anna, "C'è una buca."), c.submit(t, anna, "Sono Anna, davvero.")
	_, err := c.Pool.Exec(t.Context(), `UPDATE ticket SET status = 'closed', closed_at = now() - interval '1000 days' WHERE number = $1`, forged.Number)
	require.NoError(t, err)
	later := c.add(t, forged.Number, forged.Secret, "Ancora io.")
	require.NotEqual(t, forged.Number, later.Number)
	c.on(t, hers.Number, func(tx pgx.Tx, held *ticket.Ticket) error {
		from, err := c.Tickets.Get(t.Context(), tx, account.SystemScope(), later.Number)
		require.NoError(t, err)
		_, err = c.Tickets.Join(t.Context(), tx, account.SystemScope(), account.System(), from.ID, held.ID)
		return err
	})
	c.says(t, hers.Number, ticket.Outbound{Text: "Gentile Anna, domani."}, anna)
	require.Equal(t, []string{"Ancora io."}, texts(c.show(t, later.Number, later.Secret)))
}

func TestGuessesAreSlowedDown(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.work(t)
	r := c.submit(t, anna, "C'è una buca.")
	citizens := app.Citizens(c.Domain)
	var many *pluginhost.TooManyWrongError
	unknown := ""
	for digit := range 10 {
		if n, err := ticket.ParseNumber("2026-999999-" + strconv.Itoa(digit)); err == nil {
			unknown = string(n)
		}
	}
	for _, number := range []string{r.Number, unknown} {
		wrong := pluginhost.TicketKey{Number: number, Secret: "AAAA", Client: "guesser of " + number}
		tries := 0
		for ; tries < 100; tries++ {
			p, err := citizens.PublicTicket(t.Context(), wrong)
			require.Nil(t, p)
			if errors.As(err, &many) {
				break
			}
			require.NoError(t, err)
		}
		require.Equal(t, 10, tries, "the same for a number that nobody has")
	}
	p, err := citizens.PublicTicket(t.Context(), pluginhost.TicketKey{Number: r.Number, Secret: r.Secret, Client: "guesser of " + r.Number})
	require.ErrorAs(t, err, &many, "while it is too fast not even the right one is looked at")
	require.Nil(t, p)
	require.Positive(t, many.After)
	require.NotNil(t, c.show(t, r.Number, r.Secret), "who did not guess is not locked out")
}

func TestInfectedFilesAreWithheld(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.work(t)
	r := c.submit(t, anna, "Ecco la foto.")
	ref := c.blob(t, "virus")
	e := more("Ecco.")
	e.Message.Attachments = []intake.Attachment{{SHA256: ref, Size: 5, Name: "foto.jpg", MediaType: "image/jpeg"}}
	_, err := app.Citizens(c.Domain).Submit(t.Context(), c.channel, e, &pluginhost.TicketKey{Number: r.Number, Secret: r.Secret})
	require.NoError(t, err)
	require.Len(t, c.show(t, r.Number, r.Secret).Messages[1].Attachments, 1)
	_, err = c.Pool.Exec(t.Context(), `UPDATE blob SET scan_state = 'infected' WHERE sha256 = $1`, ref)
	require.NoError(t, err)
	m := c.show(t, r.Number, r.Secret).Messages[1]
	require.Empty(t, m.Attachments)
	require.Equal(t, []string{"foto.jpg"}, m.Withheld)
}

// blob keeps bytes as a page does with a file, and gives their digest.
func (c *counter) blob(t *testing.T, content string) []byte {
	t.Helper()
	ref, err := c.Blobs.Put(t.Context(), strings.NewReader(content), 1000)
	require.NoError(t, err)
	_, err = c.Pool.Exec(t.Context(), `INSERT INTO blob (sha256, size) VALUES ($1, $2) ON CONFLICT DO NOTHING`, ref.Sum[:], ref.Size)
	require.NoError(t, err)
	return ref.Sum[:]
}
