package channel

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"
)

// Schema makes the JSON Schema 2020-12 of a configuration struct, for Description.ConfigSchema.
//
// Fields are named by their json tags and required unless they say omitempty; keys that the struct does not have are
// refused. The jsonschema tag holds the rules ("minimum=1,default=993"), and tags of its own hold the rest:
//
//	secret:"true"               write-only: kept encrypted, handed over in Opening.Secrets, never shown again
//	it:"Titolo|Descrizione"     title and description in Italian, as "x-it": {"title": ..., "description": ...}
//	en:"Title|Description"      the same in English, as "x-en"; also the schema's own title and description
//	itwords:"tls=TLS|none=No"   what an enumeration's values are called in Italian, as "x-it": {"values": {...}}
//	enwords:"tls=TLS|none=No"   the same in English
//	group:"imap"                fields that a form shows together, as "x-group"; see Group for its heading
//	peer:"true"                 names a server that gets the secrets, as "x-peer": when it changes, they are typed again
//	advanced:"true"             shown only on demand, as "x-advanced"
//	lines:"8"                   a text of several lines, as "x-lines"
//	when:"/auth=xoauth2|/a=b"   shown only where one of these fields has this value, as "x-when"
//
// Forms add headings (Group) and ready-made settings of known providers (Preset). A struct that cannot be described is
// a mistake in the program, found by its first test: Schema panics.
func Schema[T any](forms ...FormPart) []byte {
	reflector := jsonschema.Reflector{Anonymous: true, DoNotReference: true, ExpandedStruct: true}
	kind := reflect.TypeFor[T]()
	schema := reflector.ReflectFromType(kind)
	decorate(schema, kind)
	for _, part := range forms {
		part.add(schema)
	}
	encoded, err := json.Marshal(schema)
	if err != nil {
		panic(fmt.Sprintf("schema of %s: %v", kind, err))
	}
	return encoded
}

// decorate adds what the tags of this package say to the properties of a struct, at any depth.
func decorate(schema *jsonschema.Schema, kind reflect.Type) {
	for kind.Kind() == reflect.Pointer || kind.Kind() == reflect.Slice || kind.Kind() == reflect.Array {
		if kind.Kind() != reflect.Pointer && schema.Items != nil {
			schema = schema.Items
		}
		kind = kind.Elem()
	}
	if kind.Kind() != reflect.Struct || schema.Properties == nil {
		return
	}
	for field := range kind.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && name == "" {
			decorate(schema, field.Type)
			continue
		}
		if property, ok := schema.Properties.Get(name); ok {
			label(property, field.Tag)
			decorate(property, field.Type)
		}
	}
}

func label(property *jsonschema.Schema, tag reflect.StructTag) {
	if property.Extras == nil {
		property.Extras = map[string]any{}
	}
	for _, language := range languages {
		text, ok := tag.Lookup(language)
		if !ok {
			continue
		}
		words := wording(text)
		if values := pairs(tag.Get(language + "words")); len(values) > 0 {
			words["values"] = values
		}
		property.Extras["x-"+language] = words
		if language == "en" {
			property.Title, property.Description, _ = strings.Cut(text, "|")
		}
	}
	if group := tag.Get("group"); group != "" {
		property.Extras["x-group"] = group
	}
	if tag.Get("peer") == "true" {
		property.Extras["x-peer"] = true
	}
	if tag.Get("advanced") == "true" {
		property.Extras["x-advanced"] = true
	}
	if lines, err := strconv.Atoi(tag.Get("lines")); err == nil {
		property.Extras["x-lines"] = lines
	}
	if when := pairs(tag.Get("when")); len(when) > 0 {
		property.Extras["x-when"] = when
	}
	if tag.Get("secret") == "true" {
		property.WriteOnly = true
	}
}
