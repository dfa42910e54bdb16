package channel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// schemaJudge holds configurations against a schema.
type schemaJudge struct {
	plain    map[string]any
	compiled *jsonschema.Schema
}

func newSchemaJudge(schema []byte) (*schemaJudge, error) {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	plain, ok := parsed.(map[string]any)
	if !ok {
		return nil, errors.New("the schema is not an object")
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	const name = "config.json"
	if err := compiler.AddResource(name, parsed); err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	compiled, err := compiler.Compile(name)
	if err != nil {
		return nil, fmt.Errorf("compiling the schema: %w", err)
	}
	return &schemaJudge{plain: plain, compiled: compiled}, nil
}

// check answers what the schema finds wrong with a configuration.
func (j *schemaJudge) check(check Check) []Diagnostic {
	_, findings := j.document(check)
	return findings
}

// document is the whole configuration: with its secrets and with the defaults of the schema.
func (j *schemaJudge) document(check Check) (any, []Diagnostic) {
	config := check.Config
	if len(bytes.TrimSpace(config)) == 0 {
		config = json.RawMessage(`{}`)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(config))
	if err == nil {
		document, err = withSecrets(document, check.Secrets)
	}
	if err != nil {
		return nil, []Diagnostic{{
			Severity: SeverityError, Code: "config.json",
			Summary: inLanguage(check.Language, "La configurazione non è leggibile.", "The configuration cannot be read."),
			Remedy:  err.Error(),
		}}
	}
	document = withDefaults(j.plain, document)
	var invalid *jsonschema.ValidationError
	switch err := j.compiled.Validate(document); {
	case err == nil:
		return document, nil
	case errors.As(err, &invalid):
		return nil, leaves(invalid, check.Language)
	default:
		return nil, []Diagnostic{{Severity: SeverityError, Code: "config.schema", Summary: err.Error()}}
	}
}

// leaves are the innermost causes, which are the ones that a person can act on.
func leaves(invalid *jsonschema.ValidationError, language string) []Diagnostic {
	if len(invalid.Causes) == 0 {
		return findings(invalid, language)
	}
	var all []Diagnostic
	for _, cause := range invalid.Causes {
		all = append(all, leaves(cause, language)...)
	}
	return all
}

func findings(invalid *jsonschema.ValidationError, language string) []Diagnostic {
	finding := func(code, it, en string, below ...string) Diagnostic {
		return Diagnostic{
			Severity: SeverityError, Code: "config." + code, Summary: inLanguage(language, it, en),
			Pointer: pointerTo(append(append([]string{}, invalid.InstanceLocation...), below...)),
		}
	}
	switch rule := invalid.ErrorKind.(type) {
	case *kind.Required:
		var all []Diagnostic
		for _, name := range rule.Missing {
			all = append(all, finding("required", "Il campo è obbligatorio.", "The field is required.", name))
		}
		return all
	case *kind.AdditionalProperties:
		var all []Diagnostic
		for _, name := range rule.Properties {
			all = append(all, finding("unknown", "Il campo non esiste.", "There is no such field.", name))
		}
		return all
	case *kind.Enum, *kind.Const:
		return []Diagnostic{finding("enum", "Il valore non è tra quelli ammessi.", "The value is not one of those allowed.")}
	case *kind.Type:
		return []Diagnostic{finding("type", "Il tipo del valore non è quello previsto.", "The value is not of the expected type.")}
	case *kind.Format, *kind.Pattern:
		return []Diagnostic{finding("format", "Il valore non ha la forma prevista.", "The value does not have the expected form.")}
	case *kind.Minimum, *kind.Maximum, *kind.ExclusiveMinimum, *kind.ExclusiveMaximum:
		return []Diagnostic{finding("range", "Il numero è fuori dai limiti.", "The number is out of range.")}
	case *kind.MinLength, *kind.MaxLength, *kind.MinItems, *kind.MaxItems:
		return []Diagnostic{finding("length", "La lunghezza non è ammessa.", "The length is not allowed.")}
	}
	return []Diagnostic{finding("schema", "Il valore non è ammesso.", "The value is not allowed.")}
}

func pointerTo(steps []string) string {
	var pointer strings.Builder
	for _, step := range steps {
		pointer.WriteByte('/')
		pointer.WriteString(strings.ReplaceAll(strings.ReplaceAll(step, "~", "~0"), "/", "~1"))
	}
	return pointer.String()
}

func inLanguage(language, it, en string) string {
	if strings.HasPrefix(language, "en") {
		return en
	}
	return it
}
