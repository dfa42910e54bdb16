package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/intake"
)

// stuck sends a reply and puts its delivery into a state.
func (d *desk) stuck(t *testing.T, state, who string) (number string, which uuid.UUID) {
	t.Helper()
	number = d.receive(t, d.letter("Buongiorno", nil))
	sent := decode[api.Message](t, d.reply(number, `{"text":"Risposta"}`, who), 201)
	d.exec(t, `UPDATE delivery SET state = $2, attempt = 1, failure_class = 'recipient', failure_code = 'mailbox_full',
		failure_detail = '552 mailbox full' WHERE message_id = $1`, sent.ID, state)
	return number, sent.Deliveries[0].ID
}

func (d *desk) tasks(t *testing.T, state, who string) []api.DeliveryTask {
	t.Helper()
	return decode[api.DeliveryTaskList](t, d.ask("GET", "/api/v1/deliveries?state="+state, "", who), 200).Items
}

func (d *desk) decide(which uuid.UUID, outcome, who string) *httptest.ResponseRecorder {
	return d.ask("POST", "/api/v1/deliveries/"+which.String()+"/decision", `{"outcome":"`+outcome+`","reason":"Ha telefonato"}`, who)
}

func TestUncertainDeliveriesAreDecided(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	number, which := d.stuck(t, "uncertain", me)
	tasks := d.tasks(t, "uncertain", me)
	require.Len(t, tasks, 1)
	require.Equal(t, number, tasks[0].Ticket)
	require.Equal(t, "Risposta", *tasks[0].Preview)
	require.Equal(t, "mailbox_full", tasks[0].Error.Code)
	require.Empty(t, d.tasks(t, "failed", me))
	require.Equal(t, []api.Attention{api.AttentionDeliveryUncertain}, d.ticket(t, number, me).Attention)
	counts := decode[api.Counts](t, d.ask("GET", "/api/v1/tickets/counts", "", me), 200)
	require.Equal(t, 1, counts.Uncertain)
	require.Equal(t, 1, counts.Attention)

	require.Equal(t, 409, d.ask("POST", "/api/v1/deliveries/"+which.String()+"/retry", `{}`, me).Code, "not without a decision")
	detail := decode[api.DeliveryDetail](t, d.decide(which, "sent", me), 200)
	require.Equal(t, api.DeliveryStateSent, detail.State)
	require.Equal(t, "Lucia Ferri", detail.Decision.Actor.Name)
	require.Equal(t, "Ha telefonato", *detail.Decision.Reason)
	require.Equal(t, "Lucia Ferri", detail.Author.Name)
	require.Equal(t, api.DeliveryStateUncertain, detail.History[len(detail.History)-1].From)
	require.Empty(t, d.tasks(t, "uncertain", me))
	require.Equal(t, 409, d.decide(which, "sent", me).Code, "decided once")
	require.Equal(t, 404, d.decide(uuid.New(), "sent", me).Code)
	require.Equal(t, 422, d.decide(which, "maybe", me).Code)
}

func TestUncertainDeliveriesAreSentAgainKnowingly(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	_, which := d.stuck(t, "uncertain", me)
	detail := decode[api.DeliveryDetail](t, d.decide(which, "resend", me), 200)
	require.NotNil(t, detail.ReplacedBy)
	fresh := decode[api.DeliveryDetail](t, d.ask("GET", "/api/v1/deliveries/"+detail.ReplacedBy.String(), "", me), 200)
	require.Equal(t, api.DeliveryStateQueued, fresh.State)
	require.Zero(t, fresh.Attempts)
}

