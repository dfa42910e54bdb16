package email_test

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/email"
	"sportello.dev/plugins-sdk/channelpb"
	"sportello.dev/plugins-sdk/channeltest"
)

// certificate is one for 127.0.0.1, with its authority as PEM.
func certificate(t *testing.T) (*tls.Config, string) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	t.Cleanup(server.Close)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	return &tls.Config{Certificates: server.TLS.Certificates, MinVersion: tls.VersionTLS12}, string(authority)
}

// encrypted serves the world's mailboxes by TLS or STARTTLS, and nothing
// without.
func (w *mailWorld) encrypted(t *testing.T, config *tls.Config, security string) (imapPort, smtpPort int) {
	t.Helper()
	store := imapmemserver.New()
	store.AddUser(w.user)
	mailboxes := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			session := store.NewSession().(imapserver.SessionIMAP4rev2)
			return &faithful{SessionIMAP4rev2: session, world: w}, nil, nil
		},
		Caps:      imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}},
		TLSConfig: config,
		Logger:    log.New(io.Discard, "", 0),
	})
	submissions := smtp.NewServer(w.out)
	submissions.Domain, submissions.TLSConfig = "localhost", config
	submissions.ErrorLog = log.New(io.Discard, "", 0)
	in, out := listen(t), listen(t)
	inner, outer := in, out
	if security == "tls" {
		inner, outer = tls.NewListener(in, config), tls.NewListener(out, config)
	}
	go func() { _ = mailboxes.Serve(inner) }()
	go func() { _ = submissions.Serve(outer) }()
	t.Cleanup(func() {
		_ = mailboxes.Close()
		_ = submissions.Close()
	})
	return in.Addr().(*net.TCPAddr).Port, out.Addr().(*net.TCPAddr).Port
}

func TestEncryption(t *testing.T) {
	t.Parallel()
	for _, security := range []string{"tls", "starttls"} {
		t.Run(security, func(t *testing.T) {
			t.Parallel()
			w := newMailWorld(t)
			server, authority := certificate(t)
			imapPort, smtpPort := w.encrypted(t, server, security)
			encrypt := func(top, in, out object) {
				in["port"], in["security"], out["port"], out["security"] = imapPort, security, smtpPort, security
				top["ca_pem"] = authority
			}
			w.inject(item(1, 0))
			h := opened(t, w.config(encrypt))
			require.Equal(t, "Richiesta 1", subject(t, h.Ingest(nil, 8).Next()))
			results, err := h.Send(transmission(1))
			require.NoError(t, err)
			require.NotNil(t, results["delivery-1"].Accepted, "%+v", results)

			// Without the authority the certificate is worth nothing.
			stranger := opened(t, w.config(encrypt, func(top, _, _ object) { delete(top, "ca_pem") }))
			stranger.Ingest(nil, 8)
			report, err := stranger.Health(func(r *channelpb.WatchHealthResponse) bool {
				return r.GetState() == channelpb.WatchHealthResponse_STATE_DEGRADED
			})
			require.NoError(t, err)
			require.Equal(t, "imap.tls", report.GetCode())
			results, err = stranger.Send(transmission(2))
			require.NoError(t, err)
			require.Equal(t, "smtp.tls", results["delivery-2"].Failure.Code)
			require.Len(t, w.out.mails(), 1)
		})
	}
}

// A server that offers no STARTTLS must not get the password.
func TestNoDowngrade(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	h := opened(t, w.config(func(_, in, out object) { in["security"], out["security"] = "starttls", "starttls" }))
	h.Ingest(nil, 8)
	report, err := h.Health(func(r *channelpb.WatchHealthResponse) bool {
		return r.GetState() == channelpb.WatchHealthResponse_STATE_DEGRADED
	})
	require.NoError(t, err)
	require.Equal(t, "imap.tls", report.GetCode())
	results, err := h.Send(transmission(1))
	require.NoError(t, err)
	require.Equal(t, "smtp.tls", results["delivery-1"].Failure.Code)
	require.Zero(t, w.out.attempted())
}

func TestBadAuthorityIsRefused(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	_, err := channeltest.Start(t, email.New(time.Now)).Open(channeltest.Opening{
		Config: w.config(func(top, _, _ object) { top["ca_pem"] = "nessun certificato" }), Secrets: secrets(),
	})
	require.ErrorContains(t, err, "config.ca_pem")
}
