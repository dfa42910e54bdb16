package scan

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/scan/scantest"
)

func TestRealScanner(t *testing.T) {
	t.Parallel()
	socket, stop := scantest.Start(t)
	c := NewClamd(socket)
	version, err := c.Ping(t.Context())
	require.NoError(t, err)
	require.Contains(t, version, "ClamAV")
	virus := scantest.Virus()
	for name, test := range map[string]struct {
		file  []byte
		found string
		err   error
	}{
		"nothing":        {nil, "", nil},
		"a clean file":   {[]byte("buongiorno"), "", nil},
		"many chunks":    {bytes.Repeat([]byte("x"), 5*chunk+1), "", nil},
		"one chunk":      {bytes.Repeat([]byte("x"), chunk), "", nil},
		"a virus":        {virus, scantest.Found, nil},
		"far into it":    {append(bytes.Repeat([]byte("x"), 3*chunk), virus...), scantest.Found, nil},
		"more than that": {bytes.Repeat([]byte("x"), 3*scantest.MaxBytes), "", ErrTooLarge},
	} {
		found, err := c.Scan(t.Context(), bytes.NewReader(test.file))
		require.ErrorIs(t, err, test.err, name)
		require.Equal(t, test.found, found, name)
	}
	broken := errors.New("the disk is gone")
	_, err = c.Scan(t.Context(), io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken)))
	require.ErrorIs(t, err, broken)

	gate := NewGate(c, 3*chunk, slog.New(slog.DiscardHandler))
	through := func(g *Gate, file []byte) (bool, error) {
		return g.Infected(t.Context(), int64(len(file)), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(file)), nil })
	}
	for name, test := range map[string]struct {
		gate     *Gate
		file     []byte
		infected bool
	}{
		"clean": {gate, []byte("x"), false}, "infected": {gate, virus, true}, "no scanner": {nil, virus, false},
		"larger than is looked at": {gate, append(virus, make([]byte, 3*chunk)...), false},
		"larger than it takes":     {NewGate(c, 1<<30, slog.New(slog.DiscardHandler)), make([]byte, 3*scantest.MaxBytes), false},
	} {
		found, err := through(test.gate, test.file)
		require.NoError(t, err, name)
		require.Equal(t, test.infected, found, name)
	}
	_, err = gate.Infected(t.Context(), 1, func() (io.ReadCloser, error) { return nil, broken })
	require.ErrorIs(t, err, broken)

	stop()
	_, err = through(gate, virus)
	require.ErrorIs(t, err, ErrAway)
	_, err = c.Scan(t.Context(), strings.NewReader("x"))
	require.ErrorIs(t, err, ErrAway)
}

// TestOddScanners: whatever answers there, a file is clean only when the scanner says so.
func TestOddScanners(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"hangs up": "", "babbles": strings.Repeat("x", 3*maxAnswer), "stops half-way": "stream: OK", "says something else": "stream: Can't allocate memory ERROR\x00",
		"is no scanner": "HTTP/1.1 400 Bad Request\r\n\r\n\x00",
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err, name)
		t.Cleanup(func() { l.Close() })
		go func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			_, _ = io.CopyN(io.Discard, conn, 12)
			_, _ = io.WriteString(conn, answer)
		}()
		_, err = NewClamd(l.Addr().String()).Scan(t.Context(), strings.NewReader("x"))
		require.Error(t, err, name)
	}
}

func TestSilentScannersAreLeft(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = NewClamd(l.Addr().String()).Scan(ctx, strings.NewReader("x"))
	require.Error(t, err)
}

func TestWaitsGrow(t *testing.T) {
	t.Parallel()
	require.Equal(t, time.Minute, wait(1))
	require.Equal(t, 8*time.Minute, wait(4))
	require.Equal(t, lastWait, wait(12))
	require.Equal(t, lastWait, wait(1_000_000))
}
