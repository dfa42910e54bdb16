package webform_test

import (
	"encoding/json"
	"os"
	"path/filepath"
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
