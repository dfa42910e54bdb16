package app_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/app"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/pluginhost"
	"sportello.dev/hub/internal/ticket"
)

const (
	telephone = "+393401234567"
	townMail  = "urp@comune.valdoria.example"
)

// exec changes the database behind everybody's back.
func (c *counter) exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	_, err := c.Pool.Exec(t.Context(), statement, args...)
	require.NoError(t, err)
}

// writes adds channels by which the town writes letters and text messages.
func (c *counter) writes(t *testing.T) {
	t.Helper()
	for _, ch := range [][3]string{
		{"email", "posta", `{"capabilities": ["ingest", "send"], "reply_token": true, "own": {"kind": "email", "value": "` + townMail + `"}, "limits": {"attachments": true}}`},
		{"sms", "sms", `{"capabilities": ["ingest", "send"], "own": {"kind": "landline", "value": "+390521218111"}}`},
	} {
		c.exec(t, `INSERT INTO channel (id, adapter, slug, name, ability, address_kind, address_value)
			VALUES ($1, $2, $3, $3, $4, $4::jsonb #>> '{own,kind}', $4::jsonb #>> '{own,value}')`, id.New[id.Channel](), ch[0], ch[1], ch[2])
	}
}

// holding is the key to a ticket.
func holding(r pluginhost.Receipt) pluginhost.TicketKey {
	return pluginhost.TicketKey{Number: r.Number, Secret: r.Secret, Client: mark()}
}

// wants asks for the answers at an address.
func (c *counter) wants(t *testing.T, r pluginhost.Receipt, address string) pluginhost.Asked {
	t.Helper()
	asked, err := app.Citizens(c.Domain).AskPreference(t.Context(), holding(r), address, "it")
	require.NoError(t, err)
	return asked
}

