package httpapi

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/ticket"
)

// named are what belongs to a ticket and can be named beside one's own: by the routes that take it, with what is sent
// about a ticket or contact in sight. {} stands for the id, {version} for the version of one's own contact.
var named = map[string]struct{ what, body string }{
	"POST /contacts/:id/distinct contact_id":                 {"contact", `{"contact_id":"{}"}`},
	"POST /contacts/:id/merged contact_id":                   {"contact", `{"contact_id":"{}"}`},
	"POST /contacts/:id/relations contact_id":                {"contact", `{"version":{version},"contact_id":"{}","role":"household"}`},
	"DELETE /contacts/:id/merged/:merged":                    {"contact", ""},
	"DELETE /contacts/:id/relations/:relation":               {"relation", ""},
	"PATCH /contacts/:id/addresses/:address":                 {"address", `{"version":{version},"shared":true}`},
	"PUT /contacts/:id/preferred-address address_id":         {"address", `{"address_id":"{}"}`},
	"DELETE /tickets/:number/joined/:other":                  {"number", ""},
	"POST /tickets/:number/joined ticket":                    {"number", `{"ticket":"{}"}`},
	"POST /tickets/:number/suggestions/:id/decision":         {"suggestion", `{"outcome":"accept"}`},
	"POST /tickets/:number/requester-proposals/:id/decision": {"proposal", `{"outcome":"accept"}`},
	"POST /tickets/:number/notes attachments":                {"upload", `{"text":"Nota","attachments":["{}"]}`},
	"POST /tickets/:number/replies attachments":              {"upload", `{"text":"Risposta","attachments":["{}"]}`},
	"POST /tickets/:number/replies seen_message_id":          {"message", `{"text":"Risposta","seen_message_id":"{}"}`},
	"POST /tickets/:number/experts attachments":              {"attachment", `{"address":"geologo@studio.example","text":"?","attachments":["{}"]}`},
	"POST /tickets/:number/experts messages":                 {"message", `{"address":"geologo@studio.example","text":"?","messages":["{}"]}`},
	"POST /tickets/:number/experts/preview attachments":      {"attachment", `{"address":"geologo@studio.example","text":"?","attachments":["{}"]}`},
	"POST /tickets/:number/experts/preview messages":         {"message", `{"address":"geologo@studio.example","text":"?","messages":["{}"]}`},
	"PUT /tickets/:number/drafts/:kind attachments.id":       {"upload", `{"text":"Bozza","attachments":[{"id":"{}","name":"a.txt","size":1,"type":"text/plain"}]}`},
	"PUT /tickets/:number/drafts/:kind seen_message_id":      {"message", `{"text":"Bozza","seen_message_id":"{}"}`},
	"POST /tickets contact_id":                               {"contact", `{"way":"counter","text":"Orari","then":"answered","contact_id":"{}"}`},
	"POST /tickets/acts tickets.number":                      {"number", `{"tickets":[{"number":"{}","version":1}],"act":{"priority":4}}`},
	"POST /tickets/acts/undo tickets.number":                 {"number", `{"tickets":[{"number":"{}","version":1}]}`},
	"POST /mentions/read id":                                 {"mention", `{"id":"{}"}`},
	"POST /mentions/read until":                              {"mention", `{"until":"{}"}`},
	"POST /quarantine/:id/assign ticket":                     {"number", `{"ticket":"{}"}`},
	"POST /quarantine/decisions ids":                         {"quarantined", `{"outcome":"discard","reason":"Prova","ids":["{}"]}`},
	"POST /quarantine/decisions ticket":                      {"number", `{"outcome":"assign","ids":["{quarantined}"],"ticket":"{}"}`},
	"GET /tickets number":                                    {"number", ""},
}

// everybodys are names of fields whose ids are of what everybody may know of: offices, people, channels, areas, tags, rules.
var everybodys = []string{
	"offices", "office_id", "office", "assignee_id", "operator_id", "add_tags", "remove_tags", "tags", "tag", "into", "channel", "channels", "channel_id",
	"area", "areas", "area_id", "fallback_id", "successor_id", "to_office_id", "join", "leave", "areas.id", "offices.id", "rules.id", "kind", "operator", "absence",
	"session",
}

