package httpapi

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
)

// Who is there, how much each is given, and who may say so.
func TestDistributionOfAnOffice(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	head := d.person(t, "elena", "Elena", account.OfficeHead)
	require.NoError(t, d.stores.Offices.Join(t.Context(), d.pool, d.taxes, head.ID))
	lucia, elena, boss := d.signIn(t, "lucia"), d.signIn(t, "elena"), d.signIn(t, "capo")
	urp, taxes := "/api/v1/offices/"+d.urp.String()+"/distribution", "/api/v1/offices/"+d.taxes.String()+"/distribution"
	hers := "/api/v1/operators/" + d.lucia.ID.String()

	change := `{"version":0,"mode":"next","capacity":1}`
	today := d.clock.now().UTC().Format("2006-01-02")
	days := func(from, to string) string { return fmt.Sprintf(`{"from":%q,"to":%q}`, from, to) }
	for _, each := range []struct {
		method, path, body, who string
		want                    int
	}{
		{"GET", urp, "", lucia, 403}, {"GET", urp, "", elena, 403}, {"GET", taxes, "", elena, 200}, {"GET", urp, "", boss, 200},
		{"PUT", urp, change, elena, 403}, {"PUT", taxes, change, elena, 200}, {"PUT", urp, change, boss, 200}, {"PUT", urp, change, boss, 409},
		{"GET", urp + "/preview", "", elena, 403}, {"GET", urp + "/preview", "", boss, 200},
		{"PUT", hers + "/capacity", `{"capacity":2}`, lucia, 403}, {"PUT", hers + "/capacity", `{"capacity":2}`, elena, 403},
		{"GET", hers + "/absences", "", elena, 403}, {"GET", hers + "/absences", "", lucia, 200}, {"GET", hers + "/absences", "", boss, 200},
		{"POST", hers + "/absences", days(today, today), elena, 403}, {"POST", hers + "/absences", days(today, today), lucia, 201},
		{"POST", hers + "/absences", days(today, today), boss, 422},
		{"GET", "/api/v1/routing/handouts", "", elena, 403}, {"GET", "/api/v1/routing/handouts", "", boss, 200},
	} {
		require.Equal(t, each.want, d.ask(each.method, each.path, each.body, each.who).Code, "%s %s", each.method, each.path)
	}
	var away []string
	for _, each := range decode[api.OperatorList](t, d.ask("GET", "/api/v1/operators", "", elena), 200).Items {
		if each.AwayUntil != nil {
			away = append(away, each.Name+" "+each.AwayUntil.String())
		}
	}
	require.Equal(t, []string{"Lucia Ferri " + today}, away, "colleagues see it where they assign")

	// The head of her office may do what she may; she is given no more than there is room for, and takes what she chooses.
	require.NoError(t, d.stores.Offices.Join(t.Context(), d.pool, d.urp, head.ID))
	seen := decode[api.OfficeDistribution](t, d.ask("GET", urp, "", elena), 200)
	require.Len(t, seen.Members, 2)
	require.Equal(t, 1, *seen.Capacity)
	theirs := decode[api.AbsenceList](t, d.ask("GET", hers+"/absences", "", elena), 200)
	require.Empty(t, decode[api.AbsenceList](t, d.ask("DELETE", hers+"/absences/"+theirs.Items[0].ID.String(), "", elena), 200).Items)

	first, second := d.receive(t, d.letter("Uno", nil)), d.receive(t, d.letter("Due", nil))
	require.Equal(t, first, decode[api.Ticket](t, d.ask("POST", "/api/v1/tickets/next", "", lucia), 200).Number)
	require.Equal(t, codeAtCapacity, decode[api.Problem](t, d.ask("POST", "/api/v1/tickets/next", "", lucia), 409).Code)
	take := fmt.Sprintf(`{"version":%d,"assignee_id":%q}`, d.ticket(t, second, lucia).Version, d.lucia.ID)
	require.Equal(t, 200, d.ask("PATCH", "/api/v1/tickets/"+second, take, lucia).Code)
	require.Equal(t, 204, d.ask("POST", "/api/v1/tickets/next", "", lucia).Code, "full, but nothing waits")
	require.Equal(t, 204, d.ask("PUT", hers+"/capacity", `{"capacity":3}`, elena).Code)
	third := d.receive(t, d.letter("Tre", nil))
	require.Equal(t, third, decode[api.Ticket](t, d.ask("POST", "/api/v1/tickets/next", "", lucia), 200).Number)
	acts := fmt.Sprint(d.audited(t))
	require.Contains(t, acts, "office.run offices/"+d.urp.String())
	require.Contains(t, acts, "absence.manage operators/"+d.lucia.ID.String())
}
