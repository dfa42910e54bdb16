package mime

import (
	"net/mail"
	"strings"
	"time"
)

// maxID is the longest message identifier kept: it must fit one header line.
const maxID = 998

// messageIDs finds the identifiers of a Message-ID, In-Reply-To or References
// value, without their angle brackets. Some programs fold a long identifier by
// making an encoded word of it, which RFC 2047 (section 5) forbids here.
func messageIDs(value string) []string {
	if strings.Contains(value, "=?") {
		value = decodeWords(value)
	}
	var ids []string
	rest := value
	for {
		open := strings.IndexByte(rest, '<')
		if open < 0 {
			break
		}
		end := strings.IndexByte(rest[open:], '>')
		if end < 0 {
			break
		}
		if id := cleanID(rest[open+1 : open+end]); id != "" {
			ids = append(ids, id)
		}
		rest = rest[open+end+1:]
	}
	if len(ids) == 0 {
		if id := cleanID(strings.Trim(strings.TrimSpace(value), "<>")); strings.Contains(id, "@") && len(strings.Fields(value)) == 1 {
			ids = append(ids, id)
		}
	}
	return ids
}

func cleanID(s string) string {
	s = strings.Join(strings.Fields(cleanLine(s)), "") // folding inside an identifier
	if len(s) > maxID {
		return ""
	}
	return s
}

var dateLayouts = []string{
	"Mon, _2 Jan 2006 15:04:05 MST",
	"Mon, _2 Jan 2006 15:04:05",
	"_2 Jan 2006 15:04:05",
	"_2 Jan 2006 15:04 -0700",
	"Mon, _2 Jan 06 15:04:05 -0700",
	"Mon Jan _2 15:04:05 2006",
	"Mon Jan _2 15:04:05 MST 2006",
	"Mon, _2-Jan-2006 15:04:05 -0700",
	"2006-01-02 15:04:05 -0700",
	time.RFC3339,
	"2006-01-02 15:04:05",
}

// zones are the names of RFC 5322 4.3 and those seen in Italy, in seconds east
// of Greenwich; Go gives names it does not know an offset of zero.
var zones = map[string]int{
	"EST": -5 * 3600, "EDT": -4 * 3600, "CST": -6 * 3600, "CDT": -5 * 3600,
	"MST": -7 * 3600, "MDT": -6 * 3600, "PST": -8 * 3600, "PDT": -7 * 3600,
	"CET": 3600, "CEST": 2 * 3600, "MET": 3600, "MEST": 2 * 3600, "BST": 3600,
	"EET": 2 * 3600, "EEST": 3 * 3600,
}

// parseDate returns the zero time for a date it cannot read.
func parseDate(value string) time.Time {
	value = inEnglish(strings.Join(strings.Fields(stripComments(value)), " "))
	if t, err := mail.ParseDate(value); err == nil {
		return sane(fixZone(t))
	}
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, value); err == nil {
			return sane(fixZone(t))
		}
	}
	return time.Time{}
}

var italianMonths = strings.NewReplacer(
	" gen ", " Jan ", " mag ", " May ", " giu ", " Jun ", " lug ", " Jul ",
	" ago ", " Aug ", " set ", " Sep ", " ott ", " Oct ", " dic ", " Dec ",
	" feb ", " Feb ", " mar ", " Mar ", " apr ", " Apr ", " nov ", " Nov ",
)

// inEnglish reads dates of programs that translate them.
func inEnglish(value string) string {
	english := italianMonths.Replace(strings.ToLower(value))
	if _, date, ok := strings.Cut(english, ", "); ok && english != strings.ToLower(value) {
		return date
	}
	return value
}

func fixZone(t time.Time) time.Time {
	name, offset := t.Zone()
	if want, ok := zones[name]; ok && offset == 0 {
		return t.Add(-time.Duration(want) * time.Second).UTC()
	}
	return t.UTC()
}

// sane refuses years no database or calendar agrees on.
func sane(t time.Time) time.Time {
	if t.Year() < 1970 || t.Year() > 9998 {
		return time.Time{}
	}
	return t
}
