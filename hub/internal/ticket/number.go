package ticket

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"sportello.dev/hub/internal/fault"
)

// Number names a ticket towards citizens: "2026-000123-7" is year, sequence in that year, and a check digit over both.
// A Number made by FormatNumber or ParseNumber is canonical; other strings are not checked.
type Number string

const (
	minSequenceDigits = 6
	// maxSequenceDigits keeps the sequence far inside 64 bits.
	maxSequenceDigits = 12
	// maxNumbers bounds what one text can make us look up.
	maxNumbers = 20
	// maxNumberText is how much of a text is searched for numbers, in bytes.
	maxNumberText = 64 << 10
)

// FormatNumber makes the number of the ticket with this sequence in this year.
func FormatNumber(year int, sequence int64) Number {
	body := fmt.Sprintf("%04d-%0*d", year, minSequenceDigits, sequence)
	return Number(body + "-" + string('0'+damm(body)))
}

// Year is the year the ticket was opened in, in the town's time zone; 0 when the number is not canonical.
func (n Number) Year() int {
	year, _, ok := strings.Cut(string(n), "-")
	if !ok {
		return 0
	}
	y, err := strconv.Atoi(year)
	if err != nil {
		return 0
	}
	return y
}

// numberPattern takes the forms people write: hyphens of any kind, spaces around them.
const numberPattern = `(\d{4})\s{0,2}[-‐‑‒–—/]\s{0,2}(\d{6,12})\s{0,2}[-‐‑‒–—/]\s{0,2}(\d)`

var (
	// wholeNumber is a number alone, perhaps with the words around it that our subjects carry.
	wholeNumber = regexp.MustCompile(`(?i)^[\s\[(]*(?:rif\.?|ref\.?|n\.?|nr\.?|ticket|pratica)?[\s:#]*` + numberPattern + `[\s\]).]*$`)
	// numberInText is a number that is not part of a longer run of digits, as in a telephone number or an IBAN.
	numberInText = regexp.MustCompile(`(?:^|[^0-9A-Za-z-])` + numberPattern + `(?:[^0-9-]|-[^0-9]|-?$)`)
)

// ParseNumber reads a number as people type it: spaces, "#", "Rif." and unusual hyphens are understood. A wrong check
// digit is an error.
func ParseNumber(s string) (Number, error) {
	if len(s) <= 64 {
		if m := wholeNumber.FindStringSubmatch(s); m != nil {
			if n, ok := assemble(m[1], m[2], m[3]); ok {
				return n, nil
			}
		}
	}
	return "", fault.Invalid("number", "format", "not a ticket number")
}

// FindNumbers lists the numbers with a valid check digit in a text, in order, each once; at most 20, in the first
// 64 KiB.
func FindNumbers(text string) []Number {
	if len(text) > maxNumberText {
		text = text[:maxNumberText]
	}
	if !mayHoldNumber(text) {
		return nil
	}
	var found []Number
	seen := map[Number]bool{}
	for len(found) < maxNumbers {
		m := numberInText.FindStringSubmatchIndex(text)
		if m == nil {
			break
		}
		if n, ok := assemble(text[m[2]:m[3]], text[m[4]:m[5]], text[m[6]:m[7]]); ok && !seen[n] {
			seen[n] = true
			found = append(found, n)
		}
		// Go on right after the check digit: what ended this number may begin the next.
		text = text[m[7]:]
	}
	return found
}

// mayHoldNumber tells whether there are enough digits in a row for a year and, after them, for a sequence. Looking for
// numbers in a text without costs more than all the rest of filing it.
func mayHoldNumber(text string) bool {
	run, year := 0, false
	for i := range len(text) {
		if c := text[i]; c < '0' || c > '9' {
			run = 0
			continue
		}
		if run++; run == minSequenceDigits && year {
			return true
		}
		year = year || run == 4
	}
	return false
}

// assemble checks the parts; a sequence padded beyond six digits is not one of ours.
func assemble(year, sequence, check string) (Number, bool) {
	if len(sequence) < minSequenceDigits || len(sequence) > maxSequenceDigits {
		return "", false
	}
	if len(sequence) > minSequenceDigits && sequence[0] == '0' {
		return "", false
	}
	if '0'+damm(year+sequence) != rune(check[0]) {
		return "", false
	}
	return Number(year + "-" + sequence + "-" + check), true
}

// damm computes the check digit that catches every single wrong digit and every swap of neighbours. Other characters
// than digits are passed over.
func damm(s string) rune {
	// A totally anti-symmetric quasigroup of order 10.
	const table = "0317598642" + "7092154863" + "4206871359" + "1750983426" + "6123045978" +
		"3674209581" + "5869720134" + "8945362017" + "9438617205" + "2581436790"
	interim := 0
	for i := range len(s) {
		if c := s[i]; c >= '0' && c <= '9' {
			interim = int(table[interim*10+int(c-'0')] - '0')
		}
	}
	return rune(interim)
}
