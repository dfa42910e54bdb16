package redact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sportello.dev/hub/internal/redact"
)

var giulia = redact.Person{
	Names:  []string{"Giulia Ferrero", "G. Ferrero", "Li Ò"},
	Values: []string{"giulia.ferrero@posta.example", "+393331234567", "0119876543", "FRRGLI80A41L219X", "Via Po 12", "12"},
}

func TestCover(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text, want string
		covered    int
	}{
		"nothing":             {"La frana di via Roma 12, foglio 7.", "La frana di via Roma 12, foglio 7.", 0},
		"names":               {"Sono GIULIA, la sig.ra Ferrero.", "Sono [omissis], la sig.ra [omissis].", 2},
		"short names are not": {"Li ho visti.", "Li ho visti.", 0},
		"inside a word":       {"I ferreri lavorano.", "I ferreri lavorano.", 0},
		"addresses":           {"a giulia.ferrero@posta.example o luca@altrove.example.", "a [omissis] o [omissis].", 2},
		"telephones":          {"333 123 4567, 011/987.65.43, +39 333-1234567", "[omissis], [omissis], [omissis]", 3},
		"other numbers":       {"Prot. 20261234567 del 12.03.2026", "Prot. 20261234567 del 12.03.2026", 0},
		"codes":               {"cf frrgli80a41l219x e RSSMRA80A01F205X", "cf [omissis] e [omissis]", 2},
		"account":             {"IT60 X054 2811 1010 0000 0123 456", "[omissis]", 1},
		"a place":             {"Abito in via po 12 da sempre", "Abito in [omissis] da sempre", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, covered := giulia.Cover(c.text)
			require.Equal(t, c.want, got)
			require.Equal(t, c.covered, covered)
		})
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	token := "t" + strings.Repeat("a2", 13)
	for _, text := range []string{
		"Da: URP <urp+" + token + "@comune.example>", "<m." + token[1:] + "." + token[1:] + "@comune.example>",
		"Codice K7QF-0000-AAAA-1111-BBBB-2222-CC", "https://x.example/segui?n=1&s=K7QF0000AAAA1111BBBB2222CC",
	} {
		got := redact.Keys(text)
		require.Contains(t, got, redact.Cover)
		require.NotContains(t, got, token[1:])
		require.NotContains(t, got, "2222")
	}
	require.Equal(t, "Sono alla casa blu dopo vent'anni", redact.Keys("Sono alla casa blu dopo vent'anni"))
}

// However a known word stands in a text, it does not get out.
func TestCoverProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		around := rapid.StringMatching(`[ ,;:!?()\n]{1,3}`)
		value := rapid.SampledFrom([]string{"Giulia", "ferrero", "giulia.ferrero@posta.example", "FRRGLI80A41L219X", "333 1234567"}).Draw(r, "value")
		got, covered := giulia.Cover("oggi" + around.Draw(r, "before") + value + around.Draw(r, "after") + "domani")
		require.NotContains(r, strings.ToLower(got), strings.ToLower(value))
		require.Equal(r, 1, covered)
		require.True(r, strings.HasPrefix(got, "oggi") && strings.HasSuffix(got, "domani"))
	})
}

func FuzzCover(f *testing.F) {
	f.Add("Giulia 333 123 4567 giulia@x.example")
	f.Fuzz(func(t *testing.T, text string) {
		once, _ := giulia.Cover(redact.Keys(text))
		_, more := giulia.Cover(once)
		require.Zero(t, more, "what is covered stays so: %q", once)
	})
}