func TestFailedDeliveriesGoElsewhere(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	number, which := d.stuck(t, "failed", me)
	ada := d.ticket(t, number, me).Contact.ID
	path := "/api/v1/deliveries/" + which.String()
	require.Nil(t, decode[api.DeliveryDetail](t, d.ask("GET", path, "", me), 200).Proposed, "there is no other address")
	d.exec(t, `INSERT INTO contact_address (id, contact_id, kind, value, display) VALUES ($1, $2, 'email', 'ada@lavoro.example', 'ada@lavoro.example')`, uuid.New(), ada)
	origin := func(word string) {
		d.exec(t, `UPDATE message m SET origin = $2 FROM delivery d WHERE d.id = $1 AND m.id = d.message_id`, which, word)
	}
	origin("automatic")
	require.Nil(t, decode[api.DeliveryDetail](t, d.ask("GET", path, "", me), 200).Proposed, "a confirmation carries the ticket's secret")
	origin("operator")
	proposed := decode[api.DeliveryDetail](t, d.ask("GET", path, "", me), 200).Proposed
	require.Equal(t, "ada@lavoro.example", proposed.To.Address)
	require.Equal(t, "next_usable", proposed.Reason.Code)
	unknown := `{"to":{"kind":"email","address":"ada@lavoro.example"},"channel_id":"` + uuid.NewString() + `"}`
	require.Equal(t, 422, d.ask("POST", path+"/retry", unknown, me).Code, "there is no such channel")
	unfit := `{"to":{"kind":"mobile","address":"+393401234567"}}`
	require.Equal(t, 422, d.ask("POST", path+"/retry", unfit, me).Code, "a mailbox writes to no telephone")

	body := `{"to":{"kind":"email","address":"ada@lavoro.example"},"channel_id":"` + proposed.Channel.ID.String() + `"}`
	fresh := decode[api.DeliveryDetail](t, d.ask("POST", path+"/retry", body, me, someKey), 201)
	require.Equal(t, "ada@lavoro.example", fresh.Address)
	require.Equal(t, api.DeliveryStateQueued, fresh.State)
	require.Equal(t, fresh.ID, decode[api.DeliveryDetail](t, d.ask("POST", path+"/retry", body, me, someKey), 201).ID)
	require.Equal(t, 409, d.ask("POST", path+"/retry", body, me).Code, "once only")
	require.Empty(t, d.tasks(t, "failed", me))
	require.Equal(t, 422, d.ask("POST", path+"/retry", `{"to":{"kind":"email","address":"?"}}`, me).Code)
	first := decode[api.DeliveryDetail](t, d.ask("GET", path, "", me), 200)
	require.Equal(t, api.DeliveryStateFailed, first.State, "it stays as it ended")
	require.True(t, first.Decided)
	d.exec(t, `UPDATE delivery SET state = 'failed', attempt = 1, failure_class = 'recipient' WHERE id = $1`, fresh.ID)
	second := decode[api.DeliveryDetail](t, d.ask("GET", "/api/v1/deliveries/"+fresh.ID.String(), "", me), 200)
	require.Nil(t, second.Proposed, "the message went to both of them")
	d.exec(t, `UPDATE delivery SET state = 'accepted' WHERE id = $1`, fresh.ID)

	_, other := d.stuck(t, "expired", me)
	require.Len(t, d.tasks(t, "failed", me), 1, "what expired has failed too")
	require.Equal(t, 409, d.decide(other, "sent", me).Code)
	require.Equal(t, 200, d.decide(other, "give_up", me).Code)
	require.Empty(t, d.tasks(t, "failed", me))
}

func TestTroublePages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	for range 3 {
		d.stuck(t, "failed", me)
	}
	first := decode[api.DeliveryTaskList](t, d.ask("GET", "/api/v1/deliveries?state=failed&limit=2", "", me), 200)
	require.Len(t, first.Items, 2)
	second := decode[api.DeliveryTaskList](t, d.ask("GET", "/api/v1/deliveries?state=failed&limit=2&cursor="+*first.Next, "", me), 200)
	require.Len(t, second.Items, 1)
	require.Nil(t, second.Next)
	require.Equal(t, 400, d.ask("GET", "/api/v1/deliveries?state=failed&cursor=%21", "", me).Code)
	require.Equal(t, 400, d.ask("GET", "/api/v1/deliveries?state=failed&cursor=e30x", "", me).Code)
}

