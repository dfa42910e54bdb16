package webform

import (
	"cmp"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sportello.dev/adapters/internal/phone"
	"sportello.dev/plugins-sdk/fiscal"
)

// problem is what is wrong with an answer, in words that say what to do.
type problem struct {
	field string
	Words
}

// dateForm is how browsers write a date that was chosen.
const dateForm = "2006-01-02"

// judge finds what is wrong with answers and brings those that are right into the form in which they are kept.
func (f *Form) judge(v Values, files []file, now time.Time) (Values, []problem) {
	kept := Values{}
	var problems []problem
	for _, field := range f.asked(v) {
		value, wrong := field.judge(v[field.Name], attached(files, field.Name), now)
		if value != "" {
			kept[field.Name] = value
		}
		if wrong != nil {
			problems = append(problems, problem{field.Name, *wrong})
		}
	}
	problems = append(problems, f.unreachable(v, problems)...)
	// In the order of the questions, whoever found them.
	slices.SortStableFunc(problems, func(a, b problem) int { return cmp.Compare(f.place(a.field), f.place(b.field)) })
	return kept, problems
}

func (f *Form) place(field string) int {
	return slices.IndexFunc(f.Fields, func(each Field) bool { return each.Name == field })
}

// unreachable asks for somewhere to answer, and that the way preferred is one of them.
func (f *Form) unreachable(v Values, found []problem) []problem {
	email, number := f.with(RoleEmail), f.with(RolePhone)
	first := email
	if first == nil {
		first = number
	}
	if f.Reach && v.of(f, RoleEmail) == "" && v.of(f, RolePhone) == "" {
		return []problem{{first.Name, Words{"Scriva un'e-mail o un numero di cellulare: serve per risponderle.", "Write an e-mail address or a mobile number: we need it to answer you."}}}
	}
	for role, field := range map[Role]*Field{RoleEmail: email, RolePhone: number} {
		wanted := v.of(f, RolePreference) == string(role) && field != nil && v[field.Name] == ""
		if wanted && !slices.ContainsFunc(found, func(p problem) bool { return p.field == field.Name }) {
			return []problem{{field.Name, Words{"Lo scriva, perché ha chiesto la risposta qui.", "Write it, since you asked to be answered here."}}}
		}
	}
	return nil
}

func attached(files []file, field string) int {
	n := 0
	for _, f := range files {
		if f.Field == field {
			n++
		}
	}
	return n
}

// judge returns the answer as it is kept, or what is wrong with it.
func (f *Field) judge(value string, files int, now time.Time) (string, *Words) {
	if f.Kind == KindAttachments {
		switch {
		case files > f.MaxItems:
			n := strconv.Itoa(f.MaxItems)
			return "", &Words{"Al massimo " + n + " file: ne tolga qualcuno.", "At most " + n + " files: remove some."}
		case f.Required && files == 0:
			return "", &Words{"Alleghi almeno un file.", "Attach at least one file."}
		}
		return "", nil
	}
	if value == "" {
		return "", f.missing()
	}
	if wrong := f.length(value); wrong != nil {
		return value, wrong
	}
	switch f.Kind {
	case KindFiscalCode:
		return judgeFiscalCode(value)
	case KindPhone:
		return judgePhone(value)
	case KindEmail:
		return judgeEmail(value)
	case KindDate:
		return f.judgeDate(value, now)
	case KindChoice:
		if !f.takes(value) {
			return "", &Words{"Scelga una delle risposte.", "Choose one of the answers."}
		}
	case KindConsent:
		if value != agreed {
			return "", f.missing()
		}
	}
	if f.Pattern != nil && !f.Pattern.MatchString(value) {
		return value, &Words{"Non è scritto come richiesto.", "It is not written as required."}
	}
	return value, nil
}

func (f *Field) missing() *Words {
	if !f.Required {
		return nil
	}
	switch f.Kind {
	case KindConsent:
		return &Words{"Metta la spunta per continuare.", "Tick the box to continue."}
	case KindChoice:
		return &Words{"Scelga una risposta.", "Choose an answer."}
	}
	return &Words{"Serve una risposta.", "An answer is needed."}
}

func (f *Field) length(value string) *Words {
	n := utf8.RuneCountInString(value)
	switch {
	case n > f.MaxLength:
		return &Words{
			"È troppo lungo: " + strconv.Itoa(n) + " caratteri, al massimo " + strconv.Itoa(f.MaxLength) + ".",
			"It is too long: " + strconv.Itoa(n) + " characters, at most " + strconv.Itoa(f.MaxLength) + ".",
		}
	case n < f.MinLength:
		return &Words{"Scriva qualche parola in più.", "Please write a few more words."}
	}
	return nil
}

func judgeFiscalCode(value string) (string, *Words) {
	code := fiscal.Clean(value)
	switch fiscal.CheckCode(code) {
	case fiscal.Shape:
		return value, &Words{"Il codice fiscale ha 16 lettere e cifre: lo copi dalla tessera sanitaria.", "The codice fiscale has 16 letters and digits: copy it from your health card."}
	case fiscal.Check:
		return value, &Words{"C'è un carattere sbagliato: lo confronti con la tessera sanitaria.", "One character is wrong: compare it with your health card."}
	case fiscal.Date:
		return value, &Words{"La data di nascita nel codice non esiste: lo confronti con la tessera sanitaria.", "The date of birth in the code does not exist: compare it with your health card."}
	}
	return code, nil
}

func judgePhone(value string) (string, *Words) {
	address, ok := phone.Read(value, true)
	if !ok {
		return value, &Words{"Non è un numero di telefono completo, per esempio 333 123 4567.", "Not a complete telephone number, such as 333 123 4567."}
	}
	return address.Value, nil
}

// maxEmail is the longest address that mail servers take.
const maxEmail = 254

func judgeEmail(value string) (string, *Words) {
	wrong := &Words{"Non è un indirizzo e-mail completo, per esempio nome@posta.it.", "Not a complete e-mail address, such as name@mail.com."}
	parsed, err := mail.ParseAddress(value)
	if err != nil || parsed.Address != value || len(value) > maxEmail {
		return value, wrong
	}
	_, domain, _ := strings.Cut(value, "@")
	if !strings.Contains(domain, ".") || strings.HasSuffix(domain, ".") {
		return value, wrong
	}
	return value, nil
}

func (f *Field) judgeDate(value string, now time.Time) (string, *Words) {
	for _, form := range []string{dateForm, "2/1/2006", "2-1-2006", "2.1.2006"} {
		date, err := time.Parse(form, value)
		if err != nil {
			continue
		}
		if f.Past && date.After(now) {
			return value, &Words{"La data non può essere nel futuro.", "The date cannot be in the future."}
		}
		return date.Format(dateForm), nil
	}
	return value, &Words{"Non è una data, per esempio 31/12/2025.", "Not a date, such as 31/12/2025."}
}
