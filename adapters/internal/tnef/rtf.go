package tnef

// The two forms of a compressed RTF (MS-OXRTFCP), and how much of one is kept.
const (
	rtfCompressed   = 0x75465a4c
	rtfUncompressed = 0x414c454d
	maxRTF          = 16 << 20

	dictionarySize = 4096
)

// rtfPrelude is what the dictionary holds before the first byte.
const rtfPrelude = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor ` +
	`MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0` + "\r\n" + `\par \pard\plain\f0\fs20\b\i\u\tab\tx`

func decompressRTF(b []byte) ([]byte, error) {
	r := &bytesReader{b: b}
	r.skip(4) // the compressed size, which what is left says better
	size, form := r.uint32(), r.uint32()
	r.skip(4) // a checksum
	if r.broken || size > maxRTF {
		return nil, ErrBroken
	}
	switch form {
	case rtfUncompressed:
		return r.slice(min(size, uint32(r.left()))), nil
	case rtfCompressed:
		return inflate(r, int(size)), nil
	}
	return nil, ErrBroken
}

// inflate undoes the compression: after each byte of flags come eight bytes or
// references into the last 4,096, a flag says which.
func inflate(r *bytesReader, size int) []byte {
	var dictionary [dictionarySize]byte
	at := copy(dictionary[:], rtfPrelude)
	var out []byte
	put := func(c byte) {
		out = append(out, c)
		dictionary[at] = c
		at = (at + 1) % dictionarySize
	}
	for r.left() > 0 {
		flags := r.byte()
		for bit := range 8 {
			if len(out) >= size || r.left() == 0 {
				return out
			}
			if flags>>bit&1 == 0 {
				put(r.byte())
				continue
			}
			high, low := int(r.byte()), int(r.byte())
			from, length := high<<4|low>>4, low&15+2
			if r.broken || from == at {
				return out
			}
			for i := range length {
				put(dictionary[(from+i)%dictionarySize])
			}
		}
	}
	return out
}
