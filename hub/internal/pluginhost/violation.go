package pluginhost

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// violations lists the leaves of the error's tree: those name the fields. The interface words them by code.
func violations(e *jsonschema.ValidationError) []Diagnostic {
	if len(e.Causes) > 0 {
		var all []Diagnostic
		for _, cause := range e.Causes {
			all = append(all, violations(cause)...)
		}
		return all
	}
	at := func(code string, below ...string) Diagnostic {
		return Diagnostic{
			Severity: SeverityError, Code: "config." + code, Summary: violationText(e),
			Pointer: joinPointer(append(append([]string{}, e.InstanceLocation...), below...)),
		}
	}
	each := func(code string, names []string) (all []Diagnostic) {
		for _, name := range names {
			all = append(all, at(code, name))
		}
		return all
	}
	switch rule := e.ErrorKind.(type) {
	case *kind.Required:
		return each("required", rule.Missing)
	case *kind.AdditionalProperties:
		return each("unknown", rule.Properties)
	case *kind.Enum, *kind.Const:
		return []Diagnostic{at("enum")}
	case *kind.Type:
		return []Diagnostic{at("type")}
	case *kind.Format, *kind.Pattern:
		return []Diagnostic{at("format")}
	case *kind.Minimum, *kind.Maximum, *kind.ExclusiveMinimum, *kind.ExclusiveMaximum:
		return []Diagnostic{at("range")}
	case *kind.MinLength, *kind.MinItems:
		return []Diagnostic{at("short")}
	case *kind.MaxLength, *kind.MaxItems:
		return []Diagnostic{at("long")}
	}
	return []Diagnostic{at("schema")}
}

// walk visits the properties of a schema with their paths; elements of arrays it leaves out.
func walk(root, schema any, path []string, depth int, visit func(path []string, node map[string]any)) {
	node, ok := resolve(root, schema, depth).(map[string]any)
	if !ok || depth > maxDepth {
		return
	}
	properties, _ := node["properties"].(map[string]any)
	for name, property := range properties {
		inner, ok := resolve(root, property, depth).(map[string]any)
		if !ok {
			continue
		}
		at := append(append([]string{}, path...), name)
		visit(at, inner)
		walk(root, inner, at, depth+1, visit)
	}
}

// exposed finds secrets among the settings, which everybody who may see a channel's setup reads.
func (a *about) exposed(config []byte) (wrong []Diagnostic) {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(config))
	if err != nil {
		return nil // check says so
	}
	walk(a.tree, a.tree, nil, 0, func(path []string, node map[string]any) {
		if node["writeOnly"] == true && lookup(value, path) != nil {
			wrong = append(wrong, Diagnostic{
				Severity: SeverityError, Pointer: joinPointer(path), Code: "config.exposed", Summary: "A secret belongs among the secrets, not the settings.",
			})
		}
	})
	return wrong
}

// otherPeers says whether a setting that names a server, marked x-peer, is another than before.
func (a *about) otherPeers(before, after json.RawMessage) bool {
	old, err := a.filled(before)
	if err != nil {
		return true
	}
	fresh, err := a.filled(after)
	if err != nil {
		return true
	}
	changed := false
	walk(a.tree, a.tree, nil, 0, func(path []string, node map[string]any) {
		if to := lookup(fresh, path); node["x-peer"] == true && to != nil && !reflect.DeepEqual(to, lookup(old, path)) {
			changed = true
		}
	})
	return changed
}
