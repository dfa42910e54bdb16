package routing

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"golang.org/x/text/language"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// Rule says where new tickets of a kind begin. It is kept as JSON: fields are only added, and their zero value keeps the
// old meaning.
type Rule struct {
	// ID stays with the rule however it is changed; it stands in the history of tickets.
	ID      uuid.UUID `json:"id"`
	Name    string    `json:"name"`
	Enabled bool      `json:"enabled"`
	When    Condition `json:"when"`
	Then    Target    `json:"then"`
}

// Condition is what a message must be like. All parts that are given must hold; of several values in one part, one.
type Condition struct {
	Channels []id.Channel `json:"channels,omitempty"`
	// Forms are the web forms' names.
	Forms []string `json:"forms,omitempty"`
	// Words are words or phrases; they are compared whole, without case and accents. In says where they are looked for.
	Words []string `json:"words,omitempty"`
	In    Place    `json:"in,omitempty"`
	// Languages are tags; de holds for de-AT too.
	Languages []string `json:"languages,omitempty"`
	// Sender tells writers whose address is proved from all others.
	Sender Sender `json:"sender,omitempty"`
	// Areas are those of the office at which the message would begin without rules.
	Areas []id.Area `json:"areas,omitempty"`
	// Hours are those of the office at which the message would begin without rules.
	Hours Hours `json:"hours,omitempty"`
}

// Place is a part of a message.
type Place string

// The places in which words are looked for; the unset one is subject and text.
const (
	InSubject Place = "subject"
	InText    Place = "text"
)

// Sender is what is known of who wrote.
type Sender string

// The kinds of sender; the unset one is everybody.
const (
	Authenticated   Sender = "authenticated"
	Unauthenticated Sender = "unauthenticated"
)

// Hours are office hours.
type Hours string

// Within and outside office hours; the unset one is always.
const (
	Open   Hours = "open"
	Closed Hours = "closed"
)

// Target is what a rule does with a new ticket.
type Target struct {
	// Office is where it begins; unset, the channel's.
	Office id.Office `json:"office,omitzero"`
	// Fallback takes the place of an office that is closed down or has nobody and, with WhenClosed, of one that is closed just then.
	Fallback   id.Office `json:"fallback,omitzero"`
	WhenClosed bool      `json:"when_closed,omitempty"`
	// Priority of the ticket; 0 is the ordinary one.
	Priority ticket.Priority `json:"priority,omitempty"`
	// Type is the code of the request type; empty for none.
	Type string `json:"type,omitempty"`
	// Tags are put on the ticket; of those that are retired since nothing comes.
	Tags []id.Tag `json:"tags,omitempty"`
}

// Limits of a set of rules, so that it can be read at a glance and matched in microseconds.
const (
	maxRules  = 200
	maxValues = 100 // in one part of a condition
	maxName   = 100 // characters
	maxPhrase = 100 // characters
)

// check tells everything that is wrong with rules; known says what they may name. Fields are named rules.2.words.
func check(rules []Rule, known *Town) []error {
	if len(rules) > maxRules {
		return []error{fault.Invalid("rules", "too_many", "at most %d rules", maxRules)}
	}
	var wrong []error
	ids, names := map[uuid.UUID]bool{}, map[string]bool{}
	for i := range rules {
		c := checking{at: "rules." + strconv.Itoa(i) + ".", known: known}
		r := &rules[i]
		c.name(r, names)
		if c.refuse(ids[r.ID], "id", "not_distinct"); r.ID == uuid.Nil {
			r.ID = uuid.New()
		}
		ids[r.ID] = true
		c.when(&r.When)
		c.then(r.Then)
		wrong = append(wrong, c.wrong...)
	}
	return wrong
}

// checking gathers what is wrong with one rule.
type checking struct {
	at    string
	known *Town
	wrong []error
}

func (c *checking) refuse(bad bool, field, key string) {
	if bad {
		c.wrong = append(c.wrong, fault.Invalid(c.at+field, key, "rule: %s", key))
	}
}

func (c *checking) name(r *Rule, taken map[string]bool) {
	r.Name = strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(r.Name, "\x00", ""), "")), " ")
	c.refuse(r.Name == "", "name", "required")
	c.refuse(utf8.RuneCountInString(r.Name) > maxName, "name", "too_long")
	c.refuse(r.Name != "" && taken[strings.ToLower(r.Name)], "name", "rule_name_taken")
	taken[strings.ToLower(r.Name)] = true
}

func (c *checking) when(w *Condition) {
	c.refuse(w.empty(), "when", "rule_no_condition")
	for _, part := range []struct {
		field  string
		values int
	}{{"channels", len(w.Channels)}, {"forms", len(w.Forms)}, {"words", len(w.Words)}, {"languages", len(w.Languages)}, {"areas", len(w.Areas)}} {
		c.refuse(part.values > maxValues, part.field, "too_many")
	}
	c.refuse(slices.ContainsFunc(w.Channels, func(x id.Channel) bool { return !c.known.Channels[x] }), "channels", "rule_no_channel")
	c.refuse(slices.ContainsFunc(w.Areas, func(x id.Area) bool { return !c.known.Areas[x] }), "areas", "unknown")
	c.refuse(slices.ContainsFunc(w.Forms, func(f string) bool { return f == "" || len(f) > maxPhrase }), "forms", "format")
	for _, p := range w.Words {
		c.refuse(len(words(p)) == 0, "words", "rule_no_word")
		c.refuse(utf8.RuneCountInString(p) > maxPhrase, "words", "too_long")
	}
	for i, l := range w.Languages {
		tag, err := language.Parse(strings.TrimSpace(l))
		if c.refuse(err != nil, "languages", "format"); err == nil {
			w.Languages[i] = tag.String()
		}
	}
	c.refuse(!slices.Contains([]Place{"", InSubject, InText}, w.In), "in", "format")
	c.refuse(!slices.Contains([]Sender{"", Authenticated, Unauthenticated}, w.Sender), "sender", "format")
	c.refuse(!slices.Contains([]Hours{"", Open, Closed}, w.Hours), "hours", "format")
}

func (c *checking) then(t Target) {
	c.refuse(t.Office.IsZero() && t.Priority == 0 && t.Type == "" && len(t.Tags) == 0, "then", "rule_does_nothing")
	c.refuse(t.Priority != 0 && !t.Priority.Valid(), "priority", "out_of_range")
	c.refuse(t.Type != "" && !c.known.Types[t.Type], "type", "unknown")
	c.tags(t.Tags)
	for _, each := range []struct {
		field  string
		office id.Office
	}{{"office_id", t.Office}, {"fallback_id", t.Fallback}} {
		o, ok := c.known.Offices[each.office]
		c.refuse(!each.office.IsZero() && !ok, each.field, "unknown")
		c.refuse(ok && !o.Active, each.field, "rule_office_inactive")
	}
	c.refuse(!t.Fallback.IsZero() && t.Fallback == t.Office, "fallback_id", "rule_fallback_ring")
	c.refuse(!t.Fallback.IsZero() && t.Office.IsZero(), "fallback_id", "rule_fallback_alone")
	c.refuse(t.WhenClosed && t.Fallback.IsZero(), "fallback_id", "rule_fallback_missing")
}

func (w *Condition) empty() bool {
	return len(w.Channels)+len(w.Forms)+len(w.Words)+len(w.Languages)+len(w.Areas) == 0 && w.Sender == "" && w.Hours == ""
}
