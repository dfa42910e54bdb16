package httpapi

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
)

// Whom only a confidential office knows is nobody to everybody else: an address or a code of hers is answered as one that
// nobody has, wherever it is typed.
func TestIsolationOfWhomOnlyAConfidentialOfficeKnows(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.exec(t, `UPDATE office SET confidential = true WHERE id = $1`, d.taxes)
	me, inside := d.signIn(t, "lucia"), d.enter(t, "marta", account.BackOffice)
	write := func(from string, office id.Office) (number string) {
		number = d.receive(t, d.letter("Buongiorno", func(e *intake.Event) {
			e.Message.From = intake.Address{Kind: "email", Value: from + "@posta.example", Name: from + " Neri"}
		}))
		d.exec(t, `UPDATE ticket SET office_id = $2 WHERE number = $1`, number, office)
		return number
	}
	gina := d.ticket(t, write("gina", d.taxes), inside).Contact.ID
	ada := d.ticket(t, write("ada", d.urp), me).Contact.ID
	d.exec(t, `UPDATE contact SET fiscal_code = 'RSSMRA85T10A562S', vat_number = '00162210348' WHERE id = $1`, gina)
	d.exec(t, `INSERT INTO contact_address (id, contact_id, kind, value, display, verified_at) VALUES ($1, $2, 'mobile', '+393401234567', '340 1234567', now())`, uuid.New(), gina)
	card := func(c uuid.UUID, who string) api.Contact {
		return decode[api.Contact](t, d.ask("GET", basePath+"/contacts/"+c.String(), "", who), 200)
	}

	// Two cards, one with what is hers and one with what is nobody's, are alike but for the values.
	bruno := d.ticket(t, write("bruno", d.urp), me).Contact.ID
	tell := func(c uuid.UUID, mail, phone string) (said []string) {
		at := basePath + "/contacts/" + c.String()
		say := func(method, path, body string) {
			r := d.ask(method, path, fmt.Sprintf(`{"version":%d,%s}`, card(c, me).Version, body), me)
			said = append(said, fmt.Sprint(method, r.Code))
		}
		say("POST", at+"/addresses", `"kind":"email","value":"`+mail+`"`)
		say("POST", at+"/addresses", `"kind":"email","value":"`+mail+`"`)
		say("POST", at+"/addresses", `"kind":"mobile","value":"`+phone+`"`)
		say("PATCH", at, `"fiscal_code":"RSSMRA85T10A562S","vat_number":"00162210348"`)
		now := card(c, me)
		for _, a := range now.Addresses {
			if a.Value == mail {
				say("PATCH", at+"/addresses/"+a.ID.String(), `"shared":true`)
				say("PATCH", at+"/addresses/"+a.ID.String(), `"shared":false`)
			}
		}
		for _, a := range card(c, me).Addresses {
			said = append(said, fmt.Sprint(a.Kind, a.Shared, a.Verified, a.UndeliverableSince, a.SuppressedSince))
		}
		alike, err := json.Marshal(decode[api.DuplicateList](t, d.ask("GET", at+"/duplicates", "", me), 200))
		require.NoError(t, err)
		require.NotContains(t, string(alike), gina.String())
		return said
	}
	require.Equal(t, tell(bruno, "gianni@posta.example", "+393407654321"), tell(ada, "gina@posta.example", "+393401234567"))

	// At the counter too, under her name or another one.
	for _, name := range []string{"Gina Neri", "gina neri", "Rina Bianchi", ""} {
		for _, what := range []string{`"email":"gina@posta.example"`, `"phone":"340 1234567"`, `"fiscal_code":"RSSMRA85T10A562S"`} {
			d.exec(t, `UPDATE contact SET fiscal_code = '' WHERE id <> $1`, gina)
			d.exec(t, `DELETE FROM contact_address WHERE aside`)
			got := d.record(t, me, "mine", fmt.Sprintf(`,"person":{"name":%q,%s}`, name, what))
			require.NotEqual(t, gina, d.ticket(t, got.Number, me).Contact.ID, "%s %s", name, what)
		}
	}
	require.Equal(t, 404, d.ask("GET", basePath+"/contacts/"+gina.String(), "", me).Code)
	require.Len(t, card(gina, inside).Addresses, 2)
	require.Equal(t, gina, d.ticket(t, write("gina", d.taxes), inside).Contact.ID, "what she writes is still hers")
}
