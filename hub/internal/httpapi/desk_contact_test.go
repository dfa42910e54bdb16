package httpapi

import (
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/intake"
)

// A citizen says at the counter where the answer shall go.
func TestAnOperatorNotesWhereAContactWantsToBeAnswered(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	number := d.receive(t, d.letter("Buongiorno", nil))
	ada := d.ticket(t, number, me).Contact.ID
	d.sms(t, ada, false)
	d.exec(t, `UPDATE contact_address SET preferred = false`)
	path := "/api/v1/contacts/" + ada.String()
	addresses := func(c api.Contact) (preferred []string, byValue map[string]uuid.UUID) {
		byValue = map[string]uuid.UUID{}
		for _, a := range c.Addresses {
			byValue[a.Value] = a.ID
			if a.Preferred {
				preferred = append(preferred, a.Value)
			}
		}
		return preferred, byValue
	}
	target := func() string {
		return decode[api.DeliveryChoice](t, d.ask("GET", "/api/v1/tickets/"+number+"/delivery-choice", "", me), 200).Choice.To.Address
	}
	_, known := addresses(decode[api.Contact](t, d.ask("GET", path, "", me), 200))
	require.Equal(t, "ada@posta.example", target())

	now := decode[api.Contact](t, d.ask("PUT", path+"/preferred-address", `{"address_id":"`+known["+393401234567"].String()+`"}`, me), 200)
	preferred, _ := addresses(now)
	require.Equal(t, []string{"+393401234567"}, preferred)
	require.Equal(t, "+393401234567", target(), "what the citizen told an operator needs no other proof")

	now = decode[api.Contact](t, d.ask("PUT", path+"/preferred-address", `{}`, me), 200)
	preferred, _ = addresses(now)
	require.Empty(t, preferred)
	require.Equal(t, "ada@posta.example", target())
	require.Equal(t, 404, d.ask("PUT", path+"/preferred-address", `{"address_id":"`+uuid.NewString()+`"}`, me).Code, "somebody else's address")
	require.Equal(t, 404, d.ask("PUT", "/api/v1/contacts/"+uuid.NewString()+"/preferred-address", `{}`, me).Code)
	require.Equal(t, 401, d.ask("PUT", path+"/preferred-address", `{}`).Code)
}

// Two operators have the card open: who comes second is told, and nothing is lost.
func TestACardIsWrittenByOneAtATime(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	ada := d.ticket(t, d.receive(t, d.letter("Buongiorno", nil)), me).Contact.ID
	path := "/api/v1/contacts/" + ada.String()
	now := decode[api.Contact](t, d.ask("GET", path, "", me), 200)
	patch := func(what string) *httptest.ResponseRecorder {
		return d.ask("PATCH", path, `{"version":`+strconv.FormatInt(now.Version, 10)+`,`+what+`}`, me)
	}
	wrong := problem(t, patch(`"fiscal_code":"RSSMRA85T10A562T"`))
	require.Equal(t, "fiscal_code fiscal_check", (*wrong.Fields)[0].Field+" "+(*wrong.Fields)[0].Code)

	changed := decode[api.Contact](t, patch(`"fiscal_code":"RSSMRA85T10A562S","notes":"Chiamare la mattina"`), 200)
	require.Equal(t, "RSSMRA85T10A562S", *changed.FiscalCode)
	require.Equal(t, codeStale, problem(t, patch(`"notes":"Chiamare la sera"`)).Code)

	now = changed
	added := decode[api.Contact](t, d.ask("POST", path+"/addresses", `{"version":`+strconv.FormatInt(now.Version, 10)+`,"kind":"mobile","value":"340 7654321"}`, me), 200)
	require.Len(t, added.Addresses, 2)
	for _, a := range added.Addresses {
		if a.Kind == api.AddressKindMobile {
			at := path + "/addresses/" + a.ID.String()
			require.Equal(t, codeStale, problem(t, d.ask("PATCH", at, `{"version":1,"usable":false}`, me)).Code)
			decode[api.Contact](t, d.ask("PATCH", at, `{"version":`+strconv.FormatInt(added.Version, 10)+`,"usable":false}`, me), 200)
		}
	}
	require.Equal(t, 404, d.ask("PATCH", "/api/v1/contacts/"+uuid.NewString(), `{"version":1,"name":"Ada"}`, me).Code)
}

