package ticket

import (
	"net/mail"
	"regexp"
	"strings"
)

// maxForwardRead bounds how far into a text the head of a forwarded mail is looked for, in bytes.
const maxForwardRead = 32 << 10

var (
	forwardPrefix = regexp.MustCompile(`(?i)^\s*(?:i|fw|fwd|wg|tr|enc|rv|inoltra|inoltro)\s{0,2}(?:\[\d{1,3}\]|\(\d{1,3}\))?\s{0,2}[:：]`)
	// forwardMark stands before what is passed on, in the words of Gmail, Apple Mail, Thunderbird and Outlook.
	forwardMark = regexp.MustCompile(`(?i)^[ \t>]*(?:-{2,20}\s?(?:forwarded message|messaggio inoltrato|messaggio originale|original message|weitergeleitete nachricht|ursprüngliche nachricht|message transféré)\s?-{2,20}|begin forwarded message:|inizio messaggio inoltrato:|_{20,80})[ \t]*\r?$`)
	// forwardFrom is the line that names the sender; the lines that go with it make sure that it is the head of a mail.
	forwardFrom = regexp.MustCompile(`(?i)^[ \t>]*\*?(?:da|from|von|de|mittente)\s?:\*?\s*(.{3,400}?)\s*$`)
	forwardHead = regexp.MustCompile(`(?i)^[ \t>]*\*?(?:data|date|inviato|sent|gesendet|datum|envoyé|enviado|oggetto|subject|betreff|objet|a|to|an|à|para)\s?:\*?\s`)
	outlookMail = regexp.MustCompile(`(?i)\[mailto:([^\]\s]{3,254})\]`)
)

// ForwardedFrom finds who wrote the mail that a text passes on: the subject must say that it does, or a line above the
// head of the mail; and the head must look like one. What it finds is a guess, for a person to confirm.
func ForwardedFrom(subject, text string) (Address, bool) {
	text = cut(text, maxForwardRead)
	if after, ok := afterMark(text); ok {
		text = after
	} else if !forwardPrefix.MatchString(cut(subject, maxSubjectRead)) {
		return Address{}, false
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		found := forwardFrom.FindStringSubmatch(line)
		if found == nil || !besideHead(lines, i) {
			continue
		}
		return readSender(found[1])
	}
	return Address{}, false
}

// afterMark is what stands below the line that announces a forwarded mail. Only lines that begin like one are looked at
// closely: every letter comes this way.
func afterMark(text string) (string, bool) {
	for line := range strings.Lines(text) {
		text = text[len(line):]
		bare := strings.TrimLeft(line, " \t>")
		if bare == "" || !strings.ContainsRune("-_bBiI", rune(bare[0])) {
			continue
		}
		if forwardMark.MatchString(strings.TrimSuffix(line, "\n")) {
			return text, true
		}
	}
	return "", false
}

// besideHead tells whether a line next to the i-th belongs to the head of a mail too.
func besideHead(lines []string, i int) bool {
	for _, j := range []int{i - 2, i - 1, i + 1, i + 2} {
		if j >= 0 && j < len(lines) && forwardHead.MatchString(lines[j]) {
			return true
		}
	}
	return false
}

// readSender reads "Name <address>", "address" and Outlook's "Name [mailto:address]". Exactly one address may stand
// there: of two nobody knows which wrote.
func readSender(s string) (Address, bool) {
	if m := outlookMail.FindStringSubmatchIndex(s); m != nil {
		s = strings.Trim(strings.TrimSpace(s[:m[0]]), `"`) + " <" + s[m[2]:m[3]] + ">"
	}
	s = strings.NewReplacer("<mailto:", "<", "*", "").Replace(s)
	parsed, err := mail.ParseAddress(s)
	if err != nil {
		open := strings.LastIndexByte(s, '<')
		if open < 0 || strings.Count(s, "@") != 1 {
			return Address{}, false
		}
		if parsed, err = mail.ParseAddress(s[open:]); err != nil {
			return Address{}, false
		}
		parsed.Name = strings.Trim(strings.TrimSpace(s[:open]), `"`)
	}
	if len(parsed.Address) > maxPartyAddress {
		return Address{}, false
	}
	return Address{Kind: "email", Value: strings.ToLower(parsed.Address), Name: cut(collapse(parsed.Name), maxPartyName)}, true
}
