package webform

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// agreed is the value of a consent that was given.
const agreed = "true"

// reserved are the names of the page's own fields.
var reserved = []string{fieldSeal, fieldAction, fieldLanguage, fieldTrap, fieldRemove}

func readField(name string, text json.RawMessage, required bool) (Field, error) {
	if !nameForm.MatchString(name) || slices.Contains(reserved, name) {
		return Field{}, wrongAt(name, "il nome non va bene.", "the name cannot be used.",
			"Usare lettere minuscole, cifre e _, al massimo 40.", "Use small letters, digits and _, at most 40.")
	}
	var p property
	if err := strict(text, &p); err != nil {
		return Field{}, notJSON(name, err)
	}
	f := Field{
		Name: name, Role: p.Role, Label: Words{p.IT.Title, p.EN.Title}, Help: Words{p.IT.Description, p.EN.Description},
		Required: required, MinLength: p.MinLength, MaxLength: p.MaxLength, MaxItems: p.MaxItems, Lines: p.Lines, Past: p.Past,
		Section: Words{p.IT.Section, p.EN.Section},
	}
	if f.Label.IT == "" {
		return Field{}, wrongAt(name, "manca la domanda.", "the question is missing.", "Scriverla in x-it, title.", "Write it into x-it, title.")
	}
	for _, pointer := range slices.Sorted(maps.Keys(p.When)) {
		f.When = append(f.When, Answer{strings.TrimPrefix(pointer, "/"), p.When[pointer]})
	}
	if err := f.kind(&p); err != nil {
		return Field{}, err
	}
	if err := f.bounds(&p); err != nil {
		return Field{}, err
	}
	return f, f.role()
}

// kind settles what the field asks for.
func (f *Field) kind(p *property) error {
	switch {
	case p.Type == "boolean":
		f.Kind = KindConsent
	case p.Type == "array" && p.Format == string(KindAttachments):
		f.Kind = KindAttachments
	case p.Type != "string":
		return wrongAt(f.Name, "il tipo «"+p.Type+"» non esiste.", "there is no type \""+p.Type+"\".",
			"Usare string, boolean (consenso) o array con format attachments.", "Use string, boolean (consent), or array with format attachments.")
	case len(p.Enum) > 0:
		f.Kind = KindChoice
		return f.choices(p)
	case p.Format == "":
		if f.Kind = KindText; p.Lines > 1 {
			f.Kind = KindLong
		}
	case slices.Contains([]Kind{KindFiscalCode, KindPhone, KindEmail, KindAddress, KindDate}, Kind(p.Format)):
		f.Kind = Kind(p.Format)
	default:
		return wrongAt(f.Name, "il formato «"+p.Format+"» non esiste.", "there is no format \""+p.Format+"\".",
			"Usare email, phone, codice-fiscale, address o date.", "Use email, phone, codice-fiscale, address or date.")
	}
	return nil
}

func (f *Field) choices(p *property) error {
	seen := map[string]bool{}
	for _, value := range p.Enum {
		if !valueForm.MatchString(value) || seen[value] || p.IT.Values[value] == "" {
			return wrongAt(f.Name, "la scelta «"+value+"» non va bene, è doppia o non ha un nome.", "the choice \""+value+"\" cannot be used, is there twice, or has no name.",
				"Valori di lettere, cifre, punto e trattino, tutti diversi, con il nome in x-it, values.", "Values of letters, digits, dots and hyphens, all different, with their names in x-it, values.")
		}
		seen[value] = true
		f.Choices = append(f.Choices, Choice{value, Words{p.IT.Values[value], p.EN.Values[value]}})
	}
	return nil
}

// bounds fills in what is not said and refuses what makes no sense.
func (f *Field) bounds(p *property) error {
	most := shortText
	switch f.Kind {
	case KindLong:
		most = longText
	case KindAddress:
		most = 300
	}
	if f.MaxLength == 0 {
		f.MaxLength = most
	}
	if f.MaxLength < 0 || f.MaxLength > mostText || f.MinLength < 0 || f.MinLength > f.MaxLength {
		return wrongAt(f.Name, "le lunghezze non hanno senso.", "the lengths make no sense.",
			fmt.Sprintf("minLength non più di maxLength, e questa non più di %d.", mostText), fmt.Sprintf("minLength no more than maxLength, and that no more than %d.", mostText))
	}
	if f.MaxItems == 0 {
		f.MaxItems = 5
	}
	if f.MaxItems < 1 || f.MaxItems > mostAttachments {
		return wrongAt(f.Name, "il numero di allegati non va bene.", "the number of attachments cannot be used.",
			fmt.Sprintf("maxItems da 1 a %d.", mostAttachments), fmt.Sprintf("maxItems from 1 to %d.", mostAttachments))
	}
	if p.Pattern == "" {
		return nil
	}
	pattern, err := regexp.Compile(p.Pattern)
	if err != nil || f.Kind != KindText {
		return wrongAt(f.Name, "l'espressione in pattern non va bene.", "the expression in pattern cannot be used.",
			"Correggerla o toglierla; vale solo per testi brevi.", "Correct or remove it; it is for short texts only.")
	}
	f.Pattern = pattern
	return nil
}

// role holds the field against what it is for.
func (f *Field) role() error {
	kinds := map[Role]Kind{
		RoleName: KindText, RoleSurname: KindText, RoleSubject: KindText, RoleEmail: KindEmail, RolePhone: KindPhone, RolePreference: KindChoice, "": f.Kind,
	}
	kind, known := kinds[f.Role]
	if !known || kind != f.Kind {
		return wrongAt(f.Name, "il ruolo «"+string(f.Role)+"» non va con questo campo.", "the role \""+string(f.Role)+"\" does not go with this field.",
			"name, surname e subject sono testi, email e phone i loro formati, preference una scelta.", "name, surname and subject are texts, email and phone their formats, preference a choice.")
	}
	if f.Role != RolePreference {
		return nil
	}
	for _, c := range f.Choices {
		if c.Value != string(RoleEmail) && c.Value != string(RolePhone) {
			return wrongAt(f.Name, "la scelta «"+c.Value+"» non dice dove rispondere.", "the choice \""+c.Value+"\" does not say where to answer.",
				"I valori sono email e phone.", "The values are email and phone.")
		}
	}
	return nil
}
