package mime

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
)

const (
	lineBuffer = 64 << 10
	// ctxEvery is how many lines pass between two looks at the context.
	ctxEvery = 512
	endOfAll = -1
)

// stop tells where a part ended: at a boundary of the multipart on the given
// level of the stack, or at the end of the message.
type stop struct {
	level int
	final bool
}

type frame struct {
	boundary string
	shadowed int // level that had the same boundary before, or endOfAll
}

// scanner hands out the lines of a message and recognises the boundaries of
// all multiparts that are open. Looking a line up costs the same at any depth.
type scanner struct {
	ctx   context.Context
	r     *bufio.Reader
	lines int
	mid   bool // the last chunk ended inside a line
	back  []byte

	stack []frame
	index map[string]int
	taps  []*tap // what listens to the lines
}

func newScanner(ctx context.Context, r io.Reader) *scanner {
	return &scanner{ctx: ctx, r: bufio.NewReaderSize(r, lineBuffer), index: map[string]int{}}
}

// next returns a line with its ending, or a piece of one that is longer than
// the buffer; start tells whether it begins a line. The bytes are valid until
// the next call.
func (s *scanner) next() (chunk []byte, start bool, err error) {
	if s.back != nil {
		chunk, s.back = s.back, nil
		return chunk, true, nil
	}
	if s.lines++; s.lines%ctxEvery == 0 {
		if err := s.ctx.Err(); err != nil {
			return nil, false, err
		}
	}
	chunk, err = s.r.ReadSlice('\n')
	start = !s.mid
	s.mid = errors.Is(err, bufio.ErrBufferFull)
	if s.mid || (errors.Is(err, io.EOF) && len(chunk) > 0) {
		err = nil
	}
	for _, t := range s.taps {
		t.line(chunk)
	}
	return chunk, start, err
}

// unread gives a line back; next returns it again.
func (s *scanner) unread(line []byte) { s.back = line }

func (s *scanner) push(boundary string) {
	shadowed, ok := s.index[boundary]
	if !ok {
		shadowed = endOfAll
	}
	s.stack = append(s.stack, frame{boundary: boundary, shadowed: shadowed})
	s.index[boundary] = len(s.stack) - 1
}

func (s *scanner) pop() {
	last := s.stack[len(s.stack)-1]
	s.stack = s.stack[:len(s.stack)-1]
	if last.shadowed == endOfAll {
		delete(s.index, last.boundary)
		return
	}
	s.index[last.boundary] = last.shadowed
}

// boundary tells whether the line closes a part of an open multipart.
func (s *scanner) boundary(line []byte) (stop, bool) {
	if len(s.stack) == 0 || len(line) < 3 || line[0] != '-' || line[1] != '-' {
		return stop{}, false
	}
	name := bytes.TrimRight(line[2:], " \t\r\n")
	if level, ok := s.index[string(name)]; ok {
		return stop{level: level}, true
	}
	if final, ok := bytes.CutSuffix(name, []byte("--")); ok {
		if level, ok := s.index[string(final)]; ok {
			return stop{level: level, final: true}, true
		}
	}
	return stop{}, false
}

// part reads the body of the part the scanner stands in. The line ending
// before a boundary belongs to the boundary, so each is held back until more
// content follows.
type part struct {
	s       *scanner
	scratch []byte
	out     []byte
	held    []byte
	done    bool
	at      stop // where the part ended, once done
}

func newPart(s *scanner) *part { return &part{s: s, at: stop{level: endOfAll}} }

// Read implements io.Reader.
func (p *part) Read(b []byte) (int, error) {
	for len(p.out) == 0 {
		if p.done {
			return 0, io.EOF
		}
		if err := p.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(b, p.out)
	p.out = p.out[n:]
	return n, nil
}

func (p *part) fill() error {
	chunk, start, err := p.s.next()
	if errors.Is(err, io.EOF) {
		p.done, p.out, p.held = true, p.held, nil
		return nil
	}
	if err != nil {
		return err
	}
	if start {
		if at, ok := p.s.boundary(chunk); ok {
			p.done, p.at = true, at
			return nil
		}
	}
	content, ending := splitEnding(chunk)
	p.scratch = append(append(p.scratch[:0], p.held...), content...)
	p.out, p.held = p.scratch, ending
	return nil
}

// drain skips what is left and tells where the part ended.
func (p *part) drain() (stop, error) {
	p.out = nil
	for !p.done {
		if err := p.fill(); err != nil {
			return stop{}, err
		}
		p.out = nil
	}
	return p.at, nil
}

var (
	crlf = []byte("\r\n")
	lf   = []byte("\n")
)

func splitEnding(line []byte) (content, ending []byte) {
	if content, ok := bytes.CutSuffix(line, crlf); ok {
		return content, crlf
	}
	if content, ok := bytes.CutSuffix(line, lf); ok {
		return content, lf
	}
	return line, nil
}