// Merging shows two as one to whoever may see both; undoing it shows each with what is its own.
func TestIsolationOfContacts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	bruno := d.person(t, "bruno", "Bruno Tributi", account.BackOffice)
	require.NoError(t, d.stores.Offices.Join(t.Context(), d.pool, d.taxes, bruno.ID))
	me, back := d.signIn(t, "lucia"), d.signIn(t, "bruno")
	number := d.receive(t, d.letter("Buongiorno", nil))
	ada := d.ticket(t, number, me).Contact.ID
	twin := uuid.New()
	d.exec(t, `UPDATE contact SET fiscal_code = 'RSSMRA85T10A562S' WHERE id = $1`, ada)
	d.exec(t, `INSERT INTO contact (id, name, fiscal_code) VALUES ($1, 'A. Rossi', 'RSSMRA85T10A562S')`, twin)
	second := d.receive(t, d.letter("Buonasera", nil))
	require.NotEqual(t, number, second)
	d.exec(t, `UPDATE message SET contact_id = $1 WHERE ticket_id = (SELECT id FROM ticket WHERE number = $2)`, twin, second)
	d.exec(t, `UPDATE ticket_party SET contact_id = $1 WHERE ticket_id = (SELECT id FROM ticket WHERE number = $2)`, twin, second)
	d.exec(t, `UPDATE ticket SET contact_id = $1, office_id = $3 WHERE number = $2`, twin, second, d.taxes)
	hers, his := "/api/v1/contacts/"+ada.String(), "/api/v1/contacts/"+twin.String()
	alike := func(path, who string) (names []string) {
		for _, each := range decode[api.DuplicateList](t, d.ask("GET", path+"/duplicates", "", who), 200).Items {
			names = append(names, each.Name+" "+each.Reasons[0].Code)
		}
		return names
	}
	require.Equal(t, []string{"A. Rossi same_fiscal_code"}, alike(hers, me))
	require.Empty(t, alike(his, back), "who belongs to another office's request is not named")
	body := func(c uuid.UUID) string { return `{"contact_id":"` + c.String() + `"}` }
	for _, hidden := range []struct{ method, path, body string }{
		{"GET", hers, ""}, {"PATCH", hers, `{"version":1,"name":"X"}`}, {"PUT", hers + "/preferred-address", `{}`},
		{"POST", hers + "/addresses", `{"version":1,"kind":"mobile","value":"340 7654321"}`}, {"GET", hers + "/duplicates", ""},
		{"POST", hers + "/merged", body(twin)}, {"POST", his + "/merged", body(ada)}, {"POST", his + "/distinct", body(ada)},
		{"DELETE", hers + "/merged/" + twin.String(), ""},
	} {
		require.Equal(t, 404, d.ask(hidden.method, hidden.path, hidden.body, back).Code, "%s %s", hidden.method, hidden.path)
	}
	require.Equal(t, 200, d.ask("GET", his, "", back).Code, "he has a request in the office")

	pairs := func() []api.DuplicatePair {
		return decode[api.DuplicatePairList](t, d.ask("GET", "/api/v1/duplicates", "", me), 200).Items
	}
	require.Equal(t, []any{api.DuplicatePairStrengthCode, "same_fiscal_code"}, []any{pairs()[0].Strength, pairs()[0].Reasons[0].Code})
	require.ElementsMatch(t, []uuid.UUID{ada, twin}, []uuid.UUID{pairs()[0].One.ID, pairs()[0].Other.ID})
	require.Equal(t, 403, d.ask("GET", "/api/v1/duplicates", "", back).Code, "the town's list is for who sees the town")
	require.Equal(t, 400, d.ask("GET", "/api/v1/duplicates?cursor=x", "", me).Code)
	d.exec(t, `UPDATE office SET confidential = true WHERE id = $1`, d.taxes)
	require.Empty(t, pairs(), "one of the two belongs to a confidential office's request")
	d.exec(t, `UPDATE office SET confidential = false WHERE id = $1`, d.taxes)

	one := decode[api.Contact](t, d.ask("POST", hers+"/merged", body(twin), me), 200)
	require.Equal(t, "A. Rossi", one.Merged[0].Name)
	require.Equal(t, ada, decode[api.Contact](t, d.ask("GET", his, "", me), 200).ID)
	require.Equal(t, 200, d.ask("GET", his, "", back).Code, "as one they have a request in the office")
	require.Equal(t, 422, d.ask("POST", his+"/merged", body(ada), me).Code, "they are one: no ring")
	parted := decode[api.Contact](t, d.ask("DELETE", hers+"/merged/"+twin.String(), "", me), 200)
	require.Empty(t, parted.Merged)
	require.Equal(t, 409, d.ask("DELETE", hers+"/merged/"+twin.String(), "", me).Code)
	require.Equal(t, 204, d.ask("POST", hers+"/distinct", body(twin), me).Code)
	require.Empty(t, alike(hers, me))
	require.Empty(t, pairs(), "told apart for good")
}

