package pluginhost_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/pluginhost"
	"sportello.dev/hub/internal/pluginhost/internal/rogue"
)

func TestPageIsServedSafely(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(nil)
	r.awaitOpen(c)
	w := r.ask(http.MethodGet, "uno", "page/anna", "")
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "<p>anna</p>", w.Body.String())
	h := w.Header()
	require.Contains(t, h.Get("Content-Security-Policy"), "frame-ancestors 'none'")
	require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
	require.Equal(t, "no-referrer", h.Get("Referrer-Policy"))
	require.Equal(t, "text/plain", h.Get("Content-Type"))
	require.Equal(t, "a=b; Path=/c/rogue/uno/; HttpOnly; Secure; SameSite=Lax", h.Get("Set-Cookie"))
	require.Empty(t, h.Get("Connection"))
	require.Equal(t, "192.0.2.7", h.Get("X-Seen-Ip"))

	webhook := r.ask(http.MethodPost, "uno", "events", "e1")
	require.Contains(t, webhook.Header().Get("Content-Security-Policy"), "sandbox")
	require.Empty(t, webhook.Header().Get("Set-Cookie"))
}

func TestOnlyDeclaredRoutesAreServed(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{})
	off, _ := o.rogueChannel("due", rogue.Settings{})
	require.NoError(t, o.channels.SetEnabled(t.Context(), o.pool, off, false))
	r := o.start(nil)
	r.awaitOpen(c)
	for _, c := range []struct {
		method, slug, path string
		want               int
	}{
		{"GET", "uno", "page/x", 200},
		{"GET", "uno", "page/x/y", 404},
		{"GET", "uno", "page/", 404},
		{"POST", "uno", "page/x", 404},
		{"GET", "uno", "events", 404},
		{"GET", "uno", "../uno/page/x", 404},
		{"GET", "uno", "", 404},
		{"GET", "nessuno", "page/x", 404},
		{"GET", "due", "page/x", 404},
	} {
		require.Equal(t, c.want, r.ask(c.method, c.slug, c.path, "").Code, "%s %s %s", c.method, c.slug, c.path)
	}
	w := httptest.NewRecorder()
	r.ServeChannel(w, httptest.NewRequest(http.MethodGet, "/", nil), "fax", "uno", "page/x")
	require.Equal(t, http.StatusNotFound, w.Code)
}

func TestBodiesAreCappedAndLargeOnesAreBlobs(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(nil)
	r.awaitOpen(c)
	require.Equal(t, "1500000", r.host("uno", "body", strings.Repeat("x", 1_500_000)), "read back through the blob")
	require.Equal(t, http.StatusRequestEntityTooLarge, r.ask("POST", "uno", "host/body", strings.Repeat("x", 3<<20)).Code)
	require.Equal(t, http.StatusRequestEntityTooLarge, r.ask("POST", "uno", "events", strings.Repeat("x", 2<<20)).Code)
}

func TestEventsOfAWebhookAreStoredOnce(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(nil)
	r.awaitOpen(c)
	for range 3 {
		require.Equal(t, http.StatusOK, r.ask("POST", "uno", "events", "evento-1").Code)
	}
	rows := o.journal(c)
	require.Len(t, rows, 1)
	require.Equal(t, "evento-1", rows[0].EventID)
}

type brokenJournal struct {
	pluginhost.Journal

	broken atomic.Bool
}

func (b *brokenJournal) AppendUnleased(ctx context.Context, c id.Channel, events []intake.Event) ([]bool, error) {
	if b.broken.Load() {
		return nil, errors.New("database away")
	}
	return b.Journal.AppendUnleased(ctx, c, events)
}

func TestEventsThatAreNotStoredAreNotAnswered(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{})
	j := &brokenJournal{}
	j.broken.Store(true)
	r := o.start(func(c *pluginhost.Config) { j.Journal, c.Journal = c.Journal, j })
	r.awaitOpen(c)
	w := r.ask("POST", "uno", "events", "e1")
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.NotEmpty(t, w.Header().Get("Retry-After"))
	require.NotContains(t, w.Body.String(), "database")
	j.broken.Store(false)
	require.Equal(t, http.StatusOK, r.ask("POST", "uno", "events", "e1").Code)
	require.Len(t, o.journal(c), 1)
}

func TestChannelThatIsNotOpenSaysComeAgain(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{Open: "fail"})
	r := o.start(nil)
	eventually(t, func() bool { return r.channelStatus(c).Failure != "" }, "not open")
	require.Equal(t, http.StatusServiceUnavailable, r.ask("GET", "uno", "page/x", "").Code)
}

func TestClientsAreLimited(t *testing.T) {
	t.Parallel()
	r := newOutside(t).prepare(nil)
	codes := map[int]int{}
	for range 150 {
		codes[r.ask("GET", "uno", "page/x", "").Code]++
	}
	require.InDelta(t, 100, codes[http.StatusNotFound], 20)
	require.Positive(t, codes[http.StatusTooManyRequests])
}

func TestHeadersAreCapped(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{})
	r := o.start(nil)
	r.awaitOpen(c)
	w := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/c/rogue/uno/page/x", nil)
	request.Header.Set("X-Long", strings.Repeat("x", 70<<10))
	r.ServeChannel(w, request, "rogue", "uno", "page/x")
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, w.Code)
}
