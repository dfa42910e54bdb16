package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/audit"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/postgres/pgtest"
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

	require.Equal(t, 404, w.ask("GET", basePath+"/tickets/"+hidden.number, "", back).Code)
	require.NotContains(t, w.readersOf(t, own.contact, auditor), "back_office", "who was refused has read nothing")
	require.Equal(t, 200, w.ask("GET", basePath+"/tickets/"+own.number, "", back).Code)
	require.Equal(t, 200, w.ask("GET", basePath+"/attachments/"+strings.ToUpper(own.attachment.String()), "", back).Code)
	require.Equal(t, 200, w.ask("GET", basePath+"/contacts/"+own.contact.String(), "", w.readers[account.Communications]).Code)
	require.Equal(t, 200, w.ask("GET", basePath+"/tickets/"+hidden.number, "", sofia).Code)

	all := w.readersOf(t, own.contact, auditor)
	require.Equal(t, []api.ContactReaderThrough{"attachment", "ticket"}, all["back_office"].Through, "the row of an id in capitals is found")
	require.EqualValues(t, 2, all["back_office"].Reads, "who asks for a ticket in vain has not read it")
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
	w.requireHiddenInTheLog(t, sofia)
}

// requireHiddenInTheLog: an administrator reads in the log that something of a confidential office was opened, by whom
// and when, and not what; an auditor reads all of it. Asked for by its number it is as if there were no such ticket.
func (w *isolated) requireHiddenInTheLog(t *testing.T, sofia string) {
	t.Helper()
	hidden, shared, own := w.things["confidential"], w.things["shared"], w.things["own"]
	for _, path := range []string{"/messages/" + hidden.message.String(), "/attachments/" + hidden.attachment.String(), "/deliveries/" + hidden.delivery.String()} {
		require.Equal(t, 200, w.ask("GET", basePath+path, "", sofia).Code, path)
	}
	require.Equal(t, 200, w.ask("GET", basePath+"/tickets/"+shared.number, "", w.readers[account.BackOffice]).Code)
	admin, auditor := w.readers[account.Administrator], w.readers[account.Auditor]
	log := func(query, who string) (rows []api.AuditEntry, text string) {
		answer := w.ask("GET", basePath+"/audit"+query, "", who)
		return decode[api.AuditList](t, answer, 200).Items, answer.Body.String()
	}
	var sofias string
	blank := 0
	rows, text := log("?kind=read", admin)
	for _, r := range rows {
		if r.Hidden != nil {
			require.NotContains(t, r.Object, "/")
			blank++
		}
		if value(r.ActorName, "") == "Sofia Social" {
			sofias = r.Actor
		}
	}
	require.Equal(t, 7, blank, "five of Sofia's, one by somebody who asked in vain, one from when it was made: %s", text)
	// What is out of sight is not told from what does not exist, in the answer or in the row that it leaves.
	nothing := absent()
	require.Equal(t, 404, w.ask("GET", basePath+"/tickets/"+nothing.number, "", admin).Code)
	require.Equal(t, 404, w.ask("GET", basePath+"/messages/"+nothing.message.String(), "", admin).Code)
	_, text = log("?kind=read", admin)
	require.NotContains(t, text, nothing.number)
	for _, object := range []string{"tickets/" + nothing.number, "messages/" + nothing.message.String()} {
		rows, _ = log("?object="+object, admin)
		require.Empty(t, rows, object)
	}
	_, everything := log("?kind=read", auditor)
	files := func(who string) string {
		return w.ask("GET", basePath+"/audit/export?format=csv", "", who).Body.String() + w.ask("GET", basePath+"/audit/export?format=jsonl", "", who).Body.String()
	}
	exported, whole := files(admin), files(auditor)
	for _, secret := range []string{hidden.number, hidden.message.String(), hidden.attachment.String(), hidden.delivery.String()} {
		require.NotContains(t, text, secret)
		require.NotContains(t, exported, secret)
		require.Contains(t, everything, secret)
		require.Contains(t, whole, secret)
	}
	require.Contains(t, text, shared.number, "what is shared with an administrator's office is in sight")
	for _, object := range []string{"tickets/" + hidden.number, "messages/" + hidden.message.String()} {
		rows, _ = log("?object="+object, admin)
		require.Empty(t, rows, object)
		rows, _ = log("?object="+object, auditor)
		require.NotEmpty(t, rows, object)
	}
	rows, _ = log("?object=contacts/"+own.contact.String()+"&actor="+sofias, admin)
	require.Empty(t, rows, "that a confidential office opened the card tells as much")
	rows, _ = log("?object=contacts/"+own.contact.String()+"&actor="+sofias, auditor)
	require.Len(t, rows, 1)
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

	// What no text of the database can hold is the asker's mistake, not the hub's.
	for _, path := range []string{"/audit?object=tickets/%00", "/audit?actor=%ff", "/tickets?q=a%00b", "/contacts?q=%00", "/duplicates?cursor=eyJzIjoyMTQ3NDgzNjQ4fQ"} {
		require.Equal(t, 400, d.ask("GET", "/api/v1"+path, "", chief).Code, path)
	}
	require.Equal(t, 400, d.ask("PUT", "/api/v1/tickets/"+number+"/drafts/note", `{"text":"a\u0000b"}`, lucia).Code)

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

// An export that breaks off is cut, so that it does not pass for a whole one, and leaves a line for the administrator.
func TestAuditExportThatBreaksOff(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	f := auditFile{
		ctx: t.Context(), db: pgtest.New(t), log: slog.New(slog.NewTextHandler(&said, nil)), scope: account.SystemScope(), format: audit.CSV,
	}
	require.NoError(t, f.VisitExportAuditResponse(httptest.NewRecorder()))
	require.Empty(t, said.String())
	gone, leave := context.WithCancel(t.Context())
	leave()
	f.ctx = gone
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { _ = f.VisitExportAuditResponse(httptest.NewRecorder()) })
	require.Contains(t, said.String(), "an export of the audit log broke off")
}

