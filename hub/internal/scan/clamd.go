// Package scan asks a virus scanner about the files that came with messages.
package scan

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Bounds on talking to the scanner.
const (
	dialWait = 5 * time.Second
	// answerWait is how long one file may take, sending and looking through.
	answerWait = 2 * time.Minute
	chunk      = 64 << 10
	// maxAnswer bounds a line of the scanner, in bytes.
	maxAnswer = 4 << 10
)

// ErrAway says that the scanner does not answer at all.
var ErrAway = errors.New("the scanner does not answer")

// ErrTooLarge says that the scanner takes no file of this size.
var ErrTooLarge = errors.New("the file is larger than the scanner takes")

// Clamd speaks the protocol of ClamAV's daemon.
type Clamd struct{ network, address string }

// NewClamd returns a client for a socket, "/run/clamav/clamd.ctl", or for host:port.
func NewClamd(address string) Clamd {
	if strings.HasPrefix(address, "/") {
		return Clamd{"unix", address}
	}
	return Clamd{"tcp", address}
}

// Scan sends a file and returns what was found in it, "" for nothing.
func (c Clamd) Scan(ctx context.Context, file io.Reader) (found string, err error) {
	conn, err := c.open(ctx, answerWait)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	sent := send(conn, file)
	var broken *readError
	if errors.As(sent, &broken) {
		return "", sent
	}
	// A scanner that has had enough answers and hangs up: what it said counts more than how the sending ended.
	answer, err := receive(conn)
	if err != nil {
		return "", errors.Join(sent, err)
	}
	return verdict(answer)
}

// Ping tells whether the scanner answers, by its version.
func (c Clamd) Ping(ctx context.Context) (version string, err error) {
	conn, err := c.open(ctx, dialWait)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "zVERSION\x00"); err != nil {
		return "", fmt.Errorf("asking the scanner: %w", err)
	}
	return receive(conn)
}

func (c Clamd) open(ctx context.Context, wait time.Duration) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: dialWait}).DialContext(ctx, c.network, c.address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAway, err)
	}
	end := time.Now().Add(wait)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(end) {
		end = deadline
	}
	if err := conn.SetDeadline(end); err != nil {
		conn.Close()
		return nil, fmt.Errorf("limiting the scanner's time: %w", err)
	}
	return conn, nil
}

// readError is an error of the file, not of the scanner.
type readError struct{ error }

func (e *readError) Unwrap() error { return e.error }

// send writes the file in chunks, each after its length, and an empty one at the end.
func send(conn io.Writer, file io.Reader) error {
	w := bufio.NewWriterSize(conn, chunk+4)
	if _, err := w.WriteString("zINSTREAM\x00"); err != nil {
		return fmt.Errorf("sending to the scanner: %w", err)
	}
	buffer := make([]byte, chunk)
	for {
		n, err := io.ReadFull(file, buffer)
		if n > 0 {
			if err := write(w, buffer[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return &readError{fmt.Errorf("reading the file to scan: %w", err)}
		}
	}
	if err := write(w, nil); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("sending to the scanner: %w", err)
	}
	return nil
}

func write(w io.Writer, part []byte) error {
	length := binary.BigEndian.AppendUint32(nil, uint32(len(part)))
	if _, err := w.Write(append(length, part...)); err != nil {
		return fmt.Errorf("sending to the scanner: %w", err)
	}
	return nil
}

func receive(conn io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(conn, maxAnswer)).ReadString(0)
	if err != nil {
		return "", fmt.Errorf("waiting for the scanner's answer: %w", err)
	}
	return strings.TrimSuffix(line, "\x00"), nil
}

// verdict reads "stream: OK", "stream: Name FOUND" or an error.
func verdict(answer string) (string, error) {
	said := strings.TrimPrefix(answer, "stream: ")
	switch name, ok := strings.CutSuffix(said, " FOUND"); {
	case ok:
		return name, nil
	case said == "OK":
		return "", nil
	case strings.Contains(said, "size limit exceeded"):
		return "", ErrTooLarge
	}
	return "", fmt.Errorf("the scanner could not look through the file: %s", said)
}