// unreadable brings in an item that the adapter could not read, and returns its id.
func (d *desk) unreadable(t *testing.T) string {
	t.Helper()
	e := d.letter("???", nil)
	e.Message, e.Unparsed = nil, &intake.Unparsed{Code: "mime.broken", Detail: "boundary missing"}
	_, err := d.stores.Journal.AppendUnleased(t.Context(), d.channel, []intake.Event{e})
	require.NoError(t, err)
	var entry string
	require.Eventually(t, func() bool {
		err := d.pool.QueryRow(t.Context(), `SELECT id::text FROM journal WHERE event_id = $1 AND state = 'quarantined'`, e.ID).Scan(&entry)
		return err == nil
	}, waitFor, tick)
	return entry
}

func (d *desk) quarantine(t *testing.T, who string) []api.QuarantineItem {
	t.Helper()
	return decode[api.QuarantineList](t, d.ask("GET", "/api/v1/quarantine", "", who), 200).Items
}

func TestQuarantineIsLookedAt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	entry := d.unreadable(t)
	path := "/api/v1/quarantine/" + entry
	list := d.quarantine(t, me)
	require.Len(t, list, 1)
	require.Equal(t, api.QuarantineItemStateOpen, list[0].State)
	require.Equal(t, "mime.broken", list[0].Reason.Code)
	require.Equal(t, "Posta URP", list[0].Channel.Name)
	raw := d.ask("GET", list[0].RawURL, "", me)
	require.Equal(t, 200, raw.Code)
	require.Contains(t, raw.Body.String(), "???")
	require.Equal(t, 1, decode[api.Counts](t, d.ask("GET", "/api/v1/tickets/counts", "", me), 200).Quarantine)

	w := d.ask("POST", path+"/retry", "", me)
	require.Equal(t, 409, w.Code, "the adapter still cannot read it: %s", w.Body)
	require.Equal(t, 422, d.ask("POST", path+"/discard", `{"reason":""}`, me).Code)
	gone := decode[api.QuarantineItem](t, d.ask("POST", path+"/discard", `{"reason":"Spam"}`, me), 200)
	require.Equal(t, api.QuarantineItemStateDiscarded, gone.State)
	require.Equal(t, "Spam", *gone.DecisionReason)
	require.Equal(t, "Lucia Ferri", gone.DecidedBy.Name)
	require.Empty(t, d.quarantine(t, me))
	require.Equal(t, 409, d.ask("POST", path+"/discard", `{"reason":"Spam"}`, me).Code)

	// It is kept, with who and why, and there is a way back.
	discarded := decode[api.QuarantineList](t, d.ask("GET", "/api/v1/quarantine?state=discarded", "", me), 200).Items
	require.Len(t, discarded, 1)
	require.NotNil(t, discarded[0].DecidedAt)
	back := decode[api.QuarantineItem](t, d.ask("POST", path+"/restore", "", me), 200)
	require.Equal(t, api.QuarantineItemStateOpen, back.State)
	require.Equal(t, 409, d.ask("POST", path+"/restore", "", me).Code)
	require.Len(t, d.quarantine(t, me), 1)
	acts := *decode[api.QuarantineItem](t, d.ask("GET", path, "", me), 200).Acts
	require.Len(t, acts, 2)
	require.Equal(t, api.QuarantineActActDiscarded, acts[0].Act)
	require.Equal(t, "Spam", *acts[0].Reason)
	require.Equal(t, "Lucia Ferri", acts[1].By.Name)
	require.Equal(t, 404, d.ask("GET", "/api/v1/quarantine/"+uuid.NewString(), "", me).Code)
}

