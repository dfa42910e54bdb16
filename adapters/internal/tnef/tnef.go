// Package tnef opens winmail.dat, the container in which Outlook and Exchange
// wrap text and attachments (MS-OXTNEF). It reads hostile bytes: every length
// is checked against what is left, and nothing is allocated by a length alone.
package tnef

import (
	"encoding/binary"
	"errors"
	"unicode/utf16"
)

// Message is what a container holds.
type Message struct {
	Class   string // IPM.Note, IPM.Microsoft Schedule.MtgReq...
	Subject string
	Text    string
	HTML    string
	RTF     []byte
	Files   []File
}

// File is one attachment. Its bytes are part of the container's.
type File struct {
	Name      string
	MediaType string // as the sender says, "" if it does not
	ContentID string
	Content   []byte
	// Message is set for a message within the message; then there is no content.
	Message *Message
}

// Charset turns bytes in a Windows code page into text; code page 0 is unknown.
type Charset func(b []byte, codePage int) string

const (
	magic = 0x223e9f78
	// maxFiles of one container.
	maxFiles = 500
	// maxDepth of messages within messages.
	maxDepth = 5
)

// ErrBroken says that the bytes are no container, or end too early. What was
// found before comes with it.
var ErrBroken = errors.New("not a whole TNEF container")

// Is tells whether bytes begin like a container.
func Is(head []byte) bool {
	return len(head) >= 6 && binary.LittleEndian.Uint32(head) == magic
}

// Decode opens a container.
func Decode(b []byte, charset Charset) (*Message, error) { return decode(b, charset, 0) }

func decode(b []byte, charset Charset, depth int) (*Message, error) {
	d := &decoder{message: &Message{}, charset: charset, depth: depth}
	if !Is(b) || depth > maxDepth {
		return d.message, ErrBroken
	}
	r := &bytesReader{b: b[6:]}
	for r.left() > 0 {
		level, id, data := r.byte(), r.uint32(), r.slice(r.uint32())
		r.skip(2) // a checksum, which truncated and rewritten containers have wrong
		if r.broken {
			return d.message, ErrBroken
		}
		d.attribute(level, uint16(id), data)
	}
	return d.message, nil
}

// The attributes of interest, by their lower half.
const (
	attBody           = 0x800c
	attSubject        = 0x8004
	attClass          = 0x8008
	attCodePage       = 0x9007
	attProperties     = 0x9003
	attNewFile        = 0x9002
	attFileContent    = 0x800f
	attFileTitle      = 0x8010
	attFileProperties = 0x9005
)

const levelFile = 2

type decoder struct {
	message  *Message
	charset  Charset
	codePage int
	depth    int
}

func (d *decoder) attribute(level byte, id uint16, data []byte) {
	if level == levelFile {
		d.fileAttribute(id, data)
		return
	}
	switch id {
	case attCodePage:
		r := &bytesReader{b: data}
		if page := r.uint32(); !r.broken {
			d.codePage = int(page & 0xffff)
		}
	case attClass:
		d.message.Class = d.text(data)
	case attSubject:
		d.message.Subject = d.text(data)
	case attBody:
		d.message.Text = d.text(data)
	case attProperties:
		d.properties(data, d.messageProperty)
	}
}

func (d *decoder) fileAttribute(id uint16, data []byte) {
	if id == attNewFile && len(d.message.Files) < maxFiles {
		d.message.Files = append(d.message.Files, File{})
		return
	}
	if len(d.message.Files) == 0 {
		return
	}
	f := &d.message.Files[len(d.message.Files)-1]
	switch id {
	case attFileTitle:
		if f.Name == "" {
			f.Name = d.text(data)
		}
	case attFileContent:
		f.Content = data
	case attFileProperties:
		d.properties(data, func(p property) { d.fileProperty(f, p) })
	}
}

// The MAPI properties of interest.
const (
	propSubject  = 0x0037
	propBody     = 0x1000
	propRTF      = 0x1009
	propHTML     = 0x1013
	propData     = 0x3701
	propName     = 0x3704
	propLongName = 0x3707
	propMIMEType = 0x370e
	propCID      = 0x3712
	propCodePage = 0x3fde
)

func (d *decoder) messageProperty(p property) {
	switch p.id {
	case propCodePage:
		if len(p.data) >= 4 {
			d.codePage = int(binary.LittleEndian.Uint32(p.data) & 0xffff)
		}
	case propSubject:
		d.message.Subject = d.string(p)
	case propBody:
		d.message.Text = d.string(p)
	case propHTML:
		d.message.HTML = d.string(p)
	case propRTF:
		if rtf, err := decompressRTF(p.data); err == nil {
			d.message.RTF = rtf
		}
	}
}

func (d *decoder) fileProperty(f *File, p property) {
	switch p.id {
	case propLongName:
		f.Name = d.string(p)
	case propName:
		if f.Name == "" {
			f.Name = d.string(p)
		}
	case propMIMEType:
		f.MediaType = d.string(p)
	case propCID:
		f.ContentID = d.string(p)
	case propData:
		const interfaceID = 16
		if p.kind != typeObject || len(p.data) <= interfaceID {
			f.Content = p.data
			return
		}
		if inner, err := decode(p.data[interfaceID:], d.charset, d.depth+1); err == nil {
			f.Message = inner
			return
		}
		f.Content = p.data[interfaceID:]
	}
}

func (d *decoder) string(p property) string {
	if p.kind != typeUnicode {
		return d.text(p.data)
	}
	units := make([]uint16, 0, len(p.data)/2)
	for i := 0; i+1 < len(p.data); i += 2 {
		unit := binary.LittleEndian.Uint16(p.data[i:])
		if unit == 0 {
			break
		}
		units = append(units, unit)
	}
	return string(utf16.Decode(units))
}

// text is a string in the container's code page, up to its NUL.
func (d *decoder) text(b []byte) string {
	for i, c := range b {
		if c == 0 {
			b = b[:i]
			break
		}
	}
	return d.charset(b, d.codePage)
}
