package mime

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

// uuFile is a file that was written between the lines of a text.
type uuFile struct {
	name    string
	content []byte
}

// uuReader reads text and takes out the files that old mail programs wrote
// into it (uuencode). What is not whole stays text.
type uuReader struct {
	lines *bufio.Reader
	ready bytes.Buffer // text to hand out
	begun bool         // within a line that is longer than the buffer
	err   error

	files []uuFile
	left  int // bytes that files may still have
}

// uuLine bounds a line in which a file may begin or go on, in bytes.
const uuLine = 4 << 10

// attachUU keeps the files that were in a text.
func (w *walker) attachUU(e entity, u *uuReader) error {
	if u == nil {
		return nil
	}
	for _, f := range u.files {
		name, _ := toUTF8([]byte(f.name), e.contentType.params["charset"])
		if err := w.attachInner(e, name, "", "", f.content); err != nil {
			return err
		}
	}
	return nil
}

func newUUReader(r io.Reader, most int) *uuReader {
	return &uuReader{lines: bufio.NewReaderSize(r, uuLine), left: most}
}

// Read implements io.Reader.
func (u *uuReader) Read(p []byte) (int, error) {
	for u.ready.Len() == 0 {
		if u.err != nil {
			return 0, u.err
		}
		u.take(u.next())
	}
	return u.ready.Read(p)
}

// next is the next line, or as much of it as the buffer holds.
func (u *uuReader) next() (line []byte, whole bool) {
	line, err := u.lines.ReadSlice('\n')
	goesOn := errors.Is(err, bufio.ErrBufferFull)
	if err != nil && !goesOn {
		u.err = err
	}
	whole = !u.begun && !goesOn
	u.begun = goesOn
	return line, whole
}

// take hands a line out as text, unless a whole file begins with it.
func (u *uuReader) take(line []byte, whole bool) {
	for whole {
		name, ok := uuBegins(line)
		if !ok || u.left <= 0 {
			break
		}
		line, whole = u.file(name, line)
	}
	u.ready.Write(line)
}

// file reads a file whose first line was just read. If it is not whole, its
// lines are text, but for the one that cannot be part of it.
func (u *uuReader) file(name string, first []byte) (line []byte, whole bool) {
	raw := append([]byte{}, first...)
	var content []byte
	over := false
	for u.err == nil {
		line, whole = u.next()
		if over && whole && uuTrim(line) == "end" {
			u.left -= len(content)
			u.files = append(u.files, uuFile{name, content})
			return nil, false
		}
		data, ok := uuDecode(uuTrim(line))
		if over || !whole || !ok || len(content)+len(data) > u.left {
			break
		}
		raw, content, over = append(raw, line...), append(content, data...), len(data) == 0
		line = nil
	}
	u.ready.Write(raw)
	return line, whole && len(line) > 0
}

func uuTrim(line []byte) string { return strings.TrimRight(string(line), "\r\n") }

// uuBegins reads "begin 644 name".
func uuBegins(line []byte) (name string, ok bool) {
	rest, ok := strings.CutPrefix(uuTrim(line), "begin ")
	if !ok {
		return "", false
	}
	mode, name, ok := strings.Cut(rest, " ")
	if !ok || len(mode) < 3 || len(mode) > 4 || strings.Trim(mode, "01234567") != "" {
		return "", false
	}
	name = strings.TrimSpace(name)
	return name, name != ""
}

// uuDecode reads one line: its length, and three bytes from each four letters.
// Blanks at the end of a line do not survive every server.
func uuDecode(line string) (data []byte, ok bool) {
	if line == "" {
		return nil, true
	}
	for i := range len(line) {
		if line[i] < ' ' || line[i] > '`' {
			return nil, false
		}
	}
	n := int(line[0]-' ') & 63
	letters := (n + 2) / 3 * 4
	line = strings.TrimRight(line[1:], " ")
	if len(line) > letters+1 { // one may be a checksum
		return nil, false
	}
	line += strings.Repeat(" ", max(0, letters-len(line)))
	for i := 0; i+3 < letters; i += 4 {
		a, b, c, d := uuBits(line[i]), uuBits(line[i+1]), uuBits(line[i+2]), uuBits(line[i+3])
		data = append(data, a<<2|b>>4, b<<4|c>>2, c<<6|d)
	}
	return data[:n], true
}

func uuBits(c byte) byte { return (c - ' ') & 63 }