func (c *counter) confirms(t *testing.T, r pluginhost.Receipt, request, code string) pluginhost.Confirmed {
	t.Helper()
	done, err := app.Citizens(c.Domain).ConfirmPreference(t.Context(), holding(r), request, code)
	require.NoError(t, err)
	return done
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// left is the message with a code as it leaves, and the code in it.
func (c *counter) left(t *testing.T, asked pluginhost.Asked) (delivery.Transmission, string) {
	t.Helper()
	m, err := c.Tickets.Message(t.Context(), c.Pool, account.SystemScope(), id.Message{UUID: uuid.MustParse(asked.Request)})
	require.NoError(t, err)
	require.NotRegexp(t, sixDigits, m.Text, "operators do not see the code")
	x, err := c.Composer.Render(t.Context(), m.ID, m.Channel)
	require.NoError(t, err)
	code := sixDigits.FindString(x.Content.Text)
	require.NotEmpty(t, code)
	return x, code
}

// chooses asks and confirms.
func (c *counter) chooses(t *testing.T, r pluginhost.Receipt, address string) {
	t.Helper()
	asked := c.wants(t, r, address)
	require.Equal(t, "sent", asked.Outcome)
	_, code := c.left(t, asked)
	require.Equal(t, "confirmed", c.confirms(t, r, asked.Request, code).Outcome)
}

// goesTo is where an answer would go, and why.
func (c *counter) goesTo(t *testing.T, number string) (string, delivery.Reason) {
	t.Helper()
	held, err := c.Tickets.Get(t.Context(), c.Pool, account.SystemScope(), number)
	require.NoError(t, err)
	p, err := c.Composer.Preview(t.Context(), c.Pool, held, delivery.Draft{Text: "Fatto."})
	require.NoError(t, err)
	for _, other := range p.Others {
		require.NotEqual(t, p.Choice.Target.Value, other.Value, "whom it goes to is not one more whom it does not")
	}
	return p.Choice.Target.Value, p.Choice.Reason
}

// another is a code that is not this one.
func another(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func TestACitizenChoosesWhereTheAnswersToOneTicketGo(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.writes(t)
	c.work(t)
	r, other := c.submit(t, anna, "C'è una buca."), c.submit(t, anna, "E il lampione è spento.")
	before := c.show(t, r.Number, r.Secret)
	require.Equal(t, pluginhost.AnswerAddress{Kind: "email", Masked: "a•••@posta.example"}, before.Answers)
	require.True(t, before.PreferenceOffered)

	asked := c.wants(t, r, " 340 1234567 ")
	require.Equal(t, pluginhost.Asked{
		Outcome: "sent", Request: asked.Request, Address: pluginhost.AnswerAddress{Kind: "mobile", Masked: "••• ••• 4567"}, Valid: 10 * time.Minute,
	}, asked)
	x, code := c.left(t, asked)
	require.Equal(t, "automatic", x.Origin)
	require.NotContains(t, x.Content.Subject+x.Content.Text+x.SenderName, r.Number)
	require.Equal(t, "automatic", x.Origin)
	require.Empty(t, x.Thread.TicketNumber+x.Thread.ReplyToken+x.Thread.InReplyTo)
	require.LessOrEqual(t, len([]rune(x.Content.Text)), 160)
	to, why := c.goesTo(t, r.Number)
	require.Equal(t, []any{anna, delivery.BecauseLastUsed}, []any{to, why}, "nothing changes before the code is back")

	require.Equal(t, pluginhost.Confirmed{Outcome: "wrong", TriesLeft: 4}, c.confirms(t, r, asked.Request, another(code)))
	require.Equal(t, "confirmed", c.confirms(t, r, asked.Request, code[:3]+" "+code[3:]).Outcome)
	require.Equal(t, "confirmed", c.confirms(t, r, asked.Request, code).Outcome, "the page is sent twice")
	to, why = c.goesTo(t, r.Number)
	require.Equal(t, []any{telephone, delivery.BecauseChosen}, []any{to, why})
	require.Equal(t, pluginhost.AnswerAddress{Kind: "mobile", Masked: "••• ••• 4567", Chosen: true}, c.show(t, r.Number, r.Secret).Answers)

	to, _ = c.goesTo(t, other.Number)
	require.Equal(t, anna, to, "her other ticket is not concerned")
	held, err := c.Tickets.Get(t.Context(), c.Pool, account.SystemScope(), r.Number)
	require.NoError(t, err)
	known, err := c.Contacts.Get(t.Context(), c.Pool, held.Contact)
	require.NoError(t, err)
	require.Len(t, known.Addresses, 1, "nor are the contact's own addresses")
	require.Equal(t, []string{"C'è una buca."}, texts(c.show(t, r.Number, r.Secret)), "the message with the code is none of the conversation")

	c.chooses(t, r, "Anna@Lavoro.example")
	to, _ = c.goesTo(t, r.Number)
	require.Equal(t, "anna@lavoro.example", to, "chosen anew")
	accepted, err := app.Citizens(c.Domain).DropPreference(t.Context(), holding(r))
	require.NoError(t, err)
	require.True(t, accepted)
	to, _ = c.goesTo(t, r.Number)
	require.Equal(t, anna, to)
	var told []ticket.EventType
	page, err := c.Tickets.Timeline(t.Context(), c.Pool, account.SystemScope(), held.ID, ticket.Span{})
	require.NoError(t, err)
	for _, e := range page.Items {
		told = append(told, e.Type)
	}
	require.Equal(t, []ticket.EventType{ticket.EventOpened, ticket.EventPreferenceChosen, ticket.EventPreferenceChosen, ticket.EventPreferenceDropped}, told)
	require.Equal(t, map[string]string{"kind": "mobile", "address": telephone}, page.Items[1].Params)
}

func TestWhereACodeIsNotSent(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.writes(t)
	c.work(t)
	citizens := app.Citizens(c.Domain)
	tell := func(address string) string {
		// Each with a ticket of its own: refusals count too.
		return c.wants(t, c.submit(t, mark()+"@posta.example", "Buca."), address).Outcome
	}
	for address, want := range map[string]string{
		"": "invalid", "anna": "invalid", "anna@posta": "invalid", "0521 218111": "invalid", "899 123456": "invalid",
		"anna@posta.example\r\nBcc: tutti@posta.example": "invalid", "a@b.example, c@d.example": "invalid",
		townMail: "invalid", "urp+altro@comune.valdoria.example": "invalid",
	} {
		require.Equal(t, want, tell(address), "%q", address)
	}
	_, err := c.Contacts.Suppress(t.Context(), c.Pool, contact.KindMobile, telephone, id.New[id.Entry]())
	require.NoError(t, err)
	require.Equal(t, "blocked", tell("+39 340 1234567"), "who said STOP")
	c.submit(t, bruno, "Un ramo.")
	c.exec(t, `UPDATE contact_address SET undeliverable_since = now() WHERE value = $1`, bruno)
	require.Equal(t, "blocked", tell(bruno), "what came back")

	r := c.submit(t, anna, "Buca.")
	wrong := holding(r)
	wrong.Secret = "AAAA"
	refused, err := citizens.AskPreference(t.Context(), wrong, telephone, "it")
	require.NoError(t, err)
	require.Equal(t, pluginhost.Asked{Outcome: "refused"}, refused)
	done, err := citizens.ConfirmPreference(t.Context(), wrong, id.New[id.Message]().String(), "123456")
	require.NoError(t, err)
	require.Equal(t, "refused", done.Outcome)
	accepted, err := citizens.DropPreference(t.Context(), wrong)
	require.NoError(t, err)
	require.False(t, accepted)

	c.exec(t, `UPDATE channel SET health = 'unhealthy' WHERE slug = 'posta'`)
	require.Equal(t, "unreachable", c.wants(t, r, "anna@lavoro.example").Outcome)
	c.exec(t, `UPDATE channel SET enabled = false WHERE slug = 'sms'`)
	require.Equal(t, "unreachable", c.wants(t, r, "340 7654321").Outcome)
	var sent int
	require.NoError(t, c.Pool.QueryRow(t.Context(), `SELECT count(*) FROM delivery`).Scan(&sent))
	require.Zero(t, sent)
}

func TestCodesAreFewAndShortLived(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.writes(t)
	c.work(t)
	r, other := c.submit(t, anna, "Buca."), c.submit(t, bruno, "Ramo.")
	later := func(by string) {
		c.exec(t, `UPDATE preference_code SET made_at = made_at - $1::interval, expires_at = expires_at - $1::interval`, by)
	}

	guessed := c.wants(t, r, telephone)
	_, code := c.left(t, guessed)
	require.Equal(t, "expired", c.confirms(t, other, guessed.Request, code).Outcome, "another ticket's")
	require.Equal(t, "expired", c.confirms(t, r, "x", code).Outcome)
	for left := 4; left >= 0; left-- {
		require.Equal(t, pluginhost.Confirmed{Outcome: "wrong", TriesLeft: left}, c.confirms(t, r, guessed.Request, another(code)))
	}
	require.Equal(t, "expired", c.confirms(t, r, guessed.Request, code).Outcome, "not even the right one, after five wrong ones")

	replaced := c.wants(t, r, telephone)
	_, old := c.left(t, replaced)
	late := c.wants(t, r, telephone)
	_, fresh := c.left(t, late)
	require.Equal(t, "expired", c.confirms(t, r, replaced.Request, old).Outcome, "only the last one holds")
	many := c.wants(t, r, "anna@lavoro.example")
	require.Equal(t, "too_many", many.Outcome, "three an hour for one ticket")
	require.Positive(t, many.Wait)
	require.LessOrEqual(t, many.Wait, time.Hour)
	later("11 minutes")
	require.Equal(t, "expired", c.confirms(t, r, late.Request, fresh).Outcome, "ten minutes are over")

	later("1 hour")
	for range 2 {
		require.Equal(t, "sent", c.wants(t, r, telephone).Outcome)
	}
	require.Equal(t, "too_many", c.wants(t, other, telephone).Outcome, "five a day to one address, whoever asks")
	require.Equal(t, "sent", c.wants(t, r, "anna+uno@lavoro.example").Outcome)
	later("1 hour")
	require.Equal(t, "too_many", c.wants(t, r, "anna+due@lavoro.example").Outcome, "six a day for one ticket")
	for _, tag := range []string{"+a", "+b", ""} {
		require.Equal(t, "sent", c.wants(t, other, "anna"+tag+"@lavoro.example").Outcome)
	}
	later("1 hour")
	require.Equal(t, "sent", c.wants(t, other, "anna+c@lavoro.example").Outcome)
	require.Equal(t, "too_many", c.wants(t, other, "anna+d@lavoro.example").Outcome, "one mailbox, whatever stands behind the plus")
	later("24 hours")
	require.Equal(t, "sent", c.wants(t, r, telephone).Outcome)
}

// Somebody hands in a form under Anna's address, proves an address of his own for it, and an operator joins it with hers.
func TestAChosenAddressLeadsToNoOtherTicket(t *testing.T) {
	t.Parallel()
	for name, hersGoesOn := range map[string]bool{"his joined to hers": true, "hers joined to his": false} {
		c := newCounter(t)
		c.writes(t)
		c.work(t)
		hers, his := c.submit(t, anna, "Sono Anna."), c.submit(t, anna, "Sono Anna, davvero.")
		c.chooses(t, his, "ladro@altrove.example")
		into, from := hers, his
		if !hersGoesOn {
			into, from = his, hers
		}
		c.on(t, into.Number, func(tx pgx.Tx, held *ticket.Ticket) error {
			joined, err := c.Tickets.Get(t.Context(), tx, account.SystemScope(), from.Number)
			require.NoError(t, err)
			_, err = c.Tickets.Join(t.Context(), tx, account.SystemScope(), account.System(), joined.ID, held.ID)
			return err
		})
		to, _ := c.goesTo(t, hers.Number)
		require.Equal(t, anna, to, name)
		c.says(t, hers.Number, ticket.Outbound{Text: "Gentile Anna."}, anna)
		shown := c.show(t, his.Number, his.Secret)
		require.NotContains(t, texts(shown), "Sono Anna.", name)
		require.False(t, shown.PreferenceOffered, name)
		require.Equal(t, "unreachable", c.wants(t, his, "340 1234567").Outcome, name)
		held, err := c.Tickets.Get(t.Context(), c.Pool, account.SystemScope(), hers.Number)
		require.NoError(t, err)
		parties, err := c.Tickets.Parties(t.Context(), c.Pool, account.SystemScope(), held.ID)
		require.NoError(t, err)
		for _, p := range parties {
			require.Equal(t, p.Value == "ladro@altrove.example", p.Role == ticket.RoleThird, "%s: %s", name, p.Value)
		}
	}
}

// Whoever has the address can answer the letter with the code: that is a letter of his own.
func TestAnswersToACodeBelongToNoTicket(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.writes(t)
	c.work(t)
	r := c.submit(t, anna, "Buca.")
	x, _ := c.left(t, c.wants(t, r, bruno))
	var posta id.Channel
	require.NoError(t, c.Pool.QueryRow(t.Context(), `SELECT id FROM channel WHERE slug = 'posta'`).Scan(&posta))
	e := form(bruno, "Che codice è?")
	e.Message.Subject, e.Message.AnswersTo, e.Message.Tokens = "Re: Codice di verifica", []string{x.Thread.MessageID}, []string{x.Thread.MessageID}
	e.Message.Authentication = intake.Authentication{Authenticated: true, Authority: "mx.valdoria.example"}
	filed, err := app.Citizens(c.Domain).Submit(t.Context(), posta, e, nil)
	require.NoError(t, err)
	require.Equal(t, "filed", filed.Outcome)
	require.NotEqual(t, r.Number, filed.Number)
	require.Equal(t, ticket.ReasonNew, c.messages(t, filed.Number)[0].Reason.Code)
	held, err := c.Tickets.Get(t.Context(), c.Pool, account.SystemScope(), r.Number)
	require.NoError(t, err)
	parties, err := c.Tickets.Parties(t.Context(), c.Pool, account.SystemScope(), held.ID)
	require.NoError(t, err)
	require.Len(t, parties, 1, "who was only sent a code is not on the ticket")
}
