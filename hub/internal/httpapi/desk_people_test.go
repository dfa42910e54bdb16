package httpapi

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
)

func TestPeopleAreInvited(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	chief := d.signIn(t, "capo")
	body := fmt.Sprintf(`{"login":"nino","name":"Nino Bo","role":"back_office","offices":[%q]}`, d.taxes)
	made := decode[api.Invitation](t, d.ask("POST", "/api/v1/people", body, chief), 201)
	require.Equal(t, []uuid.UUID{d.taxes.UUID}, made.Person.Offices)
	require.Equal(t, 409, d.ask("POST", "/api/v1/people", body, chief).Code, "the login is taken")
	require.Equal(t, 403, d.ask("POST", "/api/v1/people", body, d.signIn(t, "lucia")).Code)

	answer := fmt.Sprintf(`{"secret":%q,"password":%q}`, made.Secret, deskPassword)
	accepted := decode[api.InvitationAccepted](t, d.ask("POST", "/api/v1/invitation", answer), 200)
	require.Equal(t, "nino", accepted.Login)
	require.Equal(t, 404, d.ask("POST", "/api/v1/invitation", answer).Code, "it works once")
	nino := d.signIn(t, "nino")
	path := "/api/v1/people/" + made.Person.ID.String()
	require.Equal(t, 403, d.ask("GET", "/api/v1/people", "", nino).Code)
	changed := decode[api.Person](t, d.ask("PATCH", path, `{"role":"auditor","offices":[]}`, chief), 200)
	require.Equal(t, api.RoleAuditor, changed.Role)
	require.Equal(t, 1, changed.Sessions)
	require.Equal(t, 403, d.ask("GET", "/api/v1/tickets", "", nino).Code, "at once")
	again := d.signIn(t, "nino")
	require.Equal(t, 403, d.ask("GET", path+"/sessions", "", again).Code)
	open := decode[api.PersonSessionList](t, d.ask("GET", path+"/sessions", "", chief), 200).Items
	require.Len(t, open, 2)
	here := decode[api.Session](t, d.ask("GET", "/api/v1/session", "", again), 200).ID
	require.Equal(t, 404, d.ask("DELETE", "/api/v1/people/"+d.lucia.ID.String()+"/sessions/"+here.String(), "", chief).Code, "it is another's")
	require.Equal(t, 204, d.ask("DELETE", path+"/sessions/"+here.String(), "", chief).Code)
	require.Equal(t, 401, d.ask("GET", "/api/v1/me", "", again).Code)
	require.Equal(t, 200, d.ask("GET", "/api/v1/me", "", nino).Code)
	require.Equal(t, 204, d.ask("DELETE", path+"/sessions", "", chief).Code)
	require.Equal(t, 401, d.ask("GET", "/api/v1/me", "", nino).Code)
	require.Equal(t, 201, d.ask("POST", path+"/invitation", "", chief).Code)
	require.Len(t, decode[api.PersonList](t, d.ask("GET", "/api/v1/people", "", chief), 200).Items, 3)
}

// A link that nobody used in a week opens nothing, not even for who has it; a new one does.
func TestInvitationsExpire(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	chief := d.signIn(t, "capo")
	made := decode[api.Invitation](t, d.ask("POST", "/api/v1/people", `{"login":"nino","name":"Nino","role":"auditor","offices":[]}`, chief), 201)
	with := func(secret string) int {
		return d.ask("POST", "/api/v1/invitation", `{"secret":"`+secret+`","password":"una frase abbastanza lunga"}`).Code
	}
	d.clock.advance(account.InvitationLasts + time.Second)
	require.Equal(t, 404, with(made.Secret))
	chief = d.signIn(t, "capo")
	for _, person := range decode[api.PersonList](t, d.ask("GET", "/api/v1/people", "", chief), 200).Items {
		require.Nil(t, person.InvitedUntil, person.Login)
	}
	again := decode[api.Invitation](t, d.ask("POST", "/api/v1/people/"+made.Person.ID.String()+"/invitation", "", chief), 201)
	require.Equal(t, 404, with(made.Secret))
	require.Equal(t, 200, with(again.Secret))
}
