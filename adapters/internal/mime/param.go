package mime

import (
	"sort"
	"strconv"
	"strings"
)

// parameterised is a header value like `text/plain; charset=utf-8`.
type parameterised struct {
	value  string // lower case
	params map[string]string
}

// parseParameterised reads Content-Type and Content-Disposition as they occur:
// doubled parameters (the first counts), missing quotes, comments, RFC 2231
// continuations and charsets, RFC 2047 words where none belong.
func parseParameterised(s string) parameterised {
	fields := splitOutside(stripComments(s), ';')
	p := parameterised{value: strings.ToLower(strings.TrimSpace(fields[0])), params: map[string]string{}}
	var pieces []paramPiece
	for _, field := range fields[1:] {
		name, value, ok := strings.Cut(field, "=")
		if !ok {
			continue
		}
		name = strings.ToLower(strings.TrimSpace(name))
		value = unquote(strings.TrimSpace(value))
		if base, index, encoded, ok := splitContinuation(name); ok {
			pieces = append(pieces, paramPiece{base, index, encoded, value})
			continue
		}
		if _, seen := p.params[name]; !seen && name != "" {
			p.params[name] = decodeWords(value)
		}
	}
	joinPieces(p.params, pieces)
	return p
}

// paramPiece is one section of an RFC 2231 parameter, as in name*1*=value.
type paramPiece struct {
	base    string
	index   int
	encoded bool
	value   string
}

func splitContinuation(name string) (base string, index int, encoded, ok bool) {
	base, rest, ok := strings.Cut(name, "*")
	if !ok || base == "" {
		return "", 0, false, false
	}
	if rest == "" {
		return base, 0, true, true
	}
	number, encoded := strings.CutSuffix(rest, "*")
	index, err := strconv.Atoi(number)
	return base, index, encoded, err == nil && index >= 0
}

// joinPieces writes RFC 2231 parameters into params; they win over plain ones
// of the same name, which senders add for old readers.
func joinPieces(params map[string]string, pieces []paramPiece) {
	sort.SliceStable(pieces, func(i, j int) bool {
		if pieces[i].base != pieces[j].base {
			return pieces[i].base < pieces[j].base
		}
		return pieces[i].index < pieces[j].index
	})
	for start := 0; start < len(pieces); {
		end := start
		for end < len(pieces) && pieces[end].base == pieces[start].base {
			end++
		}
		params[pieces[start].base] = joinSections(pieces[start:end])
		start = end
	}
}

func joinSections(sections []paramPiece) string {
	var raw []byte
	label := ""
	for i, s := range sections {
		value := s.value
		if !s.encoded {
			raw = append(raw, value...)
			continue
		}
		if i == 0 {
			if parts := strings.SplitN(value, "'", 3); len(parts) == 3 {
				label, value = parts[0], parts[2]
			}
		}
		raw = append(raw, unescapePercent(value)...)
	}
	text, _ := toUTF8(raw, label)
	return cleanLine(text)
}

func unescapePercent(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			out = append(out, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
			continue
		}
		out = append(out, s[i])
	}
	return out
}

// splitOutside splits at sep where it stands outside quoted strings.
func splitOutside(s string, sep byte) []string {
	var fields []string
	start, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case !quoted && s[i] == sep:
			fields = append(fields, s[start:i])
			start = i + 1
		}
	}
	return append(fields, s[start:])
}

// stripComments removes (nested) comments outside quoted strings. An opening
// parenthesis that is never closed is kept as text.
func stripComments(s string) string {
	if !strings.Contains(s, "(") {
		return s
	}
	var out strings.Builder
	depth, open, quoted := 0, 0, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		escaped := c == '\\' && (quoted || depth > 0) && i+1 < len(s)
		switch {
		case escaped:
			if depth == 0 {
				out.WriteString(s[i : i+2])
			}
			i++
		case depth == 0 && c == '"':
			quoted = !quoted
			out.WriteByte(c)
		case !quoted && c == '(':
			if depth == 0 {
				open = i
			}
			depth++
		case !quoted && c == ')' && depth > 0:
			if depth--; depth == 0 {
				out.WriteByte(' ')
			}
		case depth == 0:
			out.WriteByte(c)
		}
	}
	if depth > 0 {
		out.WriteString(s[open:])
	}
	return out.String()
}

// unquote removes the quotes and escapes of a quoted string. A backslash
// before anything but a quote or backslash stays: it is a path, not an escape.
func unquote(s string) string {
	if len(s) < 1 || s[0] != '"' {
		return strings.Trim(s, "\"")
	}
	var out strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\') {
			i++
		} else if s[i] == '"' {
			break
		}
		out.WriteByte(s[i])
	}
	return out.String()
}