// references lists what a route takes ids of, beyond the first in its path: further ones there, in its query and its body.
func references(route string, op *openapi3.Operation) (all []string) {
	_, path, _ := strings.Cut(route, " ")
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, ":") && slices.IndexFunc(parts, func(p string) bool { return strings.HasPrefix(p, ":") }) != i && !slices.Contains(everybodys, part[1:]) {
			all = append(all, route)
		}
	}
	add := func(field string) {
		last := field[strings.LastIndex(field, ".")+1:]
		if !slices.Contains(everybodys, last) && !slices.Contains(everybodys, field) {
			all = append(all, route+" "+field)
		}
	}
	for _, p := range op.Parameters {
		if p.Value.In == openapi3.ParameterInQuery && isReference(p.Value.Schema) {
			add(p.Value.Name)
		}
	}
	if op.RequestBody != nil && op.RequestBody.Value.Content["application/json"] != nil {
		fields(op.RequestBody.Value.Content["application/json"].Schema, "", 0, add)
	}
	return all
}

func isReference(s *openapi3.SchemaRef) bool {
	return s != nil && s.Value != nil && (s.Value.Format == "uuid" || strings.HasPrefix(s.Value.Pattern, "^[0-9]{4}-") || isReference(s.Value.Items))
}

// fields calls back for each field of a body that takes an id or a ticket's number.
func fields(s *openapi3.SchemaRef, at string, depth int, found func(string)) {
	if s == nil || s.Value == nil || depth > 8 {
		return
	}
	if isReference(s) {
		found(at)
		return
	}
	fields(s.Value.Items, at, depth+1, found)
	for name, property := range s.Value.Properties {
		fields(property, strings.TrimPrefix(at+"."+name, "."), depth+1, found)
	}
	for _, some := range []openapi3.SchemaRefs{s.Value.AllOf, s.Value.OneOf, s.Value.AnyOf} {
		for _, each := range some {
			fields(each, at, depth+1, found)
		}
	}
}

// hangers are ids of what hangs on the confidential ticket and its citizen.
func (w *isolated) hangers(t *testing.T) map[string]string {
	t.Helper()
	p := w.things["confidential"]
	ids := map[string]string{"number": p.number}
	for what, id := range map[string]uuid.UUID{"contact": p.contact, "message": p.message, "attachment": p.attachment, "quarantined": p.quarantined} {
		ids[what] = id.String()
	}
	for _, what := range []string{"relation", "suggestion", "proposal", "upload", "mention"} {
		ids[what] = uuid.NewString()
	}
	w.exec(t, `INSERT INTO contact_relation (id, contact_id, other_id, kind, recorded_at) VALUES ($1, $2, $3, 'delegate', now())`, ids["relation"], p.contact, w.things["shared"].contact)
	w.exec(t, `INSERT INTO ticket_suggestion (id, ticket_id, other_id, reason) SELECT $1, a.id, b.id, 'same_sender' FROM ticket a, ticket b WHERE a.number = $2 AND b.number = $3`,
		ids["suggestion"], p.number, w.things["own"].number)
	w.exec(t, `INSERT INTO requester_proposal (id, ticket_id, message_id, kind, value) SELECT $1, ticket_id, id, 'email', 'altri@posta.example' FROM message WHERE id = $2`, ids["proposal"], p.message)
	w.exec(t, `INSERT INTO upload (id, operator_id, sha256, size, name, media_type) SELECT $1, $2, sha256, size, name, media_type FROM attachment WHERE id = $3`, ids["upload"], w.lucia.ID, p.attachment)
	w.exec(t, `INSERT INTO mention_reader (id, message_id, operator_id) VALUES ($1, $2, $3)`, ids["mention"], p.message, w.lucia.ID)
	var address uuid.UUID
	require.NoError(t, w.pool.QueryRow(t.Context(), `SELECT id FROM contact_address WHERE contact_id = $1`, p.contact).Scan(&address))
	ids["address"] = address.String()
	return ids
}

