package webform

import (
	"regexp"
	"slices"
)

// Kind is what a field asks for.
type Kind string

// The kinds of field.
const (
	KindText        Kind = "text"
	KindLong        Kind = "long"
	KindFiscalCode  Kind = "codice-fiscale"
	KindPhone       Kind = "phone"
	KindEmail       Kind = "email"
	KindAddress     Kind = "address"
	KindDate        Kind = "date"
	KindChoice      Kind = "choice"
	KindAttachments Kind = "attachments"
	KindConsent     Kind = "consent"
)

// Role is what a field is for, beside being read.
type Role string

// The roles: who writes, where to be answered, how the answer shall come, what it is about.
const (
	RoleName       Role = "name"
	RoleSurname    Role = "surname"
	RoleEmail      Role = "email"
	RolePhone      Role = "phone"
	RolePreference Role = "preference"
	RoleSubject    Role = "subject"
)

// Form is what a citizen fills in.
type Form struct {
	ID, Version string
	Title       Words
	// Intro is what to know before beginning.
	Intro  Words
	Fields []Field
	// Reach asks for an e-mail address or a telephone number, where neither field is required alone.
	Reach bool
}

// Field is one question.
type Field struct {
	Name        string
	Kind        Kind
	Role        Role
	Label, Help Words
	Required    bool
	// MinLength and MaxLength are in characters; MaxItems is of attachments.
	MinLength, MaxLength, MaxItems int
	Lines                          int
	Pattern                        *regexp.Regexp
	Choices                        []Choice
	// Past refuses dates to come.
	Past bool
	// When are the answers that make the question appear, one of them; none: always.
	When []Answer
	// Section is the heading under which the field stands first.
	Section Words
}

// Choice is one possible answer.
type Choice struct {
	Value string
	Label Words
}

// Answer is a field with a value.
type Answer struct{ Field, Value string }

// Values are what was typed, by field.
type Values map[string]string

// asked says whether a field's condition holds.
func (f *Field) asked(v Values) bool {
	return len(f.When) == 0 || slices.ContainsFunc(f.When, func(a Answer) bool { return v[a.Field] == a.Value })
}

// asked are the fields whose questions apply to these answers; a question that depends on one not asked is not asked.
func (f *Form) asked(v Values) []*Field {
	known := Values{}
	var all []*Field
	for i := range f.Fields {
		field := &f.Fields[i]
		if !field.asked(known) {
			continue
		}
		all = append(all, field)
		if value := v[field.Name]; value != "" {
			known[field.Name] = value
		}
	}
	return all
}

func (f *Form) field(name string) *Field {
	i := slices.IndexFunc(f.Fields, func(field Field) bool { return field.Name == name })
	if i < 0 {
		return nil
	}
	return &f.Fields[i]
}

// with is the field of a role, if the form has one.
func (f *Form) with(role Role) *Field {
	i := slices.IndexFunc(f.Fields, func(field Field) bool { return field.Role == role })
	if i < 0 {
		return nil
	}
	return &f.Fields[i]
}

// of is what was typed in the field of a role.
func (v Values) of(f *Form, role Role) string {
	if field := f.with(role); field != nil {
		return v[field.Name]
	}
	return ""
}

// label is what a choice is called.
func (f *Field) label(value string) Words {
	for _, c := range f.Choices {
		if c.Value == value {
			return c.Label
		}
	}
	return Words{IT: value, EN: value}
}
