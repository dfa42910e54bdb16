package tnef

import "encoding/binary"

// property is one value of a MAPI property list.
type property struct {
	kind, id uint16
	data     []byte
}

// The types whose values carry a length.
const (
	typeObject  = 0x000d
	typeString  = 0x001e
	typeUnicode = 0x001f
	typeBinary  = 0x0102

	severalValues = 0x1000
	firstNamed    = 0x8000 // ids from here on are explained by a name
)

// fixed is the size of the other types' values, padded to four bytes.
var fixed = map[uint16]uint32{
	0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8,
	0x000a: 4, 0x000b: 4, 0x0014: 8, 0x0040: 8, 0x0048: 16,
}

// properties hands out the values of a list, of several the first. It ends
// where the list does not hold what it says.
func (d *decoder) properties(b []byte, take func(property)) {
	r := &bytesReader{b: b}
	for n := r.uint32(); n > 0 && r.left() > 0; n-- {
		p := property{kind: r.uint16(), id: r.uint16()}
		if p.id >= firstNamed {
			r.name()
		}
		kind, values := p.kind&^severalValues, uint32(1)
		size, known := fixed[kind]
		sized := kind == typeObject || kind == typeString || kind == typeUnicode || kind == typeBinary
		if !known && !sized {
			return // whatever follows cannot be found
		}
		if sized || p.kind&severalValues != 0 {
			values = r.uint32()
		}
		p.kind = kind
		for i := uint32(0); i < values && !r.broken; i++ {
			if sized {
				size = r.uint32()
			}
			data := r.slice(size)
			r.skip(-size & 3)
			if i == 0 && !r.broken {
				p.data = data
			}
		}
		if r.broken {
			return
		}
		if values > 0 && p.id < firstNamed {
			take(p)
		}
	}
}

// bytesReader takes numbers and slices off the front. Once too few bytes are
// left it is broken and gives nothing any more.
type bytesReader struct {
	b      []byte
	broken bool
}

func (r *bytesReader) left() int { return len(r.b) }

func (r *bytesReader) slice(n uint32) []byte {
	if r.broken || uint64(n) > uint64(len(r.b)) {
		r.broken, r.b = true, nil
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

func (r *bytesReader) skip(n uint32) { r.slice(n) }

func (r *bytesReader) byte() byte {
	if b := r.slice(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *bytesReader) uint16() uint16 {
	if b := r.slice(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (r *bytesReader) uint32() uint32 {
	if b := r.slice(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// name skips what explains the id of a named property: a number or a text.
func (r *bytesReader) name() {
	const guid = 16
	r.skip(guid)
	if r.uint32() == 0 {
		r.skip(4)
		return
	}
	size := r.uint32()
	r.skip(size)
	r.skip(-size & 3)
}
