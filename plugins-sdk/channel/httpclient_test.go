package channel

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/plugins-sdk/redact"
)

func TestPublicAddresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.9.9.9", "169.254.169.254", "172.16.0.1", "192.168.1.1",
		"192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "fe80::1",
		"fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1", "2001::1", "2002:7f00:1::1", "3fff::1",
	} {
		require.False(t, public(netip.MustParseAddr(address)), address)
	}
	for _, address := range []string{"8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4002::5", "::ffff:8.8.8.8"} {
		require.True(t, public(netip.MustParseAddr(address)), address)
	}
}

func TestPublicDialerRefusesWhatANameLeadsTo(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"} {
		_, err := PublicDialer(time.Second)(t.Context(), "tcp", host+":"+port)
		require.ErrorIs(t, err, ErrForbiddenAddress, host)
	}
	conn, err := PublicDialer(time.Second, "LOCALHOST")(t.Context(), "tcp4", "localhost:"+port)
	require.NoError(t, err, "an administrator's word")
	require.NoError(t, conn.Close())
	_, err = PublicDialer(time.Second, "localhost")(t.Context(), "tcp", "127.0.0.1:"+port)
	require.ErrorIs(t, err, ErrForbiddenAddress, "only as it is spelled")
	_, err = PublicDialer(time.Second)(t.Context(), "unix", "/run/x:1")
	require.Error(t, err)
}

// provider is a server that the client may reach, with a context that records.
func provider(t *testing.T, handler http.HandlerFunc, options HTTPOptions) (*http.Client, string, context.Context, *recorder) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	redactor := redact.New()
	redactor.Learn(map[string]string{"/key": "canary/secret+1"})
	ctx, recorder := withRecorder(t.Context(), redactor.Clean)
	options.AllowHosts = append(options.AllowHosts, "127.0.0.1")
	client := HTTPClient(options)
	t.Cleanup(client.CloseIdleConnections)
	return client, server.URL, ctx, recorder
}

func TestHTTPClientRecordsWithoutSecrets(t *testing.T) {
	t.Parallel()
	client, target, ctx, recorder := provider(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Set-Cookie", "session=abc")
		w.Header().Set("X-Message-Id", "42")
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, `{"echo":"canary/secret+1"}`)
	}, HTTPOptions{SecretHeaders: []string{"x-account"}})
	body := "to=%2B39&key=" + url.QueryEscape("canary/secret+1")
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target+"/send?key="+url.QueryEscape("canary/secret+1"), strings.NewReader(body))
	require.NoError(t, err)
	request.SetBasicAuth("user", "canary/secret+1")
	request.Header.Set("X-Account", "hidden-account")
	response, err := client.Do(request)
	require.NoError(t, err)
	_, err = io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Len(t, recorder.all(), 1)
	exchange := recorder.all()[0]
	require.Equal(t, "http", exchange.Protocol)
	require.Contains(t, exchange.Request, "POST "+target+"/send?key=[redacted]")
	require.Contains(t, exchange.Request, "to=%2B39&key=[redacted]")
	require.Contains(t, exchange.Response, "202 Accepted")
	require.Contains(t, exchange.Response, "X-Message-Id: 42")
	require.Contains(t, exchange.Response, `{"echo":"[redacted]"}`)
	for _, secret := range []string{"canary", "session=abc", "hidden-account", "dXNlcjpj"} {
		require.NotContains(t, exchange.Request+exchange.Response, secret)
	}
	require.Positive(t, exchange.Took)
}

func TestHTTPClientLimits(t *testing.T) {
	t.Parallel()
	for size, fits := range map[int]bool{999: true, 1000: true, 1001: false, 100_000: false} {
		client, target, ctx, recorder := provider(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, size))
		}, HTTPOptions{MaxResponse: 1000})
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
		require.NoError(t, err)
		response, err := client.Do(request)
		require.NoError(t, err)
		content, err := io.ReadAll(response.Body)
		require.NoError(t, response.Body.Close())
		if fits {
			require.NoError(t, err)
			require.Len(t, content, size)
			continue
		}
		require.ErrorIs(t, err, ErrResponseTooLarge, "%d bytes", size)
		require.Len(t, content, 1000)
		require.Contains(t, recorder.all()[0].Error, "too large")
	}
}

func TestHTTPClientStaysPut(t *testing.T) {
	t.Parallel()
	redirect := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		}
	}
	for redirects, want := range map[int]int{0: http.StatusFound, 1: http.StatusOK} {
		client, target, ctx, _ := provider(t, redirect, HTTPOptions{Redirects: redirects})
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, target+"/", nil)
		require.NoError(t, err)
		response, err := client.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, want, response.StatusCode)
	}
}

func TestHTTPClientRefusesPrivateAddresses(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	ctx, recorder := withRecorder(t.Context(), func(text string) string { return text })
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
	require.NoError(t, err)
	response, err := HTTPClient(HTTPOptions{}).Do(request)
	if err == nil {
		require.NoError(t, response.Body.Close())
	}
	require.ErrorIs(t, err, ErrForbiddenAddress)
	require.Contains(t, recorder.all()[0].Error, "not on the public internet")
}

func TestHTTPClientTimesOut(t *testing.T) {
	t.Parallel()
	block := make(chan struct{})
	client, target, ctx, recorder := provider(t, func(http.ResponseWriter, *http.Request) { <-block },
		HTTPOptions{Timeout: 50 * time.Millisecond})
	t.Cleanup(func() { close(block) })
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	require.NoError(t, err)
	response, err := client.Do(request)
	if err == nil {
		require.NoError(t, response.Body.Close())
	}
	var timeout net.Error
	require.True(t, errors.As(err, &timeout) && timeout.Timeout(), "%v", err)
	require.NotEmpty(t, recorder.all()[0].Error)
}

func TestRecordBounds(t *testing.T) {
	t.Parallel()
	ctx, recorder := withRecorder(t.Context(), func(text string) string { return text })
	for range 100 {
		Record(ctx, Exchange{Request: strings.Repeat("x", 10_000), Response: strings.Repeat("è", 10_000)})
	}
	require.Len(t, recorder.all(), maxExchanges)
	require.Len(t, recorder.all()[0].Request, maxExchangeText)
	Record(t.Context(), Exchange{Request: "outside of a call"})
}

func TestBinaryBodiesAreNotShown(t *testing.T) {
	t.Parallel()
	kept := &head{}
	_, err := kept.Write([]byte{0xff, 0xd8, 0xff})
	require.NoError(t, err)
	require.Equal(t, "(3 bytes or more, not text)", kept.String())
}
