package webform

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

//go:embed forms/*.json
var ready embed.FS

const (
	// maxFields bounds a form.
	maxFields = 60
	// Unless a form says otherwise, in characters.
	shortText, longText, mostText = 200, 2000, 20000
	mostAttachments               = 20
)

// forms are those that the channel offers, the ready ones first, and what is wrong with the administrator's.
func (c *Config) forms() (forms []*Form, wrong []mistake) {
	for name, offered := range map[string]bool{"richiesta-assistenza": c.Assistance, "segnalazione-disservizio": c.Report} {
		if !offered {
			continue
		}
		text, err := ready.ReadFile("forms/" + name + ".json")
		if err == nil {
			var form *Form
			if form, err = readForm(text); err == nil {
				forms = append(forms, form)
				continue
			}
		}
		panic(fmt.Sprintf("the ready form %s: %v", name, err))
	}
	slices.SortFunc(forms, func(a, b *Form) int { return strings.Compare(a.ID, b.ID) })
	for i, text := range c.Own {
		pointer := "/forms/" + strconv.Itoa(i)
		form, err := readForm([]byte(text))
		var bad *formError
		switch {
		case errors.As(err, &bad):
			wrong = append(wrong, mistake{pointer, "webform.form", bad.summary, bad.remedy})
			continue
		case err != nil:
			wrong = append(wrong, mistake{pointer, "webform.form", Words{err.Error(), err.Error()}, Words{}})
			continue
		}
		if slices.ContainsFunc(forms, func(f *Form) bool { return f.ID == form.ID }) {
			wrong = append(wrong, mistake{pointer, "webform.form.id",
				Words{"Un altro modulo si chiama già «" + form.ID + "».", "Another form is called \"" + form.ID + "\" already."},
				Words{"Cambiare $id.", "Change $id."}})
			continue
		}
		forms = append(forms, form)
	}
	if len(forms) == 0 && len(wrong) == 0 {
		wrong = append(wrong, mistake{"/assistance", "webform.none",
			Words{"Il canale non offre nessun modulo.", "The channel offers no form."},
			Words{"Offrirne almeno uno.", "Offer at least one."}})
	}
	return forms, wrong
}

// formError says what is wrong with a form and what to do about it.
type formError struct{ summary, remedy Words }

// Error is the English summary.
func (e *formError) Error() string { return e.summary.EN }

// wrongAt is a mistake at a field.
func wrongAt(field, it, en, remedyIT, remedyEN string) error {
	if field != "" {
		it, en = "Campo «"+field+"»: "+it, "Field \""+field+"\": "+en
	}
	return &formError{Words{it, en}, Words{remedyIT, remedyEN}}
}

// wording is a title with its explanation, what values are called, and the heading that begins with this field.
type wording struct {
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Values      map[string]string `json:"values"`
	Section     string            `json:"section"`
}

// document is a form as written.
type document struct {
	Schema     string          `json:"$schema"`
	ID         string          `json:"$id"`
	Version    string          `json:"x-version"`
	Type       string          `json:"type"`
	IT         wording         `json:"x-it"`
	EN         wording         `json:"x-en"`
	Required   []string        `json:"required"`
	Properties json.RawMessage `json:"properties"`
	Reach      bool            `json:"x-reach"`
	Additional *bool           `json:"additionalProperties"`
}

// property is a field as written.
type property struct {
	Type      string            `json:"type"`
	Format    string            `json:"format"`
	MinLength int               `json:"minLength"`
	MaxLength int               `json:"maxLength"`
	MaxItems  int               `json:"maxItems"`
	Pattern   string            `json:"pattern"`
	Enum      []string          `json:"enum"`
	Const     *bool             `json:"const"`
	IT        wording           `json:"x-it"`
	EN        wording           `json:"x-en"`
	Lines     int               `json:"x-lines"`
	When      map[string]string `json:"x-when"`
	Role      Role              `json:"x-role"`
	Past      bool              `json:"x-past"`
}

// strict reads JSON without keys that it does not know: a hint with a mistake in its name would silently do nothing.
func strict(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows after the end")
	}
	return nil
}

