package httpapi

import (
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