// What an act makes is named by its row, which goes with the act's transaction.
func TestAuditNamesWhatWasMade(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	chief := d.signIn(t, "capo")
	token := decode[api.NewToken](t, d.ask("POST", "/api/v1/tokens", `{"name":"protocollo","role":"first_level","lasts":"90d"}`, chief), 201)
	invited := decode[api.Invitation](t, d.ask("POST", "/api/v1/people", `{"login":"ada","name":"Ada Neri","role":"first_level","offices":[]}`, chief), 201)
	office := decode[api.OfficeDetail](t, d.ask("POST", "/api/v1/offices", `{"name":"Anagrafe","confidential":false}`, chief), 201)
	tag := decode[api.Tag](t, d.ask("POST", "/api/v1/tags", `{"name":"urgente"}`, chief), 201)
	require.Equal(t, 200, d.ask("POST", "/api/v1/invitation", fmt.Sprintf(`{"secret":%q,"password":"una frase lunga e nuova"}`, invited.Secret)).Code)
	lucia, number := d.signIn(t, "lucia"), d.receive(t, d.letter("Buongiorno", nil))
	require.Equal(t, 200, d.ask("POST", "/api/v1/tickets/next", "", lucia).Code)
	require.Equal(t, 204, d.ask("POST", "/api/v1/tickets/next", "", lucia).Code, "nothing taken is nothing done")
	var objects []string
	for _, row := range d.audited(t) {
		if row.Kind == "act" {
			objects = append(objects, row.Object)
		}
	}
	require.Equal(t, []string{
		"tokens/" + token.ID.String(), "people/" + invited.Person.ID.String(), "offices/" + office.Entry.ID.String(), "tags/" + tag.ID.String(),
		"invitation/" + invited.Person.ID.String(), "tickets/" + number,
	}, objects)
	require.Equal(t, 422, d.ask("POST", "/api/v1/offices", `{"name":"Anagrafe","confidential":false}`, chief).Code)
	require.Len(t, d.audited(t), len(objects)+2, "two have signed in")
}
