package sms

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"sportello.dev/adapters/internal/smpp"
	"sportello.dev/plugins-sdk/channel"
)

// keepAlive finds a dead peer between two signs of life.
const keepAlive = 30 * time.Second

func (c *SMPP) address() string { return net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) }

// tcp connects, without encryption yet. A message centre may stand inside the town's own network, behind a VPN.
func (c *SMPP) tcp(ctx context.Context, limit time.Duration) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: limit, KeepAlive: keepAlive}
	conn, err := dialer.DialContext(ctx, "tcp", c.address())
	if err != nil {
		code := "smpp.connect"
		var lookup *net.DNSError
		if errors.As(err, &lookup) {
			code = "smpp.dns"
		}
		return nil, channel.Transient(code, "no connection to "+c.address(), err)
	}
	return conn, nil
}

// secure starts TLS on a fresh connection, where that is wanted.
func (c *SMPP) secure(ctx context.Context, conn net.Conn, limit time.Duration) (net.Conn, error) {
	if c.Security == securityNone {
		return conn, nil
	}
	roots, err := c.roots()
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	encrypted := tls.Client(conn, &tls.Config{ServerName: c.Host, RootCAs: roots, MinVersion: tls.VersionTLS12})
	if err := encrypted.HandshakeContext(ctx); err != nil {
		failure := channel.Transient("smpp.tls", fmt.Sprintf("TLS with %s failed: %v", c.address(), err), err)
		return nil, errors.Join(failure, conn.Close())
	}
	return encrypted, nil
}

func (c *SMPP) roots() (*x509.CertPool, error) {
	if c.CAPEM == "" {
		return nil, nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM([]byte(c.CAPEM)) {
		return nil, channel.Misconfigured("config.ca_pem", "/smpp/ca_pem holds no certificate", nil)
	}
	return roots, nil
}

// connect is tcp and secure.
func (c *SMPP) connect(ctx context.Context, limit time.Duration) (net.Conn, error) {
	conn, err := c.tcp(ctx, limit)
	if err != nil {
		return nil, err
	}
	return c.secure(ctx, conn, limit)
}

// bind signs in; command says for what.
func (c *SMPP) bind(ctx context.Context, session *smpp.Session, command smpp.Command, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	body := smpp.Bind{SystemID: c.SystemID, Password: c.Password, SystemType: c.SystemType, Version: smpp.Version}.Bytes()
	_, err := session.Call(ctx, command, body, nil)
	return bindFailure(err)
}

// bindFailure tells refused credentials, which only an administrator can mend, from a centre that is not ready: many
// refuse a second session with the same user until they have noticed that the first is gone.
func bindFailure(err error) error {
	var refused smpp.StatusError
	if err == nil {
		return nil
	}
	if !errors.As(err, &refused) {
		return channel.Transient("smpp.bind", "the message centre does not answer the sign-in", err)
	}
	switch refused.Status {
	case smpp.InvalidPassword, smpp.InvalidSystemID, smpp.InvalidSystemType:
		return channel.Misconfigured("smpp.auth", "the message centre refuses user name or password", err).
			WithProviderCode(refused.Status.String())
	}
	return channel.Transient("smpp.bind", "the message centre refuses the session", err).WithProviderCode(refused.Status.String())
}
