package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/intake"
)

func (d *desk) ticket(t *testing.T, number, who string) api.Ticket {
	t.Helper()
	return decode[api.Ticket](t, d.ask("GET", "/api/v1/tickets/"+number, "", who), 200)
}

func (d *desk) reply(number, body, who string, headers ...string) *httptest.ResponseRecorder {
	return d.ask("POST", "/api/v1/tickets/"+number+"/replies", body, append(headers, who)...)
}

func TestALetterIsAnswered(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	number := d.receive(t, d.letter("C'è una buca davanti alla scuola.", nil))

	list := decode[api.TicketList](t, d.ask("GET", "/api/v1/tickets", "", me), 200)
	require.Len(t, list.Items, 1)
	require.Nil(t, list.Next)
	got := d.ticket(t, number, me)
	require.Equal(t, "Ada Rossi", got.Contact.Name)
	require.Equal(t, api.TicketStatusNew, got.Status)
	require.Equal(t, "URP", got.Office.Name)
	require.NotNil(t, got.WaitingSince)
	require.Equal(t, "ada@posta.example", got.Parties[0].Address)
	require.Equal(t, api.PartyRoleRequester, got.Parties[0].Role)

	in := d.messages(t, number, me)[0]
	require.Equal(t, api.DirectionInbound, in.Direction)
	require.Equal(t, "Posta URP", in.Channel.Name)
	require.Equal(t, "ada@posta.example", in.From.Address)
	require.Equal(t, "new", *in.ThreadingReason)
	require.True(t, *in.SenderAuthenticated)
	require.NotNil(t, in.RawURL)
	require.Nil(t, in.HTMLURL)

	choice := decode[api.DeliveryChoice](t, d.ask("GET", "/api/v1/tickets/"+number+"/delivery-choice", "", me), 200)
	require.Equal(t, "ada@posta.example", choice.Choice.To.Address)
	require.Equal(t, "last_used", choice.Reason.Code)
	require.Equal(t, "Posta URP", choice.Reason.Params["channel"])

	sent := decode[api.Message](t, d.reply(number, `{"text":"La ripariamo domani."}`, me), 201)
	require.Equal(t, api.DirectionOutbound, sent.Direction)
	require.Equal(t, "Lucia Ferri", sent.Author.Name)
	require.Contains(t, sent.Subject, number)
	require.Len(t, sent.Deliveries, 1)
	require.Equal(t, api.DeliveryStateQueued, sent.Deliveries[0].State)
	require.Equal(t, "ada@posta.example", sent.Deliveries[0].Address)
	got = d.ticket(t, number, me)
	require.Equal(t, api.TicketStatusWaitingCitizen, got.Status)
	require.Nil(t, got.WaitingSince)

	events := decode[api.TicketEventList](t, d.ask("GET", "/api/v1/tickets/"+number+"/events", "", me), 200).Items
	last := events[len(events)-1]
	require.Equal(t, "replied", last.Type)
	require.Equal(t, "Lucia Ferri", last.Actor.Name)
	require.Equal(t, sent.ID.String(), last.Params["message"])
}

func TestAScriptAnswersWithTextAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, secret, err := d.stores.Accounts.AddToken(t.Context(), account.NewToken{Name: "prova", Role: account.FirstLevel, Lasts: account.Year})
	require.NoError(t, err)
	script := "Authorization: Bearer " + secret
	number := d.receive(t, d.letter("Buongiorno", nil))
	sent := decode[api.Message](t, d.reply(number, `{"text":"Risposta"}`, script), 201)
	require.Nil(t, sent.Author)
	var states []api.DeliveryState
	for _, m := range d.messages(t, number, script) {
		for _, x := range m.Deliveries {
			if m.ID == sent.ID {
				states = append(states, x.State)
			}
		}
	}
	require.Equal(t, []api.DeliveryState{api.DeliveryStateQueued}, states)
	require.Equal(t, 403, d.ask("GET", "/api/v1/tickets/"+number+"/drafts/reply", "", script).Code)
}

