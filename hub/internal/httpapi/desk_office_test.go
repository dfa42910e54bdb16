package httpapi

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
)

// office reads one as somebody sees it.
func (d *desk) office(t *testing.T, which id.Office, who string) api.OfficeDetail {
	t.Helper()
	return decode[api.OfficeDetail](t, d.ask("GET", "/api/v1/offices/"+which.String(), "", who), 200)
}

// refused is the field and the code of what a request was refused for.
func refused(t *testing.T, d *desk, method, path, body, who string) [2]string {
	t.Helper()
	p := decode[api.Problem](t, d.ask(method, path, body, who), 422)
	return [2]string{(*p.Fields)[0].Field, (*p.Fields)[0].Code}
}

func TestOfficesAreTheAdministrators(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me, boss := d.signIn(t, "lucia"), d.signIn(t, "capo")
	areas := decode[api.AreaList](t, d.ask("GET", "/api/v1/areas", "", me), 200)
	require.Len(t, areas.Items, 5)
	body := fmt.Sprintf(`{"name":"Servizi sociali","area_id":%q,"fallback_id":%q,"confidential":true}`, areas.Items[0].ID, d.urp)
	require.Equal(t, 403, d.ask("POST", "/api/v1/offices", body, me).Code)
	made := decode[api.OfficeDetail](t, d.ask("POST", "/api/v1/offices", body, boss), 201)
	require.Equal(t, "URP", made.Entry.ReceivedBy.Name, "nobody belongs to it")
	require.Nil(t, made.Entry.OpenTickets, "what a confidential office holds is counted for its members")
	require.Equal(t, [2]string{"name", "name_taken"}, refused(t, d, "POST", "/api/v1/offices", body, boss))

	path := "/api/v1/offices/" + made.Entry.ID.String()
	member := path + "/members/" + d.lucia.ID.String()
	joined := decode[api.OfficeDetail](t, d.ask("PUT", member, "", boss), 200)
	require.Equal(t, []any{"Lucia Ferri", api.RoleFirstLevel, true}, []any{joined.People[0].Name, joined.People[0].Role, joined.People[0].Active})
	require.Nil(t, joined.Entry.ReceivedBy)
	require.Equal(t, 0, *d.office(t, id.Office{UUID: made.Entry.ID}, me).Entry.OpenTickets, "a member sees it, at once")
	require.Equal(t, 404, d.ask("PUT", path+"/members/"+uuid.NewString(), "", boss).Code)
	require.Empty(t, decode[api.OfficeDetail](t, d.ask("DELETE", member, "", boss), 200).People)

	change := `{"version":1,"name":"Servizi alla persona","reopen_days":7}`
	changed := decode[api.OfficeDetail](t, d.ask("PUT", path, change, boss), 200)
	require.Equal(t, []any{"Servizi alla persona", 7, 30}, []any{changed.Entry.Name, *changed.ReopenDays, changed.TownReopenDays})
	require.Nil(t, changed.Entry.Fallback)
	require.Equal(t, "stale", decode[api.Problem](t, d.ask("PUT", path, change, boss), 409).Code)
	open := decode[api.OfficeDetail](t, d.ask("PUT", path+"/confidential", `{"version":2,"confidential":false}`, boss), 200)
	require.False(t, open.Entry.Confidential)
	acts := fmt.Sprint(d.audited(t))
	require.Contains(t, acts, "office.manage offices/"+made.Entry.ID.String()+"/members/"+d.lucia.ID.String()+" done", "who was let in is told")
	var told int
	require.NoError(t, d.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit_entry WHERE route = 'setOfficeConfidential'`).Scan(&told))
	require.Equal(t, 1, told)

	seen := decode[api.OfficeOverview](t, d.ask("GET", "/api/v1/offices/overview", "", me), 200)
	require.Len(t, seen.Items, 3)
	require.Equal(t, "URP", d.office(t, d.urp, me).Entry.Name)
	require.Equal(t, "Posta URP", d.office(t, d.urp, me).Channels[0].Name)
	list := fmt.Sprintf(`{"revision":%d,"areas":[]}`, areas.Revision)
	require.Equal(t, [2]string{"areas", "area_missing"}, refused(t, d, "PUT", "/api/v1/areas", list, boss))
}

func TestHeadsLookAfterTheirOffice(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	head := d.person(t, "elena", "Elena", account.OfficeHead)
	require.NoError(t, d.stores.Offices.Join(t.Context(), d.pool, d.taxes, head.ID))
	elena, lucia := d.signIn(t, "elena"), d.signIn(t, "lucia")
	hours, sign := `{"hours":[{"day":"friday","from":"09:00","to":"13:00"}],"closures":[]}`, `{"sender_name":"Tributi","signature":"Tributi"}`
	for _, each := range []struct {
		path, body, who string
		want            int
	}{
		{d.taxes.String() + "/calendar", hours, elena, 200},
		{d.taxes.String() + "/identity", sign, elena, 200},
		{d.urp.String() + "/calendar", hours, elena, 403},
		{d.urp.String() + "/identity", sign, elena, 403},
		{d.taxes.String(), `{"version":1,"name":"Altro"}`, elena, 403},
		{d.taxes.String() + "/members/" + head.ID.String(), "", elena, 403},
		{d.urp.String() + "/calendar", hours, lucia, 403},
	} {
		require.Equal(t, each.want, d.ask("PUT", "/api/v1/offices/"+each.path, each.body, each.who).Code, each.path)
	}
}

func TestAnOfficeIsClosedDown(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me, boss := d.signIn(t, "lucia"), d.signIn(t, "capo")
	held, over := d.receive(t, d.letter("Quando si paga la TARI?", nil)), d.receive(t, d.letter("E la mensa?", nil))
	decode[api.Ticket](t, d.ask("PATCH", "/api/v1/tickets/"+over, fmt.Sprintf(`{"version":%d,"status":"resolved"}`, d.ticket(t, over, me).Version), me), 200)
	path := "/api/v1/offices/" + d.urp.String() + "/deactivate"
	body := func(to id.Office, move bool) string {
		return fmt.Sprintf(`{"version":%d,"successor_id":%q,"move_tickets":%t}`, d.office(t, d.urp, me).Version, to, move)
	}
	require.Equal(t, 403, d.ask("POST", path, body(d.taxes, true), me).Code)
	require.Equal(t, [2]string{"move_tickets", "office_holds_tickets"}, refused(t, d, "POST", path, body(d.taxes, false), boss))
	require.Equal(t, [2]string{"successor_id", "fallback_self"}, refused(t, d, "POST", path, body(d.urp, true), boss))
	require.Equal(t, "URP", d.ticket(t, held, me).Office.Name, "nothing was moved for what is refused")

	done := decode[api.OfficeDeactivated](t, d.ask("POST", path, body(d.taxes, true), boss), 200)
	require.Equal(t, []any{1, 0, false, "Tributi"}, []any{done.Moved, done.Left, done.Office.Entry.Active, done.Office.Entry.ReceivedBy.Name})
	require.Equal(t, "Tributi", d.ticket(t, held, me).Office.Name)
	require.Equal(t, "URP", d.ticket(t, over, me).Office.Name, "its past stays")
	require.Equal(t, "stale", decode[api.Problem](t, d.ask("POST", path, `{"version":1,"successor_id":"`+d.taxes.String()+`","move_tickets":true}`, boss), 409).Code)
	fresh := d.receive(t, d.letter("Orari?", nil))
	require.Equal(t, "Tributi", d.ticket(t, fresh, me).Office.Name, "its channel goes on at the successor")
	names := []string{}
	for _, o := range decode[api.OfficeList](t, d.ask("GET", "/api/v1/offices", "", me), 200).Items {
		names = append(names, o.Name)
	}
	require.Equal(t, []string{"Tributi"}, names, "nothing is handed to it")

	again := decode[api.Ticket](t, d.ask("PATCH", "/api/v1/tickets/"+over, fmt.Sprintf(`{"version":%d,"status":"open"}`, d.ticket(t, over, me).Version), me), 200)
	require.Equal(t, "Tributi", again.Office.Name, "what is opened again is the successor's")
	opened := decode[api.OfficeDetail](t, d.ask("POST", "/api/v1/offices/"+d.urp.String()+"/activate", fmt.Sprintf(`{"version":%d}`, done.Office.Version), boss), 200)
	require.True(t, opened.Entry.Active)
}

// A letter about something that a closed-down office has settled is a new request, at the successor.
func TestALetterToAClosedDownOffice(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	number := d.receive(t, d.letter("Quando si paga la TARI?", nil))
	decode[api.Ticket](t, d.ask("PATCH", "/api/v1/tickets/"+number, fmt.Sprintf(`{"version":%d,"status":"resolved"}`, d.ticket(t, number, me).Version), me), 200)
	d.exec(t, `UPDATE office SET active = false, fallback_office_id = $2 WHERE id = $1`, d.urp, d.taxes)
	later := d.receive(t, d.letter("Ho un'altra domanda", func(e *intake.Event) { e.Message.Subject = "Re: [" + number + "]" }))
	got := d.ticket(t, later, me)
	require.NotEqual(t, number, later)
	require.Equal(t, "Tributi", got.Office.Name)
	require.False(t, slices.Contains([]api.TicketStatus{"resolved", "closed"}, got.Status))
}

// Who sees nothing of a confidential office does not move what it holds either.
func TestIsolationOfClosingDown(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	boss, me := d.signIn(t, "capo"), d.signIn(t, "lucia")
	number := d.receive(t, d.letter("Una cosa mia", nil))
	d.exec(t, `UPDATE office SET confidential = true WHERE id = $1`, d.urp)
	require.Nil(t, d.office(t, d.urp, boss).Entry.OpenTickets)
	require.Equal(t, 1, *d.office(t, d.urp, me).Entry.OpenTickets)
	body := fmt.Sprintf(`{"version":1,"successor_id":%q,"move_tickets":true}`, d.taxes)
	got := decode[api.Problem](t, d.ask("POST", "/api/v1/offices/"+d.urp.String()+"/deactivate", body, boss), 409)
	require.Equal(t, codeConfidential, got.Code)
	require.Equal(t, "URP", d.ticket(t, number, me).Office.Name)
}
