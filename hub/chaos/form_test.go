package chaos

import (
	"html"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/postgres/pgtest"
)

// A citizen presses the button while the database is down, twice; again when it is back, and once more by impatience:
// told honestly each time, and received once.
func TestAFormIsHandedInWhileTheDatabaseIsDown(t *testing.T) {
	t.Parallel()
	p, err := sound()
	require.NoError(t, err)
	r := start(t, plan{programs: p, seed: chance(), citizens: 1, calm: time.Millisecond})
	address := "http://" + r.hub.public + "/c/webform/" + pages.slug + "/modulo/richiesta-assistenza"
	var seal string
	require.True(t, r.until(time.Now().Add(upWait), func() bool {
		page, status := browse(t.Context(), http.MethodGet, address, nil)
		if m := sealed.FindStringSubmatch(page); status == http.StatusOK && m != nil {
			seal = html.UnescapeString(m[1])
		}
		return seal != ""
	}))
	// A script and a formula, which must come through as they were typed.
	const typed = `<script>alert("ciao")</script> =HYPERLINK("http://cattivo.example") {{.}} %s`
	filled := url.Values{
		"modulo": {seal}, "lingua": {"it"}, "azione": {"invia"}, "nome": {"Ada"}, "cognome": {"Rossi"}, "email": {citizen(0)},
		"categoria": {"altro"}, "dettagli": {typed}, "privacy": {"true"},
	}

	r.database.Kill(t)
	for range 2 {
		page, status := browse(t.Context(), http.MethodPost, address, filled)
		require.Equal(t, http.StatusServiceUnavailable, status)
		require.Contains(t, page, "NON ricevuto")
		require.NotContains(t, page, "<script>alert")
	}
	r.database.Restart(t)

	var number string
	received := func() bool {
		page, status := browse(t.Context(), http.MethodPost, address, filled)
		m := receipt.FindStringSubmatch(page)
		if status != http.StatusOK || m == nil || !ticketNumber.MatchString(m[1]) {
			return false
		}
		number = m[1]
		return true
	}
	require.True(t, r.until(time.Now().Add(upWait), received))
	first := number
	require.True(t, r.until(time.Now().Add(upWait), received), "pressed once more")
	require.Equal(t, first, number, "the same receipt")

	var tickets, messages int
	var text string
	require.NoError(t, pgtest.Pool(t, r.database.URL()).QueryRow(t.Context(), `
		SELECT (SELECT count(*) FROM ticket), count(*), min(text) FROM message WHERE direction = 'inbound'`).Scan(&tickets, &messages, &text))
	require.Equal(t, []int{1, 1}, []int{tickets, messages})
	require.Contains(t, text, typed)
}
