package delivery

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/ticket"
)

// An acknowledgement by text message costs one message, also where the town has a long name.
func TestAcknowledgementsByTextAreShort(t *testing.T) {
	t.Parallel()
	const town = "Comune di San Giovanni in Persiceto e Crevalcore"
	for language := range shortAcknowledgements {
		text := fmt.Sprintf(acknowledgementText("mobile", language, SayReceived), "2026-000123-4", strings.ReplaceAll(secretMark, "•", "A"), town)
		require.LessOrEqual(t, utf8.RuneCountInString(text), 160, text)
		require.NotContains(t, text, "%")
		for _, part := range []string{"2026-000123-4", "AAAA-AAAA", town} {
			require.Contains(t, text, part)
		}
	}
	require.Equal(t, shortAcknowledgements["it"], acknowledgementText("mobile", "de", SayReceived))
	require.Equal(t, acknowledgements["en"], acknowledgementText("email", "en", SayReceived))
}

// A link opens the page of the request; by text message only where it stays one message.
func TestAcknowledgementsLeadToTheRequest(t *testing.T) {
	t.Parallel()
	near, far := "https://a.example/c/webform/m/richiesta", "https://sportello.comune.san-giovanni.example/c/webform/moduli-del-comune/richiesta"
	for name, c := range map[string]struct{ kind, language, page, want string }{
		"a letter":             {"email", "it", far, "\nPer seguirla sul sito: " + far + "?n=2026-000123-4&s=" + secretMark + "\n"},
		"a letter in English":  {"pec", "en", near, "\nTo follow it on our site: " + near + "?n=2026-000123-4&s=" + secretMark + "\n"},
		"a text":               {"mobile", "de", near, "Comune di X: ricevuta la richiesta 2026-000123-4. Link riservato: " + near + "?n=2026-000123-4&s=" + secretMark},
		"a text with no room":  {"mobile", "it", far, "Codice personale e riservato per seguirla: " + secretMark},
		"a town without pages": {"email", "it", "", "Codice personale per seguire la pratica: " + secretMark + "\nIl codice"},
	} {
		a := &Acknowledgement{Ticket: &ticket.Ticket{Number: "2026-000123-4", Language: c.language}, To: ticket.Address{Kind: c.kind}}
		text := fmt.Sprintf(acknowledgementText(c.kind, c.language, SayReceived), a.Ticket.Number, secretMark, "Comune di X")
		text = followable(a, text, c.page, "Comune di X")
		require.Contains(t, text, c.want, name)
		require.NotContains(t, text, "%!", name)
		if c.kind == "mobile" {
			require.LessOrEqual(t, utf8.RuneCountInString(text), oneText, name)
		}
	}
}
