package channel

import (
	"strings"

	"github.com/invopop/jsonschema"
)

// languages of every form.
var languages = []string{"it", "en"}

// FormPart is what a form shows beside its fields: a Group or a Preset.
type FormPart interface {
	add(schema *jsonschema.Schema)
}

// Group is the heading of the fields that carry its name in their group tag. Groups stand in the order given.
type Group struct {
	Name string
	// IT and EN are "Title|Description".
	IT, EN string
}

func (g Group) add(schema *jsonschema.Schema) {
	appendExtra(schema, "x-groups", map[string]any{"name": g.Name, "x-it": wording(g.IT), "x-en": wording(g.EN)})
}

// Preset fills in what is the same for every customer of a provider.
type Preset struct {
	Name string
	// IT and EN are "Title|What to prepare at the provider".
	IT, EN string
	// Values by JSON pointer.
	Values map[string]any
}

func (p Preset) add(schema *jsonschema.Schema) {
	appendExtra(schema, "x-presets", map[string]any{
		"name": p.Name, "x-it": wording(p.IT), "x-en": wording(p.EN), "values": p.Values,
	})
}

func appendExtra(schema *jsonschema.Schema, name string, entry map[string]any) {
	if schema.Extras == nil {
		schema.Extras = map[string]any{}
	}
	list, _ := schema.Extras[name].([]map[string]any)
	schema.Extras[name] = append(list, entry)
}

// wording splits "Title|Description".
func wording(text string) map[string]any {
	title, description, _ := strings.Cut(text, "|")
	return map[string]any{"title": title, "description": description}
}

// pairs reads "key=value|key=value".
func pairs(text string) map[string]string {
	all := map[string]string{}
	for pair := range strings.SplitSeq(text, "|") {
		if key, value, ok := strings.Cut(pair, "="); ok {
			all[key] = value
		}
	}
	return all
}
