package httpapi

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
)

// echoPages answer with what they were asked.
type echoPages struct{}

func (echoPages) ServeChannel(w http.ResponseWriter, r *http.Request, adapter, channel, rest string) {
	fmt.Fprintf(w, "%s %s %s %s %s", r.Method, adapter, channel, rest, r.RemoteAddr)
}

func (echoPages) PagesOf(channel string) (string, bool) {
	return "/c/webform/segnalazioni/", channel == "segnalazioni" || channel == ""
}

func TestPublicListenerServesChannelsAlone(t *testing.T) {
	t.Parallel()
	around := Surroundings{Log: slog.New(slog.DiscardHandler), Now: time.Now, Registry: prometheus.NewRegistry()}
	handler, err := Public(Config{Proxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}}, around, echoPages{})
	require.NoError(t, err)
	f := face{t, handler}
	w := f.ask("POST", "/c/webform/segnalazioni/invia/1", "{}", "X-Forwarded-For: 203.0.113.9")
	require.Equal(t, "POST webform segnalazioni /invia/1 203.0.113.9:0", w.Body.String())
	require.Equal(t, "GET webform segnalazioni / 192.0.2.1:0", f.ask("GET", "/c/webform/segnalazioni", "").Body.String())
	for _, path := range []string{"/", "/segnalazioni"} {
		short := f.ask("GET", path, "")
		require.Equal(t, 302, short.Code, path)
		require.Equal(t, "/c/webform/segnalazioni/", short.Header().Get("Location"), path)
	}
	for _, path := range []string{"/c/webform", "/api/v1/town", "/api/docs", "/metrics", "/c/", "/posta", "/segnalazioni/x"} {
		require.Equal(t, 404, f.ask("GET", path, "").Code, path)
	}
}

func TestLiveStreamNeedsSignInAndTellsChanges(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	require.Equal(t, 401, d.ask("GET", "/api/v1/live", "").Code)
	me := d.signIn(t, "lucia")
	listen(t, d)
	server := httptest.NewServer(d.handler)
	t.Cleanup(server.Close)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/api/v1/live", nil)
	require.NoError(t, err)
	name, value, _ := strings.Cut(me, ": ")
	r.Header.Set(name, value)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, "text/event-stream", answer.Header.Get("Content-Type"))
	lines := bufio.NewScanner(answer.Body)
	require.True(t, lines.Scan())
	require.Equal(t, "event: ready", lines.Text())
	number := d.receive(t, d.letter("Buongiorno", nil))
	for lines.Scan() {
		if strings.Contains(lines.Text(), `"ticket":"`+number+`"`) {
			return
		}
	}
	t.Fatalf("the stream ended without the ticket: %v", lines.Err())
}

// listen lets the desk hear of changes until the test ends.
func listen(t *testing.T, d *desk) {
	t.Helper()
	first := d.stores.Live.Subscribe(account.SystemScope())
	defer first.Close()
	refetch := func(why string) {
		batch, err := first.Next(t.Context())
		require.NoError(t, err)
		require.True(t, batch.Refetch, why)
	}
	refetch("at once")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.stores.Live.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	refetch("when listening begins")
}
