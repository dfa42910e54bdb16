package httpapi

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/httpapi/api"
)

func TestARequestIsTypedSuspendedAndEnded(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	number := d.receive(t, d.letter("Chiedo copia degli atti.", nil))
	patch := func(body string) string {
		return fmt.Sprintf(`{"version":%d,%s}`, d.ticket(t, number, me).Version, body)
	}
	refused := map[string]string{
		`"status":"suspended"`:                                                "standing.basis",
		`"status":"suspended","standing":{"basis":"other"}`:                   "standing.note",
		`"status":"waiting_third"`:                                            "standing.who",
		`"status":"waiting_third","standing":{"who":"TAR","basis":"opinion"}`: "standing.basis",
		`"status":"resolved","standing":{"outcome":"forwarded"}`:              "standing.who",
		`"standing":{"outcome":"done"}`:                                       "standing.outcome",
		`"type":"boh"`:                                                        "type",
	}
	for body, field := range refused {
		got := d.ask("PATCH", "/api/v1/tickets/"+number, patch(body), me)
		require.Equal(t, field, (*decode[api.Problem](t, got, 422).Fields)[0].Field, body)
	}

	types := decode[api.ListRequestTypes200JSONResponse](t, d.ask("GET", "/api/v1/request-types", "", me), 200).Items
	require.Equal(t, "information", types[0].Code)
	require.Equal(t, map[string]string{"it": "Informazione", "en": "Information"}, types[0].Labels)

	got := decode[api.Ticket](t, d.ask("PATCH", "/api/v1/tickets/"+number, patch(`"status":"suspended","type":"records","priority":3,"standing":{"basis":"refusal_notice","note":"10 giorni"}`), me), 200)
	require.Equal(t, api.TicketStatusSuspended, got.Status)
	require.Equal(t, "records", *got.Type)
	require.Equal(t, 3, got.Priority)
	require.Equal(t, api.SuspensionBasisRefusalNotice, *got.Standing.Basis)

	// An answer that ends it says how.
	require.Equal(t, 422, d.reply(number, `{"text":"No.","status":"resolved","standing":{"basis":"opinion"}}`, me).Code)
	require.Equal(t, 201, d.reply(number, `{"text":"Ecco.","status":"resolved","standing":{"outcome":"done"}}`, me).Code)
	require.Equal(t, &api.Standing{Outcome: optional(api.OutcomeDone)}, d.ticket(t, number, me).Standing)
	events := decode[api.TicketEventList](t, d.ask("GET", "/api/v1/tickets/"+number+"/events", "", me), 200).Items
	require.Equal(t, "done", events[len(events)-1].Params["outcome"])

	for query, want := range map[string]int{"type=records": 1, "type=praise": 0, "queue=closed&type=records": 1, "outcome=done": 1, "queue=unassigned&outcome=done": 1, "queue=waiting&outcome=done": 0, "outcome=refused": 0} {
		require.Len(t, decode[api.TicketList](t, d.ask("GET", "/api/v1/tickets?"+query, "", me), 200).Items, want, query)
	}
	require.Equal(t, 400, d.ask("GET", "/api/v1/tickets?outcome=boh", "", me).Code)
}

func TestTypesOfRequestAreKeptInOrder(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me, boss := d.signIn(t, "lucia"), d.signIn(t, "capo")
	path := basePath + "/request-types"
	ground := `{"labels":{"it":"Suolo pubblico","en":"Public ground"}}`
	require.Equal(t, 403, d.ask("POST", path, ground, me).Code, "administrators make types")
	made := decode[api.RequestType](t, d.ask("POST", path, ground, boss), 201)
	require.Equal(t, "suolo_pubblico", made.Code)
	refused := decode[api.Problem](t, d.ask("POST", path, `{"labels":{"it":"RECLAMO","en":"New"}}`, boss), 422)
	require.Equal(t, []string{"labels.it", "name_taken"}, []string{(*refused.Fields)[0].Field, (*refused.Fields)[0].Code})

	number := d.receive(t, d.letter("Un tavolino davanti al bar.", nil))
	pick := func() int {
		return d.ask("PATCH", basePath+"/tickets/"+number, fmt.Sprintf(`{"version":%d,"type":"suolo_pubblico"}`, d.ticket(t, number, me).Version), me).Code
	}
	require.Equal(t, 200, pick())
	terms := decode[api.Terms](t, d.ask("GET", basePath+"/terms", "", boss), 200)
	put := fmt.Sprintf(`{"revision":%q,"policies":[{"warn_percent":80},{"request_type":"suolo_pubblico","warn_percent":80}]}`, terms.Revision)
	require.Equal(t, 200, d.ask("PUT", basePath+"/terms", put, boss).Code)
	uses := decode[api.GetRequestTypeUses200JSONResponse](t, d.ask("GET", path+"/suolo_pubblico/uses", "", boss), 200)
	require.Equal(t, api.GetRequestTypeUses200JSONResponse{Rules: []string{}, Terms: 1}, uses)
	require.True(t, decode[api.RequestType](t, d.ask("PATCH", path+"/suolo_pubblico", `{"retired":true}`, boss), 200).Retired)
	require.Equal(t, "suolo_pubblico", *d.ticket(t, number, me).Type, "it stays where it stands")
	require.Equal(t, 200, pick(), "what stands is no change")
	require.Equal(t, 200, d.ask("PATCH", basePath+"/tickets/"+number, fmt.Sprintf(`{"version":%d,"type":"report"}`, d.ticket(t, number, me).Version), me).Code)
	require.Equal(t, 422, pick(), "it is not offered again")

	require.Equal(t, 409, d.ask("PUT", path+"/order", `{"codes":["praise"]}`, boss).Code)
	require.Equal(t, 404, d.ask("PATCH", path+"/boh", `{"retired":true}`, boss).Code)
}
