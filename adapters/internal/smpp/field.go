package smpp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// errShort says that a field ends beyond its PDU.
var errShort = errors.New("the PDU is too short")

// fields takes fields off the front of a body. Once one is missing, err stays and the rest is zero.
type fields struct {
	rest []byte
	err  error
}

func (f *fields) fail(name string, err error) {
	if f.err == nil {
		f.err = fmt.Errorf("%s: %w", name, err)
	}
	f.rest = nil
}

// text is a C-octet string of at most size bytes without its end. Peers that break the limits of the specification are
// many, so it only bounds what is taken.
func (f *fields) text(name string, size int) string {
	if f.err != nil {
		return ""
	}
	end := bytes.IndexByte(f.rest, 0)
	if end < 0 || end > size {
		f.fail(name, errShort)
		return ""
	}
	value := string(f.rest[:end])
	f.rest = f.rest[end+1:]
	return value
}

func (f *fields) octet(name string) byte {
	if f.err == nil && len(f.rest) == 0 {
		f.fail(name, errShort)
	}
	if f.err != nil {
		return 0
	}
	value := f.rest[0]
	f.rest = f.rest[1:]
	return value
}

func (f *fields) octets(name string, size int) []byte {
	if f.err == nil && len(f.rest) < size {
		f.fail(name, errShort)
	}
	if f.err != nil {
		return nil
	}
	value := f.rest[:size:size]
	f.rest = f.rest[size:]
	return value
}

// Tag names an optional parameter.
type Tag uint16

// The optional parameters that are read or written here.
const (
	TagReceiptedMessageID Tag = 0x001E
	TagUserReference      Tag = 0x0204
	TagSARReference       Tag = 0x020C
	TagSARTotal           Tag = 0x020E
	TagSARPart            Tag = 0x020F
	TagPayload            Tag = 0x0424
	TagNetworkError       Tag = 0x0423
	TagMessageState       Tag = 0x0427
)

// TLV is one optional parameter.
type TLV struct {
	Tag   Tag
	Value []byte
}

// TLVs are the optional parameters of a PDU.
type TLVs []TLV

// Get finds a parameter; nil says that it is not there.
func (t TLVs) Get(tag Tag) []byte {
	for _, one := range t {
		if one.Tag == tag {
			if one.Value == nil {
				return []byte{}
			}
			return one.Value
		}
	}
	return nil
}

// Number reads a parameter of one or two bytes.
func (t TLVs) Number(tag Tag) (int, bool) {
	switch value := t.Get(tag); len(value) {
	case 1:
		return int(value[0]), true
	case 2:
		return int(binary.BigEndian.Uint16(value)), true
	}
	return 0, false
}

// tlvs reads what is left of a body. Some peers append a zero byte: fewer bytes than a parameter's head are let go.
func (f *fields) tlvs() TLVs {
	var all TLVs
	for f.err == nil && len(f.rest) >= 4 {
		tag, size := Tag(binary.BigEndian.Uint16(f.rest)), int(binary.BigEndian.Uint16(f.rest[2:]))
		f.rest = f.rest[4:]
		all = append(all, TLV{tag, f.octets(fmt.Sprintf("parameter %#04x", uint16(tag)), size)})
	}
	return all
}

func appendTLVs(out []byte, all TLVs) []byte {
	for _, one := range all {
		out = binary.BigEndian.AppendUint16(out, uint16(one.Tag))
		out = binary.BigEndian.AppendUint16(out, uint16(len(one.Value)))
		out = append(out, one.Value...)
	}
	return out
}

// appendText writes a C-octet string; a zero byte inside would end it early and is left out.
func appendText(out []byte, text string) []byte {
	for i := range len(text) {
		if text[i] != 0 {
			out = append(out, text[i])
		}
	}
	return append(out, 0)
}