func TestQuarantineIsReadAgainAndFiledByHand(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	entry := d.unreadable(t)
	readable := d.letter("Adesso si legge", nil)
	d.again.event = &readable
	item := decode[api.QuarantineItem](t, d.ask("POST", "/api/v1/quarantine/"+entry+"/retry", "", me), 200)
	require.Equal(t, api.QuarantineItemStateRetrying, item.State)
	require.Eventually(t, func() bool {
		var list api.TicketList
		return json.Unmarshal(d.ask("GET", "/api/v1/tickets", "", me).Body.Bytes(), &list) == nil && len(list.Items) == 1
	}, waitFor, tick)

	number := d.receive(t, d.letter("Un'altra", nil))
	entry = d.unreadable(t)
	path := "/api/v1/quarantine/" + entry + "/assign"
	require.Equal(t, 422, d.ask("POST", path, `{"ticket":"2026-999999-9"}`, me).Code)
	filed := decode[api.QuarantineItem](t, d.ask("POST", path, fmt.Sprintf(`{"ticket":%q}`, number), me), 200)
	require.Equal(t, api.QuarantineItemStateFiled, filed.State)
	require.Equal(t, number, *filed.Ticket)
	messages := d.messages(t, number, me)
	last := messages[len(messages)-1]
	require.Equal(t, "manual", *last.ThreadingReason)
	require.NotNil(t, last.RawURL)
	require.Empty(t, d.quarantine(t, me))
}

func TestAnItemBecomesANewTicket(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	list := d.letter("Novità dal quartiere", nil)
	list.Message.Class = "list"
	_, err := d.stores.Journal.AppendUnleased(t.Context(), d.channel, []intake.Event{list})
	require.NoError(t, err)
	var items []api.QuarantineItem
	require.Eventually(t, func() bool {
		items = d.quarantine(t, me)
		return len(items) == 1
	}, waitFor, tick)
	path := "/api/v1/quarantine/" + items[0].ID.String() + "/open"
	require.Equal(t, 422, d.ask("POST", path, `{"office_id":"`+uuid.NewString()+`"}`, me).Code)
	made := decode[api.QuarantineItem](t, d.ask("POST", path, `{}`, me), 200)
	require.Equal(t, api.QuarantineItemStateFiled, made.State)
	ticket := decode[api.Ticket](t, d.ask("GET", "/api/v1/tickets/"+*made.Ticket, "", me), 200)
	require.Equal(t, list.Message.Subject, ticket.Subject)
	require.NotNil(t, ticket.Contact, "whoever wrote it can be answered")
	require.NotNil(t, ticket.WaitingSince)
	require.Equal(t, 404, d.ask("POST", path, `{}`, me).Code, "it is a ticket now")
	after := decode[api.QuarantineItem](t, d.ask("GET", "/api/v1/quarantine/"+items[0].ID.String(), "", me), 200)
	require.Equal(t, api.QuarantineItemStateFiled, after.State)
	require.Equal(t, *made.Ticket, *after.Ticket)
}

func TestManyItemsAreDecidedAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	one, two, three := d.unreadable(t), d.unreadable(t), d.unreadable(t)
	piles := decode[api.QuarantinePiles](t, d.ask("GET", "/api/v1/quarantine/piles", "", me), 200).Items
	require.Len(t, piles, 1)
	require.Equal(t, 3, piles[0].Count)
	require.Equal(t, "mime.broken", piles[0].Reason)
	for query, n := range map[string]int{
		"reason=mime.broken": 3, "reason=crash": 0, "channel=" + piles[0].Channel.ID.String(): 3, "channel=" + uuid.NewString(): 0, "limit=2": 2,
	} {
		require.Len(t, decode[api.QuarantineList](t, d.ask("GET", "/api/v1/quarantine?"+query, "", me), 200).Items, n, query)
	}

	decide := func(body string) []api.QuarantineResult {
		return decode[api.QuarantineResults](t, d.ask("POST", "/api/v1/quarantine/decisions", body, me), 200).Items
	}
	require.Equal(t, 422, d.ask("POST", "/api/v1/quarantine/decisions", `{"act":"discard","ids":["`+one+`"]}`, me).Code, "no reason")
	require.Equal(t, 422, d.ask("POST", "/api/v1/quarantine/decisions", `{"act":"assign","ticket":"2026-999999-9","ids":["`+one+`"]}`, me).Code)
	results := decide(`{"act":"discard","reason":"Spam","ids":["` + one + `","` + uuid.NewString() + `"]}`)
	require.Equal(t, api.QuarantineResultStateDiscarded, *results[0].State)
	require.Equal(t, "not_found", *results[1].Problem, "what fails for one stops no other")
	results = decide(`{"act":"retry","ids":["` + one + `","` + two + `"]}`)
	require.Equal(t, "unreadable", *results[1].Problem)
	results = decide(`{"act":"discard","reason":"Spam","ids":["` + one + `"]}`)
	require.Equal(t, "decided", *results[0].Problem)
	results = decide(`{"act":"restore","ids":["` + one + `"]}`)
	require.Equal(t, api.QuarantineResultStateOpen, *results[0].State)

	number := d.receive(t, d.letter("Buche", nil))
	results = decide(fmt.Sprintf(`{"act":"assign","ticket":%q,"ids":[%q,%q]}`, number, one, two))
	require.Equal(t, number, *results[1].Ticket)
	results = decide(fmt.Sprintf(`{"act":"open","ids":[%q]}`, three))
	require.NotEmpty(t, *results[0].Ticket)
	require.Empty(t, d.quarantine(t, me))
	var recorded []string
	for _, row := range d.audited(t) {
		if row.Act == "quarantine.decide" {
			recorded = append(recorded, strings.TrimPrefix(row.Object, "quarantine/"))
		}
	}
	require.Equal(t, []string{one, one, one, two, three}, recorded, "a row for each that was decided on, none for what was refused")
}

