package httpapi

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/ticket"
)

// bodies are what the routes that take an object's id want to be sent. A route of that kind without a row is sent
// nothing: a new one that takes a body fails until it has one.
var bodies = map[string]string{
	"PATCH /tickets/:number":                                 `{"version":1,"subject":"Altro"}`,
	"POST /tickets/:number/replies":                          `{"text":"Risposta"}`,
	"POST /tickets/:number/notes":                            `{"text":"Nota"}`,
	"PUT /tickets/:number/drafts/:kind":                      `{"text":"Bozza"}`,
	"POST /tickets/:number/suggestions/:id/decision":         `{"outcome":"dismiss"}`,
	"POST /tickets/:number/requester-proposals/:id/decision": `{"outcome":"dismiss"}`,
	"POST /tickets/:number/joined":                           `{"ticket":"2020-999998-0"}`,
	"POST /deliveries/:id/decision":                          `{"outcome":"sent","reason":"Ha telefonato"}`,
	"POST /deliveries/:id/retry":                             `{}`,
	"POST /quarantine/:id/discard":                           `{"reason":"Prova"}`,
	"POST /quarantine/:id/assign":                            `{"ticket":"2020-999998-0"}`,
	"POST /quarantine/:id/open":                              `{}`,
	"PATCH /contacts/:id":                                    `{"version":-1,"notes":"Nota"}`,
	"POST /contacts/:id/addresses":                           `{"version":-1,"kind":"email","value":"altro@posta.example"}`,
	"PATCH /contacts/:id/addresses/:address":                 `{"version":-1,"shared":true}`,
	"POST /contacts/:id/merged":                              `{"contact_id":"0190c9b0-0000-7000-8000-000000000009"}`,
	"POST /contacts/:id/distinct":                            `{"contact_id":"0190c9b0-0000-7000-8000-000000000009"}`,
	"PUT /contacts/:id/preferred-address":                    `{}`,
	"POST /contacts/:id/consents":                            `{"version":-1,"category":"any","given":false,"source":"phone","said_on":"2026-01-02"}`,
	"POST /contacts/:id/relations":                           `{"version":-1,"contact_id":"0190c9b0-0000-7000-8000-000000000009","role":"household"}`,
	"POST /tickets/:number/number-message":                   `{"kind":"email","address":"altro@posta.example"}`,
	"POST /tickets/:number/return":                           `{"version":1,"text":"Non nostra"}`,
	"POST /tickets/:number/asks":                             `{"office_id":"0190c9b0-0000-7000-8000-000000000009","text":"Che ne dite?"}`,
	"POST /tickets/:number/experts":                          `{"address":"geologo@studio.example","text":"È stabile?"}`,
	"POST /tickets/:number/experts/preview":                  `{"address":"geologo@studio.example","text":"È stabile?"}`,
	"POST /asks/:id/answer":                                  `{"text":"Va bene"}`,
	"POST /asks/:id/return":                                  `{"text":"Non di competenza"}`,
}

// elsewhere are routes whose id is no object of an office's: a signature is the permission, or the policy says all.
var elsewhere = []string{
	"GET /attachments/:id/inline", "DELETE /sessions/:id", "GET /offices/:id/identity", "PUT /offices/:id/identity", "PUT /offices/:id/calendar",
	"GET /offices/:id/distribution", "PUT /offices/:id/distribution", "GET /offices/:id/distribution/preview", "PUT /operators/:id/capacity",
	"GET /operators/:id/absences", "POST /operators/:id/absences", "DELETE /operators/:id/absences/:absence",
	"GET /offices/:id", "PUT /offices/:id", "PUT /offices/:id/confidential", "PUT /offices/:id/members/:operator",
	"DELETE /offices/:id/members/:operator", "POST /offices/:id/deactivate", "POST /offices/:id/activate", "DELETE /tokens/:id",
	"PATCH /people/:id", "POST /people/:id/invitation", "DELETE /people/:id/sessions", "DELETE /people/:id/second-factor",
	"GET /people/:id/sessions", "GET /people/:id/returns", "DELETE /people/:id/sessions/:session",
	"PATCH /tags/:id", "POST /tags/:id/merge", "GET /tags/:id/uses", "PATCH /request-types/:code", "GET /request-types/:code/uses",
	"GET /channels/:id", "GET /channels/:id/setup", "PUT /channels/:id/setup", "GET /channels/:id/survey", "POST /channels/:id/survey",
	"POST /channels/:id/survey/fetch", "POST /channels/:id/archive", "POST /channels/:id/restore", "POST /channels/:id/resume", "POST /channels/:id/pause",
}

