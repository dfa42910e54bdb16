package httpapi

import (
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/httpapi/api"
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
