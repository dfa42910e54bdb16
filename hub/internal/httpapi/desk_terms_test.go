package httpapi

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
)

func TestTermsAreTheAdministrators(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	head := d.person(t, "testa", "Tea Testa", account.OfficeHead)
	require.NoError(t, d.stores.Offices.Join(t.Context(), d.pool, d.urp, head.ID))
	me, boss, reader := d.signIn(t, "lucia"), d.signIn(t, "capo"), d.signIn(t, "testa")

	got := decode[api.Terms](t, d.ask("GET", "/api/v1/terms", "", reader), 200)
	require.Len(t, got.Policies, 1)
	require.NotNil(t, got.Ends[0].First, "a request that came now would be due")
	require.Equal(t, 403, d.ask("GET", "/api/v1/terms", "", me).Code)
	body := `{"policies":[{"first":{"amount":2,"unit":"hours","worked":false},"warn_percent":50},
		{"office_id":"` + d.taxes.String() + `","priority":4,"resolve":{"amount":10,"unit":"days","worked":true},"warn_percent":100}]}`
	require.Equal(t, 403, d.ask("PUT", "/api/v1/terms", body, reader).Code)
	require.Equal(t, 403, d.ask("POST", "/api/v1/terms/preview", body, reader).Code)

	// Trying changes nothing.
	tried := decode[api.Terms](t, d.ask("POST", "/api/v1/terms/preview", body, boss), 200)
	require.WithinDuration(t, d.clock.now().Add(2*time.Hour), *tried.Ends[0].First, time.Minute)
	require.Nil(t, tried.Ends[0].Resolve)
	require.Equal(t, got.Revision, decode[api.Terms](t, d.ask("GET", "/api/v1/terms", "", boss), 200).Revision)
	put := decode[api.Terms](t, d.ask("PUT", "/api/v1/terms", body, boss), 200)
	require.Equal(t, d.taxes.UUID, *put.Policies[1].OfficeID)

	// Who has an older page before him is told.
	change := func(revision string, policies string) string {
		return `{"revision":"` + revision + `","policies":` + policies + `}`
	}
	general := `[{"warn_percent":75}]`
	require.Equal(t, 409, d.ask("PUT", "/api/v1/terms", change(got.Revision, general), boss).Code)
	bad := decode[api.Problem](t, d.ask("PUT", "/api/v1/terms", change(put.Revision, `[{"first":{"amount":0,"unit":"days","worked":true},"warn_percent":75}]`), boss), 422)
	require.Equal(t, []string{"policies.0.first", "terms_amount"}, []string{(*bad.Fields)[0].Field, (*bad.Fields)[0].Code})
	for field, policy := range map[string]string{
		"policies.1.office_id":    `{"office_id":"0190c9b0-0000-7000-8000-000000000009","warn_percent":75}`,
		"policies.1.request_type": `{"request_type":"mai sentito","warn_percent":75}`,
	} {
		for method, path := range map[string]string{"PUT": "/api/v1/terms", "POST": "/api/v1/terms/preview"} {
			said := decode[api.Problem](t, d.ask(method, path, `{"policies":[{"warn_percent":75},`+policy+`]}`, boss), 422)
			require.Equal(t, []string{field, "unknown"}, []string{(*said.Fields)[0].Field, (*said.Fields)[0].Code}, method)
		}
	}

	// A letter that comes now is due by them, and lists show it.
	number := d.receive(t, d.letter("Quando si paga la TARI?", nil))
	clocks := d.ticket(t, number, me).Clocks
	require.NotNil(t, clocks)
	require.Equal(t, api.DeadlineTarget("first"), *clocks.DueFor)
	require.WithinDuration(t, d.clock.now().Add(2*time.Hour), *clocks.DueAt, time.Minute)
	require.Equal(t, 0, decode[api.Counts](t, d.ask("GET", "/api/v1/tickets/counts", "", me), 200).Overdue)
	d.clock.advance(3 * time.Hour)
	require.Equal(t, 1, decode[api.Counts](t, d.ask("GET", "/api/v1/tickets/counts", "", me), 200).Overdue)
	list := decode[api.TicketList](t, d.ask("GET", "/api/v1/tickets?queue=office&order=due", "", me), 200)
	require.Equal(t, number, list.Items[0].Number)
	require.NoError(t, d.stores.Tickets.LookAtClocks(t.Context(), d.pool))
	events := d.ask("GET", "/api/v1/tickets/"+number+"/events", "", me)
	require.Contains(t, events.Body.String(), "deadline_missed")
}

// Two administrators save at once: one is told that the other was first, and nothing of either is mixed or lost.
func TestTwoChangeTheTermsAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	boss := d.signIn(t, "capo")
	seen := decode[api.Terms](t, d.ask("GET", "/api/v1/terms", "", boss), 200)
	answers := make(chan int, 2)
	for percent := range 2 {
		go func() {
			body := fmt.Sprintf(`{"revision":%q,"policies":[{"warn_percent":%d}]}`, seen.Revision, 50+percent)
			answers <- d.ask("PUT", "/api/v1/terms", body, boss).Code
		}()
	}
	require.ElementsMatch(t, []int{200, 409}, []int{<-answers, <-answers})
	require.Contains(t, []int{50, 51}, decode[api.Terms](t, d.ask("GET", "/api/v1/terms", "", boss), 200).Policies[0].WarnPercent)
}
