package email

import (
	"html"
	"regexp"
	"strings"
)

// Where the server delivers no mail to address+token, the token stands at the
// end of the text instead: mail programs quote it, also those that write
// headers of their own.

// markerWords stand before the token, by language.
var markerWords = map[string]string{
	"it": "Codice di risposta, da lasciare nel messaggio: ",
	"en": "Reply code, please leave it in the message: ",
}

// marked is text and HTML, where there is any, with the token at their end.
func marked(text, page, language, token string) (string, string) {
	words, ok := markerWords[language]
	if !ok {
		words = markerWords["it"]
	}
	if page != "" {
		page += "\n<p><small>" + html.EscapeString(words+token) + "</small></p>\n"
	}
	return strings.TrimRight(text, "\n") + "\n\n" + words + token + "\n", page
}

var (
	markerToken = regexp.MustCompile(`\bt[a-z2-7]{26}\b`)
	// markerHints are words of which one stands in every text with a marker: to
	// look for them costs a hundredth of the pattern.
	markerHints = []string{"codice di risposta", "reply code"}
)

// markerTokens finds what may be tokens in a text, lower case, that quotes a
// marker.
func markerTokens(text string) []string {
	for _, hint := range markerHints {
		if strings.Contains(text, hint) {
			return markerToken.FindAllString(text, maxHints)
		}
	}
	return nil
}