// mayMiss are routes that answer "not found" for something in sight too: what they take out of it is not there, or the
// reader before has decided on it.
var mayMiss = []string{
	"DELETE /tickets/:number/joined/:other", "POST /quarantine/:id/assign", "POST /quarantine/:id/restore", "POST /quarantine/:id/retry",
	"POST /quarantine/:id/discard", "POST /quarantine/:id/open",
	"POST /contacts/:id/merged", "POST /contacts/:id/distinct", "DELETE /contacts/:id/merged/:merged",
	"DELETE /contacts/:id/relations/:relation",
}

const readersRoute = "GET /contacts/:id/readers"

// shareable are the routes that a share is enough for. All others, present and to come, take an office that holds the
// ticket: a new one that is not named here must refuse whoever has but a share.
var shareable = []string{
	"GET /tickets/:number", "GET /tickets/:number/messages", "GET /tickets/:number/events", "GET /tickets/:number/stays",
	"GET /messages/:id", "GET /messages/:id/html", "GET /messages/:id/html/contents", "GET /messages/:id/raw", "GET /attachments/:id",
	"GET /deliveries/:id", "GET /contacts/:id/consents", "GET /contacts/:id/relations", "GET /contacts/:id", "GET /contacts/:id/tickets", "GET /contacts/:id/duplicates",
	"POST /tickets/:number/notes", "GET /tickets/:number/mentionable", "POST /asks/:id/answer", "POST /asks/:id/return",
}

// askedOnly are routes for the office asked, which here is the readers' for what is shared and another for the rest.
var askedOnly = []string{"POST /asks/:id/answer", "POST /asks/:id/return"}

// possession is a ticket of some office with all that hangs on it, or an item in quarantine; mark stands in all its texts.
type possession struct {
	mark, number                                        string
	message, attachment, delivery, contact, quarantined uuid.UUID
	ask                                                 uuid.UUID
}

// absent is what nobody has.
func absent() possession {
	return possession{
		number: string(ticket.FormatNumber(2020, 999999)), message: uuid.New(), attachment: uuid.New(), delivery: uuid.New(),
		contact: uuid.New(), quarantined: uuid.New(), ask: uuid.New(),
	}
}

// at fills the path of a route with the object's ids; empty for a route of something else.
func (p possession) at(route string) string {
	_, path, _ := strings.Cut(route, " ")
	var which uuid.UUID
	switch strings.Split(path, "/")[1] {
	case "tickets", "suggestions":
		which = uuid.MustParse("0190c9b0-0000-7000-8000-000000000001")
	case "messages":
		which = p.message
	case "attachments":
		which = p.attachment
	case "deliveries":
		which = p.delivery
	case "contacts":
		which = p.contact
	case "quarantine":
		which = p.quarantined
	case "asks":
		which = p.ask
	default:
		return ""
	}
	return basePath + strings.NewReplacer(":other", string(ticket.FormatNumber(2020, 999998)), ":number", p.number,
		":address", uuid.NewString(), ":merged", uuid.NewString(), ":relation", uuid.NewString(), ":id", which.String(), ":kind", "reply").Replace(path)
}

