package reader

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"fmt"
	"io"

	"sportello.dev/adapters/internal/mime"
)

// kind is the first byte of a frame; four bytes of length and the payload follow.
type kind byte

const (
	frameJob   kind = 'J' // to the reader: job
	frameBytes kind = 'D' // both ways: bytes of the mail, of an attachment
	frameEnd   kind = 'E' // both ways: those bytes are all
	frameBroke kind = 'X' // to the reader: the mail cannot be read to its end

	frameAttachment kind = 'A' // from the reader: a mime.Attachment, its bytes follow
	frameReading    kind = 'R' // from the reader: reading, the last frame of a mail
	frameFailure    kind = 'F' // from the reader: failure, the last frame of a mail
)

const (
	chunkBytes = 32 << 10
	// maxFrame holds the largest reading: text and HTML of a mebibyte each,
	// which grow when their charset is converted, and the header.
	maxFrame = 32 << 20
)

// job is one mail to read.
type job struct {
	Rules  mime.Rules
	Bounds Bounds
}

// reading is what a mail says.
type reading struct {
	Mail   mime.Mail
	Header []byte
}

// failure says why there is no reading.
type failure struct {
	Limit    *mime.LimitError
	NoHeader bool
	Panic    string
	Other    string
}

// port is one end of the two pipes. Values travel as one gob stream per
// direction, so that types are described once in a reader's life.
type port struct {
	in      *bufio.Reader
	out     *bufio.Writer
	encoded bytes.Buffer
	decoded bytes.Buffer
	encoder *gob.Encoder
	decoder *gob.Decoder
}

func newPort(in io.Reader, out io.Writer) *port {
	p := &port{in: bufio.NewReaderSize(in, 2*chunkBytes), out: bufio.NewWriterSize(out, 2*chunkBytes)}
	p.encoder, p.decoder = gob.NewEncoder(&p.encoded), gob.NewDecoder(&p.decoded)
	return p
}

func (p *port) write(k kind, payload []byte) error {
	var head [5]byte
	head[0] = byte(k)
	binary.BigEndian.PutUint32(head[1:], uint32(len(payload)))
	if _, err := p.out.Write(head[:]); err != nil {
		return err
	}
	_, err := p.out.Write(payload)
	return err
}

// send writes a value and sees that it leaves.
func (p *port) send(k kind, value any) error {
	p.encoded.Reset()
	if err := p.encoder.Encode(value); err != nil {
		return err
	}
	if err := p.write(k, p.encoded.Bytes()); err != nil {
		return err
	}
	return p.out.Flush()
}

// next reads the head of a frame.
func (p *port) next() (k kind, length int, err error) {
	var head [5]byte
	if _, err := io.ReadFull(p.in, head[:]); err != nil {
		return 0, 0, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > maxFrame {
		return 0, 0, fmt.Errorf("a frame of %d bytes", n)
	}
	return kind(head[0]), int(n), nil
}

// value reads the payload of a frame into a pointer.
func (p *port) value(length int, into any) error {
	if _, err := io.CopyN(&p.decoded, p.in, int64(length)); err != nil {
		return err
	}
	return p.decoder.Decode(into)
}

// copyFrom sends what r holds as frames; the end is the caller's.
func (p *port) copyFrom(r io.Reader, buffer []byte) error {
	for {
		n, err := r.Read(buffer)
		if n > 0 {
			if err := p.write(frameBytes, buffer[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF { // a wrapped one is an error of the source
			return nil
		}
		if err != nil {
			return sourceError{err}
		}
	}
}

// sourceError is a failure of the bytes' origin, not of the pipe.
type sourceError struct{ err error }

func (e sourceError) Error() string { return e.err.Error() }
func (e sourceError) Unwrap() error { return e.err }

// content reads the bytes that follow in frames, up to their end.
type content struct {
	port *port
	left int
	err  error
}

// Read implements io.Reader.
func (c *content) Read(b []byte) (int, error) {
	for c.left == 0 && c.err == nil {
		k, length, err := c.port.next()
		switch {
		case err != nil:
			c.err = unexpected(err)
		case k == frameBytes:
			c.left = length
		case k == frameEnd:
			c.err = io.EOF
		case k == frameBroke:
			c.err = errBroke
		default:
			c.err = fmt.Errorf("a frame %q where bytes belong", k)
		}
	}
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.port.in.Read(b[:min(len(b), c.left)])
	c.left -= n
	if err != nil {
		c.err = unexpected(err)
	}
	return n, c.err
}

// unexpected makes the end of a pipe different from the end of the bytes.
func unexpected(err error) error {
	if err == io.EOF { //nolint:errorlint // one that is wrapped is another's
		return io.ErrUnexpectedEOF
	}
	return err
}