func TestARepeatedReplyIsOneReply(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	number := d.receive(t, d.letter("Buongiorno", nil))
	const body = `{"text":"Una volta sola"}`
	first := decode[api.Message](t, d.reply(number, body, me, someKey), 201)
	again := d.reply(number, body, me, someKey)
	require.Equal(t, "true", again.Header().Get("Idempotent-Replayed"))
	require.Equal(t, first.ID, decode[api.Message](t, again, 201).ID)

	// The process died after the commit: the key is there, its answer is not.
	d.exec(t, `UPDATE idempotency_key SET completed_at = NULL, status = NULL, body = NULL, claimed_at = 'epoch'`)
	third := d.reply(number, body, me, someKey)
	require.Empty(t, third.Header().Get("Idempotent-Replayed"))
	require.Equal(t, first.ID, decode[api.Message](t, third, 201).ID)
	var written, leaving int
	require.NoError(t, d.pool.QueryRow(t.Context(), `SELECT count(*) FROM message WHERE origin = 'operator'`).Scan(&written))
	require.NoError(t, d.pool.QueryRow(t.Context(), `SELECT count(*) FROM delivery WHERE message_id = $1`, first.ID).Scan(&leaving))
	require.Equal(t, 1, written)
	require.Equal(t, 1, leaving)
}

func TestAReplyIsCalledBackInTime(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me, admin := d.signIn(t, "lucia"), d.signIn(t, "capo")
	number := d.receive(t, d.letter("Buongiorno", nil))
	sent := decode[api.Message](t, d.reply(number, `{"text":"Ops","delay_seconds":10}`, me), 201)
	require.NotNil(t, sent.CancelUntil)
	path := "/api/v1/messages/" + sent.ID.String() + "/cancel"
	back := decode[api.Message](t, d.ask("POST", path, "", me), 200)
	require.Equal(t, api.DeliveryStateCancelled, back.Deliveries[0].State)
	require.Contains(t, back.Flags, "cancelled")
	require.Nil(t, back.CancelUntil)
	require.NotNil(t, d.ticket(t, number, me).WaitingSince, "the citizen waits again")
	w := d.ask("POST", path, "", me)
	require.Equal(t, 409, w.Code)
	require.Equal(t, codeTooLate, problem(t, w).Code)

	sent = decode[api.Message](t, d.reply(number, `{"text":"Va bene","delay_seconds":10}`, me), 201)
	d.exec(t, `UPDATE delivery SET state = 'sending', attempt = 1 WHERE message_id = $1`, sent.ID)
	require.Equal(t, 409, d.ask("POST", "/api/v1/messages/"+sent.ID.String()+"/cancel", "", me).Code)

	others := decode[api.Message](t, d.reply(number, `{"text":"Del capo","delay_seconds":10}`, admin), 201)
	require.Equal(t, 403, d.ask("POST", "/api/v1/messages/"+others.ID.String()+"/cancel", "", me).Code, "not a colleague's")
}

func TestAReplyWaitsForItsWriterToRead(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	number := d.receive(t, d.letter("Buongiorno", nil))
	seen := d.messages(t, number, me)
	first := decode[api.Message](t, d.reply(number, `{"text":"Risposta"}`, me), 201)
	w := d.reply(number, fmt.Sprintf(`{"text":"Altra risposta","seen_message_id":%q}`, seen[len(seen)-1].ID), me)
	require.Equal(t, 409, w.Code)
	require.Equal(t, codeNewerMessage, problem(t, w).Code)
	require.Equal(t, 201, d.reply(number, fmt.Sprintf(`{"text":"Altra risposta","seen_message_id":%q}`, first.ID), me).Code)
}

