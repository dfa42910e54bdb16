package process

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// maxHandshake is the longest first line, in bytes; a real one holds a certificate of about 1 KiB.
const maxHandshake = 16 << 10

var errHandshake = errors.New("the program wrote something else than a handshake")

// handshakeReader gives its reader the first line of a program's standard output. What follows goes to rest: programs
// should not write there, but a library or a child of theirs may, and must not be stopped by a full pipe.
type handshakeReader struct {
	pipe *os.File
	rest io.Writer
	seen int
	done bool
}

// Read implements io.Reader.
func (h *handshakeReader) Read(p []byte) (int, error) {
	if h.done {
		_, err := io.Copy(h.rest, h.pipe)
		if err == nil {
			err = io.EOF
		}
		return 0, err
	}
	n, err := h.pipe.Read(p)
	if end := bytes.IndexByte(p[:n], '\n'); end >= 0 {
		h.done = true
		_, _ = h.rest.Write(p[end+1 : n])
		return end + 1, nil
	}
	if h.seen += n; h.seen > maxHandshake {
		return 0, errHandshake
	}
	return n, err
}

// Close implements io.Closer.
func (h *handshakeReader) Close() error { return h.pipe.Close() }