// nobodys is an id like another that nothing has: of the same age, where ages count.
func nobodys(what, id string) string {
	if what == "number" {
		return string(ticket.FormatNumber(2020, 999999))
	}
	last := "0"
	if strings.HasSuffix(id, last) {
		last = "1"
	}
	return id[:len(id)-1] + last
}

// TestIsolationOfWhatIsNamedBesideOnesOwn sends about something in sight whatever else routes take ids of, as every role:
// what is out of sight must be answered as what does not exist. A new route that takes an id fails until it has a row.
func TestIsolationOfWhatIsNamedBesideOnesOwn(t *testing.T) {
	t.Parallel()
	w := newIsolated(t)
	s, err := loadSpec(Config{})
	require.NoError(t, err)
	own, hidden := w.things["own"], w.hangers(t)
	var rows []string
	for key, op := range s.operations {
		rows = append(rows, references(strings.Replace(key, " "+basePath, " ", 1), op.route.Operation)...)
	}
	slices.Sort(rows)
	rows = slices.Compact(rows)
	for row := range named {
		require.Contains(t, rows, row, "no route takes this any more")
	}
	for _, row := range rows {
		what, known := named[row]
		require.True(t, known, "%s: say in this test what its id is of", row)
		for role, who := range w.readers {
			if role != account.Auditor {
				w.requireAlike(t, row, what.body, own, what.what, hidden, role, who)
			}
		}
	}
}

// requireAlike compares the answers about an id out of sight and about one that does not exist.
func (w *isolated) requireAlike(t *testing.T, row, body string, own possession, what string, hidden map[string]string, role account.Role, who string) {
	t.Helper()
	route, query, _ := strings.Cut(row, " ")
	path, field, _ := strings.Cut(query, " ")
	ask := func(id string) string {
		at := own.with(route+" "+path, id)
		if route == "GET" {
			at += "?" + field + "=" + id
		}
		version := ""
		if strings.Contains(body, "{version}") {
			version = fmt.Sprint(decode[api.Contact](t, w.ask("GET", basePath+"/contacts/"+own.contact.String(), "", who), 200).Version)
		}
		sent := strings.NewReplacer("{}", id, "{version}", version, "{quarantined}", own.quarantined.String()).Replace(body)
		w.exec(t, `UPDATE journal SET state = 'quarantined' WHERE id = $1`, own.quarantined)
		answer := w.ask(route, at, sent, who, "X-Request-ID: once-and-again")
		require.NotEqual(t, 500, answer.Code, "%s as %s: %s", row, role, answer.Body)
		require.NotEqual(t, 400, answer.Code, "%s as %s is not what the route takes: %s", row, role, answer.Body)
		require.NotContains(t, answer.Body.String(), "cittconfidential", "%s as %s", row, role)
		if answer.Code >= 400 {
			return strings.ReplaceAll(told(t, answer), id, "{}")
		}
		if strings.Contains(answer.Body.String(), `"outcome"`) {
			return strings.ReplaceAll(answer.Body.String(), id, "{}")
		}
		return fmt.Sprint(answer.Code)
	}
	// What was done the first time may be in the way of the second, whatever it names.
	absent := nobodys(what, hidden[what])
	before, got, after := ask(absent), ask(hidden[what]), ask(absent)
	require.Contains(t, []string{before, after}, got, "%s as %s", row, role)
}

// with fills the path of a route with the object's ids, and with another one where it takes two.
func (p possession) with(route, id string) string {
	for _, second := range []string{":other", ":address", ":merged", ":relation"} {
		route = strings.Replace(route, second, id, 1)
	}
	if strings.Contains(route, "/suggestions/") || strings.Contains(route, "/requester-proposals/") {
		route = strings.Replace(route, ":id", id, 1)
	}
	if at := p.at(route); at != "" {
		return at
	}
	_, path, _ := strings.Cut(route, " ")
	return basePath + path
}