func TestAReplyGoesWhereTheOperatorSays(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	number := d.receive(t, d.letter("Buongiorno", nil))
	body := fmt.Sprintf(`{"text":"Eccomi","subject":"Sopralluogo","to":[{"kind":"email","address":" Bruno@Posta.example ","name":"Bruno"}],
		"cc":[{"kind":"email","address":"ada@posta.example"}],"channel_id":%q,"status":"resolved"}`, d.channel)
	sent := decode[api.Message](t, d.reply(number, body, me), 201)
	require.Contains(t, strings.ToLower(sent.To[0].Address), "bruno@posta.example")
	require.Equal(t, "ada@posta.example", sent.Cc[0].Address)
	require.Len(t, sent.Deliveries, 2)
	require.Contains(t, sent.Subject, "Sopralluogo")
	require.Equal(t, api.TicketStatusResolved, d.ticket(t, number, me).Status)

	for _, wrong := range []string{
		`{"text":"x","to":[{"kind":"email","address":"no address"}]}`,
		`{"text":"x","to":[{"kind":"mobile","address":"+393331234567"}]}`,
		fmt.Sprintf(`{"text":"x","channel_id":%q}`, uuid.New()),
		fmt.Sprintf(`{"text":"x","attachments":[%q]}`, uuid.New()),
		`{"text":"   "}`,
	} {
		w := d.reply(number, wrong, me)
		require.Equal(t, 422, w.Code, "%s: %s", wrong, w.Body)
		require.NotEmpty(t, *problem(t, w).Fields, wrong)
	}
}

// sms adds a channel of text messages that takes 160 characters, and gives Ada a number that she prefers.
func (d *desk) sms(t *testing.T, ada uuid.UUID, verified bool) (channel uuid.UUID) {
	t.Helper()
	channel = uuid.New()
	d.exec(t, `INSERT INTO channel (id, adapter, slug, name, office_id, health, ability, address_kind, address_value)
		VALUES ($1, 'sms', 'sms', 'SMS', $2, 'healthy', $3, 'mobile', '+393399999999')`, channel, d.urp,
		`{"capabilities":["ingest","send"],"limits":{"text_characters":160},"own":{"kind":"mobile","value":"+393399999999"}}`)
	d.exec(t, `INSERT INTO contact_address (id, contact_id, kind, value, display, preferred, verified_at)
		VALUES ($1, $2, 'mobile', '+393401234567', '340 1234567', true, CASE WHEN $3 THEN now() END)`, uuid.New(), ada, verified)
	return channel
}

func TestTheChoiceSaysWhyNotThePreferredOne(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	number := d.receive(t, d.letter("Buongiorno", nil))
	channel := d.sms(t, d.ticket(t, number, me).Contact.ID, true)
	choice := func(query string) api.DeliveryChoice {
		return decode[api.DeliveryChoice](t, d.ask("GET", "/api/v1/tickets/"+number+"/delivery-choice"+query, "", me), 200)
	}
	require.Equal(t, "+393401234567", choice("").Choice.To.Address)
	long := choice("?characters=306")
	require.Equal(t, "ada@posta.example", long.Choice.To.Address)
	require.Equal(t, "too_long", long.Skipped[0].Reason.Code)
	require.Equal(t, api.DeliverySkippedRankPreferred, long.Skipped[0].Rank)
	require.True(t, long.Skipped[0].Before)

	d.exec(t, `UPDATE contact_address SET verified_at = NULL`)
	doubted := choice("").Doubted
	require.Len(t, doubted, 1)
	require.Equal(t, "not_verified", doubted[0].Reason.Code)

	// Where the operator says, or not at all.
	to := `"to":[{"kind":"mobile","address":"340 1234567"}]`
	w := d.reply(number, fmt.Sprintf(`{"text":%q,%s}`, strings.Repeat("a", 161), to), me)
	require.Equal(t, 422, w.Code)
	require.Equal(t, "delivery.too_long", (*problem(t, w).Fields)[0].Code)
	sent := decode[api.Message](t, d.reply(number, fmt.Sprintf(`{"text":"Breve",%s,"channel_id":%q}`, to, channel), me), 201)
	require.Equal(t, "+393401234567", sent.Deliveries[0].Address)
}