// possess makes a citizen's ticket with a file and an answer, held by an office, and an item in its quarantine.
func (d *desk) possess(t *testing.T, mark, office string, who string) possession {
	t.Helper()
	ref, err := blob.PutBytes(t.Context(), d.stores.Blobs, []byte(mark))
	require.NoError(t, err)
	p := possession{mark: mark, attachment: uuid.New(), quarantined: uuid.New(), ask: uuid.New()}
	p.number = d.receive(t, d.letter("Segreto di "+mark, func(e *intake.Event) {
		e.Message.From.Value, e.Message.Subject, e.Message.HTML = mark+"@posta.example", "Pratica di "+mark, "<p>Segreto di "+mark+"</p>"
	}))
	sent := decode[api.Message](t, d.reply(p.number, `{"text":"A `+mark+`"}`, who), 201)
	p.message, p.delivery = d.messages(t, p.number, who)[0].ID, sent.Deliveries[0].ID
	p.contact = d.ticket(t, p.number, who).Contact.ID
	channel := uuid.New()
	d.exec(t, `INSERT INTO blob (sha256, size) VALUES ($1, $2) ON CONFLICT DO NOTHING`, ref.Sum[:], ref.Size)
	d.exec(t, `INSERT INTO attachment (id, message_id, position, sha256, size, name, media_type) VALUES ($1, $2, 0, $3, $4, $5, 'text/plain')`,
		p.attachment, p.message, ref.Sum[:], ref.Size, mark+".txt")
	d.exec(t, `UPDATE delivery SET state = 'failed', attempt = 1 WHERE id = $1`, p.delivery)
	d.exec(t, `UPDATE ticket SET office_id = (SELECT id FROM office WHERE slug = $2) WHERE number = $1`, p.number, office)
	d.exec(t, `INSERT INTO channel (id, adapter, slug, name, office_id) SELECT $1, 'email', $2, $2, id FROM office WHERE slug = $3`, channel, mark, office)
	d.exec(t, `INSERT INTO journal (id, channel_id, event_id, kind, state, reason, payload, raw, raw_size, raw_media_type, occurred_at, lane)
		SELECT $1, $2, $3, kind, 'quarantined', 'mime.broken', payload, raw, raw_size, raw_media_type, occurred_at, lane FROM journal
		WHERE ticket_id = (SELECT id FROM ticket WHERE number = $4) LIMIT 1`, p.quarantined, channel, mark, p.number)
	return p
}

// isolated is a town with four tickets: of the readers' own office, of another, of a confidential one, and of that one
// but shared with the readers' office. Each reader is a member of one office and has one role.
type isolated struct {
	*desk
	things  map[string]possession
	readers map[account.Role]string
	// listed are the lists that were asked for, and whether anybody was shown one of the four in it.
	listed map[string]bool
}

func newIsolated(t *testing.T) *isolated {
	t.Helper()
	w := &isolated{desk: newDesk(t), things: map[string]possession{}, readers: map[account.Role]string{}, listed: map[string]bool{}}
	w.exec(t, `INSERT INTO office (id, slug, name, confidential) VALUES ($1, 'sociale', 'Servizi sociali', true)`, uuid.New())
	me := w.signIn(t, "lucia")
	for what, office := range map[string]string{"own": "tributi", "other": "urp", "confidential": "sociale", "shared": "sociale"} {
		w.things[what] = w.possess(t, "citt"+what, office, me)
	}
	for what, p := range w.things {
		asked := map[string]string{"shared": "tributi", "other": "sociale"}[what]
		if asked == "" {
			asked = "urp"
		}
		w.exec(t, `WITH ask AS (
			INSERT INTO side_request (id, ticket_id, office_id, from_office_id, question, asked_at, due_at)
			SELECT $1, t.id, o.id, t.office_id, 'Segreto di ' || $2, now(), now() + interval '1 day' FROM ticket t, office o WHERE t.number = $3 AND o.slug = $4
			RETURNING ticket_id, office_id, asked_at)
			INSERT INTO ticket_share (ticket_id, office_id, kind, created_at) SELECT ticket_id, office_id, 'ask', asked_at FROM ask`, p.ask, p.mark, p.number, asked)
		w.exec(t, `INSERT INTO side_request (id, ticket_id, expert_value, message_id, from_office_id, question, asked_at, due_at)
			SELECT $1, t.id, $2 || '@studio.example', $3, t.office_id, 'Parere su ' || $2, now(), now() + interval '1 day' FROM ticket t WHERE t.number = $4`,
			uuid.New(), p.mark, p.message, p.number)
	}
	// Hardly any ticket was ever shared: the column says nothing then, and what compares it must hide all the same.
	w.exec(t, `UPDATE ticket SET shared_with = NULL WHERE number <> $1`, w.things["shared"].number)
	// The citizen of a ticket in sight has others out of sight, and one of them may belong to it.
	w.exec(t, `INSERT INTO ticket_suggestion (id, ticket_id, other_id, reason) SELECT $1, a.id, b.id, 'same_sender' FROM ticket a, ticket b
		WHERE a.number = $2 AND b.number = $3`, uuid.New(), w.things["own"].number, w.things["confidential"].number)
	for _, role := range account.Roles() {
		w.readers[role] = w.enter(t, string(role), role)
	}
	return w
}

