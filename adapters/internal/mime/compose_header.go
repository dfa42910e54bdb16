package mime

import (
	"fmt"
	"mime"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"
)

// HeaderError says that a value cannot stand in a header: it holds a line
// break or NUL, or is no address or identifier.
type HeaderError struct{ Field string }

// Error implements error.
func (e *HeaderError) Error() string { return "value not allowed in header field " + e.Field }

// maxReferences keeps the References field acceptable to old servers; the
// first identifier and the last ones carry the thread.
const maxReferences = 1500

func (o Outgoing) header() ([]string, error) {
	b := headerBuilder{}
	b.addresses("From", []Address{o.From})
	b.addresses("To", o.To)
	b.addresses("Cc", o.Cc)
	b.addresses("Reply-To", o.ReplyTo)
	b.text("Subject", o.Subject)
	b.plain("Date", o.Date.Format(time.RFC1123Z))
	if !validID(o.MessageID) {
		b.refuse("Message-ID")
	}
	b.ids("Message-ID", o.MessageID)
	b.ids("In-Reply-To", o.InReplyTo)
	b.ids("References", trimReferences(o.References)...)
	b.plain("Thread-Index", o.ThreadIndex)
	b.text("Thread-Topic", o.ThreadTopic)
	b.plain("Content-Language", o.Language)
	if o.Automatic {
		b.plain("Auto-Submitted", "auto-generated")
		b.plain("X-Auto-Response-Suppress", "All")
	}
	b.plain(LoopHeader, o.LoopMark)
	b.plain(TrialHeader, o.Trial)
	b.plain("MIME-Version", "1.0")
	return b.pairs, b.err
}

// headerBuilder collects checked values; the first refusal sticks.
type headerBuilder struct {
	pairs []string
	err   error
}

func (b *headerBuilder) refuse(field string) {
	if b.err == nil {
		b.err = &HeaderError{Field: field}
	}
}

func (b *headerBuilder) add(field, value string) {
	if value != "" {
		b.pairs = append(b.pairs, field, value)
	}
}

// plain adds a value of visible ASCII and blanks.
func (b *headerBuilder) plain(field, value string) {
	if !allowed(value) || !isASCII([]byte(value)) || len(value) > maxID {
		b.refuse(field)
		return
	}
	b.add(field, strings.TrimSpace(value))
}

// text adds a value of any script, encoded where needed.
func (b *headerBuilder) text(field, value string) {
	if !allowed(value) {
		b.refuse(field)
		return
	}
	b.add(field, encodeText(strings.TrimSpace(value)))
}

func (b *headerBuilder) addresses(field string, list []Address) {
	items := make([]string, 0, len(list))
	for _, a := range list {
		item, ok := formatAddress(a)
		if !ok {
			b.refuse(field)
			return
		}
		items = append(items, item)
	}
	b.add(field, strings.Join(items, ", "))
}

// ids adds identifiers. A foreign one that is merely odd is left out: it must
// not keep an answer from leaving.
func (b *headerBuilder) ids(field string, list ...string) {
	items := make([]string, 0, len(list))
	for _, id := range list {
		if !allowed(id) {
			b.refuse(field)
			return
		}
		if validID(id) {
			items = append(items, "<"+id+">")
		}
	}
	b.add(field, strings.Join(items, " "))
}

// allowed refuses what could end a header line, or hide one.
func allowed(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r < ' ' && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' {
			return false
		}
	}
	return true
}

// longestWord fits one line beside any field name; a longer one could only be
// folded by breaking it.
const longestWord = 900

func validID(s string) bool {
	if s == "" || len(s) > longestWord {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' || s[i] == '<' || s[i] == '>' {
			return false
		}
	}
	return true
}