func TestTicketsChangeOnlyAsSeen(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	number := d.receive(t, d.letter("Buongiorno", nil))
	path := "/api/v1/tickets/" + number
	before := d.ticket(t, number, me)
	change := func(version int64, fields string) *httptest.ResponseRecorder {
		return d.ask("PATCH", path, fmt.Sprintf(`{"version":%d,%s}`, version, fields), me)
	}
	mine := decode[api.Ticket](t, change(before.Version, fmt.Sprintf(`"assignee_id":%q`, d.lucia.ID)), 200)
	require.Equal(t, "Lucia Ferri", mine.Assignee.Name)
	require.Equal(t, api.TicketStatusOpen, mine.Status)
	w := change(before.Version, `"status":"resolved"`)
	require.Equal(t, 409, w.Code)
	require.Equal(t, codeStale, problem(t, w).Code)

	handed := decode[api.Ticket](t, change(mine.Version, fmt.Sprintf(`"office_id":%q`, d.taxes)), 200)
	require.Equal(t, "Tributi", handed.Office.Name)
	require.Nil(t, handed.Assignee)
	again := decode[api.Ticket](t, change(handed.Version, fmt.Sprintf(`"assignee_id":%q,"subject":"Buca"`, d.lucia.ID)), 200)
	require.Equal(t, "Buca", again.Subject)
	require.Nil(t, decode[api.Ticket](t, change(again.Version, `"unassign":true`), 200).Assignee)

	now := d.ticket(t, number, me).Version
	require.Equal(t, 422, change(now, fmt.Sprintf(`"unassign":true,"assignee_id":%q`, d.lucia.ID)).Code)
	require.Equal(t, 422, change(now, fmt.Sprintf(`"assignee_id":%q`, uuid.New())).Code)
	require.Equal(t, 422, change(now, `"status":"new"`).Code)
	require.Equal(t, 422, d.ask("PATCH", path, fmt.Sprintf(`{"version":%d}`, now), me).Code)
	require.Equal(t, 404, d.ask("GET", "/api/v1/tickets/2026-999999-9", "", me).Code)
}

func TestQueuesAndCounts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	var numbers []string
	for range 5 {
		numbers = append(numbers, d.receive(t, d.letter("Buongiorno", nil)))
	}
	v := d.ticket(t, numbers[0], me).Version
	require.Equal(t, 200, d.ask("PATCH", "/api/v1/tickets/"+numbers[0], fmt.Sprintf(`{"version":%d,"assignee_id":%q}`, v, d.lucia.ID), me).Code)
	v = d.ticket(t, numbers[1], me).Version
	require.Equal(t, 200, d.ask("PATCH", "/api/v1/tickets/"+numbers[1], fmt.Sprintf(`{"version":%d,"status":"closed"}`, v), me).Code)

	listed := func(query string) (got []string) {
		for _, item := range decode[api.TicketList](t, d.ask("GET", "/api/v1/tickets?"+query, "", me), 200).Items {
			got = append(got, item.Number)
		}
		return got
	}
	require.Equal(t, numbers[:1], listed("queue=mine"))
	require.Equal(t, numbers[2:], listed("queue=unassigned"))
	require.Equal(t, []string{numbers[0], numbers[2], numbers[3], numbers[4]}, listed("queue=office"))
	require.Empty(t, listed("queue=office&office="+d.taxes.String()))
	require.Equal(t, numbers[1:2], listed("queue=closed"))
	require.Equal(t, numbers[1:2], listed("status=closed,resolved"))
	require.Len(t, listed("queue=all"), 5)
	require.Equal(t, numbers[4], listed("order=newest")[0])
	require.Equal(t, numbers[3:4], listed("q="+numbers[3][:11]))
	require.Empty(t, listed("queue=attention"))

	page := decode[api.TicketList](t, d.ask("GET", "/api/v1/tickets?limit=2", "", me), 200)
	require.Len(t, page.Items, 2)
	rest := decode[api.TicketList](t, d.ask("GET", "/api/v1/tickets?limit=50&cursor="+*page.Next, "", me), 200)
	require.Len(t, rest.Items, 3)
	require.Nil(t, rest.Next)
	w := d.ask("GET", "/api/v1/tickets?queue=mine&cursor="+*page.Next, "", me)
	require.Equal(t, 400, w.Code, "a cursor belongs to its list")
	require.Equal(t, "cursor", (*problem(t, w).Fields)[0].Field)

	counts := decode[api.Counts](t, d.ask("GET", "/api/v1/tickets/counts", "", me), 200)
	require.Equal(t, api.Counts{Mine: 1, Unassigned: 3, Office: 4, Waiting: 4, All: 4}, counts)
}