// What a citizen said about being written to, and whom he has to do with: noted, shown, and told to nobody out of sight.
func TestIsolationOfConsentsAndRelations(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	bruno := d.person(t, "bruno", "Bruno Tributi", account.BackOffice)
	require.NoError(t, d.stores.Offices.Join(t.Context(), d.pool, d.taxes, bruno.ID))
	me, back := d.signIn(t, "lucia"), d.signIn(t, "bruno")
	write := func(from, office string) uuid.UUID {
		number := d.receive(t, d.letter("Buongiorno", func(e *intake.Event) {
			e.Message.From = intake.Address{Kind: "email", Value: from + "@posta.example", Name: from + " Neri"}
		}))
		d.exec(t, `UPDATE ticket SET office_id = (SELECT id FROM office WHERE slug = $2) WHERE number = $1`, number, office)
		return d.ticket(t, number, me).Contact.ID
	}
	gina, dino := write("gina", "tributi"), write("dino", "urp")
	hers, his := "/api/v1/contacts/"+gina.String(), "/api/v1/contacts/"+dino.String()
	version := func() string {
		return strconv.FormatInt(decode[api.Contact](t, d.ask("GET", hers, "", me), 200).Version, 10)
	}

	seen := version()
	consent := `{"version":` + seen + `,"category":"events","given":true,"source":"counter","wording":"Iniziative della biblioteca","said_on":"2026-01-02"}`
	now := decode[api.Contact](t, d.ask("POST", hers+"/consents", consent, me), 200)
	require.Len(t, now.Consents, 1)
	require.Equal(t, "Lucia Ferri", *now.Consents[0].RecordedBy)
	require.Equal(t, "2026-01-02", now.Consents[0].SaidOn.String())
	require.Equal(t, codeStale, problem(t, d.ask("POST", hers+"/consents", consent, me)).Code, "written over what somebody else saw")
	wrong := problem(t, d.ask("POST", hers+"/consents", `{"version":`+version()+`,"category":"events","given":true,"source":"phone","said_on":"2026-01-02"}`, me))
	require.Equal(t, "wording required", (*wrong.Fields)[0].Field+" "+(*wrong.Fields)[0].Code)
	refusal := `{"version":` + version() + `,"category":"any","given":false,"source":"phone","said_on":"2026-02-03"}`
	require.Len(t, decode[api.Contact](t, d.ask("POST", hers+"/consents", refusal, me), 200).Consents, 2)
	require.Len(t, decode[api.ConsentList](t, d.ask("GET", hers+"/consents", "", back), 200).Items, 2)

	related := `{"version":` + version() + `,"contact_id":"` + dino.String() + `","role":"has_delegate","valid_until":"2099-12-31"}`
	decode[api.Contact](t, d.ask("POST", hers+"/relations", related, me), 200)
	all := decode[api.RelationList](t, d.ask("GET", hers+"/relations", "", me), 200).Items
	require.Len(t, all, 1)
	require.Equal(t, []any{"dino Neri", api.RelationRoleHasDelegate, "2099-12-31"}, []any{all[0].Contact.Name, all[0].Role, all[0].ValidUntil.String()})
	require.Equal(t, api.RelationRoleDelegateOf, decode[api.RelationList](t, d.ask("GET", his+"/relations", "", me), 200).Items[0].Role)
	require.Empty(t, decode[api.RelationList](t, d.ask("GET", hers+"/relations", "", back), 200).Items, "whose request is another office's is not named")
	require.Equal(t, 404, d.ask("POST", hers+"/relations", `{"version":`+version()+`,"contact_id":"`+dino.String()+`","role":"household"}`, back).Code)
	found := func(who string) (names []string) {
		for _, each := range decode[api.FoundContactList](t, d.ask("GET", "/api/v1/contacts?q=neri", "", who), 200).Items {
			names = append(names, each.Name)
		}
		return names
	}
	require.Equal(t, []string{"dino Neri", "gina Neri"}, found(me))
	require.Equal(t, []string{"gina Neri"}, found(back))
	decode[api.Contact](t, d.ask("DELETE", hers+"/relations/"+all[0].ID.String(), "", me), 200)
	require.Empty(t, decode[api.RelationList](t, d.ask("GET", his+"/relations", "", me), 200).Items)
}
