package pluginhost_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

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

// browse asks as a browser does, with a body of its own pace.
func (r *rig) browse(method, slug, path string, body io.Reader) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(r.t.Context(), method, "/c/rogue/"+slug+"/"+path, body)
	request.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	request.RemoteAddr = "192.0.2.7:1234"
	r.ServeChannel(w, request, "rogue", slug, path)
	return w
}

func TestCitizensReadInPlainWordsWhatTheHubAnswers(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{})
	closed, _ := o.rogueChannel("due", rogue.Settings{Open: "fail"})
	r := o.start(nil)
	r.awaitOpen(c)
	eventually(t, func() bool { return r.channelStatus(closed).Failure != "" }, "not open")
	whole := strings.NewReader(strings.Repeat("x", 3<<20))
	for name, want := range map[string]struct {
		answer *httptest.ResponseRecorder
		code   int
		it, en string
	}{
		"no such page":    {r.browse("GET", "uno", "altro", nil), 404, "<h1>Pagina non trovata</h1>", "Page not found"},
		"not open":        {r.browse("GET", "due", "page/x", nil), 503, "<h1>Il servizio non è disponibile</h1>", "not available"},
		"sent, not taken": {r.browse("POST", "due", "form/x", strings.NewReader("a=b")), 503, "<h1>NON ricevuto</h1>", "NOT received"},
		"too large":       {r.browse("POST", "uno", "form/x", whole), 413, "<h1>NON ricevuto: gli allegati sono troppo grandi</h1>", "too large"},
	} {
		require.Equal(t, want.code, want.answer.Code, name)
		require.Contains(t, want.answer.Body.String(), want.it, name)
		require.Contains(t, want.answer.Body.String(), want.en, name)
		require.Equal(t, "text/html; charset=utf-8", want.answer.Header().Get("Content-Type"), name)
		require.Contains(t, want.answer.Header().Get("Content-Security-Policy"), "default-src 'none'", name)
		require.Equal(t, want.code == 503, want.answer.Header().Get("Retry-After") != "", name)
	}
	require.Zero(t, whole.Len(), "a browser shows the answer only when it has sent all")
}

// lateReader is a body that takes longer to arrive than an adapter may take to answer.
type lateReader struct {
	arrived <-chan time.Time
	once    sync.Once
}

// Read waits, then ends.
func (l *lateReader) Read([]byte) (int, error) {
	l.once.Do(func() { <-l.arrived })
	return 0, io.EOF
}

func TestAFormMayArriveSlowly(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	c, _ := o.rogueChannel("uno", rogue.Settings{})
	timing := quick()
	timing.HTTP = 2 * time.Second
	r := o.start(func(c *pluginhost.Config) { c.Timing = timing })
	r.awaitOpen(c)
	w := r.browse("POST", "uno", "form/x", &lateReader{arrived: time.After(timing.HTTP + 200*time.Millisecond)})
	require.Equal(t, http.StatusOK, w.Code)
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