func TestNotesAndDraftsStayInside(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me, admin := d.signIn(t, "lucia"), d.signIn(t, "capo")
	number := d.receive(t, d.letter("Buongiorno", nil))
	drafts := "/api/v1/tickets/" + number + "/drafts/"
	require.Equal(t, 204, d.ask("GET", drafts+"note", "", me).Code)
	draft := decode[api.Draft](t, d.ask("PUT", drafts+"note", `{"text":"Da chiedere ai vigili"}`, me), 200)
	require.Equal(t, draft.Text, decode[api.Draft](t, d.ask("GET", drafts+"note", "", me), 200).Text)
	require.Equal(t, 204, d.ask("GET", drafts+"reply", "", me).Code, "one of each kind")
	require.Equal(t, 204, d.ask("GET", drafts+"note", "", admin).Code, "everybody has his own")

	note := decode[api.Message](t, d.ask("POST", "/api/v1/tickets/"+number+"/notes", `{"text":"Da chiedere ai vigili","html":"<p>Da <script>x</script><b>chiedere</b></p>"}`, me), 201)
	require.Equal(t, api.DirectionNote, note.Direction)
	require.Empty(t, note.Deliveries)
	require.Nil(t, note.Channel)
	require.Equal(t, 204, d.ask("GET", drafts+"note", "", me).Code, "the draft became the note")
	page := d.ask("GET", *note.HTMLURL, "", me)
	require.Equal(t, 200, page.Code)
	require.NotContains(t, page.Body.String(), "script>x")

	d.ask("PUT", drafts+"reply", `{"text":"bozza"}`, me)
	require.Equal(t, 204, d.ask("DELETE", drafts+"reply", "", me).Code)
	require.Equal(t, 204, d.ask("GET", drafts+"reply", "", me).Code)
}

func TestTicketsAreJoinedAndParted(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	first, second := d.receive(t, d.letter("Prima", nil)), d.receive(t, d.letter("Seconda", nil))
	joined := decode[api.Ticket](t, d.ask("POST", "/api/v1/tickets/"+first+"/joined", `{"ticket":"`+second+`"}`, me), 200)
	require.Equal(t, first, joined.Number)
	require.Equal(t, []string{second}, joined.Joined)
	require.Equal(t, first, d.ticket(t, second, me).Number, "its number leads here")
	require.GreaterOrEqual(t, len(d.messages(t, first, me)), 2)
	require.Equal(t, 409, d.ask("POST", "/api/v1/tickets/"+first+"/joined", `{"ticket":"`+second+`"}`, me).Code)
	require.Equal(t, 409, d.ask("POST", "/api/v1/tickets/"+first+"/joined", `{"ticket":"`+first+`"}`, me).Code, "with itself")
	require.Equal(t, 409, d.ask("POST", "/api/v1/tickets/"+second+"/joined", `{"ticket":"`+first+`"}`, me).Code, "in a ring")

	parted := decode[api.Ticket](t, d.ask("DELETE", "/api/v1/tickets/"+first+"/joined/"+second, "", me), 200)
	require.Equal(t, second, parted.Number)
	require.Empty(t, d.ticket(t, first, me).Joined)
	require.Equal(t, 404, d.ask("DELETE", "/api/v1/tickets/"+first+"/joined/"+second, "", me).Code)
	require.Equal(t, 422, d.ask("POST", "/api/v1/tickets/"+first+"/joined", `{"ticket":"2026-999999-9"}`, me).Code)
}

