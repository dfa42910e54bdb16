package mime

import (
	"encoding/base64"
	"strings"
)

// encodedWord is one =?charset?encoding?text?= of RFC 2047, still as bytes.
type encodedWord struct {
	charset string
	bytes   []byte
}

// decodeWords decodes the encoded words of a header value. Neighbours in the
// same charset are joined before conversion, because senders cut characters in
// two; a word that cannot be decoded stays as it is.
func decodeWords(s string) string {
	if !strings.Contains(s, "=?") {
		text, _ := toUTF8([]byte(s), "")
		return cleanLine(text)
	}
	var out strings.Builder
	var run encodedWord
	flush := func() {
		if run.bytes != nil {
			text, _ := toUTF8(run.bytes, run.charset)
			out.WriteString(text)
			run = encodedWord{}
		}
	}
	for s != "" {
		i := strings.Index(s, "=?")
		if i < 0 {
			break
		}
		word, rest, ok := cutWord(s[i:])
		if !ok {
			flush()
			writeRaw(&out, s[:i+2])
			s = s[i+2:]
			continue
		}
		between := s[:i]
		if run.bytes == nil || strings.Trim(between, " \t\r\n") != "" {
			flush()
			writeRaw(&out, between)
		}
		if !strings.EqualFold(run.charset, word.charset) {
			flush()
		}
		run = encodedWord{charset: word.charset, bytes: append(run.bytes, word.bytes...)}
		s = rest
	}
	flush()
	writeRaw(&out, s)
	return cleanLine(out.String())
}

func writeRaw(out *strings.Builder, s string) {
	text, _ := toUTF8([]byte(s), "")
	out.WriteString(text)
}

// maxWord bounds the search for the end of an encoded word. The standard allows
// 75 characters, senders write a few thousand.
const maxWord = 8 << 10

// cutWord takes the encoded word s starts with.
func cutWord(s string) (word encodedWord, rest string, ok bool) {
	near, far := s, ""
	if len(s) > maxWord {
		near, far = s[:maxWord], s[maxWord:]
	}
	charset, after, ok := strings.Cut(near[2:], "?")
	if !ok || charset == "" || strings.ContainsAny(charset, " \t\"<>@") {
		return word, s, false
	}
	encoding, after, ok := strings.Cut(after, "?")
	if !ok {
		return word, s, false
	}
	text, rest, ok := strings.Cut(after, "?=")
	if !ok {
		return word, s, false
	}
	rest = s[len(s)-len(far)-len(rest):]
	charset, _, _ = strings.Cut(charset, "*") // RFC 2231 language suffix
	switch strings.ToUpper(encoding) {
	case "Q":
		return encodedWord{charset, decodeQ(text)}, rest, true
	case "B":
		b, ok := decodeB(text)
		return encodedWord{charset, b}, rest, ok
	}
	return word, s, false
}

func decodeQ(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '_':
			out = append(out, ' ')
		case s[i] == '=' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			out = append(out, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		default:
			out = append(out, s[i])
		}
	}
	return out
}

func decodeB(s string) ([]byte, bool) {
	s = strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '=' {
			return -1
		}
		return r
	}, s)
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(s)))
	n, err := base64.RawStdEncoding.Decode(out, []byte(s))
	return out[:n], err == nil
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}
