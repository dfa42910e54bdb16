package mime

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message/charset"
	htmlcharset "golang.org/x/net/html/charset"
)

// windows1252 is what mail that declares nothing, or Latin-1, really holds.
const windows1252 = "windows-1252"

// toUTF8 converts text declared to be in a charset. Valid UTF-8 is believed
// over the declaration, except for charsets that use escape sequences or wide
// units; bytes nothing explains are read as windows-1252.
func toUTF8(b []byte, declared string) (text string, guessed bool) {
	label := canonicalCharset(declared)
	wide := strings.HasPrefix(label, "utf-16") || strings.HasPrefix(label, "utf-32")
	escaped := strings.HasPrefix(label, "iso-2022") || label == "utf-7" || label == "hz-gb-2312"
	if !wide && !escaped && utf8.Valid(b) {
		return string(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))), label != "" && label != "utf-8" && !isASCII(b)
	}
	if strings.HasPrefix(label, "iso-8859-") {
		if text, ok := decodeISO(b, label); ok {
			return text, false
		}
	}
	if label != "" && label != "utf-8" {
		if text, ok := decodeCharset(b, label); ok {
			return text, false
		}
	}
	if label == "utf-8" && mostlyUTF8(b) {
		return strings.ToValidUTF8(string(b), "\uFFFD"), true
	}
	text, ok := decodeCharset(b, windows1252)
	if !ok {
		text = strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return text, true
}

// canonicalCharset maps the many names of ASCII and Latin-1 to windows-1252,
// a superset that gives their unused bytes the meaning senders intend.
func canonicalCharset(label string) string {
	label = strings.ToLower(strings.Trim(label, " \t\"'"))
	switch label {
	case "us-ascii", "ascii", "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "l1",
		"ansi_x3.4-1968", "cp1252", "x-cp1252", "windows1252", "ansi":
		return windows1252
	case "utf8", "unicode-1-1-utf-8", "x-utf-8", "utf-8n":
		return "utf-8"
	case "unknown", "unknown-8bit", "x-unknown", "default", "_autodetect", "default_charset", "8bit":
		return ""
	}
	return label
}

func decodeCharset(b []byte, label string) (string, bool) {
	r, err := charset.Reader(label, bytes.NewReader(b))
	if err != nil {
		return "", false
	}
	out, err := io.ReadAll(r)
	if err != nil {
		return "", false
	}
	return strings.ToValidUTF8(string(out), "\uFFFD"), true
}

// decodeISO reads a charset of ISO 8859 whose unused bytes, 0x80 to 0x9f, hold
// what they hold in windows-1252: Windows programs put quotes and dashes there.
func decodeISO(b []byte, label string) (string, bool) {
	var out strings.Builder
	for len(b) > 0 {
		n, windows := 0, b[0] >= 0x80 && b[0] < 0xa0
		for n < len(b) && (b[n] >= 0x80 && b[n] < 0xa0) == windows {
			n++
		}
		of := label
		if windows {
			of = windows1252
		}
		text, ok := decodeCharset(b[:n], of)
		if !ok {
			return "", false
		}
		out.WriteString(text)
		b = b[n:]
	}
	return out.String(), true
}

// mostlyUTF8 tells broken UTF-8 (cut in the middle, one bad byte) from bytes
// of another charset: at least nine of ten non-ASCII sequences are valid.
func mostlyUTF8(b []byte) bool {
	good, bad := 0, 0
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
		b = b[n:]
	}
	return good >= 9*bad
}

// htmlCharset finds the charset an HTML part declares in itself.
func htmlCharset(b []byte) string {
	if _, name, _ := htmlcharset.DetermineEncoding(b, ""); name != windows1252 {
		return name
	}
	return "" // also what it answers when nothing is declared
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// cleanText removes what text may not hold (NUL, other control characters,
// invalid UTF-8) and makes every line ending "\n".
func cleanText(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r == '\n', r == '\t':
			return r
		case r < ' ', r == 0x7f, r >= 0x80 && r < 0xa0:
			return -1
		}
		return r
	}, s)
}

// cleanLine is cleanText for header values: one line, single outer spaces cut.
func cleanLine(s string) string {
	s = cleanText(s)
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}
