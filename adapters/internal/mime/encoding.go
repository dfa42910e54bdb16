package mime

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"slices"
	"strings"
)

// decodeTransfer undoes the content transfer encoding. Unknown encodings are
// passed through, and known reports false.
func decodeTransfer(encoding string, r io.Reader) (decoded io.Reader, known bool) {
	encoding, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(encoding)), ";")
	switch strings.Trim(encoding, " \t\"") {
	case "base64", "base-64":
		return &base64Reader{r: r}, true
	case "quoted-printable", "quotedprintable":
		return &quotedReader{r: bufio.NewReader(r)}, true
	case "", "7bit", "8bit", "binary", "7-bit", "8-bit":
		return r, true
	}
	return r, false
}

// base64Reader decodes base64 as senders write it: foreign characters are
// skipped, padding may be missing, and bodies may be several encodings joined.
type base64Reader struct {
	r    io.Reader
	in   [4096]byte
	quad []byte // characters of the alphabet not decoded yet
	out  []byte // decoded and not read yet
	buf  []byte
	err  error
}

// Read implements io.Reader.
func (d *base64Reader) Read(p []byte) (int, error) {
	for len(d.out) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		d.fill()
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

func (d *base64Reader) fill() {
	n, err := d.r.Read(d.in[:])
	d.buf = d.buf[:0]
	for _, c := range d.in[:n] {
		switch {
		case isBase64(c):
			d.quad = append(d.quad, c)
		case c == '=':
			d.decode(len(d.quad)) // padding ends one encoding; another may follow
		}
	}
	d.decode(len(d.quad) &^ 3)
	if err != nil {
		d.err = err
		d.decode(len(d.quad))
	}
	d.out = d.buf
}

// decode takes n characters. A lone one at the end carries no byte.
func (d *base64Reader) decode(n int) {
	whole := n
	if n%4 == 1 {
		n--
	}
	start := len(d.buf)
	d.buf = slices.Grow(d.buf, base64.RawStdEncoding.DecodedLen(n))
	m, err := base64.RawStdEncoding.Decode(d.buf[start:cap(d.buf)], d.quad[:n])
	if err == nil {
		d.buf = d.buf[:start+m]
	}
	d.quad = append(d.quad[:0], d.quad[whole:]...)
}

func isBase64(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}

// quotedReader decodes quoted-printable with lines of any length; an escape
// that is none stays as it is.
type quotedReader struct {
	r    *bufio.Reader
	out  []byte
	line []byte
	err  error
}

// Read implements io.Reader.
func (d *quotedReader) Read(p []byte) (int, error) {
	for len(d.out) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		d.fill()
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

func (d *quotedReader) fill() {
	chunk, err := d.r.ReadSlice('\n')
	whole := !errors.Is(err, bufio.ErrBufferFull)
	if whole {
		d.err = err
	} else if cut := bytes.IndexByte(chunk[len(chunk)-2:], '='); cut >= 0 {
		// An escape cut in two by the buffer: finish it with the bytes after it.
		d.line = append(d.line[:0], chunk...)
		for range 2 {
			c, err := d.r.ReadByte()
			if err != nil {
				d.err = err
				break
			}
			d.line = append(d.line, c)
			if c == '\n' {
				break
			}
		}
		chunk = d.line
		whole = chunk[len(chunk)-1] == '\n'
	}
	d.out = decodeQuoted(chunk, whole)
}

// decodeQuoted decodes in place. At the end of a whole line trailing blanks
// are padding and a last "=" is a soft line break.
func decodeQuoted(b []byte, whole bool) []byte {
	content, ending := b, []byte(nil)
	if whole {
		content, ending = splitEnding(b)
		for len(content) > 0 && (content[len(content)-1] == ' ' || content[len(content)-1] == '\t') {
			content = content[:len(content)-1]
		}
		if len(content) > 0 && content[len(content)-1] == '=' {
			content, ending = content[:len(content)-1], nil
		}
	}
	out := b[:0]
	for i := 0; i < len(content); i++ {
		if content[i] == '=' && i+2 < len(content) && isHex(content[i+1]) && isHex(content[i+2]) {
			out = append(out, unhex(content[i+1])<<4|unhex(content[i+2]))
			i += 2
			continue
		}
		out = append(out, content[i])
	}
	return append(out, ending...)
}