// Of two who take one request at the same moment one has it, and the other is told that it has changed.
func TestTwoTakeOneTicket(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	signedIn := map[string]string{"lucia": d.signIn(t, "lucia"), "capo": d.signIn(t, "capo")}
	number := d.receive(t, d.letter("Buongiorno", nil))
	version := d.ticket(t, number, signedIn["lucia"]).Version
	type answer struct {
		code int
		body string
	}
	answers := make(chan answer, len(signedIn))
	for _, who := range signedIn {
		me := decode[api.Me](t, d.ask("GET", "/api/v1/me", "", who), 200).ID
		go func() {
			a := d.ask("PATCH", "/api/v1/tickets/"+number, fmt.Sprintf(`{"version":%d,"assignee_id":%q}`, version, me), who)
			answers <- answer{a.Code, a.Body.String()}
		}()
	}
	one, other := <-answers, <-answers
	if one.code != 200 {
		one, other = other, one
	}
	require.Equal(t, []int{200, 409}, []int{one.code, other.code}, "%s %s", one.body, other.body)
	require.Contains(t, other.body, codeStale)
	var won api.Ticket
	require.NoError(t, json.Unmarshal([]byte(one.body), &won))
	require.Equal(t, won.Assignee, d.ticket(t, number, signedIn["lucia"]).Assignee)
}

func TestSuggestionsAreDecided(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	first := d.receive(t, d.letter("Prima", nil))
	stranger := func(e *intake.Event) {
		e.Message.From = intake.Address{Kind: "email", Value: "eva@altrove.example"}
		e.Message.Numbers = []string{first}
		e.Message.Authentication = intake.Authentication{}
	}
	second, third := d.receive(t, d.letter("So il numero", stranger)), d.receive(t, d.letter("Anch'io", stranger))
	require.NotEqual(t, first, second, "a number alone never joins")
	open := d.ticket(t, second, me)
	require.Equal(t, []api.Attention{api.AttentionSuggestion}, open.Attention)
	require.Equal(t, first, open.Suggestions[0].Ticket)
	decision := func(number string, s uuid.UUID) string {
		return "/api/v1/tickets/" + number + "/suggestions/" + s.String() + "/decision"
	}
	require.Equal(t, 409, d.ask("POST", decision(first, open.Suggestions[0].ID), `{"outcome":"accept"}`, me).Code, "not through another ticket")
	after := decode[api.Ticket](t, d.ask("POST", decision(second, open.Suggestions[0].ID), `{"outcome":"accept"}`, me), 200)
	require.Equal(t, first, after.Number)
	other := d.ticket(t, third, me).Suggestions[0]
	left := decode[api.Ticket](t, d.ask("POST", decision(third, other.ID), `{"outcome":"dismiss"}`, me), 200)
	require.Equal(t, third, left.Number)
	require.Empty(t, left.Suggestions)
	w := d.ask("POST", decision(third, other.ID), `{"outcome":"dismiss"}`, me)
	require.Equal(t, 409, w.Code)
	require.Equal(t, codeTooLate, problem(t, w).Code)
}

func TestContactsShowTheirTickets(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	first, second := d.receive(t, d.letter("Prima", nil)), d.receive(t, d.letter("Seconda", nil))
	ada := d.ticket(t, first, me).Contact
	c := decode[api.Contact](t, d.ask("GET", "/api/v1/contacts/"+ada.ID.String(), "", me), 200)
	require.Equal(t, "Ada Rossi", c.Name)
	require.Equal(t, "ada@posta.example", c.Addresses[0].Value)
	list := decode[api.TicketList](t, d.ask("GET", "/api/v1/contacts/"+ada.ID.String()+"/tickets", "", me), 200).Items
	require.Equal(t, []string{second, first}, []string{list[0].Number, list[1].Number})
	require.Equal(t, 404, d.ask("GET", "/api/v1/contacts/"+uuid.NewString(), "", me).Code)
}

