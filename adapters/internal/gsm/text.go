package gsm

import (
	"encoding/binary"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"
)

// The room of one message: in septets, and in units of UTF-16.
const (
	roomSeptets = 160
	roomUnits   = 70
	roomBytes   = 140
)

// The values of data_coding that are written.
const (
	CodingDefault = 0x00
	CodingUCS2    = 0x08
)

// Encoded is a text as it travels, in one part or several, without their headers.
type Encoded struct {
	// Coding is CodingDefault, one septet a byte, or CodingUCS2.
	Coding byte
	Parts  [][]byte
	// Units is the length in septets, or in units of UTF-16.
	Units int
	// Forcing is the first character that is not in the 7-bit alphabet, 0 if there is none.
	Forcing rune
}

// Encode splits a text into as few parts as it takes. wide says that the parts are tied by a 16-bit reference, whose
// header is one byte longer. The text is composed (NFC) first, so that è written as two characters stays one.
func Encode(text string, wide bool) Encoded {
	text = norm.NFC.String(text)
	encoded, ok := encode7(text)
	if !ok {
		return EncodeUCS2(text, wide)
	}
	return Encoded{
		Coding: CodingDefault, Units: len(encoded),
		Parts: split(encoded, roomSeptets, roomSeptets-Part{Wide: wide}.headerSeptets(), escapePair),
	}
}

// EncodeUCS2 is Encode for providers that cannot be trusted with the 7-bit alphabet.
func EncodeUCS2(text string, wide bool) Encoded {
	text = norm.NFC.String(text)
	units := utf16.Encode([]rune(text))
	encoded := make([]byte, 0, 2*len(units))
	for _, unit := range units {
		encoded = binary.BigEndian.AppendUint16(encoded, unit)
	}
	// A header of 7 bytes leaves 133, which is 66 units and a byte that stays empty.
	perPart := (roomBytes - len(Part{Wide: wide}.Header())) / 2 * 2
	return Encoded{
		Coding: CodingUCS2, Units: len(units), Forcing: forcing(text),
		Parts: split(encoded, 2*roomUnits, perPart, surrogatePair),
	}
}

// forcing is the first character that is not in the 7-bit alphabet.
func forcing(text string) rune {
	for _, r := range text {
		if _, known := septets[r]; !known {
			return r
		}
	}
	return 0
}

// split cuts so that together, the pair at the end of a part, is never torn; it answers how much of the end to leave.
func split(data []byte, whole, part int, together func(head []byte) int) [][]byte {
	if len(data) <= whole {
		return [][]byte{data}
	}
	var parts [][]byte
	for len(data) > part {
		cut := part - together(data[:part])
		parts = append(parts, data[:cut])
		data = data[cut:]
	}
	return append(parts, data)
}

// escapePair leaves an escape at the end for the next part. Escapes never follow one another in what is written here.
func escapePair(head []byte) int {
	if head[len(head)-1] == escape {
		return 1
	}
	return 0
}

// surrogatePair leaves the first half of a pair at the end for the next part.
func surrogatePair(head []byte) int {
	last := binary.BigEndian.Uint16(head[len(head)-2:])
	if last >= 0xD800 && last < 0xDC00 {
		return 2
	}
	return 0
}

// Decode7 reads a text of the 7-bit alphabet, one septet a byte, with the tables that its header asks for. ok is false
// where one of them is not known.
func Decode7(data []byte, h Header) (text string, ok bool) {
	main, shifted, known := tables(h)
	if !known {
		return "", false
	}
	return decode7(data, main, shifted), true
}

// DecodeUCS2 reads UTF-16 big endian. Half a pair, and a byte left over, read as the replacement character.
func DecodeUCS2(data []byte) string {
	units := make([]uint16, 0, len(data)/2+1)
	for ; len(data) >= 2; data = data[2:] {
		units = append(units, binary.BigEndian.Uint16(data))
	}
	if len(data) > 0 {
		units = append(units, missing)
	}
	return string(utf16.Decode(units))
}
