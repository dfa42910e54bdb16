package pluginhost

import (
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// maxDepth ends the walk through a schema that refers to itself.
const maxDepth = 32

// fillDefaults returns value with the defaults of schema in the places that are empty. root resolves references.
func fillDefaults(root, schema, value any, depth int) any {
	node, ok := resolve(root, schema, depth).(map[string]any)
	if !ok || depth > maxDepth {
		return value
	}
	switch v := value.(type) {
	case map[string]any:
		properties, _ := node["properties"].(map[string]any)
		for name, property := range properties {
			if inner, present := v[name]; present {
				v[name] = fillDefaults(root, property, inner, depth+1)
			} else if standard, ok := defaultOf(root, property, depth); ok {
				v[name] = standard
			}
		}
	case []any:
		for i := range v {
			v[i] = fillDefaults(root, node["items"], v[i], depth+1)
		}
	}
	return value
}

func defaultOf(root, schema any, depth int) (any, bool) {
	node, ok := resolve(root, schema, depth).(map[string]any)
	if !ok {
		return nil, false
	}
	standard, ok := node["default"]
	return standard, ok
}

// resolve follows references inside the schema: "#/$defs/server".
func resolve(root, schema any, depth int) any {
	for ; depth <= maxDepth; depth++ {
		node, _ := schema.(map[string]any)
		ref, ok := node["$ref"].(string)
		if !ok {
			return schema
		}
		rest, local := strings.CutPrefix(ref, "#")
		if !local {
			return nil
		}
		schema = lookup(root, splitPointer(rest))
	}
	return nil
}

func lookup(value any, path []string) any {
	for _, name := range path {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[name]
	}
	return value
}

// place puts a secret where its pointer says, making objects on the way. A pointer that leads through something else
// than objects changes nothing; the schema then misses the secret and says so.
func place(value any, path []string, secret string) any {
	if len(path) == 0 {
		return secret
	}
	switch v := value.(type) {
	case nil:
		return map[string]any{path[0]: place(nil, path[1:], secret)}
	case map[string]any:
		v[path[0]] = place(v[path[0]], path[1:], secret)
	case []any:
		if i, ok := index(path[0], len(v)); ok {
			v[i] = place(v[i], path[1:], secret)
		}
	}
	return value
}

func index(text string, length int) (int, bool) {
	n := 0
	if text == "" || len(text) > 4 {
		return 0, false
	}
	for _, r := range text {
		if r < '0' || r > '9' {
			return 0, false
		}
		n = 10*n + int(r-'0')
	}
	return n, n < length
}

func splitPointer(pointer string) []string {
	if pointer == "" {
		return nil
	}
	parts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
	}
	return parts
}

func joinPointer(parts []string) string {
	var b strings.Builder
	for _, part := range parts {
		b.WriteString("/" + strings.ReplaceAll(strings.ReplaceAll(part, "~", "~0"), "/", "~1"))
	}
	return b.String()
}

// violationText is the validator's own sentence, in English; the interface translates by code.
func violationText(e *jsonschema.ValidationError) string {
	return e.ErrorKind.LocalizedString(message.NewPrinter(language.English))
}
