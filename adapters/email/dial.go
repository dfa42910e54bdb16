package email

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"sportello.dev/plugins-sdk/channel"
)

const (
	dialTimeout = 20 * time.Second
	// keepAlive finds a dead peer during IDLE, when nothing is said for long.
	keepAlive = 30 * time.Second
)

// dialer opens connections to mail servers, which may well stand inside the
// town's own network.
type dialer struct{ roots *x509.CertPool }

func newDialer(pem string) (dialer, error) {
	if pem == "" {
		return dialer{}, nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM([]byte(pem)) {
		return dialer{}, channel.Misconfigured("config.ca_pem", "/ca_pem holds no certificate", nil)
	}
	return dialer{roots: roots}, nil
}

// endpoint is a server with the encryption asked for.
type endpoint struct {
	host     string
	port     int
	security string
	proto    string // for ALPN and error codes: imap, smtp
}

func (e endpoint) address() string { return net.JoinHostPort(e.host, strconv.Itoa(e.port)) }

func (d dialer) tlsConfig(e endpoint) *tls.Config {
	return &tls.Config{ServerName: e.host, RootCAs: d.roots, MinVersion: tls.VersionTLS12}
}

// tcp connects without encryption yet. With security none the peer must be on
// this computer, whatever its name said.
func (d dialer) tcp(ctx context.Context, e endpoint) (net.Conn, error) {
	open := &net.Dialer{Timeout: dialTimeout, KeepAlive: keepAlive}
	conn, err := open.DialContext(ctx, "tcp", e.address())
	if err != nil {
		return nil, dialFailure(e, err)
	}
	if remote, ok := conn.RemoteAddr().(*net.TCPAddr); e.security == securityNone && (!ok || !remote.IP.IsLoopback()) {
		return nil, errors.Join(channel.Misconfigured("config.insecure", "no encryption beyond this computer", nil), conn.Close())
	}
	return conn, nil
}

// secure starts TLS on a fresh connection.
func (d dialer) secure(ctx context.Context, e endpoint, conn net.Conn) (net.Conn, error) {
	encrypted := tls.Client(conn, d.tlsConfig(e))
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if err := encrypted.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(tlsFailure(e, err), conn.Close())
	}
	return encrypted, nil
}

// connect is tcp, with TLS at once where that is the security.
func (d dialer) connect(ctx context.Context, e endpoint) (net.Conn, error) {
	conn, err := d.tcp(ctx, e)
	if err != nil || e.security != securityTLS {
		return conn, err
	}
	return d.secure(ctx, e, conn)
}

func dialFailure(e endpoint, err error) *channel.Failure {
	code := e.proto + ".connect"
	var lookup *net.DNSError
	if errors.As(err, &lookup) {
		code = e.proto + ".dns"
	}
	return channel.Transient(code, "no connection to "+e.address(), err)
}

func tlsFailure(e endpoint, err error) *channel.Failure {
	return channel.Transient(e.proto+".tls", fmt.Sprintf("TLS with %s failed: %v", e.address(), err), err)
}

// guard closes the connection when ctx ends or time runs out, so that no
// exchange with a silent server lasts for ever. The returned function ends the
// guard.
func guard(ctx context.Context, limit time.Duration, conn net.Conn) (release func()) {
	closeIt := func() { _ = conn.Close() } // the exchange reports the error
	unhook := context.AfterFunc(ctx, closeIt)
	timer := time.AfterFunc(limit, closeIt)
	return func() {
		unhook()
		timer.Stop()
	}
}
