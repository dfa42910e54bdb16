package webform_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/webform"
	"sportello.dev/plugins-sdk/channel"
)

// Whatever stands in the field of an administrator's form, it is a form or is refused with a reason in both languages.
func FuzzOwnForm(f *testing.F) {
	ready, err := filepath.Glob("forms/*.json")
	require.NoError(f, err)
	for _, name := range ready {
		text, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(string(text))
	}
	f.Add(`{"$id":"nido","x-it":{"title":"Nido"},"properties":{"email":{"type":"string","format":"email","x-role":"email","x-it":{"title":"E-mail"}}}}`)
	f.Add(`{"$id":"nido","x-it":{"title":"Nido"},"properties":{"a":{"type":"string","pattern":"(","x-it":{"title":"A"}}}}`)
	adapter := webform.New(time.Now)
	f.Fuzz(func(t *testing.T, form string) {
		config, err := json.Marshal(object{"forms": []string{form}})
		require.NoError(t, err)
		for _, language := range []string{"it", "en"} {
			for _, d := range adapter.Validate(t.Context(), channel.Check{Config: config, Language: language}) {
				require.NotEmpty(t, d.Summary)
				require.NotEmpty(t, d.Remedy)
				require.Equal(t, "/forms/0", d.Pointer)
			}
		}
	})
}

// The form that administrators copy from their guide is one.
func TestTheGuidesFormWorks(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../deploy/guides/administrator.md")
	require.NoError(t, err)
	_, chapter, found := strings.Cut(string(guide), "## Adding web forms")
	require.True(t, found)
	_, rest, found := strings.Cut(chapter, "```json\n")
	require.True(t, found)
	form, _, _ := strings.Cut(rest, "```")
	c := visit(t, "iscrizione-nido", object{"forms": []string{form}})
	typed := map[string]string{
		"nome": "Ada", "cognome": "Rossi", "email": "ada@posta.example.it", "bambino": "MRTMTT91D08F205J", "nascita": "08/04/1991", "orario": "lungo",
		"lavoro": "Turni.", "privacy": "true",
	}
	receipt := c.presses(c.presses(c.opens(), "rivedi", typed), "invia", nil)
	require.Contains(t, receipt.says(), "Abbiamo ricevuto la sua richiesta")
}
