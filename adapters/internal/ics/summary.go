package ics

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // a reader of foreign mail does not count on the machine's
)

// shownEvents of a calendar with many.
const shownEvents = 5

// Summary says what, when, where and who. Times in UTC are shown as in zone.
func (c Calendar) Summary(zone *time.Location) string {
	var all []string
	for _, e := range c.Events[:min(len(c.Events), shownEvents)] {
		all = append(all, e.summary(c.Method, zone))
	}
	if more := len(c.Events) - shownEvents; more > 0 {
		all = append(all, fmt.Sprintf("E altri %d appuntamenti, nel file allegato.", more))
	}
	return strings.Join(all, "\n\n")
}

func (e Event) summary(method string, zone *time.Location) string {
	out := []string{e.heading(method)}
	add := func(label, value string) {
		if value = oneLine(value); value != "" {
			out = append(out, label+": "+value)
		}
	}
	add("Cosa", e.Summary)
	add("Quando", e.when(zone))
	add("Si ripete", repetition(e.Rule))
	add("Dove", e.Location)
	add("Collegamento", e.Online)
	if method != "REPLY" {
		add("Organizza", e.Organizer.String())
	}
	if e.Description != "" {
		out = append(out, "", e.Description)
	}
	return strings.Join(out, "\n")
}

func (e Event) heading(method string) string {
	switch {
	case method == "CANCEL" || e.Status == "CANCELLED":
		return "Appuntamento annullato"
	case method == "REPLY":
		return e.answer()
	case method == "COUNTER":
		return "Proposta di un altro orario"
	case method == "REQUEST":
		return "Invito a un appuntamento"
	}
	return "Appuntamento"
}

func (e Event) answer() string {
	if len(e.Attendees) == 0 {
		return "Risposta a un invito"
	}
	who := e.Attendees[0]
	switch who.Answer {
	case "ACCEPTED":
		return "Invito accettato da " + who.String()
	case "DECLINED":
		return "Invito rifiutato da " + who.String()
	case "TENTATIVE":
		return "Invito accettato con riserva da " + who.String()
	}
	return "Risposta a un invito, da " + who.String()
}

// String names a person.
func (p Person) String() string {
	switch {
	case p.Name == "" || strings.EqualFold(p.Name, p.Email):
		return p.Email
	case p.Email == "" || !strings.Contains(p.Email, "@"):
		return p.Name
	}
	return p.Name + " <" + p.Email + ">"
}

var (
	weekdays = [...]string{"domenica", "lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato"}
	months   = [...]string{
		"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno",
		"luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre",
	}
)

func day(t time.Time) string {
	return fmt.Sprintf("%s %d %s %d", weekdays[t.Weekday()], t.Day(), months[t.Month()-1], t.Year())
}

// when is a span of time in words; what cannot be read is shown as written.
func (e Event) when(zone *time.Location) string {
	start, whole, ok := e.Start.time(zone)
	if !ok {
		return e.Start.Value
	}
	end, _, hasEnd := e.End.time(zone)
	if !hasEnd {
		end, hasEnd = addDuration(start, e.Duration)
	}
	if whole {
		last := end.AddDate(0, 0, -1) // the end is the first day that is free again
		if !hasEnd || !last.After(start) {
			return day(start) + ", tutto il giorno"
		}
		return "da " + day(start) + " a " + day(last)
	}
	text := day(start) + ", ore " + start.Format("15:04")
	switch {
	case !hasEnd || !end.After(start):
	case end.YearDay() == start.YearDay() && end.Year() == start.Year():
		text += "–" + end.Format("15:04")
	default:
		text = "da " + text + " a " + day(end) + ", ore " + end.Format("15:04")
	}
	if foreign := e.Start.foreignZone(zone); foreign != "" {
		text += " (" + foreign + ")"
	}
	return text
}

// time reads a moment. A time with a zone stays as it is written: whoever is
// invited goes by the clock of the place.
func (m Moment) time(zone *time.Location) (t time.Time, whole, ok bool) {
	for _, layout := range []string{"20060102T150405", "20060102T1504"} {
		if utc, isUTC := strings.CutSuffix(m.Value, "Z"); isUTC {
			t, err := time.Parse(layout, utc)
			return t.In(zone), false, err == nil && sane(t)
		}
		if t, err := time.ParseInLocation(layout, m.Value, zone); err == nil {
			return t, false, sane(t)
		}
	}
	t, err := time.ParseInLocation("20060102", m.Value, zone)
	return t, true, err == nil && sane(t)
}

func sane(t time.Time) bool { return t.Year() > 1900 && t.Year() < 9000 }

// home are the names of Italy's time, as calendars of the world write them.
var home = []string{"Europe/Rome", "W. Europe Standard Time", "Central Europe Standard Time", "Romance Standard Time", "CET", "Rome"}

// foreignZone names the zone where it is not the reader's.
func (m Moment) foreignZone(zone *time.Location) string {
	if m.Zone == "" || strings.HasSuffix(m.Value, "Z") || strings.HasSuffix(m.Zone, zone.String()) {
		return ""
	}
	for _, name := range home {
		if m.Zone == name && zone.String() == "Europe/Rome" {
			return ""
		}
	}
	if strings.Contains(m.Zone, "Amsterdam, Berlin") {
		return ""
	}
	return "ora di " + m.Zone
}

// addDuration understands days, hours and minutes, as in P1DT2H30M.
func addDuration(t time.Time, text string) (time.Time, bool) {
	rest, ok := strings.CutPrefix(strings.ToUpper(text), "P")
	if !ok {
		return t, false
	}
	number, found := 0, false
	for _, c := range rest {
		switch {
		case c >= '0' && c <= '9' && number < 100_000:
			number = number*10 + int(c-'0')
			continue
		case c == 'W':
			t = t.AddDate(0, 0, 7*number)
		case c == 'D':
			t = t.AddDate(0, 0, number)
		case c == 'H':
			t = t.Add(time.Duration(number) * time.Hour)
		case c == 'M':
			t = t.Add(time.Duration(number) * time.Minute)
		case c == 'T', c == 'S':
		default:
			return t, false
		}
		found, number = found || c != 'T', 0
	}
	return t, found
}

func repetition(rule string) string {
	for part := range strings.SplitSeq(rule, ";") {
		if frequency, ok := strings.CutPrefix(part, "FREQ="); ok {
			return map[string]string{"DAILY": "ogni giorno", "WEEKLY": "ogni settimana", "MONTHLY": "ogni mese", "YEARLY": "ogni anno"}[frequency]
		}
	}
	return ""
}