// enter adds a member of the taxes and returns the cookie header of a session as signing in makes it, without the cost
// of a password.
func (d *desk) enter(t *testing.T, login string, role account.Role) string {
	t.Helper()
	o, err := d.stores.Accounts.AddOperator(t.Context(), account.NewOperator{Login: login, Name: login, Role: role})
	require.NoError(t, err)
	require.NoError(t, d.stores.Offices.Join(t.Context(), d.pool, d.taxes, o.ID))
	secret := sha256.Sum256([]byte(login))
	d.exec(t, `INSERT INTO session (id, token_hash, operator_id, expires_at) VALUES ($1, $2, $3, now() + interval '1 day')`, uuid.New(), secret[:], o.ID)
	return "Cookie: sportello=" + login
}

// sees says which of the four a role may see.
func sees(role account.Role, what string) bool {
	switch role {
	case account.FirstLevel, account.Administrator:
		return what != "confidential"
	case account.Auditor:
		return false
	}
	return what == "own" || what == "shared"
}

// holds says which of the four are held by an office whose work the role may do.
func holds(role account.Role, what string) bool { return sees(role, what) && what != "shared" }

// told is an answer without what differs from request to request.
func told(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var problem map[string]any
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &problem), "%d %s", w.Code, w.Body)
	delete(problem, "request_id")
	delete(problem, "instance")
	return fmt.Sprint(w.Code, " ", problem)
}

// TestIsolationByRoleRouteAndObject tries every route of the description that takes the id of something an office
// holds, as every role, on what is in sight and on what is not: the latter must not differ from what does not exist.
func TestIsolationByRoleRouteAndObject(t *testing.T) {
	t.Parallel()
	w := newIsolated(t)
	s, err := loadSpec(Config{})
	require.NoError(t, err)
	var routes []string
	for key := range s.operations {
		route := strings.Replace(key, " "+basePath, " ", 1)
		if strings.Contains(route, ":") && !slices.Contains(elsewhere, route) {
			require.NotEmpty(t, absent().at(route), "%s: say in this test what its id is", route)
			routes = append(routes, route)
		}
	}
	// Looking comes before changing, so that what is in sight stays as it was made for all who look.
	slices.SortFunc(routes, func(a, b string) int {
		return strings.Compare(strings.TrimPrefix(a, "GET")+a, strings.TrimPrefix(b, "GET")+b)
	})
	for _, visible := range []bool{false, true} {
		for _, route := range routes {
			for role, who := range w.readers {
				w.try(t, s, route, role, who, visible)
			}
		}
	}
}

// try asks a route as one role for all objects in sight, or for all that are not.
func (w *isolated) try(t *testing.T, s *spec, route string, role account.Role, who string, visible bool) {
	t.Helper()
	method, _, _ := strings.Cut(route, " ")
	_, denied := account.Allow(account.Actor{Kind: account.KindOperator, Role: role}, s.operations[strings.Replace(route, " ", " "+basePath, 1)].action, account.Object{})
	nothing := w.ask(method, absent().at(route), bodies[route], who)
	if denied != nil {
		require.Equal(t, 403, nothing.Code, "%s as %s", route, role)
		return
	}
	for what, p := range w.things {
		in, held := sees(role, what), holds(role, what)
		if strings.Contains(route, "/quarantine/") {
			in = what == "own" || what == "other" // a share is of a ticket, not of an office's channel
		}
		if route == readersRoute && role == account.Auditor {
			in, held = true, true // who looked is told without what was seen
		}
		if in != visible {
			continue
		}
		answer := w.ask(method, p.at(route), bodies[route], who)
		if visible && strings.Contains(route, " /asks/") {
			w.askAgain(t)
		}
		if !visible {
			require.Equal(t, 404, answer.Code, "%s of %s as %s: %s", route, what, role, answer.Body)
			require.Equal(t, told(t, nothing), told(t, answer), "%s of %s as %s", route, what, role)
		} else if !held && !slices.Contains(shareable, route) {
			require.Equal(t, 403, answer.Code, "%s of %s as %s: %s", route, what, role, answer.Body)
			require.Equal(t, codeShared, decode[api.Problem](t, answer, 403).Code, "%s of %s as %s", route, what, role)
		} else if slices.Contains(askedOnly, route) && what != "shared" {
			require.Equal(t, "forbidden", decode[api.Problem](t, answer, 403).Code, "%s of %s as %s", route, what, role)
		} else if !slices.Contains(mayMiss, route) {
			require.NotContains(t, []int{403, 404, 500}, answer.Code, "%s of %s as %s: %s", route, what, role, answer.Body)
		}
		w.requireSilent(t, route, role, answer.Body.String(), what)
	}
}