func TestAllThatMatchIsDecidedInBatches(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	const many = 53
	var events []intake.Event
	for range many {
		e := d.letter("Novità dal quartiere", nil)
		e.Message.Class = "list"
		events = append(events, e)
	}
	_, err := d.stores.Journal.AppendUnleased(t.Context(), d.channel, events)
	require.NoError(t, err)
	other := d.unreadable(t)
	waiting := func() (n int) {
		require.NoError(t, d.pool.QueryRow(t.Context(), `SELECT count(*) FROM journal WHERE state = 'quarantined'`).Scan(&n))
		return n
	}
	require.Eventually(t, func() bool { return waiting() == many+1 }, waitFor, tick)
	// The newest arrived after the operator looked.
	var until time.Time
	require.NoError(t, d.pool.QueryRow(t.Context(), `
		UPDATE journal SET received_at = received_at + interval '1 hour'
		WHERE id = (SELECT id FROM journal WHERE reason = 'machine_unmatched' ORDER BY id LIMIT 1)
		RETURNING received_at - interval '30 minutes'`).Scan(&until))
	decision := map[string]any{
		"act": "discard", "reason": "Lista", "matching": map[string]any{"reason": "machine_unmatched", "until": until.Format(time.RFC3339Nano)},
	}
	decide := func() api.QuarantineResults {
		body, err := json.Marshal(decision)
		require.NoError(t, err)
		return decode[api.QuarantineResults](t, d.ask("POST", "/api/v1/quarantine/decisions", string(body), me), 200)
	}
	first := decide()
	require.Len(t, first.Items, 50)
	require.NotEmpty(t, *first.Items[0].Subject, "items that nobody has seen are named")
	require.Equal(t, api.QuarantineResultStateDiscarded, *first.Items[0].State)
	decision["cursor"] = *first.Next
	second := decide()
	require.Len(t, second.Items, many-1-50)
	require.Nil(t, second.Next)
	require.Equal(t, 2, waiting(), "neither another reason nor what came later")
	require.Equal(t, api.QuarantineItemStateOpen, decode[api.QuarantineItem](t, d.ask("GET", "/api/v1/quarantine/"+other, "", me), 200).State)
	require.Equal(t, 422, d.ask("POST", "/api/v1/quarantine/decisions", `{"act":"retry"}`, me).Code, "about nothing")
	require.Equal(t, 422, d.ask("POST", "/api/v1/quarantine/decisions", `{"act":"retry","ids":["`+other+`"],"matching":{}}`, me).Code)
	require.Equal(t, 422, d.ask("POST", "/api/v1/quarantine/decisions", `{"act":"discard","matching":{}}`, me).Code, "no reason")
}
