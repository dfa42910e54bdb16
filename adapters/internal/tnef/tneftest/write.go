// Package tneftest writes containers as Outlook does, for tests.
package tneftest

import (
	"encoding/binary"
	"unicode/utf16"
)

// Container is a winmail.dat in the making.
type Container struct{ Bytes []byte }

// New begins a container.
func New() *Container {
	return &Container{Bytes: binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint32(nil, 0x223e9f78), 1)}
}

// Attribute adds one: of the message on level 1, of the file begun last on
// level 2.
func (c *Container) Attribute(level byte, id uint32, data []byte) *Container {
	c.Bytes = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(append(c.Bytes, level), id), uint32(len(data)))
	sum := uint16(0)
	for _, x := range data {
		sum += uint16(x)
	}
	c.Bytes = binary.LittleEndian.AppendUint16(append(c.Bytes, data...), sum)
	return c
}

// Unicode is the value of a property of type 0x1f.
func Unicode(s string) []byte {
	var b []byte
	for _, unit := range append(utf16.Encode([]rune(s)), 0) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return b
}

// Value is a property.
type Value struct {
	Kind, ID uint16
	Data     []byte
}

// Properties is a property list.
func Properties(values ...Value) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(values)))
	for _, v := range values {
		b = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, v.Kind), v.ID)
		if v.ID >= 0x8000 { // a name in letters
			b = append(b, make([]byte, 16)...)
			name := Unicode("Keywords")
			b = binary.LittleEndian.AppendUint32(b, 1)
			b = binary.LittleEndian.AppendUint32(b, uint32(len(name)))
			b = append(append(b, name...), make([]byte, -len(name)&3)...)
		}
		if v.Kind == 0x0d || v.Kind == 0x1e || v.Kind == 0x1f || v.Kind == 0x102 {
			b = binary.LittleEndian.AppendUint32(b, 1)
			b = binary.LittleEndian.AppendUint32(b, uint32(len(v.Data)))
		}
		b = append(append(b, v.Data...), make([]byte, -len(v.Data)&3)...)
	}
	return b
}
