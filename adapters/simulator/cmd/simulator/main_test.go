package main

import (
	"context"
	"io"
	"net"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRunPrintsItsAddressesAndEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	out, printed := io.Pipe()
	ended := make(chan error, 1)
	opts := options{
		Data: t.TempDir(), SMTP: "127.0.0.1:0", IMAP: "127.0.0.1:0", HTTP: "127.0.0.1:0", TLS: "off",
		Mailbox: []string{"urp@comune.valdoria.example=s=1"}, MinPause: time.Hour, MaxPause: time.Hour,
	}
	go func() { ended <- run(ctx, opts, printed, io.Discard) }()

	buf := make([]byte, 500)
	n, err := out.Read(buf)
	require.NoError(t, err)
	found := regexp.MustCompile(`smtp  (\S+)`).FindSubmatch(buf[:n])
	require.NotNil(t, found, string(buf[:n]))
	conn, err := net.Dial("tcp", string(found[1]))
	require.NoError(t, err)
	require.NoError(t, conn.Close())

	cancel()
	require.NoError(t, <-ended)
}

func TestMistakesAreReported(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]options{
		"mailbox without password": {Mailbox: []string{"urp@comune.valdoria.example"}},
		"mailbox elsewhere":        {Mailbox: []string{"urp@x.example=y"}},
		"address":                  {SMTP: "nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Error(t, run(t.Context(), opts, io.Discard, io.Discard))
		})
	}
}
