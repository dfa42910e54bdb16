package simulator_test

import (
	"context"
	"net"
	"net/http"
	"testing"

	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator"
)

func TestConfigurationMistakesAreRefused(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]simulator.Config{
		"unknown TLS mode":      {TLS: "maybe"},
		"mailbox elsewhere":     {Mailboxes: []simulator.Mailbox{{Address: "urp@altrove.example", Password: "x"}}},
		"mailbox with tag":      {Mailboxes: []simulator.Mailbox{{Address: "urp+x@comune.valdoria.example", Password: "x"}}},
		"mailbox not lower":     {Mailboxes: []simulator.Mailbox{{Address: "URP@comune.valdoria.example", Password: "x"}}},
		"mailbox open to all":   {Mailboxes: []simulator.Mailbox{{Address: town}}},
		"domain on both sides":  {CitizenDomains: []string{simulator.DefaultTownDomain}},
		"directory that is not": {Dir: "/dev/null/x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := simulator.New(config)
			require.Error(t, err)
		})
	}
}

func TestAPortInUseIsReported(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = busy.Close() })
	for name, config := range map[string]simulator.Config{
		"smtp": {SMTPAddr: busy.Addr().String()}, "imap": {IMAPAddr: busy.Addr().String()}, "http": {HTTPAddr: busy.Addr().String()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, err := simulator.New(config)
			require.NoError(t, err)
			defer w.Stop()
			require.ErrorContains(t, w.Start(t.Context()), busy.Addr().String())
		})
	}
}

func TestTheEndOfTheContextEndsTheWorld(t *testing.T) {
	t.Parallel()
	w, err := simulator.New(simulator.Config{})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	require.NoError(t, w.Start(ctx))
	c := dial(t, w, "", "")
	require.NoError(t, c.Noop())
	stream, err := http.Get("http://" + w.HTTPAddr() + "/eventi")
	require.NoError(t, err)
	defer func() { _ = stream.Body.Close() }()
	cancel()
	w.Stop()
	require.Error(t, c.Noop())
	_, err = net.Dial("tcp", w.IMAPAddr())
	require.Error(t, err)
	w.Stop()
}

func TestStartTLSIsNeededBeforeALogin(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{TLS: simulator.TLSStart, Dir: t.TempDir()})
	plain, err := smtp.Dial(w.SMTPAddr())
	require.NoError(t, err)
	defer func() { _ = plain.Close() }()
	require.Equal(t, 523, code(t, plain.Auth(sasl.NewPlainClient("", town, password))))
	bare, err := imapclient.DialInsecure(w.IMAPAddr(), nil)
	require.NoError(t, err)
	defer func() { _ = bare.Close() }()
	require.Error(t, bare.Login(town, password).Wait())

	s, err := smtp.DialStartTLS(w.SMTPAddr(), trusting(t, w))
	require.NoError(t, err)
	defer func() { _ = s.Close() }()
	require.NoError(t, s.Auth(sasl.NewPlainClient("", town, password)))
	require.NoError(t, transmit(s, town, []string{"anna@posta.example"}, letterFrom(town, "")))
	i, err := imapclient.DialStartTLS(w.IMAPAddr(), &imapclient.Options{TLSConfig: trusting(t, w)})
	require.NoError(t, err)
	defer func() { _ = i.Close() }()
	require.NoError(t, i.Login(town, password).Wait())
}

func TestImplicitTLS(t *testing.T) {
	t.Parallel()
	w := start(t, simulator.Config{TLS: simulator.TLSImplicit})
	s, err := smtp.DialTLS(w.SMTPAddr(), trusting(t, w))
	require.NoError(t, err)
	defer func() { _ = s.Close() }()
	require.NoError(t, s.Auth(sasl.NewPlainClient("", town, password)))
	i, err := imapclient.DialTLS(w.IMAPAddr(), &imapclient.Options{TLSConfig: trusting(t, w)})
	require.NoError(t, err)
	defer func() { _ = i.Close() }()
	require.NoError(t, i.Login(town, password).Wait())
}
