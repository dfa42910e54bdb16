package ticket

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxSubjectRead bounds the work on a hostile subject, in bytes; a longer one is compared by its beginning.
const maxSubjectRead = 4 << 10

var (
	// answerPrefix is what mail programs put in front when answering and forwarding, and what the PEC envelope adds.
	answerPrefix = regexp.MustCompile(`(?i)^\s*(?:r|re|ris|risp|risposta|rif|i|inoltra|inoltro|fw|fwd|wg|aw|antwort|tr|rép|sv|vs|vb|vl|antw|doorst|res|enc|rv|odp|pd|ynt|ilt|posta certificata|anomalia messaggio)\s{0,2}(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s{0,2}[:：]`)
	// ownReference is the mark our subjects carry; the number is checked before it is taken out.
	ownReference = regexp.MustCompile(`(?i)[\[(]?\s{0,2}(?:(?:rif\.?|ref\.?)\s{0,2}|#)?` + numberPattern + `\s{0,2}[\])]?`)
)

// NormalSubject is a subject freed of what answering adds: prefixes, our number, letter case, spaces. Two messages of
// one conversation have the same one; applying it twice changes nothing.
func NormalSubject(subject string) string {
	s := cut(subject, maxSubjectRead)
	s = cut(strings.ToLower(norm.NFKC.String(s)), maxSubjectRead) // which can be longer than it was
	for {
		next := collapse(stripNumbers(stripPrefixes(s)))
		if next == s {
			return s
		}
		s = next
	}
}

// BareSubject is a subject as a ticket of its own shows it: without prefixes and our number, in the writer's letters.
func BareSubject(subject string) string {
	s := cut(subject, maxSubjectRead)
	for {
		next := collapse(stripNumbers(stripPrefixes(s)))
		if next == s {
			return s
		}
		s = next
	}
}

func stripPrefixes(s string) string {
	// Most subjects have none, and looking closely costs more than filing them does.
	for strings.ContainsAny(s, ":：") {
		at := answerPrefix.FindStringIndex(s)
		if at == nil {
			return s
		}
		s = s[at[1]:]
	}
	return s
}

func stripNumbers(s string) string {
	if !mayHoldNumber(s) {
		return s
	}
	// The expression begins with what may be left out, so it looks closely at every place before the first year as well.
	from := max(firstYear(s)-maxReferenceMark, 0)
	for from > 0 && !utf8.RuneStart(s[from]) {
		from--
	}
	var b strings.Builder
	b.WriteString(s[:from])
	s, rest := s[from:], 0
	for _, at := range ownReference.FindAllStringSubmatchIndex(s, -1) {
		if _, ok := assemble(s[at[2]:at[3]], s[at[4]:at[5]], s[at[6]:at[7]]); ok {
			b.WriteString(s[rest:at[0]])
			b.WriteByte(' ')
			rest = at[1]
		}
	}
	b.WriteString(s[rest:])
	return b.String()
}

// maxReferenceMark is the most that stands in front of a number in our own mark, in bytes.
const maxReferenceMark = 16

// firstYear is where the first four digits in a row begin.
func firstYear(s string) int {
	run := 0
	for i := range len(s) {
		if c := s[i]; c < '0' || c > '9' {
			run = 0
		} else if run++; run == 4 {
			return i - 3
		}
	}
	return len(s)
}

// collapse makes one space of any run of spaces and control characters.
func collapse(s string) string { return collapseTo(s, len(s)) }

// collapseTo is the beginning of what collapse makes, in characters.
func collapseTo(s string, most int) string {
	var b strings.Builder
	n, gap := 0, false
	for _, r := range s {
		if unicode.IsSpace(r) || unicode.IsControl(r) || r == '\u200b' || r == '\ufeff' {
			gap = n > 0
			continue
		}
		if gap && n < most {
			b.WriteByte(' ')
			n++
		}
		if gap = false; n >= most {
			break
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// cut shortens a text to at most n bytes without cutting a character in two.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// cutRunes shortens a text to at most n characters.
func cutRunes(s string, n int) string {
	count := 0
	for i := range s {
		if count == n {
			return s[:i]
		}
		count++
	}
	return s
}
