package channel

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"sportello.dev/plugins-sdk/redact"
)

const (
	defaultHTTPTimeout  = 30 * time.Second
	defaultHTTPResponse = 4 << 20
	// maxIdleProvider bounds the idle connections to one provider.
	maxIdleProvider = 8
)

// ErrResponseTooLarge says that a provider answered more than the client was told to read.
var ErrResponseTooLarge = errors.New("the provider's answer is too large")

// HTTPOptions are the choices of HTTPClient; the zero value is a good one.
type HTTPOptions struct {
	// Timeout of a whole request with its answer; 30 s if zero.
	Timeout time.Duration
	// MaxResponse is the most bytes read of an answer; 4 MiB if zero.
	MaxResponse int64
	// AllowHosts may be private addresses: hosts from the channel's own configuration.
	AllowHosts []string
	// TLS is for a provider's own authority or a client certificate.
	TLS *tls.Config
	// Redirects is how many redirects are followed; none if zero, so that credentials stay where they belong.
	Redirects int
	// SecretHeaders are headers to hide in records, beside those that everybody knows.
	SecretHeaders []string
}

// HTTPClient is a client for providers: bounded in time and size, kept away from private addresses, without proxy and
// cookies. Each exchange is recorded, without secrets, in the answer of the call whose context the request has, when the
// body of the answer is read to its end or closed. A channel that keeps a client calls CloseIdleConnections in Close.
func HTTPClient(options HTTPOptions) *http.Client {
	if options.Timeout <= 0 {
		options.Timeout = defaultHTTPTimeout
	}
	if options.MaxResponse <= 0 {
		options.MaxResponse = defaultHTTPResponse
	}
	dial := PublicDialer(options.Timeout, options.AllowHosts...)
	return &http.Client{
		Timeout: options.Timeout,
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if len(via) > options.Redirects {
				return http.ErrUseLastResponse
			}
			return nil
		},
		Transport: &recordingTransport{
			max:     options.MaxResponse,
			secrets: secretHeaders(options.SecretHeaders),
			next: &http.Transport{
				DialContext: dial, TLSClientConfig: options.TLS, ForceAttemptHTTP2: true,
				MaxIdleConnsPerHost: maxIdleProvider, IdleConnTimeout: time.Minute,
				TLSHandshakeTimeout: options.Timeout, ResponseHeaderTimeout: options.Timeout,
			},
		},
	}
}

func secretHeaders(more []string) []string {
	headers := []string{"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "Api-Key", "X-Auth-Token"}
	for _, name := range more {
		headers = append(headers, http.CanonicalHeaderKey(name))
	}
	return headers
}

type recordingTransport struct {
	next    *http.Transport
	max     int64
	secrets []string
}

// CloseIdleConnections lets http.Client.CloseIdleConnections reach the transport.
func (t *recordingTransport) CloseIdleConnections() { t.next.CloseIdleConnections() }

func (t *recordingTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	exchange := Exchange{Protocol: "http", StartedAt: time.Now()}
	sent := &head{}
	ctx := request.Context()
	outgoing := request.Clone(ctx)
	if request.Body != nil {
		outgoing.Body = readCloser{Reader: io.TeeReader(request.Body, sent), Closer: request.Body}
	}
	record := func(received string, err error) {
		exchange.Request = t.describeRequest(request) + sent.String()
		exchange.Response, exchange.Took = received, time.Since(exchange.StartedAt)
		if err != nil {
			exchange.Error = err.Error()
		}
		Record(ctx, exchange)
	}
	response, err := t.next.RoundTrip(outgoing)
	if err != nil {
		record("", err)
		return nil, err
	}
	received := fmt.Sprintf("%s %s\n%s\n", response.Proto, response.Status, t.describeHeader(response.Header))
	body := &recordingBody{body: response.Body, left: t.max}
	// Recorded when the body was read or given up, because only then is it known.
	body.record = sync.OnceFunc(func() { record(received+body.seen.String(), body.failure) })
	response.Body = body
	return response, nil
}

func (t *recordingTransport) describeRequest(request *http.Request) string {
	return fmt.Sprintf("%s %s\n%s\n", request.Method, withoutUser(request.URL), t.describeHeader(request.Header))
}

func (t *recordingTransport) describeHeader(header http.Header) string {
	shown := header.Clone()
	for name := range shown {
		if slices.Contains(t.secrets, name) {
			shown[name] = []string{redact.Cover}
		}
	}
	var text strings.Builder
	// Writing to a strings.Builder does not fail.
	_ = shown.Write(&text)
	return text.String()
}

func withoutUser(target *url.URL) string {
	shown := *target
	if shown.User != nil {
		shown.User = url.User(redact.Cover)
	}
	return shown.String()
}

type readCloser struct {
	io.Reader
	io.Closer
}

// head keeps the beginning of a body, if it is text.
type head struct {
	mu   sync.Mutex
	kept bytes.Buffer
}

func (h *head) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	// A secret that is cut in two at the end must still be found, so a little more is kept than is shown.
	if room := 2*maxExchangeText - h.kept.Len(); room > 0 {
		h.kept.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (h *head) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	shown := h.kept.Bytes()
	if h.kept.Len() >= 2*maxExchangeText {
		shown = bytes.ToValidUTF8(shown, nil)
	}
	if !utf8.Valid(shown) {
		return fmt.Sprintf("(%d bytes or more, not text)", len(shown))
	}
	return string(shown)
}

// recordingBody bounds the body of an answer and records the exchange when it ends.
type recordingBody struct {
	body    io.ReadCloser
	left    int64
	seen    head
	failure error
	record  func()
}

func (b *recordingBody) Read(p []byte) (int, error) {
	// One byte more than allowed tells an answer of just the limit from a larger one.
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	if int64(n) > b.left {
		n, err = int(b.left), ErrResponseTooLarge
	}
	b.left -= int64(n)
	_, _ = b.seen.Write(p[:n])
	if err != nil {
		if !errors.Is(err, io.EOF) {
			b.failure = err
		}
		b.record()
	}
	return n, err
}

func (b *recordingBody) Close() error {
	b.record()
	return b.body.Close()
}
