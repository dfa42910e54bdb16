package adminui

import (
	"bytes"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// ContentSecurityPolicy is sent with every page: nothing from elsewhere, no inline script or style. Message frames
// come from the API with a policy of their own.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
	"font-src 'self'; connect-src 'self'; frame-src 'self'; manifest-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'"

const (
	indexName = "index.html"
	// assetPrefix holds the files whose names carry a hash of their content.
	assetPrefix = "assets/"
	forever     = "public, max-age=31536000, immutable"
	// revalidate lets the browser keep a page but ask each time, so that a new release is seen at once.
	revalidate = "no-cache"
)

const notBuilt = `<!doctype html><html lang="it"><meta charset="utf-8"><title>Sportello</title>
<p>L’interfaccia non è stata compilata in questo programma: eseguire <code>make build</code>.</p>
<p lang="en">The interface was not built into this program: run <code>make build</code>.</p></html>
`

// Handler serves the interface: hashed assets for ever, every other path the page itself, which reads its own address.
func Handler() http.Handler {
	return newHandler(FS())
}

func newHandler(files fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		protect(w.Header())
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		if serveFile(w, r, files, name) {
			return
		}
		if strings.HasPrefix(name, assetPrefix) || path.Ext(name) != "" {
			http.NotFound(w, r)
			return
		}
		if !serveFile(w, r, files, indexName) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Cache-Control", "no-store")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(notBuilt))
		}
	})
}

func protect(h http.Header) {
	h.Set("Content-Security-Policy", ContentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
}

// serveFile answers with the named file, in the smallest encoding that was built and the browser takes.
func serveFile(w http.ResponseWriter, r *http.Request, files fs.FS, name string) bool {
	if name == "" || strings.HasSuffix(name, ".br") || strings.HasSuffix(name, ".gz") || strings.HasPrefix(path.Base(name), ".") {
		return false
	}
	content, err := fs.ReadFile(files, name)
	if err != nil {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", contentType(name))
	h.Set("Cache-Control", cacheControl(name))
	h.Add("Vary", "Accept-Encoding")
	for _, enc := range []struct{ token, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if !accepts(r.Header.Get("Accept-Encoding"), enc.token) {
			continue
		}
		if packed, err := fs.ReadFile(files, name+enc.suffix); err == nil {
			h.Set("Content-Encoding", enc.token)
			content = packed
			break
		}
	}
	h.Set("ETag", etag(content))
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
	return true
}

func cacheControl(name string) string {
	if strings.HasPrefix(name, assetPrefix) {
		return forever
	}
	return revalidate
}

// contentType does not ask the machine's own tables alone: they may lack woff2 or call JavaScript plain text.
func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
		return "application/octet-stream"
	}
}

// accepts reads an Accept-Encoding header; `;q=0` means no.
func accepts(header, token string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(name), token) {
			continue
		}
		q := strings.ReplaceAll(strings.TrimSpace(params), " ", "")
		return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
	}
	return false
}
