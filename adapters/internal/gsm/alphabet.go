package gsm

import "strings"

// escape announces a character of the extension table.
const escape = 0x1B

// missing stands for a septet that means nothing.
const missing = '\uFFFD'

// table is an alphabet of 128 characters; one that is not there is missing.
type table [128]rune

// defaultAlphabet in the order of its codes; escape stands at its place.
const defaultAlphabet = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
	"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

// extension characters, each behind an escape.
var extension = map[byte]rune{
	0x0A: '\f', 0x14: '^', 0x28: '{', 0x29: '}', 0x2F: '\\', 0x3C: '[', 0x3D: '~', 0x3E: ']', 0x40: '|', 0x65: '€',
}

// base and extended are the tables of those who ask for no language.
var (
	base     = locking(nil)
	extended = single(nil)
	septets  = inverse()
)

// locking is the default alphabet with what a language changes in it.
func locking(changes map[byte]rune) *table {
	var t table
	code := 0
	for _, r := range defaultAlphabet {
		t[code] = r
		code++
	}
	for at, r := range changes {
		t[at] = r
	}
	return &t
}

// single is the extension table with what a language adds to it.
func single(additions map[byte]rune) *table {
	var t table
	for code := range t {
		t[code] = missing
	}
	for _, part := range []map[byte]rune{extension, additions} {
		for code, r := range part {
			t[code] = r
		}
	}
	return &t
}

// inverse finds the septets of a character: one, or the escape and another.
func inverse() map[rune]string {
	all := map[rune]string{}
	for code, r := range extension {
		all[r] = string([]byte{escape, code})
	}
	for code, r := range base {
		if code != escape {
			all[r] = string([]byte{byte(code)})
		}
	}
	return all
}

// encode7 writes a text in the default alphabet, one septet a byte; ok is false where a character is not in it.
func encode7(text string) (encoded []byte, ok bool) {
	var b strings.Builder
	for _, r := range text {
		code, known := septets[r]
		if !known {
			return nil, false
		}
		b.WriteString(code)
	}
	return []byte(b.String()), true
}

// decode7 reads septets, one a byte. An escape before nothing, or before what the extension table does not have, reads
// as the specification demands: the character of the main table.
func decode7(septets []byte, main, shifted *table) string {
	var b strings.Builder
	for i := 0; i < len(septets); i++ {
		code := septets[i] & 0x7F
		if code != escape {
			b.WriteRune(main[code])
			continue
		}
		i++
		if i == len(septets) {
			break
		}
		code = septets[i] & 0x7F
		switch r := shifted[code]; {
		case code == escape:
			b.WriteByte(' ')
		case r == missing:
			b.WriteRune(main[code])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