// askAgain opens what was just ended, for all who look after.
func (w *isolated) askAgain(t *testing.T) {
	t.Helper()
	w.exec(t, `UPDATE side_request SET state = 'open', ended_at = NULL, ended_by = NULL, answer_id = NULL, seen_at = NULL, reminded_at = NULL`)
	w.exec(t, `UPDATE ticket_share SET ended_at = NULL WHERE ended_at IS NOT NULL`)
}

// requireSilent looks for the marks of what the role must not see, apart from the object asked for.
func (w *isolated) requireSilent(t *testing.T, route string, role account.Role, body string, except string) {
	t.Helper()
	for what, p := range w.things {
		if what != except && !sees(role, what) {
			require.NotContains(t, body, p.mark, "%s as %s tells of %s", route, role, what)
			require.NotContains(t, body, p.number, "%s as %s tells of %s", route, role, what)
		}
	}
}

// standings bring all four tickets into a queue; each list is asked for while they stand in it.
var standings = []struct{ queues, as string }{
	{"office unassigned attention all", ""},
	{"mine", `assignee_id = (SELECT id FROM operator WHERE login = $1)`},
	{"waiting", `assignee_id = NULL, waiting_since = now()`},
	{"snoozed", `snoozed_until = now() + interval '1 day'`},
	{"closed", `snoozed_until = NULL, waiting_since = NULL, status = 'closed', closed_at = now()`},
}

// TestIsolationOfLists asks all that lists, counts and finds, as every role.
func TestIsolationOfLists(t *testing.T) {
	t.Parallel()
	w := newIsolated(t)
	own, ours := w.things["own"], []string{"own", "other", "confidential", "shared"}
	// One citizen behind all four, and a card that is in sight for the sake of one of them.
	w.exec(t, `UPDATE ticket SET contact_id = $1`, own.contact)
	asked := []string{
		"/deliveries?state=failed", "/contacts/" + own.contact.String() + "/tickets", "/contacts/" + own.contact.String(),
		"/tickets/" + own.number, "/tickets/" + own.number + "/messages", "/tickets/" + own.number + "/events", "/quarantine", "/quarantine/piles",
		"/asks?box=received", "/asks?box=sent", "/experts", "/duplicates", "/mentions",
	}
	for what := range w.things {
		asked = append(asked, "/contacts?q=citt"+what+"@posta.example")
	}
	for role, who := range w.readers {
		w.exec(t, `UPDATE side_request SET asked_by = (SELECT id FROM operator WHERE login = $1)`, string(role))
		for _, path := range asked {
			w.requireListed(t, path, role, who)
		}
		var want []string
		for _, what := range ours {
			if sees(role, what) {
				want = append(want, w.things[what].number)
			}
		}
		w.requireFound(t, role, who, want)
	}
	for _, standing := range standings {
		for role, who := range w.readers {
			w.stand(t, standing.as, role)
			for _, queue := range strings.Fields(standing.queues) {
				for _, q := range []string{"", "&q=pratica", "&q=citt", "&q=" + own.number[:4], "&order=waiting", "&order=newest"} {
					w.requireListed(t, "/tickets?queue="+queue+q, role, who)
				}
			}
		}
	}
	// Where nobody is shown anything, nothing is proved. What is said of these two has tests of its own.
	unseen := slices.DeleteFunc(slices.Collect(maps.Keys(w.listed)), func(path string) bool { return w.listed[path] })
	require.ElementsMatch(t, []string{"/contacts?q=cittconfidential@posta.example", "/duplicates", "/mentions"}, unseen)
}

