package letter

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
)

var words = mime.WordDecoder{CharsetReader: func(charset string, in io.Reader) (io.Reader, error) {
	enc, err := htmlindex.Get(charset)
	if err != nil {
		return nil, err
	}
	return enc.NewDecoder().Reader(in), nil
}}

// decodeWords decodes encoded words, and raw bytes that should have been encoded.
func decodeWords(value string) string {
	if !utf8.ValidString(value) {
		value = decodeCharset("", []byte(value))
	}
	decoded, err := words.DecodeHeader(value)
	if err != nil {
		return value
	}
	return decoded
}

// decodeCharset turns text into UTF-8. Undeclared or unknown charsets are UTF-8 if they can be, else windows-1252, which
// is what mail without a declaration turns out to be.
func decodeCharset(charset string, data []byte) string {
	if enc, err := htmlindex.Get(charset); err == nil && charset != "" {
		if out, err := enc.NewDecoder().Bytes(data); err == nil {
			return string(out)
		}
	}
	if utf8.Valid(data) {
		return string(data)
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(data)
	if err != nil {
		return strings.ToValidUTF8(string(data), "\uFFFD")
	}
	return string(out)
}

// decodeTransfer undoes a Content-Transfer-Encoding; damaged data is decoded as far as it goes.
func decodeTransfer(encoding string, data []byte) []byte {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		out, _ := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(data)))
		return out
	case "base64":
		data = onlyBase64(data)
		out := make([]byte, base64.RawStdEncoding.DecodedLen(len(data)))
		n, _ := base64.RawStdEncoding.Decode(out, data)
		return out[:n]
	}
	return data
}

// onlyBase64 leaves out everything that is not of the alphabet: line ends, padding, damage.
func onlyBase64(data []byte) []byte {
	kept := make([]byte, 0, len(data))
	for _, c := range data {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/' {
			kept = append(kept, c)
		}
	}
	return kept
}

var (
	addressParser = mail.AddressParser{WordDecoder: &words}
	looseAddress  = regexp.MustCompile(`(?:"?([^"<,;]*)"?\s*)?<?([^\s<>@,;"]+@[^\s<>@,;"]+)>?`)
)

// ParseAddresses reads an address list, and picks out what looks like addresses from one that breaks the rules.
func ParseAddresses(value string) []Address {
	var list []Address
	if parsed, err := addressParser.ParseList(value); err == nil {
		for _, a := range parsed {
			list = append(list, Address{Name: a.Name, Address: a.Address})
		}
		return list
	}
	for _, m := range looseAddress.FindAllStringSubmatch(decodeWords(value), 50) {
		list = append(list, Address{Name: strings.TrimSpace(m[1]), Address: m[2]})
	}
	return list
}
