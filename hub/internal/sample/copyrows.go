package sample

import (
	"strconv"
	"time"

	"github.com/google/uuid"
)

// rows writes rows in the text format of COPY: tabs between columns, \N for null.
type rows struct {
	buf   []byte
	count int
	first bool
}

// begin starts a row.
func (r *rows) begin() *rows {
	r.first = true
	return r
}

// end finishes it.
func (r *rows) end() {
	r.buf = append(r.buf, '\n')
	r.count++
}

func (r *rows) next() {
	if !r.first {
		r.buf = append(r.buf, '\t')
	}
	r.first = false
}

// text escapes what the format gives a meaning.
func (r *rows) text(s string) *rows {
	r.next()
	for i := range len(s) {
		switch c := s[i]; c {
		case '\\':
			r.buf = append(r.buf, `\\`...)
		case '\n':
			r.buf = append(r.buf, `\n`...)
		case '\r':
			r.buf = append(r.buf, `\r`...)
		case '\t':
			r.buf = append(r.buf, `\t`...)
		default:
			r.buf = append(r.buf, c)
		}
	}
	return r
}

// id writes null for the unset one.
func (r *rows) id(u uuid.UUID) *rows {
	if u == uuid.Nil {
		return r.null()
	}
	r.next()
	var text [36]byte
	b, _ := u.MarshalText() // never fails
	copy(text[:], b)
	r.buf = append(r.buf, text[:]...)
	return r
}

func (r *rows) number(n int) *rows {
	r.next()
	r.buf = strconv.AppendInt(r.buf, int64(n), 10)
	return r
}

// at writes null for no time.
func (r *rows) at(t time.Time) *rows {
	if t.IsZero() {
		return r.null()
	}
	r.next()
	r.buf = t.UTC().AppendFormat(r.buf, "2006-01-02 15:04:05.000-07")
	return r
}

func (r *rows) yes(b bool) *rows {
	r.next()
	c := byte('f')
	if b {
		c = 't'
	}
	r.buf = append(r.buf, c)
	return r
}

func (r *rows) null() *rows {
	r.next()
	r.buf = append(r.buf, `\N`...)
	return r
}