// stand changes all four tickets for a reader.
func (w *isolated) stand(t *testing.T, as string, role account.Role) {
	t.Helper()
	switch {
	case strings.Contains(as, "$1"):
		w.exec(t, `UPDATE ticket SET `+as, string(role))
	case as != "":
		w.exec(t, `UPDATE ticket SET `+as)
	}
}

// requireListed asks for a list as a role, which must learn nothing of what is out of its sight, and notes what anybody is shown.
func (w *isolated) requireListed(t *testing.T, path string, role account.Role, who string) {
	t.Helper()
	answer := w.ask("GET", basePath+path, "", who)
	require.Contains(t, []int{200, 403}, answer.Code, "%s as %s: %s", path, role, answer.Body)
	body := answer.Body.String()
	for _, p := range w.things {
		w.listed[path] = w.listed[path] || strings.Contains(body, p.mark) || strings.Contains(body, p.number)
	}
	if strings.HasPrefix(path, "/quarantine") && answer.Code == 200 {
		require.NotContains(t, body, "cittconfidential")
		return
	}
	w.requireSilent(t, path, role, body, "")
}

// requireFound compares what a role finds with what it may see, one by one and counted.
func (w *isolated) requireFound(t *testing.T, role account.Role, who string, want []string) {
	t.Helper()
	if role == account.Auditor {
		require.Equal(t, 403, w.ask("GET", basePath+"/tickets", "", who).Code)
		require.Equal(t, 403, w.ask("GET", basePath+"/tickets/counts", "", who).Code)
		return
	}
	var every []string
	for _, thing := range w.things {
		every = append(every, thing.number)
	}
	byNumber := "number=" + strings.Join(every, ",")
	held := slices.DeleteFunc(slices.Clone(want), func(number string) bool { return number == w.things["shared"].number })
	for query, want := range map[string][]string{"queue=all": want, "queue=all&q=pratica": want, byNumber: want, "queue=attention": held, "queue=unassigned": held} {
		var found []string
		for _, each := range decode[api.TicketList](t, w.ask("GET", basePath+"/tickets?"+query, "", who), 200).Items {
			found = append(found, each.Number)
			require.Equal(t, each.Number == w.things["shared"].number, each.SharedOnly, "%s as %s", query, role)
			if each.Number == w.things["own"].number {
				require.NotContains(t, each.Attention, api.AttentionSuggestion, "the other ticket is out of sight for %s", role)
			}
		}
		require.ElementsMatch(t, want, found, "%s as %s", query, role)
	}
	counts := decode[api.Counts](t, w.ask("GET", basePath+"/tickets/counts", "", who), 200)
	require.Equal(t, len(want), counts.All, "%s", role)
	require.Equal(t, len(held), counts.Unassigned)
	require.Equal(t, len(held), counts.Failed, "what is only shared is for others to decide")
	require.Equal(t, len(held), counts.Attention)
	require.Equal(t, 1, counts.Office)
}

// A share is for reading and remarking: the ticket says so, and what one writes on it is kept for notes alone.
func TestIsolationOfAShare(t *testing.T) {
	t.Parallel()
	w := newIsolated(t)
	shared, own, who := basePath+"/tickets/"+w.things["shared"].number, w.things["own"].number, w.readers[account.BackOffice]
	require.True(t, w.ticket(t, w.things["shared"].number, who).SharedOnly)
	require.False(t, w.ticket(t, own, who).SharedOnly)
	require.Equal(t, 200, w.ask("PUT", shared+"/drafts/note", `{"text":"Da sentire"}`, who).Code)
	require.Equal(t, "Da sentire", decode[api.Draft](t, w.ask("GET", shared+"/drafts/note", "", who), 200).Text)
	require.Equal(t, 204, w.ask("DELETE", shared+"/drafts/note", "", who).Code)
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		require.Equal(t, codeShared, decode[api.Problem](t, w.ask(method, shared+"/drafts/reply", `{"text":"Gentile"}`, who), 403).Code, method)
	}
	// What is shared is not joined to one's own, from either side.
	join := w.ask("POST", basePath+"/tickets/"+own+"/joined", fmt.Sprintf(`{"ticket":%q}`, w.things["shared"].number), who)
	require.Equal(t, codeShared, decode[api.Problem](t, join, 403).Code)
}

