package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Table writes the rows of a report, or its course when they are none, and the total, for spreadsheets: UTF-8 with a
// byte order mark, semicolons, times as hours. word names a kind of channel or a type of request.
func (r *Report) Table(by Part, language string, word func(string) string) ([]byte, error) {
	words, comma := heads[language], ","
	if words == nil {
		words = heads["it"]
	}
	if language == "en" {
		comma = "."
	}
	out := bytes.NewBufferString("\uFEFF")
	w := csv.NewWriter(out)
	w.Comma, w.UseCRLF = ';', true
	rows := r.Rows
	if by == ByDay || by == ByWeek || by == ByMonth {
		rows = r.Course
	}
	if err := w.Write(append([]string{words[string(by)]}, words.figures()...)); err != nil {
		return nil, fmt.Errorf("writing a table: %w", err)
	}
	for _, row := range append(rows, Row{Name: words["total"], Figures: r.Total}) {
		if err := w.Write(append([]string{Harmless(row.title(by, words, language, word))}, row.cells(comma)...)); err != nil {
			return nil, fmt.Errorf("writing a table: %w", err)
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

// Harmless is a text that a spreadsheet does not take for a formula.
func Harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}

func (r *Row) title(by Part, words headings, language string, word func(string) string) string {
	switch {
	case r.Name != "":
		return r.Name
	case by == ByChannel, by == ByType && r.Key != "":
		return word(r.Key)
	case r.Key == "" && by == ByType:
		return words["untyped"]
	case r.Key == "":
		return words["none"]
	case by == ByDay || by == ByWeek || by == ByMonth:
		d, err := time.Parse(time.DateOnly, r.Key)
		if err == nil && language != "en" {
			return d.Format("02/01/2006")
		}
	}
	return r.Key
}

func (f *Figures) cells(comma string) []string {
	count := strconv.Itoa
	// Hours with two decimals, rounded down to the hundredth.
	hours := func(seconds int64) string {
		hundredths := seconds * 100 / 3600
		return fmt.Sprintf("%d%s%02d", hundredths/100, comma, hundredths%100)
	}
	spread := func(s Spread) []string {
		return []string{hours(int64(s.MedianWorked)), hours(int64(s.Worked9)), hours(int64(s.Median)), hours(int64(s.Elapsed9))}
	}
	cells := []string{
		count(f.Opening), count(f.Received), count(f.Answered), count(f.Resolved), count(f.FirstLevel), count(f.Reopened), count(f.Joined),
		count(f.Parted), count(f.Came), count(f.Went), count(f.Backlog),
	}
	cells = append(append(cells, spread(f.Answer)...), spread(f.Settle)...)
	cells = append(cells, hours(f.Held), count(f.Stay.Count), hours(int64(f.Stay.MedianWorked)), hours(int64(f.Stay.Worked9)))
	for _, k := range []Kept{f.First, f.Next, f.Resolve} {
		cells = append(cells, count(k.Met), count(k.Missed), k.share(comma))
	}
	return cells
}

// share is how many of a hundred terms were met, with one decimal rounded down, so that 100 means all of them; empty
// where there were none.
func (k Kept) share(comma string) string {
	all := k.Met + k.Missed
	if all == 0 {
		return ""
	}
	tenths := k.Met * 1000 / all
	return fmt.Sprintf("%d%s%d", tenths/10, comma, tenths%10)
}

// headings are the words of a table in one language.
type headings map[string]string

// figures are the headings in the order of the cells.
func (h headings) figures() []string { return strings.Split(h["columns"], "|") }

var heads = map[string]headings{
	"it": {
		"office": "Ufficio", "area": "Area", "channel": "Canale", "type": "Tipo di richiesta", "day": "Giorno", "week": "Settimana dal", "month": "Mese dal",
		"total": "Totale", "none": "(nessuna)", "untyped": "(non indicato)",
		"columns": "Aperte all'inizio|Ricevute|Con prima risposta|Risolte|Risolte al primo livello|Riaperte|Unite ad altre|Staccate da altre|" +
			"Arrivate da altri uffici|Passate ad altri uffici|Aperte alla fine|" +
			"Prima risposta, ore lavorative (mediana)|Prima risposta, ore lavorative (9 su 10)|Prima risposta, ore (mediana)|Prima risposta, ore (9 su 10)|" +
			"Risoluzione, ore lavorative (mediana)|Risoluzione, ore lavorative (9 su 10)|Risoluzione, ore (mediana)|Risoluzione, ore (9 su 10)|" +
			"In carico agli uffici, ore lavorative|Permanenze finite|Permanenza, ore lavorative (mediana)|Permanenza, ore lavorative (9 su 10)|" +
			"Prima risposta nei termini|Prima risposta oltre i termini|Prima risposta nei termini, %|" +
			"Risposte successive nei termini|Risposte successive oltre i termini|Risposte successive nei termini, %|" +
			"Risoluzione nei termini|Risoluzione oltre i termini|Risoluzione nei termini, %",
	},
	"en": {
		"office": "Office", "area": "Area", "channel": "Channel", "type": "Type of request", "day": "Day", "week": "Week from", "month": "Month from",
		"total": "Total", "none": "(none)", "untyped": "(not said)",
		"columns": "Open at the start|Received|First answered|Resolved|Resolved at first level|Reopened|Joined to others|Taken out of others|" +
			"Came from other offices|Went to other offices|Open at the end|" +
			"First answer, working hours (median)|First answer, working hours (9 of 10)|First answer, hours (median)|First answer, hours (9 of 10)|" +
			"Resolution, working hours (median)|Resolution, working hours (9 of 10)|Resolution, hours (median)|Resolution, hours (9 of 10)|" +
			"Held by offices, working hours|Stays ended|Stay, working hours (median)|Stay, working hours (9 of 10)|" +
			"First answer in time|First answer late|First answer in time, %|" +
			"Further answers in time|Further answers late|Further answers in time, %|" +
			"Resolution in time|Resolution late|Resolution in time, %",
	},
}