// formatAddress refuses what would not come back as the same single address,
// and addresses that only servers with SMTPUTF8 understand.
func formatAddress(a Address) (string, bool) {
	email, ok := normaliseEmail(a.Email)
	if !ok || !strings.EqualFold(email, a.Email) || !isASCII([]byte(email)) || !allowed(a.Name) {
		return "", false
	}
	spec := "<" + quoteLocal(email) + ">"
	name := strings.TrimSpace(a.Name)
	switch {
	case name == "":
		return spec, true
	case strings.Contains(name, "=?") && isASCII([]byte(name)):
		return encodeASCII(name) + " " + spec, true
	case !isASCII([]byte(name)) && strings.Contains(name, `\`):
		// The library leaves a backslash as it is, which no reader expects in a phrase.
		return mime.BEncoding.Encode("utf-8", name) + " " + spec, true
	}
	const dummy = "<a@b>" // the library quotes a local part again
	phrase := (&mail.Address{Name: name, Address: strings.Trim(dummy, "<>")}).String()
	return strings.TrimSuffix(phrase, dummy) + spec, true
}

// quoteLocal quotes a local part with dots where none may stand unquoted.
func quoteLocal(email string) string {
	at := strings.LastIndexByte(email, '@')
	local := email[:at]
	if strings.HasPrefix(local, `"`) || !strings.HasPrefix(local, ".") && !strings.HasSuffix(local, ".") && !strings.Contains(local, "..") {
		return email
	}
	return `"` + local + `"` + email[at:]
}

// encodeText encodes a value that is not plain ASCII, has a word too long to
// fold or could be mistaken for an encoded word.
func encodeText(s string) string {
	encode := strings.Contains(s, "=?")
	for _, word := range strings.Fields(s) {
		encode = encode || len(word) > longestWord
	}
	if encode && isASCII([]byte(s)) {
		return encodeASCII(s)
	}
	return mime.QEncoding.Encode("utf-8", s)
}

// encodeASCII forces encoding, which the standard library skips for ASCII.
func encodeASCII(s string) string {
	const perWord = 20 // bytes, three characters each, stay under 75
	var words []string
	for len(s) > 0 {
		n := min(perWord, len(s))
		words = append(words, "=?utf-8?q?"+escapeQ(s[:n])+"?=")
		s = s[n:]
	}
	return strings.Join(words, " ")
}

func escapeQ(s string) string {
	var out strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c == ' ':
			out.WriteByte('_')
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
			out.WriteByte(c)
		default:
			fmt.Fprintf(&out, "=%02X", c)
		}
	}
	return out.String()
}

// trimReferences keeps the first identifier and as many of the last as fit.
func trimReferences(ids []string) []string {
	var valid []string
	for _, id := range ids {
		if !allowed(id) {
			return ids // refused by the builder
		}
		if validID(id) && len(id) <= maxReferences/3 {
			valid = append(valid, id)
		}
	}
	if len(valid) == 0 {
		return nil
	}
	const around = len("<> ")
	size := len(valid[0]) + around
	from := len(valid)
	for from > 1 && size+len(valid[from-1])+around <= maxReferences {
		from--
		size += len(valid[from]) + around
	}
	return append(valid[:1:1], valid[from:]...)
}

func (f *File) header() []string {
	kind := f.Type
	if media, _, err := mime.ParseMediaType(kind); err != nil || !strings.Contains(media, "/") ||
		strings.HasPrefix(media, "multipart/") || strings.HasPrefix(media, "message/") {
		kind = "application/octet-stream"
	} else {
		kind = media
	}
	disposition := "attachment"
	if f.Inline && validID(f.ContentID) {
		disposition = "inline"
	}
	name := FileName(f.Name)
	pairs := []string{
		"Content-Type", withName(kind, "name", name),
		"Content-Disposition", withName(disposition, "filename", name),
		"Content-Transfer-Encoding", "base64",
	}
	if validID(f.ContentID) {
		pairs = append(pairs, "Content-ID", "<"+f.ContentID+">")
	}
	return pairs
}

// withName adds a name parameter, by RFC 2231 where it is not plain ASCII. The
// old form of RFC 2047 in Content-Type helps programs that know no better.
func withName(value, key, name string) string {
	if name == "" {
		return value
	}
	if !isASCII([]byte(name)) && key == "name" {
		return value + "; name=\"" + mime.BEncoding.Encode("utf-8", name) + "\""
	}
	if formatted := mime.FormatMediaType(value, map[string]string{key: name}); formatted != "" {
		return formatted
	}
	return value
}
