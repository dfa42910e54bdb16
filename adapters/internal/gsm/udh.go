package gsm

import (
	"encoding/binary"
	"errors"
)

// The information elements of a user data header that matter here.
const (
	elementConcat8  = 0x00
	elementConcat16 = 0x08
	elementSingle   = 0x24
	elementLocking  = 0x25
)

// Part says which part of a long message this is; Total 0 says that it is whole.
type Part struct {
	Reference uint16
	// Wide references have 16 bits.
	Wide        bool
	Total, Part int
}

// Header is what a user data header says.
type Header struct {
	Part            Part
	Locking, Single Language
}

var errHeader = errors.New("the user data header is broken")

// SplitHeader takes the user data header off the front of a message. Elements that are not known are passed over; a
// concatenation that cannot be (part 3 of 2) counts as none, so that its text is shown by itself.
func SplitHeader(data []byte) (Header, []byte, error) {
	var h Header
	if len(data) == 0 || int(data[0])+1 > len(data) {
		return h, nil, errHeader
	}
	elements, rest := data[1:int(data[0])+1], data[int(data[0])+1:]
	for len(elements) > 0 {
		if len(elements) < 2 || int(elements[1])+2 > len(elements) {
			return h, nil, errHeader
		}
		kind, value := elements[0], elements[2:int(elements[1])+2]
		elements = elements[int(elements[1])+2:]
		switch {
		case kind == elementConcat8 && len(value) == 3:
			h.Part = Part{Reference: uint16(value[0]), Total: int(value[1]), Part: int(value[2])}.orNone()
		case kind == elementConcat16 && len(value) == 4:
			h.Part = Part{
				Reference: binary.BigEndian.Uint16(value), Wide: true, Total: int(value[2]), Part: int(value[3]),
			}.orNone()
		case kind == elementSingle && len(value) == 1:
			h.Single = Language(value[0])
		case kind == elementLocking && len(value) == 1:
			h.Locking = Language(value[0])
		}
	}
	return h, rest, nil
}

func (p Part) orNone() Part {
	if p.Total < 2 || p.Part < 1 || p.Part > p.Total {
		return Part{}
	}
	return p
}

// Header writes the user data header of a part.
func (p Part) Header() []byte {
	if p.Wide {
		return []byte{6, elementConcat16, 4, byte(p.Reference >> 8), byte(p.Reference), byte(p.Total), byte(p.Part)}
	}
	return []byte{5, elementConcat8, 3, byte(p.Reference), byte(p.Total), byte(p.Part)}
}

// headerSeptets is the room that the header takes in a part, in septets with the bits that fill up the last one.
func (p Part) headerSeptets() int {
	if p.Wide {
		return 8
	}
	return 7
}