func TestFilesComeAndGo(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me, admin := d.signIn(t, "lucia"), d.signIn(t, "capo")
	number := d.receive(t, d.letter("Buongiorno", nil))
	upload := func(name, content string) api.Upload {
		w := d.ask("POST", "/api/v1/uploads?name="+url.QueryEscape(name), content, me, "Content-Type: application/octet-stream")
		return decode[api.Upload](t, w, 201)
	}
	pdf := upload("C:\\temp\\..\\ricevuta\u202efdp.exe", "%PDF-1.7\n%âãÏÓ\n")
	require.Equal(t, "ricevutafdp.exe", pdf.Name, "no folders and no reversed writing")
	require.Equal(t, "application/pdf", pdf.Type, "found from the content")
	empty := upload(" ", "x")
	require.Equal(t, "file", empty.Name)

	body := fmt.Sprintf(`{"text":"In allegato","attachments":[%q]}`, pdf.ID)
	require.Equal(t, 422, d.reply(number, body, admin).Code, "an upload belongs to who made it")
	sent := decode[api.Message](t, d.reply(number, body, me), 201)
	require.Len(t, sent.Attachments, 1)
	require.Equal(t, 422, d.reply(number, body, me).Code, "and is used once")

	w := d.ask("GET", sent.Attachments[0].URL, "", me)
	require.Equal(t, 200, w.Code)
	require.True(t, strings.HasPrefix(w.Body.String(), "%PDF"))
	require.Equal(t, "application/octet-stream", w.Header().Get("Content-Type"))
	require.Equal(t, `attachment; filename=ricevutafdp.exe`, w.Header().Get("Content-Disposition"))
	require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	require.Equal(t, 401, d.ask("GET", sent.Attachments[0].URL, "").Code)

	late := upload("modulo.pdf", "%PDF-1.7\n%âãÏÓ\nmodulo")
	d.exec(t, `UPDATE blob SET scan_state = 'infected'`)
	refused := d.reply(number, fmt.Sprintf(`{"text":"In allegato","attachments":[%q]}`, late.ID), me)
	require.Equal(t, "infected", (*decode[api.Problem](t, refused, 422).Fields)[0].Code, "found after it was uploaded")
	require.Equal(t, 403, d.ask("GET", sent.Attachments[0].URL, "", me).Code)

	large := d.ask("POST", "/api/v1/uploads?name=a", strings.Repeat("x", 1<<20+1), me, "Content-Type: application/octet-stream")
	require.Equal(t, 413, large.Code)
}

func TestOriginalsAreHandedOut(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	e := d.letter("Buongiorno", nil)
	number := d.receive(t, e)
	w := d.ask("GET", *d.messages(t, number, me)[0].RawURL, "", me)
	require.Equal(t, 200, w.Code)
	require.Equal(t, e.Raw.Inline, w.Body.Bytes())
	require.Contains(t, w.Header().Get("Content-Disposition"), number+".eml")
	sent := decode[api.Message](t, d.reply(number, `{"text":"x"}`, me), 201)
	require.Equal(t, 404, d.ask("GET", "/api/v1/messages/"+sent.ID.String()+"/raw", "", me).Code)
	require.Equal(t, sent.ID, decode[api.Message](t, d.ask("GET", "/api/v1/messages/"+sent.ID.String(), "", me), 200).ID)
}

func TestLongTextsAreCut(t *testing.T) {
	t.Parallel()
	short, cut := firstRunes("perché", 6)
	require.Equal(t, "perché", short)
	require.False(t, cut)
	short, cut = firstRunes("perché no", 6)
	require.Equal(t, "perché", short)
	require.True(t, cut)
}
