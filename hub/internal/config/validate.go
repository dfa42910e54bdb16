package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// validate returns everything that is wrong, one line each: the key, what is
// wrong, what to do.
func (c Config) validate() error {
	return errors.Join(
		c.Database.validate(),
		c.Public.validate("public"),
		c.Internal.validate("internal"),
		c.distinctListeners(),
		c.Blob.validate(),
		oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error"),
		oneOf("log.format", c.Log.Format, "json", "text"),
		c.Limits.validate(),
		c.Scan.validate(),
	)
}

func (d Database) validate() error {
	var errs []error
	if d.MaxConns < 5 || d.MaxConns > 1000 {
		errs = append(errs, fmt.Errorf("database.max_conns: %d is not between 5 and 1000 connections", d.MaxConns))
	}
	if d.URL != "" {
		// The value may hold a password: it is not repeated.
		u, err := url.Parse(d.URL)
		if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
			errs = append(errs, errors.New("database.url: not a PostgreSQL URL; write postgres://user:password@host:port/name"))
		}
	}
	return errors.Join(errs...)
}

func (l Listener) validate(key string) error {
	var errs []error
	if _, port, err := net.SplitHostPort(l.Addr); err != nil || !isPort(port) {
		errs = append(errs, fmt.Errorf("%s.addr: %q is not host:port; write :8080 for all addresses of the machine", key, l.Addr))
	}
	if u, err := url.Parse(l.URL); err != nil || !isOrigin(u) {
		errs = append(errs, fmt.Errorf("%s.url: %q is not an origin; write scheme and host only, such as https://sportello.example.it", key, l.URL))
	}
	for _, proxy := range l.TrustedProxies {
		_, err1 := netip.ParseAddr(proxy)
		_, err2 := netip.ParsePrefix(proxy)
		if err1 != nil && err2 != nil {
			errs = append(errs, fmt.Errorf("%s.trusted_proxies: %q is neither an address nor a network such as 10.0.0.0/8", key, proxy))
		}
	}
	return errors.Join(errs...)
}

func isPort(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}

func isOrigin(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil &&
		strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == ""
}

// distinctListeners keeps citizens and operators apart: no cookie of one origin
// reaches the other.
func (c Config) distinctListeners() error {
	var errs []error
	if c.Public.Addr == c.Internal.Addr && !strings.HasSuffix(c.Public.Addr, ":0") {
		errs = append(errs, fmt.Errorf("internal.addr: %q is the public address too; give each its own port", c.Internal.Addr))
	}
	if strings.TrimSuffix(c.Public.URL, "/") == strings.TrimSuffix(c.Internal.URL, "/") && !strings.HasSuffix(c.Public.URL, ":0") {
		errs = append(errs, fmt.Errorf("internal.url: %q is the public origin too; operators need another host name or port", c.Internal.URL))
	}
	return errors.Join(errs...)
}

func (b Blob) validate() error {
	if err := oneOf("blob.kind", b.Kind, "fs", "s3"); err != nil || b.Kind == "fs" {
		return err
	}
	var errs []error
	for _, field := range []struct{ key, value string }{
		{"endpoint", b.S3.Endpoint}, {"bucket", b.S3.Bucket}, {"access_key", b.S3.AccessKey}, {"secret_key", b.S3.SecretKey},
	} {
		if field.value == "" {
			errs = append(errs, fmt.Errorf("blob.s3.%s: needed for blob.kind s3", field.key))
		}
	}
	if strings.Contains(b.S3.Endpoint, "://") {
		errs = append(errs, fmt.Errorf("blob.s3.endpoint: %q has a scheme; write host or host:port, and blob.s3.insecure = true for HTTP", b.S3.Endpoint))
	}
	return errors.Join(errs...)
}

func (l Limits) validate() error {
	var errs []error
	for _, limit := range []struct {
		key   string
		value int64
	}{
		{"message_bytes", l.MessageBytes}, {"upload_bytes", l.UploadBytes},
		{"request_bytes", l.RequestBytes}, {"webhook_bytes", l.WebhookBytes},
	} {
		if limit.value < 64<<10 || limit.value > 4<<30 {
			errs = append(errs, fmt.Errorf("limits.%s: %d bytes is not between 64 KiB and 4 GiB", limit.key, limit.value))
		}
	}
	return errors.Join(errs...)
}

func (s Scan) validate() error {
	var errs []error
	if s.Clamd != "" && !strings.HasPrefix(s.Clamd, "/") {
		if _, port, err := net.SplitHostPort(s.Clamd); err != nil || !isPort(port) {
			errs = append(errs, fmt.Errorf("scan.clamd: %q is neither a socket's path nor host:port; write /run/clamav/clamd.ctl or localhost:3310", s.Clamd))
		}
	}
	if s.MaxBytes < mebibyte || s.MaxBytes > 4<<30 {
		errs = append(errs, fmt.Errorf("scan.max_bytes: %d bytes is not between 1 MiB and 4 GiB", s.MaxBytes))
	}
	return errors.Join(errs...)
}

func oneOf(key, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("%s: %q is not one of %s", key, value, strings.Join(allowed, ", "))
}
