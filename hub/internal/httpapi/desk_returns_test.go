package httpapi

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
)

// What is told before somebody loses access, an office or a role is what the hub then puts back into the queues.
func TestReturnsAreToldBeforehand(t *testing.T) {
	t.Parallel()
	w := newIsolated(t)
	w.exec(t, `INSERT INTO office_member SELECT f.id, o.id FROM office f, operator o WHERE f.slug = 'urp' AND o.login = 'back_office'`)
	w.exec(t, `INSERT INTO office_member SELECT f.id, o.id FROM office f, operator o WHERE f.slug = 'sociale' AND o.login = 'first_level'`)
	has := func(login string, what ...string) string {
		for _, each := range what {
			w.exec(t, `UPDATE ticket SET assignee_id = (SELECT id FROM operator WHERE login = $1) WHERE number = $2`, login, w.things[each].number)
		}
		return basePath + "/people/" + w.operator(t, login).String() + "/returns?"
	}
	clerk := has("back_office", "own", "other")
	chief, taxes, urp, social := w.readers[account.Administrator], w.taxes.String(), w.officeID(t, "urp").String(), w.officeID(t, "sociale").String()
	told := func(path string) api.PersonReturns {
		return decode[api.PersonReturns](t, w.ask("GET", path, "", chief), 200)
	}
	for change, want := range map[string]int{
		"":                                     0,
		"leave=" + taxes:                       1,
		"leave=" + taxes + "," + urp:           2,
		"leave=" + taxes + "&join=" + taxes:    0,
		"active=false":                         2,
		"active=true":                          0,
		"role=auditor":                         2,
		"role=first_level&leave=" + taxes:      0,
		"leave=" + uuid.NewString():            0,
		"leave=" + taxes + "&role=office_head": 1,
	} {
		require.Equal(t, api.PersonReturns{Requests: want}, told(clerk+change), change)
	}
	// First level sees the town without belonging to an office; what a confidential one holds is counted for its members.
	first := has("first_level", "own", "other", "confidential")
	require.Equal(t, api.PersonReturns{}, told(first+"leave="+taxes))
	require.Equal(t, api.PersonReturns{Unseen: true}, told(first+"leave="+social))
	require.Equal(t, api.PersonReturns{Requests: 2, Unseen: true}, told(first+"active=false"))

	w.exec(t, `UPDATE ticket SET status = 'resolved' WHERE number = $1`, w.things["own"].number)
	require.Equal(t, 1, told(first+"active=false").Requests)
	require.Equal(t, 404, w.ask("GET", basePath+"/people/"+uuid.NewString()+"/returns", "", chief).Code)
	require.Equal(t, 403, w.ask("GET", first, "", w.readers[account.OfficeHead]).Code)
}
