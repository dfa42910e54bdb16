package routing

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxRead is how much of a text is looked through for words, in bytes; what comes behind is quoted mail.
const maxRead = 32 << 10

// words takes a text apart into its words, without case and accents; what is no letter and no digit parts them.
func words(text string) []string {
	if len(text) > maxRead {
		text = strings.ToValidUTF8(text[:maxRead], "")
	}
	return strings.FieldsFunc(fold(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func fold(text string) string {
	ascii := true
	for i := 0; i < len(text) && ascii; i++ {
		ascii = text[i] < 0x80
	}
	if ascii {
		return strings.ToLower(text)
	}
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(text)))
}

// phrase is what one rule looks for, behind its first word.
type phrase struct {
	rest  []string
	rule  int
	place Place
}

// index finds phrases by their first word, so that a text is gone through once, however many rules there are.
type index map[string][]phrase

func (x index) add(text string, rule int, place Place) {
	if w := words(text); len(w) > 0 {
		x[w[0]] = append(x[w[0]], phrase{rest: w[1:], rule: rule, place: place})
	}
}

// find notes the rules of which a phrase stands in the text, which is of that place.
func (x index) find(text string, place Place, hit []bool) {
	all := words(text)
	for i, w := range all {
		for _, p := range x[w] {
			if (p.place == "" || p.place == place) && begins(all[i+1:], p.rest) {
				hit[p.rule] = true
			}
		}
	}
}

func begins(all, with []string) bool {
	if len(all) < len(with) {
		return false
	}
	for i := range with {
		if all[i] != with[i] {
			return false
		}
	}
	return true
}
