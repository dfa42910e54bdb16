package routing

import (
	"slices"
	"strings"
	"time"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/ticket"
)

// Arrival is what rules look at: a message that opens a ticket.
type Arrival struct {
	Channel id.Channel
	// Office is the channel's: where the ticket begins if no rule holds.
	Office        id.Office
	Form          string
	Subject       string
	Text          string
	Language      string
	Authenticated bool
	At            time.Time
}

// Decision is where a ticket begins, and why.
type Decision struct {
	Office id.Office
	// Rule is the one that held; nil when none did.
	Rule *Rule
	// Detour is why the ticket does not begin at Meant, the office that was meant; empty when it does.
	Detour Detour
	Meant  id.Office
	// Tags are those that the rule gives.
	Tags []ticket.Tag
}

// Detour is why another office stands in for the one that was meant.
type Detour string

// The detours.
const (
	DetourInactive Detour = "inactive"
	DetourClosed   Detour = "closed"
)

// Town is what rules can name, as it is at a time.
type Town struct {
	Offices  map[id.Office]Office
	Channels map[id.Channel]bool
	Areas    map[id.Area]bool
	// Types are the codes of request types.
	Types map[string]bool
	Tags  map[id.Tag]Tag
}

// Office is one that a ticket may begin at.
type Office struct {
	Name   string
	Active bool
	// Area is the macro-area it falls into, when set.
	Area id.Area
	// ReceivedBy is who takes what comes for it while it is closed down or has nobody; unset while it takes its own.
	ReceivedBy id.Office
	// Calendar is when it works; nil counts as always.
	Calendar *office.Calendar
}

func (o Office) takes() bool { return o.Active && o.ReceivedBy.IsZero() }

func (t *Town) open(o id.Office, at time.Time) bool {
	c := t.Offices[o].Calendar
	return c == nil || c.Between(at, at.Add(time.Second)) > 0
}

// Set is rules made ready, with the town as it was then. It never changes, so that many may use it at once.
type Set struct {
	rules []Rule
	town  *Town
	index index
	// tags are what each rule gives.
	tags [][]ticket.Tag
	// reads says that some rule looks at words.
	reads bool
}

func compile(rules []Rule, town *Town) *Set {
	s := &Set{rules: rules, town: town, index: index{}, tags: make([][]ticket.Tag, len(rules))}
	for i, r := range rules {
		s.tags[i] = town.given(r.Then)
		if !r.Enabled {
			continue
		}
		for _, w := range r.When.Words {
			s.index.add(w, i, r.When.In)
			s.reads = true
		}
	}
	return s
}

// Name is that of an office.
func (s *Set) Name(o id.Office) string { return s.town.Offices[o].Name }

// Route decides where the ticket of an arrival begins: by the first rule that holds.
func (s *Set) Route(a Arrival) Decision {
	said := make([]bool, len(s.rules))
	if s.reads {
		s.index.find(a.Subject, InSubject, said)
		s.index.find(a.Text, InText, said)
	}
	for i := range s.rules {
		if r := &s.rules[i]; r.Enabled && (len(r.When.Words) == 0 || said[i]) && s.holds(&r.When, a) {
			d := s.land(r, a)
			d.Tags = s.tags[i]
			return d
		}
	}
	return Decision{Office: a.Office}
}

// holds looks at all parts of a condition but its words.
func (s *Set) holds(w *Condition, a Arrival) bool {
	switch {
	case len(w.Channels) > 0 && !slices.Contains(w.Channels, a.Channel),
		len(w.Forms) > 0 && !slices.Contains(w.Forms, a.Form),
		len(w.Languages) > 0 && !slices.ContainsFunc(w.Languages, func(l string) bool { return speaks(a.Language, l) }),
		w.Sender != "" && (w.Sender == Authenticated) != a.Authenticated,
		len(w.Areas) > 0 && !slices.Contains(w.Areas, s.town.Offices[a.Office].Area),
		w.Hours != "" && (w.Hours == Open) != s.town.open(a.Office, a.At):
		return false
	}
	return true
}

// speaks tells whether a language is another one or a variety of it.
func speaks(tag, language string) bool {
	return len(tag) >= len(language) && strings.EqualFold(tag[:len(language)], language) &&
		(len(tag) == len(language) || tag[len(language)] == '-')
}

// land applies a rule. Where the office does not take its own, the rule's fallback does, else whoever takes it anyway;
// where nobody does, the ticket stays with the channel's.
func (s *Set) land(r *Rule, a Arrival) Decision {
	d := Decision{Office: r.Then.Office, Rule: r}
	if d.Office.IsZero() {
		d.Office = a.Office
		return d
	}
	switch meant := s.town.Offices[d.Office]; {
	case !meant.takes():
		d.Detour = DetourInactive
	case r.Then.WhenClosed && !s.town.open(d.Office, a.At):
		d.Detour = DetourClosed
	default:
		return d
	}
	d.Meant = d.Office
	fallback, receiver := s.town.Offices[r.Then.Fallback], s.town.Offices[d.Office].ReceivedBy
	switch {
	case fallback.takes():
		d.Office = r.Then.Fallback
	case d.Detour == DetourInactive && s.town.Offices[receiver].Active:
		d.Office = receiver
	case d.Detour == DetourInactive:
		d.Office = a.Office
	default:
		d.Meant, d.Detour = id.Office{}, ""
	}
	return d
}
