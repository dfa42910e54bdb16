package mime

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/emersion/go-message/textproto"
)

// block is one header block as read, with what did not look like a header.
type block struct {
	header textproto.Header
	stray  []byte // malformed lines, in order
	open   bool   // ended without an empty line
	at     stop   // the boundary that ended it, when open
}

// readBlock reads a header block up to its empty line. Lines that are no
// header fields are set aside instead of failing the mail.
func readBlock(s *scanner, limits Limits) (block, error) {
	b := blockReader{s: s, limits: limits}
	if err := b.read(); err != nil {
		return block{}, err
	}
	header, err := textproto.ReadHeader(bufio.NewReader(bytes.NewReader(b.clean.Bytes())))
	if err != nil && !errors.Is(err, io.EOF) {
		return block{}, err
	}
	return block{header: header, stray: b.stray, open: b.open, at: b.at}, nil
}

type blockReader struct {
	s      *scanner
	limits Limits

	clean  bytes.Buffer // well-formed fields only
	stray  []byte
	size   int
	fields int
	skip   bool // the line before was set aside, so its continuations are too
	open   bool
	at     stop
}

func (b *blockReader) read() error {
	for {
		line, start, err := b.s.next()
		if errors.Is(err, io.EOF) {
			b.open, b.at = true, stop{level: endOfAll}
			return nil
		}
		if err != nil {
			return err
		}
		if b.size += len(line); b.size > b.limits.HeaderBytes {
			return &LimitError{Limit: LimitHeaderBytes, Max: int64(b.limits.HeaderBytes)}
		}
		if start {
			if at, ok := b.s.boundary(line); ok {
				b.open, b.at = true, at
				return nil
			}
		}
		if done, err := b.line(line, start); done || err != nil {
			return err
		}
	}
}

func (b *blockReader) line(line []byte, start bool) (done bool, err error) {
	content, _ := splitEnding(line)
	content = bytes.TrimRight(content, "\r")
	switch {
	case start && len(content) == 0:
		return true, nil
	case !start || content[0] == ' ' || content[0] == '\t':
		b.continuation(content, start)
	case validField(content):
		if b.fields++; b.fields > b.limits.HeaderFields {
			return false, &LimitError{Limit: LimitHeaderCount, Max: int64(b.limits.HeaderFields)}
		}
		b.skip = false
		b.newLine()
		b.write(content)
	default:
		b.skip = true
		b.setAside(content)
	}
	return false, nil
}

func (b *blockReader) continuation(content []byte, start bool) {
	if b.skip || b.clean.Len() == 0 {
		b.setAside(content)
		return
	}
	if len(bytes.TrimLeft(content, " \t")) == 0 {
		return // a blank-looking continuation would end the block for other readers
	}
	if start {
		b.newLine()
	}
	b.write(content)
}

func (b *blockReader) newLine() {
	if b.clean.Len() > 0 {
		b.clean.WriteString("\r\n")
	}
}

// write drops NUL and stray CR, which no header value may hold.
func (b *blockReader) write(content []byte) {
	for _, c := range content {
		if c != 0 && c != '\r' {
			b.clean.WriteByte(c)
		}
	}
}

func (b *blockReader) setAside(content []byte) {
	b.stray = append(append(b.stray, content...), '\n')
}

// validField tells whether a line starts a header field: a name of visible
// ASCII, then a colon.
func validField(line []byte) bool {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 {
		return false
	}
	name := bytes.TrimRight(line[:colon], " \t")
	for _, c := range name {
		if c < 33 || c > 126 {
			return false
		}
	}
	return len(name) > 0
}

// startsMail positions the scanner on the first header line: it skips a byte
// order mark, leading empty lines and the separator line of mailbox files.
func startsMail(s *scanner) error {
	for {
		line, start, err := s.next()
		if err != nil {
			return err
		}
		if !start {
			continue
		}
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
		trimmed := bytes.TrimRight(line, "\r\n")
		if len(trimmed) == 0 || bytes.HasPrefix(trimmed, []byte("From ")) || bytes.HasPrefix(trimmed, []byte(">From ")) {
			continue
		}
		s.unread(line)
		return nil
	}
}
