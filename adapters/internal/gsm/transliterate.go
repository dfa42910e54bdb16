package gsm

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// substitutes are what people write who have no such key. Those of a letter keep the accent where Italian needs it.
var substitutes = map[rune]string{
	'À': "A'", 'È': "E'", 'Ì': "I'", 'Ò': "O'", 'Ù': "U'",
	'‘': "'", '’': "'", '‚': "'", '′': "'", '`': "'", '´': "'", '‹': "'", '›': "'",
	'“': `"`, '”': `"`, '„': `"`, '″': `"`, '«': `"`, '»': `"`,
	'‐': "-", '‑': "-", '‒': "-", '–': "-", '—': "-", '―': "-", '−': "-", '•': "-", '·': "-",
	'…': "...", '°': "o", 'º': "o", 'ª': "a", '×': "x", '÷': ":", '±': "+/-", '½': "1/2", '¼': "1/4", '¾': "3/4",
	'™': "(TM)", '©': "(C)", '®': "(R)", 'œ': "oe", 'Œ': "OE", '¢': "c", '←': "<-", '→': "->", '≤': "<=", '≥': ">=",
	'\t': " ", '\u00A0': " ", '\u202F': " ", '\u2009': " ", '\u2002': " ", '\u2003': " ", '\u2028': "\n", '\u2029': "\n",
	'\u200B': "", '\u200C': "", '\u200D': "", '\u2060': "", '\uFEFF': "", '\u00AD': "",
	'\u200E': "", '\u200F': "", '\uFE0F': "",
}

// Transliterate writes a text with the 7-bit alphabet as far as its sense allows: è stays, È becomes E', ’ becomes '. What
// has no such spelling (a picture, another script) is left as it is, and so is the whole text then: once one character
// forces the longer alphabet, bending the others would be in vain.
func Transliterate(text string) string {
	text = norm.NFC.String(text)
	var b strings.Builder
	for _, r := range text {
		spelling, ok := Spelling(r)
		if !ok {
			return text
		}
		b.WriteString(spelling)
	}
	return b.String()
}

// Spelling is how a character is written in the 7-bit alphabet; ok is false where there is no way.
func Spelling(r rune) (spelling string, ok bool) {
	if _, known := septets[r]; known {
		return string(r), true
	}
	if spelling, known := substitutes[r]; known {
		return spelling, true
	}
	// A letter without the marks that the alphabet does not have.
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(string(r)))
	if _, plain := encode7(bare); plain && bare != "" {
		return bare, true
	}
	return "", false
}
