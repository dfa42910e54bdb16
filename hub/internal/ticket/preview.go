package ticket

import (
	"regexp"
	"slices"
	"strings"
)

// maxPreviewText is how much of a text is read for its preview, in bytes.
const maxPreviewText = 16 << 10

// quoteStart begins the copy of an earlier message, in the words of common Italian and English mail programs.
var quoteStart = regexp.MustCompile(`(?i)^\s*(?:` +
	`(?:il|on|le|am)\s.{0,200}(?:ha scritto|wrote|a écrit|schrieb)[^:]{0,80}:\s*$` +
	`|-{2,}\s*(?:original message|messaggio originale|messaggio inoltrato|forwarded message)\s*-{2,}.*` +
	`|_{20,}\s*` +
	`|(?:da|from):\s.{1,300}@.{1,300}` +
	`)$`)

// Preview is the beginning of what the writer wrote, without the quoted message below it, on one line.
func Preview(text string) string {
	text = cut(text, maxPreviewText)
	own := collapseTo(WithoutQuote(text), maxPreview)
	if own == "" {
		own = collapseTo(text, maxPreview)
	}
	return own
}

// WithoutQuote is what the writer wrote, without the quoted message below it.
func WithoutQuote(text string) string {
	var own []string
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		line = strings.TrimRight(line, "\r")
		if startsQuote(line, lines[i+1:]) {
			break
		}
		if !strings.HasPrefix(strings.TrimLeft(line, " "), ">") {
			own = append(own, line)
		}
	}
	return strings.Join(own, "\n")
}

// startsQuote also knows the introduction that a mail program has broken in two lines.
func startsQuote(line string, rest []string) bool {
	// Looking closely at every line costs more than filing the message does.
	if first := strings.ToLower(cut(strings.TrimSpace(line), 2)); !slices.Contains(quoteBeginnings, first) {
		return false
	}
	if quoteStart.MatchString(line) {
		return true
	}
	if len(rest) == 0 || strings.TrimSpace(line) == "" {
		return false
	}
	return introStart.MatchString(line) && quoteStart.MatchString(strings.TrimRight(line, "\r ")+" "+strings.TrimSpace(rest[0]))
}

// quoteBeginnings are the first two characters of all that begins a quote.
var quoteBeginnings = []string{"il", "on", "le", "am", "--", "__", "da", "fr"}

var introStart = regexp.MustCompile(`(?i)^\s*(?:il giorno|il \d|il (?:lun|mar|mer|gio|ven|sab|dom)|on [a-z0-9])`)
