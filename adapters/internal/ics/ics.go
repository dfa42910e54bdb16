// Package ics says in a few Italian lines what a calendar invitation is about
// (RFC 5545, RFC 5546), for people who read mail and not calendars.
package ics

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// Calendar is what is needed of a calendar object.
type Calendar struct {
	Method string // REQUEST, CANCEL, REPLY, COUNTER, PUBLISH...
	Events []Event
}

// Event is one appointment.
type Event struct {
	Summary, Location, Description string
	Organizer                      Person
	Attendees                      []Person
	Start, End                     Moment
	Duration                       string // ISO 8601, where there is no end
	Rule                           string // RRULE
	Status                         string
	Online                         string // address of a video call
}

// Person takes part in an event.
type Person struct {
	Name, Email string
	Answer      string // PARTSTAT
}

// Moment is a time as written.
type Moment struct {
	Value string // 20260302T090000, with a Z in UTC, 20260302 for a whole day
	Zone  string // TZID
}

const (
	// maxLines and maxEvents of one object; an invitation has some 50 lines.
	maxLines     = 20_000
	maxEvents    = 20
	maxAttendees = 200
	maxValue     = 4 << 10
)

// Parse reads a calendar object; ok tells whether it holds an event.
func Parse(b []byte) (c Calendar, ok bool) {
	var components []string
	lines(b, func(line string) {
		p := parseProperty(line)
		switch p.name {
		case "BEGIN":
			components = append(components, strings.ToUpper(p.value))
			if inside(components) == "VEVENT" && len(components) == 2 && len(c.Events) < maxEvents {
				c.Events = append(c.Events, Event{})
			}
		case "END":
			if len(components) > 0 {
				components = components[:len(components)-1]
			}
		case "METHOD":
			if inside(components) == "VCALENDAR" {
				c.Method = strings.ToUpper(p.value)
			}
		default:
			if inside(components) == "VEVENT" && len(components) == 2 && len(c.Events) > 0 {
				c.Events[len(c.Events)-1].set(p)
			}
		}
	})
	c.Events = slices.DeleteFunc(c.Events, func(e Event) bool { return e.Summary == "" && e.Start.Value == "" })
	return c, len(c.Events) > 0
}

func inside(components []string) string {
	if len(components) == 0 {
		return ""
	}
	return components[len(components)-1]
}

func (e *Event) set(p property) {
	switch p.name {
	case "SUMMARY":
		e.Summary = p.text()
	case "LOCATION":
		e.Location = p.text()
	case "DESCRIPTION":
		e.Description = p.text()
	case "ORGANIZER":
		e.Organizer = p.person()
	case "ATTENDEE":
		if len(e.Attendees) < maxAttendees {
			e.Attendees = append(e.Attendees, p.person())
		}
	case "DTSTART":
		e.Start = p.moment()
	case "DTEND":
		e.End = p.moment()
	case "DURATION":
		e.Duration = p.value
	case "RRULE":
		e.Rule = strings.ToUpper(p.value)
	case "STATUS":
		e.Status = strings.ToUpper(p.value)
	case "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL", "CONFERENCE":
		e.Online = p.value
	}
}

// lines unfolds: a line that begins with a blank goes on with the one before.
func lines(b []byte, each func(string)) {
	var line []byte
	count := 0
	for len(b) > 0 && count < maxLines {
		raw, rest, _ := bytes.Cut(b, []byte("\n"))
		b = rest
		raw = bytes.TrimRight(raw, "\r")
		if len(raw) > 0 && (raw[0] == ' ' || raw[0] == '\t') {
			if len(line) < maxValue {
				line = append(line, raw[1:]...)
			}
			continue
		}
		if len(line) > 0 {
			each(string(line))
			count++
		}
		line = append(line[:0], raw...)
	}
	if len(line) > 0 {
		each(string(line))
	}
}

type property struct {
	name   string
	params map[string]string
	value  string
}

func parseProperty(line string) property {
	p := property{params: map[string]string{}}
	line = line[:min(len(line), 2*maxValue)]
	quoted, start, name := false, 0, ""
	field := func(end int) {
		part := line[start:end]
		if name == "" {
			name = strings.ToUpper(strings.TrimSpace(part))
		} else if key, value, ok := strings.Cut(part, "="); ok {
			p.params[strings.ToUpper(strings.TrimSpace(key))] = strings.Trim(value, `"`)
		}
		start = end + 1
	}
	for i := range len(line) {
		switch {
		case line[i] == '"':
			quoted = !quoted
		case quoted:
		case line[i] == ';':
			field(i)
		case line[i] == ':':
			field(i)
			p.value = strings.TrimSpace(line[i+1:])
			p.name = name
			return p
		}
	}
	return p // without a colon it is no property
}

// text undoes the escapes of RFC 5545 3.3.11.
func (p property) text() string {
	value := p.value[:min(len(p.value), maxValue)]
	value = strings.NewReplacer(`\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";", `\\`, `\`).Replace(value)
	return strings.TrimSpace(clean(value))
}

// clean drops what no line of text may hold.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "")
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
}

func (p property) person() Person {
	email := p.value
	if len(email) >= len("mailto:") && strings.EqualFold(email[:len("mailto:")], "mailto:") {
		email = email[len("mailto:"):]
	}
	return Person{Name: oneLine(p.params["CN"]), Email: oneLine(email), Answer: strings.ToUpper(p.params["PARTSTAT"])}
}

func (p property) moment() Moment { return Moment{Value: p.value, Zone: oneLine(p.params["TZID"])} }

func oneLine(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }
