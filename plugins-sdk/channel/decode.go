package channel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Decode makes a configuration struct of what a channel was opened with: the secrets are put where their pointers say,
// defaults of the schema are filled in, and what the schema of T does not allow is a Misconfigured failure.
func Decode[T any](config json.RawMessage, secrets map[string]string) (T, error) {
	var out T
	judge, err := newSchemaJudge(Schema[T]())
	if err != nil {
		return out, err
	}
	document, findings := judge.document(Check{Config: config, Secrets: secrets})
	if len(findings) > 0 {
		return out, Misconfigured("config.schema", strings.TrimSpace(findings[0].Pointer+" "+findings[0].Summary), nil)
	}
	encoded, err := json.Marshal(document)
	if err != nil {
		return out, fmt.Errorf("decoding the configuration: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&out); err != nil {
		return out, Misconfigured("config.decode", err.Error(), err)
	}
	return out, nil
}

// withSecrets puts each secret at its pointer.
func withSecrets(document any, secrets map[string]string) (any, error) {
	for _, pointer := range slices.Sorted(maps.Keys(secrets)) {
		if pointer == "" || pointer[0] != '/' {
			return nil, fmt.Errorf("secret at %q: not a JSON pointer", pointer)
		}
		placed, err := place(document, pointerSteps(pointer), secrets[pointer])
		if err != nil {
			return nil, fmt.Errorf("secret at %q: %w", pointer, err)
		}
		document = placed
	}
	return document, nil
}

func pointerSteps(pointer string) []string {
	steps := strings.Split(pointer[1:], "/")
	for i, step := range steps {
		steps[i] = strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
	}
	return steps
}

// place sets a value below node; missing objects are made, elements of arrays must exist.
func place(node any, steps []string, value string) (any, error) {
	if len(steps) == 0 {
		return value, nil
	}
	switch at := node.(type) {
	case nil:
		return place(map[string]any{}, steps, value)
	case map[string]any:
		placed, err := place(at[steps[0]], steps[1:], value)
		if err != nil {
			return nil, err
		}
		at[steps[0]] = placed
		return at, nil
	case []any:
		index, err := strconv.Atoi(steps[0])
		if err != nil || index < 0 || index >= len(at) {
			return nil, fmt.Errorf("no element %q", steps[0])
		}
		placed, err := place(at[index], steps[1:], value)
		if err != nil {
			return nil, err
		}
		at[index] = placed
		return at, nil
	}
	return nil, errors.New("nothing can be placed there")
}

// withDefaults fills in what the schema gives a default for, in the objects that are there.
func withDefaults(schema map[string]any, node any) any {
	switch at := node.(type) {
	case map[string]any:
		properties, _ := schema["properties"].(map[string]any)
		for name, property := range properties {
			rules, _ := property.(map[string]any)
			if value, ok := at[name]; ok {
				at[name] = withDefaults(rules, value)
			} else if value, ok := rules["default"]; ok {
				at[name] = value
			}
		}
	case []any:
		rules, _ := schema["items"].(map[string]any)
		for i := range at {
			at[i] = withDefaults(rules, at[i])
		}
	}
	return node
}