// A ticket handed to an office out of sight answers once more, as it was left, and is gone then.
func TestIsolationAfterHandingOver(t *testing.T) {
	t.Parallel()
	w := newIsolated(t)
	own, who := w.things["own"], w.readers[account.BackOffice]
	version := w.ticket(t, own.number, who).Version
	social := id.Office{}
	require.NoError(t, w.pool.QueryRow(t.Context(), `SELECT id FROM office WHERE slug = 'sociale'`).Scan(&social))
	body := fmt.Sprintf(`{"version":%d,"office_id":%q}`, version, social)
	after := decode[api.Ticket](t, w.ask("PATCH", basePath+"/tickets/"+own.number, body, who), 200)
	require.Equal(t, "Servizi sociali", after.Office.Name)
	require.Empty(t, after.Suggestions, "the other ticket is the new office's")
	require.Equal(t, 404, w.ask("GET", basePath+"/tickets/"+own.number, "", who).Code)
}

// Of what was joined the ticket of another office goes back there: taken out it answers once more, and is gone then.
func TestIsolationAfterParting(t *testing.T) {
	t.Parallel()
	w := newIsolated(t)
	own, other, who := w.things["own"].number, w.things["other"].number, w.readers[account.BackOffice]
	join := w.ask("POST", basePath+"/tickets/"+own+"/joined", fmt.Sprintf(`{"ticket":%q}`, other), w.readers[account.FirstLevel])
	require.Equal(t, 200, join.Code, join.Body)
	require.Equal(t, own, w.ticket(t, other, who).Number)
	parted := decode[api.Ticket](t, w.ask("DELETE", basePath+"/tickets/"+own+"/joined/"+other, "", who), 200)
	require.Equal(t, other, parted.Number)
	require.Equal(t, 404, w.ask("GET", basePath+"/tickets/"+other, "", who).Code)

	// Nobody is given what they do not see: it would be nobody's.
	assign := func(number string, to account.Role) *httptest.ResponseRecorder {
		var operator uuid.UUID
		require.NoError(t, w.pool.QueryRow(t.Context(), `SELECT id FROM operator WHERE login = $1`, to).Scan(&operator))
		first := w.readers[account.FirstLevel]
		return w.ask("PATCH", basePath+"/tickets/"+number, fmt.Sprintf(`{"version":%d,"assignee_id":%q}`, w.ticket(t, number, first).Version, operator), first)
	}
	// The list of colleagues says the same beforehand, of each office asked about.
	works := func(offices ...string) map[string]bool {
		said := map[string]bool{}
		path := basePath + "/operators?office=" + strings.Join(offices, ",")
		for _, each := range decode[api.OperatorList](t, w.ask("GET", path, "", who), 200).Items {
			said[each.Name] = *each.Works
		}
		return said
	}
	taxes, urp := w.taxes.String(), w.officeID(t, "urp").String()
	for role := range w.readers {
		require.Equal(t, holds(role, "own"), works(taxes)[string(role)], role)
		require.Equal(t, holds(role, "other"), works(urp)[string(role)], role)
		require.Equal(t, holds(role, "confidential"), works(w.officeID(t, "sociale").String())[string(role)], role)
		require.Equal(t, holds(role, "own") && holds(role, "other"), works(taxes, urp)[string(role)], role)
	}
	require.Equal(t, 200, assign(own, account.BackOffice).Code)
	for number, to := range map[string]account.Role{other: account.BackOffice, own: account.Auditor} {
		require.Equal(t, "assignee_unseen", (*decode[api.Problem](t, assign(number, to), 422).Fields)[0].Code, to)
	}
}
