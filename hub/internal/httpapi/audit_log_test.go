package httpapi

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
)

// readersOf are the names of who read about a citizen, as somebody is told.
func (w *isolated) readersOf(t *testing.T, contact uuid.UUID, who string) map[string]api.ContactReader {
	t.Helper()
	found := map[string]api.ContactReader{}
	for _, r := range decode[api.ContactReaderList](t, w.ask("GET", basePath+"/contacts/"+contact.String()+"/readers", "", who), 200).Items {
		found[r.Name] = r
	}
	return found
}

// TestAuditTellsWhoReadACitizen: the list is what was really opened, for each who may ask as far as they see.
func TestAuditTellsWhoReadACitizen(t *testing.T) {
	t.Parallel()
	w := newIsolated(t)
	own, hidden := w.things["own"], w.things["confidential"]
	// One citizen behind an office's ticket and a confidential one.
	w.exec(t, `UPDATE ticket SET contact_id = $1 WHERE number = $2`, own.contact, hidden.number)
	w.exec(t, `INSERT INTO operator (id, login, name, role) VALUES ($1, 'sofia', 'Sofia Social', 'back_office')`, uuid.New())
	w.exec(t, `INSERT INTO office_member (office_id, operator_id) SELECT o.id, p.id FROM office o, operator p WHERE o.slug = 'sociale' AND p.login = 'sofia'`)
	w.exec(t, `INSERT INTO session (id, token_hash, operator_id, expires_at) SELECT $1, sha256('sofia'), id, now() + interval '1 day' FROM operator WHERE login = 'sofia'`, uuid.New())
	sofia := "Cookie: sportello=sofia"
	auditor, head, back := w.readers[account.Auditor], w.readers[account.OfficeHead], w.readers[account.BackOffice]
	require.NotContains(t, w.readersOf(t, own.contact, auditor), "back_office")

	require.Equal(t, 200, w.ask("GET", basePath+"/tickets/"+own.number, "", back).Code)
	require.Equal(t, 200, w.ask("GET", basePath+"/attachments/"+strings.ToUpper(own.attachment.String()), "", back).Code)
	require.Equal(t, 200, w.ask("GET", basePath+"/contacts/"+own.contact.String(), "", w.readers[account.Communications]).Code)
	require.Equal(t, 200, w.ask("GET", basePath+"/tickets/"+hidden.number, "", sofia).Code)
	require.Equal(t, 404, w.ask("GET", basePath+"/tickets/"+hidden.number, "", back).Code)

	all := w.readersOf(t, own.contact, auditor)
	require.Equal(t, []api.ContactReaderThrough{"attachment", "ticket"}, all["back_office"].Through, "the row of an id in capitals is found; that the other ticket was asked for in vain is one more")
	require.Equal(t, []api.ContactReaderThrough{"contact"}, all["communications"].Through)
	require.Equal(t, []string{"Servizi sociali"}, all["Sofia Social"].Offices)
	require.NotContains(t, all, "auditor", "looking who read is no reading")
	seen := w.readersOf(t, own.contact, head)
	require.Contains(t, seen, "back_office")
	require.NotContains(t, seen, "Sofia Social", "that the citizen has to do with a confidential office is not told")
	require.Equal(t, 200, w.ask("GET", basePath+"/contacts/"+own.contact.String(), "", sofia).Code)
	require.NotContains(t, w.readersOf(t, own.contact, head), "Sofia Social", "not by the card either")
	require.NotContains(t, w.readersOf(t, own.contact, w.readers[account.Administrator]), "Sofia Social")
	require.Equal(t, 403, w.ask("GET", basePath+"/contacts/"+own.contact.String()+"/readers", "", back).Code)
}

func TestAuditIsRead(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	number := d.receive(t, d.letter("Buongiorno", nil))
	lucia, chief := d.signIn(t, "lucia"), d.signIn(t, "capo")
	message := d.messages(t, number, lucia)[0].ID.String()
	require.Equal(t, 200, d.ask("GET", "/api/v1/messages/"+message, "", lucia).Code)
	require.Equal(t, 403, d.ask("GET", "/api/v1/audit", "", lucia).Code)
	list := func(query string) []api.AuditEntry {
		return decode[api.AuditList](t, d.ask("GET", "/api/v1/audit"+query, "", chief), 200).Items
	}
	rows := list("?object=tickets/" + number)
	require.Len(t, rows, 2, "the ticket, and the message that hangs on it")
	require.Equal(t, "messages/"+message, rows[0].Object)
	require.Equal(t, number, *rows[0].ObjectName)
	require.Equal(t, "getMessage", rows[0].Route)
	require.Equal(t, "operator:"+d.lucia.ID.String(), rows[0].Actor)
	require.Equal(t, d.lucia.Name, *rows[0].ActorName)
	require.Len(t, list("?kind=sign_in"), 2)
	require.Empty(t, list("?from=2100-01-01T00:00:00Z"))
	own := list("?act=audit.read")
	require.NotEmpty(t, own, "reading the log is in the log")
	require.Equal(t, "audit", own[0].Object)
	require.Equal(t, 400, d.ask("GET", "/api/v1/audit?cursor=!", "", chief).Code)
	require.Equal(t, 400, d.ask("GET", "/api/v1/audit?kind=secret", "", chief).Code)

	file := d.ask("GET", "/api/v1/audit/export?format=csv&object=tickets/"+number, "", chief)
	require.Equal(t, 200, file.Code)
	require.Equal(t, "text/csv; charset=utf-8", file.Header().Get("Content-Type"))
	require.Equal(t, 3, strings.Count(file.Body.String(), "\n"))
	require.Equal(t, "audit/export", list("?act=audit.read")[0].Object, "so is exporting it")
	require.Equal(t, 400, d.ask("GET", "/api/v1/audit/export", "", chief).Code)

	state := decode[api.AuditState](t, d.ask("GET", "/api/v1/audit/state", "", chief), 200)
	require.Nil(t, state.Check)
	require.Positive(t, state.Unsealed, "no sealer runs here")
	state = decode[api.AuditState](t, d.ask("POST", "/api/v1/audit/check", "", chief), 202)
	require.Nil(t, state.Check.FinishedAt)
	require.Equal(t, "audit.check", list("")[0].Act)
}