var (
	idForm    = regexp.MustCompile(`^[a-z][a-z0-9-]{1,59}$`)
	nameForm  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	valueForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$`)
)

// readForm reads a form as an administrator writes it.
func readForm(text []byte) (*Form, error) {
	var d document
	if err := strict(text, &d); err != nil {
		return nil, notJSON("", err)
	}
	switch {
	case !idForm.MatchString(d.ID):
		return nil, wrongAt("", "Il modulo non ha un nome breve valido ($id).", "The form has no valid short name ($id).",
			"Scrivere $id con lettere minuscole, cifre e trattini, per esempio \"iscrizione-nido\".", "Write $id in small letters, digits and hyphens, such as \"nursery-place\".")
	case d.IT.Title == "":
		return nil, wrongAt("", "Il modulo non ha un titolo.", "The form has no title.",
			"Scriverlo in x-it, title; in x-en quello inglese.", "Write it into x-it, title; the English one into x-en.")
	case d.Type != "" && d.Type != "object":
		return nil, wrongAt("", "Il tipo del modulo non è object.", "The form's type is not object.", "Scrivere \"type\": \"object\".", "Write \"type\": \"object\".")
	}
	names, properties, err := ordered(d.Properties)
	if err != nil {
		return nil, err
	}
	f := &Form{
		ID: d.ID, Version: d.Version, Title: Words{d.IT.Title, d.EN.Title}, Intro: Words{d.IT.Description, d.EN.Description}, Reach: d.Reach,
	}
	for i, name := range names {
		field, err := readField(name, properties[i], slices.Contains(d.Required, name))
		if err != nil {
			return nil, err
		}
		f.Fields = append(f.Fields, field)
	}
	return f, f.check(d.Required)
}

func notJSON(field string, err error) error {
	return wrongAt(field, "non si legge come JSON Schema: "+err.Error()+".", "it does not read as JSON Schema: "+err.Error()+".",
		"Controllare virgole, virgolette e nomi: sono ammessi solo quelli della guida.", "Check commas, quotes and names: only those of the guide are allowed.")
}

// ordered reads an object keeping the order in which its keys are written.
func ordered(object json.RawMessage) (names []string, values []json.RawMessage, err error) {
	decoder := json.NewDecoder(bytes.NewReader(object))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, nil, wrongAt("", "Il modulo non ha campi.", "The form has no fields.", "Scriverli in properties.", "Write them into properties.")
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, nil, notJSON("properties", err)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, nil, notJSON(fmt.Sprint(key), err)
		}
		names, values = append(names, fmt.Sprint(key)), append(values, value)
	}
	if len(names) == 0 || len(names) > maxFields {
		return nil, nil, wrongAt("", fmt.Sprintf("Il modulo ha %d campi.", len(names)), fmt.Sprintf("The form has %d fields.", len(names)),
			fmt.Sprintf("Scriverne da 1 a %d.", maxFields), fmt.Sprintf("Write 1 to %d.", maxFields))
	}
	return names, values, nil
}

// check finds what is wrong between fields.
func (f *Form) check(required []string) error {
	seen := map[string]bool{}
	roles := map[Role]bool{}
	for i := range f.Fields {
		field := &f.Fields[i]
		if seen[field.Name] {
			return wrongAt(field.Name, "c'è due volte.", "it is there twice.", "Cambiare uno dei due nomi.", "Change one of the names.")
		}
		for _, a := range field.When {
			other := f.field(a.Field)
			if other == nil || !seen[a.Field] || !other.takes(a.Value) {
				return wrongAt(field.Name, "dipende da «"+a.Field+"» = «"+a.Value+"», che prima non c'è.", "it depends on \""+a.Field+"\" = \""+a.Value+"\", which is not before it.",
					"In x-when scrivere una scelta precedente e uno dei suoi valori.", "In x-when write an earlier choice and one of its values.")
			}
		}
		if field.Role != "" && roles[field.Role] {
			return wrongAt(field.Name, "il ruolo «"+string(field.Role)+"» è già di un altro campo.", "the role \""+string(field.Role)+"\" is another field's already.",
				"Togliere x-role da uno dei due.", "Remove x-role from one of them.")
		}
		seen[field.Name], roles[field.Role] = true, true
	}
	for _, name := range required {
		if !seen[name] {
			return wrongAt(name, "è obbligatorio ma non c'è.", "it is required but not there.", "Correggere il nome in required.", "Correct its name in required.")
		}
	}
	if f.with(RoleEmail) == nil && f.with(RolePhone) == nil {
		return wrongAt("", "Il modulo non chiede dove rispondere.", "The form does not ask where to answer.",
			"Dare a un campo e-mail x-role \"email\", o a un telefono x-role \"phone\".", "Give an e-mail field the x-role \"email\", or a telephone the x-role \"phone\".")
	}
	return nil
}

// takes says whether a field can have a value.
func (f *Field) takes(value string) bool {
	if f.Kind == KindConsent {
		return value == agreed
	}
	return slices.ContainsFunc(f.Choices, func(c Choice) bool { return c.Value == value })
}
