package delivery

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/redact"
	"sportello.dev/hub/internal/ticket"
)

// expertWords are what a letter to an expert says around the question.
type expertWords struct {
	subject, opening, due, back, citizen, along, from, reminder string
}

var expertLetters = map[string]expertWords{
	"it": {
		subject: "Richiesta di parere - %s",
		opening: "Buongiorno,\n\n%s (%s) le chiede un parere:",
		due:     "Le saremmo grati di una risposta entro il %s.",
		back:    "Risponda semplicemente a questo messaggio: la risposta arriva all'ufficio, non al cittadino.",
		citizen: "La richiesta è di: %s",
		along:   "Dalla richiesta:",
		from:    "Il %s ha scritto %s:",
		reminder: "Buongiorno,\n\nle ricordiamo la domanda che le abbiamo inviato il %s, a cui non risulta ancora risposta:\n\n%s\n\n" +
			"La risposta era attesa entro il %s. Può rispondere semplicemente a questo messaggio.",
	},
	"en": {
		subject: "Request for an opinion - %s",
		opening: "Hello,\n\n%s (%s) asks for your opinion:",
		due:     "We would be grateful for an answer by %s.",
		back:    "Simply reply to this message: the answer reaches the office, not the citizen.",
		citizen: "The request is by: %s",
		along:   "From the request:",
		from:    "On %s %s wrote:",
		reminder: "Hello,\n\nthis is about the question that we sent you on %s; we have not seen an answer yet:\n\n%s\n\n" +
			"The answer was due by %s. You can simply reply to this message.",
	},
}

// whoWrote names the sides of a conversation to somebody who shall not know who the citizen is.
var whoWrote = map[string][2]string{"it": {"il cittadino", "il comune"}, "en": {"the citizen", "the town"}}

// expertLanguage is the language of a letter to an expert.
func expertLanguage(language string) string {
	if _, ok := expertLetters[language]; ok {
		return language
	}
	return "it"
}

func wordsOf(language string) expertWords { return expertLetters[expertLanguage(language)] }

// dayOf writes a day as the language does.
func dayOf(at time.Time, town *office.Town, language string) string {
	if expertLanguage(language) == "en" {
		return at.In(town.Zone).Format("2 January 2006")
	}
	return at.In(town.Zone).Format("02/01/2006")
}

// alongside is what goes with a question: what was said, and who the citizen is.
type alongside struct {
	messages []*ticket.Message
	citizen  redact.Person
}

// along reads what goes with a question. What would open the ticket is covered in any case.
func (c *Composer) along(ctx context.Context, q postgres.Querier, scope account.Scope, t *ticket.Ticket, ask *Consultation) (alongside, error) {
	var a alongside
	if ask.Text = strings.TrimSpace(ask.Text); ask.Text == "" {
		return a, fault.Invalid("text", "required", "it says nothing")
	}
	if len(ask.Text) > maxText {
		return a, fault.Invalid("text", "text.too_long", "a question has at most %d bytes of text", maxText)
	}
	if len(ask.Subject) > maxSubject {
		return a, fault.Invalid("subject", "too_long", "a subject has at most %d bytes", maxSubject)
	}
	var err error
	if a.messages, err = c.said(ctx, q, scope, t, "messages", ask.Messages); err != nil {
		return a, err
	}
	parties, err := c.tickets.Parties(ctx, q, scope, t.ID)
	if err != nil {
		return a, err
	}
	for _, p := range parties {
		a.citizen.Names = append(a.citizen.Names, p.Name)
		a.citizen.Values = append(a.citizen.Values, p.Value)
	}
	if t.Contact.IsZero() {
		return a, nil
	}
	who, err := c.contacts.Get(ctx, q, t.Contact)
	if err != nil {
		return a, err
	}
	a.citizen.Names = append([]string{who.Name}, a.citizen.Names...)
	a.citizen.Values = append(a.citizen.Values, who.FiscalCode, who.VATNumber)
	for _, each := range who.Addresses {
		a.citizen.Values = append(a.citizen.Values, each.Value, each.Display)
	}
	return a, nil
}

// letter writes the whole text of a question, and counts what was covered.
func (a alongside) letter(ask *Consultation, from string, town *office.Town) (string, int) {
	words := wordsOf(ask.Language)
	parts := []string{fmt.Sprintf(words.opening, from, town.Name), ask.Text}
	if !ask.Due.IsZero() {
		parts = append(parts, fmt.Sprintf(words.due, dayOf(ask.Due, town, ask.Language)))
	}
	parts = append(parts, words.back)
	if who := a.named(); ask.Personal && who != "" {
		parts = append(parts, fmt.Sprintf(words.citizen, who))
	}
	covered := 0
	if len(a.messages) > 0 {
		parts = append(parts, words.along)
	}
	for _, m := range a.messages {
		side := whoWrote[expertLanguage(ask.Language)][0]
		if m.Direction == ticket.DirectionOutbound {
			side = whoWrote[expertLanguage(ask.Language)][1]
		}
		text := redact.Keys(strings.TrimSpace(ticket.WithoutQuote(m.Text)))
		if !ask.Personal {
			var n int
			text, n = a.citizen.Cover(text)
			covered += n
		}
		parts = append(parts, fmt.Sprintf(words.from, dayOf(m.CreatedAt, town, ask.Language), side)+"\n"+quoted(text))
	}
	return strings.Join(parts, "\n\n"), covered
}

// named is the citizen's name with the addresses on the ticket.
func (a alongside) named() string {
	for _, name := range a.citizen.Names {
		if name != "" {
			return name
		}
	}
	return ""
}

func quoted(text string) string {
	return "> " + strings.ReplaceAll(text, "\n", "\n> ")
}

func reminder(a *ticket.Ask, language string, town *office.Town) string {
	return fmt.Sprintf(wordsOf(language).reminder, dayOf(a.At, town, language), quoted(a.Question), dayOf(a.Due, town, language))
}
