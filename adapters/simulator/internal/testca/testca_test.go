package testca_test

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator/internal/testca"
)

func TestTheAuthorityIsKeptAndItsCertificatesAreTrusted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca, err := testca.Open(dir, time.Now())
	require.NoError(t, err)
	again, err := testca.Open(dir, time.Now())
	require.NoError(t, err)
	require.Equal(t, ca.PEM(), again.PEM())

	config, err := again.ServerConfig(time.Now(), "mx.valdoria.example")
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(ca.PEM()))
	for _, name := range []string{"127.0.0.1", "localhost", "mx.valdoria.example"} {
		require.NoError(t, handshake(t, config, &tls.Config{RootCAs: roots, ServerName: name}), name)
	}
	require.Error(t, handshake(t, config, &tls.Config{RootCAs: roots, ServerName: "elsewhere.example"}))
	require.Error(t, handshake(t, config, &tls.Config{ServerName: "localhost"}), "nobody else trusts it")
}

func TestADamagedAuthorityIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := testca.Open(dir, time.Now())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ca-key.pem"), []byte("x"), 0o600))
	_, err = testca.Open(dir, time.Now())
	require.Error(t, err)
}

// handshake runs over TCP: in a pipe without buffers both ends can wait for each other's alert.
func handshake(t *testing.T, server, client *tls.Config) error {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if conn, err := l.Accept(); err == nil {
			_ = conn.(*tls.Conn).Handshake()
			_ = conn.Close()
		}
	}()
	conn, err := tls.Dial("tcp", l.Addr().String(), client)
	if err == nil {
		_ = conn.Close()
	}
	_ = l.Close()
	<-done
	return err
}
