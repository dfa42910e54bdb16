package httpapi

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/intake"
)

func TestRoutingRulesAreTriedBeforeTheyHold(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me, boss := d.signIn(t, "lucia"), d.signIn(t, "capo")
	require.Equal(t, 403, d.ask("GET", "/api/v1/routing", "", me).Code)
	require.Equal(t, 403, d.ask("GET", "/api/v1/routing/log", "", me).Code)
	form := func(e *intake.Event) { e.Message.Subject, e.Message.FormID = "Iscrizione", "iscrizione-nido" }
	first := d.receive(t, d.letter("Dal modulo", form))
	require.Equal(t, "URP", d.ticket(t, first, me).Office.Name)

	now := decode[api.Routing](t, d.ask("GET", "/api/v1/routing", "", boss), 200)
	require.Equal(t, []string{"iscrizione-nido"}, now.Forms)
	nursery := decode[api.Tag](t, d.ask("POST", "/api/v1/tags", `{"name":"Asilo nido"}`, boss), 201)
	rules := fmt.Sprintf(`[{"name":"Nido","enabled":true,"when_closed":false,"forms":["iscrizione-nido"],"office_id":%q,"priority":3,"tags":[%q]}]`, d.taxes, nursery.ID)
	tried := decode[api.RoutingTrial](t, d.ask("POST", "/api/v1/routing/trial", `{"rules":`+rules+`}`, boss), 200)
	require.Equal(t, []int{1, 1, 1}, []int{tried.Arrived, tried.Changed, tried.Tallies[0].Held})
	require.Equal(t, []string{first, "URP", "Tributi"}, []string{tried.Samples[0].Number, tried.Samples[0].From, tried.Samples[0].To})
	require.Equal(t, []string{"Asilo nido"}, *tried.Samples[0].Tags)
	require.Empty(t, decode[api.Routing](t, d.ask("GET", "/api/v1/routing", "", boss), 200).Rules, "nothing is written")

	put := fmt.Sprintf(`{"version":%d,"rules":%s}`, now.Version, rules)
	kept := decode[api.Routing](t, d.ask("PUT", "/api/v1/routing", put, boss), 200)
	require.Equal(t, "Carlo Capo", *kept.ChangedBy)
	require.Equal(t, 409, d.ask("PUT", "/api/v1/routing", put, boss).Code, "somebody else's change is not overwritten")
	second := d.receive(t, d.letter("Dal modulo", form))
	require.Equal(t, "Tributi", d.ticket(t, second, me).Office.Name)
	log := decode[api.RoutingLog](t, d.ask("GET", "/api/v1/routing/log", "", boss), 200).Items
	require.Equal(t, []string{second, "Nido", "Tributi"}, []string{log[0].Number, *log[0].Rule, *log[0].Office})
	require.Nil(t, log[1].Rule)
	require.Equal(t, []string{"Asilo nido"}, *log[0].Tags)
	require.Equal(t, []uuid.UUID{nursery.ID}, d.ticket(t, second, me).Tags)
	uses := "/api/v1/tags/" + nursery.ID.String() + "/uses"
	require.Equal(t, 403, d.ask("GET", uses, "", me).Code)
	require.Equal(t, api.GetTagUses200JSONResponse{Rules: []string{"Nido"}}, decode[api.GetTagUses200JSONResponse](t, d.ask("GET", uses, "", boss), 200))

	bad := fmt.Sprintf(`{"version":1,"rules":[{"name":"Vuota","enabled":true,"when_closed":true,"office_id":%q}]}`, uuid.New())
	problem := decode[api.Problem](t, d.ask("PUT", "/api/v1/routing", bad, boss), 422)
	var fields []string
	for _, f := range *problem.Fields {
		fields = append(fields, f.Field+" "+f.Code)
	}
	require.Equal(t, []string{"rules.0.when rule_no_condition", "rules.0.office_id unknown", "rules.0.fallback_id rule_fallback_missing"}, fields)
}

// Two operators who press it get two tickets; when none is left they are told so, and scripts take nothing.
func TestTakeNextGivesWhatNobodyHas(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me, boss := d.signIn(t, "lucia"), d.signIn(t, "capo")
	first, second := d.receive(t, d.letter("Uno", nil)), d.receive(t, d.letter("Due", nil))
	require.Equal(t, 204, d.ask("POST", "/api/v1/tickets/next", "", boss).Code, "of offices one belongs to")
	taken := decode[api.Ticket](t, d.ask("POST", "/api/v1/tickets/next", "", me), 200)
	require.Equal(t, []string{first, "Lucia Ferri"}, []string{taken.Number, taken.Assignee.Name})
	require.Equal(t, second, decode[api.Ticket](t, d.ask("POST", "/api/v1/tickets/next", "", me), 200).Number)
	require.Equal(t, 204, d.ask("POST", "/api/v1/tickets/next", "", me).Code)
}
