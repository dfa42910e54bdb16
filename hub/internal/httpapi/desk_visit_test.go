package httpapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
)

const ticketsPath = basePath + "/tickets"

// record is a visit as the form sends it; more is what else it says.
func (d *desk) record(t *testing.T, who, then, more string, headers ...string) api.RecordedTicket {
	t.Helper()
	body := fmt.Sprintf(`{"way":"counter","text":"Orari dell'anagrafe\nAnche di sabato?","then":%q%s}`, then, more)
	return decode[api.RecordedTicket](t, d.ask("POST", ticketsPath, body, append([]string{who}, headers...)...), 201)
}

func TestAVisitIsRecorded(t *testing.T) {
	t.Parallel()
	w := newDesk(t)
	lucia, marta := w.signIn(t, "lucia"), w.enter(t, "marta", account.BackOffice)
	ada := w.ticket(t, w.receive(t, w.letter("Buca", nil)), lucia).Contact.ID

	// Answered at once: resolved by the first level, with the answer given.
	known := fmt.Sprintf(`,"contact_id":%q,"type":"information","answer":"Dalle 9 alle 12."`, ada)
	got := w.record(t, lucia, "answered", known, "Idempotency-Key: una")
	require.Equal(t, got, w.record(t, lucia, "answered", known, "Idempotency-Key: una"), "sent twice, recorded once")
	require.Equal(t, "Orari dell'anagrafe", got.Subject)
	var logged int
	require.NoError(t, w.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit_entry WHERE act = 'ticket.record' AND object = 'tickets/' || $1`, got.Number).Scan(&logged))
	require.Equal(t, 1, logged)
	require.Equal(t, []api.Tellable{{Kind: "email", Address: "ada@posta.example", May: true, Why: "practice"}}, got.Tell)
	answered := w.ticket(t, got.Number, lucia)
	require.Equal(t, api.TicketStatusResolved, answered.Status)
	require.Equal(t, "answered_first_level", string(*answered.Standing.Outcome))
	require.Equal(t, "information", *answered.Type)
	require.Equal(t, "counter", *answered.ChannelKind)
	require.Equal(t, ada, answered.Contact.ID)
	said := w.messages(t, got.Number, lucia)
	require.Len(t, said, 2)
	require.Equal(t, api.DirectionInbound, said[0].Direction)
	require.Equal(t, api.WayCounter, *said[0].Way)
	require.Equal(t, "recorded", *said[0].ThreadingReason)
	require.Equal(t, "Lucia Ferri", said[0].Author.Name)
	require.Equal(t, "Ada Rossi", *said[0].From.Name)
	require.Equal(t, "Orari dell'anagrafe\nAnche di sabato?", said[0].Text)
	require.Equal(t, "Dalle 9 alle 12.", said[1].Text)
	require.Empty(t, said[1].Deliveries)
	require.Equal(t, 409, w.ask("POST", basePath+"/messages/"+said[1].ID.String()+"/cancel", "", lucia).Code, "what was said is said")

	// The citizen is answered by mail all the same, and is sent the number.
	choice := decode[api.DeliveryChoice](t, w.ask("GET", ticketsPath+"/"+got.Number+"/delivery-choice", "", lucia), 200)
	require.Equal(t, "ada@posta.example", choice.Choice.To.Address)
	tell := ticketsPath + "/" + got.Number + "/number-message"
	for range 2 {
		sent := decode[api.Message](t, w.ask("POST", tell, `{"kind":"email","address":"ada@posta.example"}`, lucia, "Idempotency-Key: numero"), 201)
		require.Contains(t, sent.Text, got.Number)
		require.Len(t, sent.Deliveries, 1)
	}
	require.Equal(t, 422, w.ask("POST", tell, `{"kind":"email","address":"altri@posta.example"}`, lucia).Code)
	w.exec(t, `INSERT INTO consent (id, contact_id, category, given, source, wording, said_on, recorded_at) VALUES ($1, $2, 'any', false, 'counter', '', now(), now())`, uuid.New(), ada)
	refused := decode[api.Problem](t, w.ask("POST", tell, `{"kind":"email","address":"ada@posta.example"}`, lucia), 422)
	require.Equal(t, "tell.do_not_contact", (*refused.Fields)[0].Code)

	// Left open, in each way.
	require.Equal(t, w.lucia.ID.UUID, w.ticket(t, w.record(t, lucia, "mine", "").Number, lucia).Assignee.ID)
	left := w.ticket(t, w.record(t, lucia, "queue", fmt.Sprintf(`,"office_id":%q`, w.taxes)).Number, marta)
	require.Equal(t, api.TicketStatusNew, left.Status)
	require.Nil(t, left.Contact, "anonymous")
	asked := w.ticket(t, w.record(t, lucia, "ask", fmt.Sprintf(`,"to_office_id":%q`, w.taxes)).Number, marta)
	require.True(t, asked.SharedOnly)
	require.Contains(t, asked.Asks[0].Text, "Anche di sabato?")
	given := w.record(t, marta, "transfer", fmt.Sprintf(`,"to_office_id":%q,"note":"È vostra"`, w.urp), "Idempotency-Key: passa")
	require.False(t, given.InSight)
	require.Empty(t, given.Tell)
	require.Equal(t, 404, w.ask("GET", ticketsPath+"/"+given.Number, "", marta).Code)
	require.Equal(t, "URP", w.ticket(t, given.Number, lucia).Office.Name)
}

func TestAVisitorIsMet(t *testing.T) {
	t.Parallel()
	w := newDesk(t)
	lucia, marta := w.signIn(t, "lucia"), w.enter(t, "marta", account.BackOffice)
	person := func(fields string) string { return fmt.Sprintf(`,"person":{%s}`, fields) }
	contactOf := func(got api.RecordedTicket) *api.ContactRef { return w.ticket(t, got.Number, lucia).Contact }

	gino := contactOf(w.record(t, lucia, "mine", person(`"name":" Gino  Verdi ","phone":"333 1234567","fiscal_code":"rssmra85t10a562s"`)))
	require.Equal(t, "Gino Verdi", gino.Name)
	same := contactOf(w.record(t, lucia, "mine", person(`"name":"gino verdi","phone":"+39 333 1234567","email":"gino@posta.example"`)))
	require.Equal(t, gino.ID, same.ID, "the same name and telephone")
	card := decode[api.Contact](t, w.ask("GET", basePath+"/contacts/"+gino.ID.String(), "", lucia), 200)
	require.Len(t, card.Addresses, 2, "the mail address was new")
	require.Equal(t, "RSSMRA85T10A562S", *card.FiscalCode)

	called := `{"way":"telephony","text":"Rifiuti","then":"mine","person":{"name":"Anna Verdi","phone":"333 1234567"%s}}`
	p := decode[api.Problem](t, w.ask("POST", ticketsPath, fmt.Sprintf(called, ""), lucia), 422)
	require.Equal(t, []string{"person.phone", "known"}, []string{(*p.Fields)[0].Field, (*p.Fields)[0].Code})
	for _, known := range []string{"", `,"known":"same"`, `,"known":"other"`} {
		got := decode[api.RecordedTicket](t, w.ask("POST", ticketsPath, strings.Replace(fmt.Sprintf(called, known), "Anna", "Bice", 1), marta), 201)
		require.Equal(t, []any{"Bice Verdi", "no_channel"}, []any{w.ticket(t, got.Number, marta).Contact.Name, got.Tell[0].Why}, "who does not see Gino is told nothing of him")
	}
	call := func(known string) api.RecordedTicket {
		return decode[api.RecordedTicket](t, w.ask("POST", ticketsPath, fmt.Sprintf(called, `,"known":"`+known+`"`), lucia), 201)
	}
	require.Equal(t, gino.ID, contactOf(call("same")).ID)
	other := call("other")
	require.NotEqual(t, gino.ID, contactOf(other).ID)
	require.Equal(t, "shared", other.Tell[0].Why, "what two share is sent no code")
	first := w.messages(t, other.Number, lucia)[0]
	require.Equal(t, "+393331234567", first.From.Address, "it called")
	require.Equal(t, api.WayTelephony, *first.Way)
}

func TestAVisitIsRefused(t *testing.T) {
	t.Parallel()
	w := newDesk(t)
	lucia, marta := w.signIn(t, "lucia"), w.enter(t, "marta", account.BackOffice)
	confidential := uuid.New()
	w.exec(t, `INSERT INTO office (id, slug, name, confidential) VALUES ($1, 'sociale', 'Servizi sociali', true)`, confidential)
	hidden := w.record(t, lucia, "mine", `,"person":{"name":"Rina Neri","email":"rina@posta.example"}`)
	rina := w.ticket(t, hidden.Number, lucia).Contact.ID
	for _, c := range []struct{ who, more, field string }{
		{lucia, `"text":" "`, "text"},
		{lucia, `"text":"x","office_id":"` + confidential.String() + `"`, "office_id"},
		{marta, `"text":"x","office_id":"` + w.urp.String() + `"`, "office_id"},
		{marta, `"text":"x","contact_id":"` + rina.String() + `"`, "contact_id"},
		{lucia, `"text":"x","type":"boh"`, "type"},
		{lucia, `"text":"x","answer":"y"`, "answer"},
		{lucia, `"text":"x","person":{"phone":"12","email":"no","fiscal_code":"RSSMRA85T10A562X"}`, "person.fiscal_code person.phone person.email"},
		{lucia, `"text":"x","person":{}`, "person.name"},
	} {
		p := decode[api.Problem](t, w.ask("POST", ticketsPath, `{"way":"counter","then":"queue",`+c.more+`}`, c.who), 422)
		var fields []string
		for _, f := range *p.Fields {
			fields = append(fields, f.Field)
		}
		require.Equal(t, c.field, strings.Join(fields, " "), c.more)
	}
	for _, then := range []string{"ask", "transfer"} {
		require.Equal(t, 422, w.ask("POST", ticketsPath, `{"way":"counter","text":"x","then":"`+then+`"}`, lucia).Code)
		same, _ := json.Marshal(w.urp)
		require.Equal(t, 422, w.ask("POST", ticketsPath, `{"way":"counter","text":"x","then":"`+then+`","to_office_id":`+string(same)+`}`, lucia).Code)
	}
	var n int
	require.NoError(t, w.pool.QueryRow(t.Context(), `SELECT count(*) FROM ticket`).Scan(&n))
	require.Equal(t, 1, n, "what was refused left no ticket")
}
