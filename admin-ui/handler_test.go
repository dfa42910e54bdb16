package adminui

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func built() fstest.MapFS {
	return fstest.MapFS{
		"index.html":               {Data: []byte("<!doctype html>page")},
		"boot.js":                  {Data: []byte("boot")},
		"icon.svg":                 {Data: []byte("<svg/>")},
		".keep":                    {Data: []byte("")},
		"assets/main-abc.js":       {Data: []byte("plain script")},
		"assets/main-abc.js.br":    {Data: []byte("brotli")},
		"assets/main-abc.js.gz":    {Data: []byte("gzip")},
		"assets/letters-abc.woff2": {Data: []byte("font")},
	}
}

func get(t *testing.T, h http.Handler, target string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestHandlerServes(t *testing.T) {
	t.Parallel()
	h := newHandler(built())
	for name, c := range map[string]struct {
		target, accept              string
		status                      int
		body, cache, encoding, kind string
	}{
		"page":                     {"/", "", 200, "<!doctype html>page", revalidate, "", "text/html; charset=utf-8"},
		"address of the page":      {"/inbox/mine/2026-000123-7", "br", 200, "<!doctype html>page", revalidate, "", "text/html; charset=utf-8"},
		"script":                   {"/assets/main-abc.js", "", 200, "plain script", forever, "", "text/javascript; charset=utf-8"},
		"script brotli":            {"/assets/main-abc.js", "gzip, br", 200, "brotli", forever, "br", "text/javascript; charset=utf-8"},
		"script gzip":              {"/assets/main-abc.js", "gzip, br;q=0", 200, "gzip", forever, "gzip", "text/javascript; charset=utf-8"},
		"font":                     {"/assets/letters-abc.woff2", "br", 200, "font", forever, "", "font/woff2"},
		"boot script":              {"/boot.js", "", 200, "boot", revalidate, "", "text/javascript; charset=utf-8"},
		"asset of an old release":  {"/assets/main-old.js", "", 404, "", "", "", ""},
		"file that is not there":   {"/favicon.ico", "", 404, "", "", "", ""},
		"placeholder":              {"/.keep", "", 404, "", "", "", ""},
		"packed file by its name":  {"/assets/main-abc.js.br", "", 404, "", "", "", ""},
		"address outside the tree": {"/../../etc/passwd", "", 200, "<!doctype html>page", revalidate, "", "text/html; charset=utf-8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := get(t, h, c.target, "Accept-Encoding", c.accept)
			require.Equal(t, c.status, w.Code)
			require.Equal(t, ContentSecurityPolicy, w.Header().Get("Content-Security-Policy"))
			require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
			if c.status != http.StatusOK {
				return
			}
			require.Equal(t, c.body, w.Body.String())
			require.Equal(t, c.cache, w.Header().Get("Cache-Control"))
			require.Equal(t, c.encoding, w.Header().Get("Content-Encoding"))
			require.Equal(t, c.kind, w.Header().Get("Content-Type"))
		})
	}
}

func TestHandlerRevalidates(t *testing.T) {
	t.Parallel()
	h := newHandler(built())
	first := get(t, h, "/")
	again := get(t, h, "/", "If-None-Match", first.Header().Get("ETag"))
	require.Equal(t, http.StatusNotModified, again.Code)
	changed := built()
	changed["index.html"].Data = []byte("<!doctype html>new release")
	fresh := get(t, newHandler(changed), "/", "If-None-Match", first.Header().Get("ETag"))
	require.Equal(t, http.StatusOK, fresh.Code)
}

func TestHandlerRefusesWriting(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	newHandler(built()).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("x")))
	require.Equal(t, http.StatusMethodNotAllowed, w.Code)
	require.Equal(t, "GET, HEAD", w.Header().Get("Allow"))
}

func TestHandlerWithoutInterfaceSaysSo(t *testing.T) {
	t.Parallel()
	w := get(t, newHandler(fstest.MapFS{".keep": {}}), "/inbox/mine")
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Contains(t, w.Body.String(), "make build")
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
}

func TestPolicyAllowsNothingInline(t *testing.T) {
	t.Parallel()
	require.NotContains(t, ContentSecurityPolicy, "unsafe-inline")
	require.NotContains(t, ContentSecurityPolicy, "unsafe-eval")
	require.NotContains(t, ContentSecurityPolicy, "http")
	require.Contains(t, ContentSecurityPolicy, "frame-ancestors 'none'")
}

func TestEmbeddedTreeOpens(t *testing.T) {
	t.Parallel()
	w := get(t, Handler(), "/")
	if Built() {
		require.Equal(t, http.StatusOK, w.Code)
	} else {
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
	}
}

func FuzzAccepts(f *testing.F) {
	f.Add("gzip, br;q=0")
	f.Fuzz(func(t *testing.T, header string) {
		if accepts(header, "br") {
			require.Contains(t, strings.ToLower(header), "br")
		}
	})
}
