package mime

import (
	"net"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Address is one mailbox of an address field.
type Address struct {
	Name  string // display name, decoded
	Email string // local@domain with a lower-case ASCII domain; empty when broken
	Raw   string // the item as written, only when Email is empty
}

// Domain returns the part after the last @.
func (a Address) Domain() string {
	return a.Email[strings.LastIndexByte(a.Email, '@')+1:]
}

// ParseAddresses reads an address field as tolerantly as is safe. The
// structure is read before any encoded word is decoded, so a decoded name can
// never become an address; an item that can be read in two ways, or not at
// all, is kept raw and has no Email.
func ParseAddresses(value string) []Address {
	var list []Address
	for _, item := range splitAddresses(value) {
		if strings.TrimSpace(item) != "" {
			list = append(list, parseAddress(item))
		}
	}
	return list
}

// splitAddresses cuts at commas, and at the semicolons that end groups or that
// some programs use instead, outside quotes, comments and angle brackets. Group
// names are dropped.
func splitAddresses(s string) []string {
	var items []string
	start, depth, quoted, angle, address := 0, 0, false, false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && (quoted || depth > 0):
			i++
		case c == '"' && depth == 0:
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth > 0:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case c == ',' && !angle, c == ';' && !angle:
			items = append(items, s[start:i])
			start, address = i+1, false
		case c == '@', c == '[': // an address or an IPv6 literal: no group name
			address = true
		case c == ':' && !angle && !address:
			start = i + 1
		}
	}
	return append(items, s[start:])
}

func parseAddress(item string) Address {
	broken := Address{Raw: decodeRaw(item)}
	plain, comment := cutComments(item)
	name, spec, ok := cutAngle(plain)
	if !ok {
		return broken
	}
	email, ok := normaliseEmail(spec)
	if !ok {
		broken.Name = displayName(name)
		return broken
	}
	if name = displayName(name); name == "" {
		name = decodeWords(comment)
	}
	return Address{Name: cleanName(name), Email: email}
}

// decodeRaw keeps a broken item readable and short.
func decodeRaw(item string) string {
	text := decodeWords(item)
	const maxRaw = 512
	for len(text) > maxRaw {
		_, n := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-n]
	}
	return text
}

// cutComments removes comments outside quotes and angle brackets and returns
// the first one: old programs put the name there.
func cutComments(s string) (plain, comment string) {
	plain = stripComments(s)
	open := strings.IndexByte(s, '(')
	if plain == s || open < 0 {
		return s, ""
	}
	inner := s[open+1:]
	if end := strings.IndexByte(inner, ')'); end >= 0 {
		comment = inner[:end]
	}
	return plain, comment
}

// cutAngle separates the name from the address. Two addresses in one item are
// ambiguous and refused.
func cutAngle(s string) (name, spec string, ok bool) {
	open := indexOutside(s, '<')
	if open < 0 {
		return "", strings.TrimSpace(s), !strings.ContainsAny(s, ">")
	}
	end := strings.IndexByte(s[open:], '>')
	if end < 0 {
		return s[:open], "", false
	}
	rest := strings.TrimSpace(s[open+end+1:])
	return s[:open], s[open+1 : open+end], rest == ""
}

func indexOutside(s string, b byte) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case !quoted && s[i] == b:
			return i
		}
	}
	return -1
}

// displayName joins the words of a phrase: quoted strings and atoms.
func displayName(s string) string {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, `"`) {
		return cleanName(decodeWords(s))
	}
	var out strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\' && i+1 < len(s):
			i++
			out.WriteByte(s[i])
		case s[i] == '"':
			quoted = !quoted
		default:
			out.WriteByte(s[i])
		}
	}
	return cleanName(decodeWords(out.String()))
}

// cleanName removes invisible and direction-changing characters, which only
// serve to make one name look like another.
func cleanName(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, cleanLine(s))
	return strings.Trim(strings.Join(strings.Fields(s), " "), "' ")
}

// normaliseEmail checks local@domain and brings the domain to lower-case
// ASCII.
func normaliseEmail(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "@") { // obsolete route: <@relay:user@domain>
		if _, after, ok := strings.Cut(s, ":"); ok {
			s = strings.TrimSpace(after)
		}
	}
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || len(s) > 320 {
		return "", false
	}
	local, ok := normaliseLocal(strings.TrimSpace(s[:at]))
	if !ok {
		return "", false
	}
	domain, ok := normaliseDomain(strings.TrimSpace(s[at+1:]))
	return local + "@" + domain, ok
}

func normaliseLocal(s string) (string, bool) {
	if strings.HasPrefix(s, `"`) && strings.HasSuffix(s, `"`) && len(s) > 2 {
		inner := unquote(s)
		if validLocal(inner) {
			return inner, true
		}
		return s, validQuoted(s)
	}
	return s, validLocal(s)
}

// validLocal accepts a dot-atom, with the doubled and trailing dots some
// providers allow, and letters of any script.
func validLocal(s string) bool {
	if s == "" || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		switch {
		case r <= ' ', r == 0x7f, strings.ContainsRune(`()<>[]:;@\,"`, r):
			return false
		case r >= utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r):
			return false
		}
	}
	return true
}

func validQuoted(s string) bool {
	for i := 1; i < len(s)-1; i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s)-1 && s[i+1] >= ' ' && s[i+1] <= '~':
			i++
		case s[i] < ' ', s[i] > '~', s[i] == '"', s[i] == '\\':
			return false
		}
	}
	return true
}

func normaliseDomain(s string) (string, bool) {
	if literal, ok := strings.CutPrefix(s, "["); ok {
		literal, ok = strings.CutSuffix(literal, "]")
		ip := strings.TrimPrefix(strings.ToLower(literal), "ipv6:")
		return strings.ToLower(s), ok && net.ParseIP(ip) != nil
	}
	s = strings.TrimSuffix(s, ".")
	if s == "" || len(s) > 255 {
		return "", false
	}
	if !isASCII([]byte(s)) {
		ascii, err := idna.Lookup.ToASCII(s)
		if err != nil {
			return "", false
		}
		s = ascii
	}
	s = strings.ToLower(s)
	for _, label := range strings.Split(s, ".") {
		if !validLabel(label) {
			return "", false
		}
	}
	return s, true
}

func validLabel(s string) bool {
	if s == "" || len(s) > 63 {
		return false
	}
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789-_"
	return strings.Trim(s, letters) == ""
}

// NormalEmail checks an address that is to be written to and brings it to the
// form in which Address holds it. Only addresses that every server takes pass:
// ASCII before the @.
func NormalEmail(s string) (string, bool) {
	email, ok := normaliseEmail(s)
	return email, ok && isASCII([]byte(email))
}
