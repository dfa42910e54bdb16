package httpapi

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/postgres"
)

const hostileHTML = `<style>body{background:url(https://spy.example/a)}</style><script>alert(1)</script>
<p onclick="x()" style="position:fixed;top:0;color:red;background:url(https://spy.example/b)">Ciao <b>mondo</b></p>
<img src="https://spy.example/pixel.gif"><img src="cid:FOTO%40posta.example" alt="foto"><img src="/api/v1/me"><img src="data:image/svg+xml,x">
<a href="javascript:alert(1)">x</a><a href="https://comune.example/avviso" target="_top">avviso</a>
<iframe src="https://spy.example"></iframe><form action="https://spy.example"><input name="p"></form><svg><script>1</script></svg>
<base href="https://spy.example/"><meta http-equiv="refresh" content="0;url=https://spy.example"><link rel="stylesheet" href="https://spy.example/c.css">`

// illustrated receives a letter with hostile HTML and one inline image, and shows it.
func illustrated(t *testing.T, d *desk, who string) api.Message {
	t.Helper()
	ref, err := blob.PutBytes(t.Context(), d.stores.Blobs, []byte("\x89PNG\r\n\x1a\n"))
	require.NoError(t, err)
	require.NoError(t, postgres.InTx(t.Context(), d.pool, func(tx pgx.Tx) error {
		return blob.Keep(t.Context(), tx, d.stores.Blobs, ref, "image/png", blob.Owner{Kind: "test", ID: id.New[id.Entry]().UUID})
	}))
	number := d.receive(t, d.letter("testo", func(e *intake.Event) {
		e.Message.HTML = hostileHTML
		e.Message.Attachments = []intake.Attachment{{SHA256: ref.Sum[:], Size: ref.Size, Name: "foto.png", MediaType: "image/png", ContentID: "Foto@Posta.example", Inline: true}}
	}))
	return d.messages(t, number, who)[0]
}

func TestMessagePagesDoNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	m := illustrated(t, d, me)
	w := d.ask("GET", *m.HTMLURL, "", me, "Host: hub.example")
	require.Equal(t, 200, w.Code)
	page := w.Body.String()
	for _, evil := range []string{"<script", "onclick", "javascript:", "//spy.example", "<iframe", "<form", "<input", "<svg", "<base", "<meta http-equiv", "<link", "position", "/api/v1/me", "data:image", "_top"} {
		require.NotContains(t, page, evil)
	}
	require.Contains(t, page, "<b>mondo</b>")
	require.Contains(t, page, `href="https://comune.example/avviso"`)
	require.Contains(t, page, "noreferrer")
	csp := w.Header().Get("Content-Security-Policy")
	require.Contains(t, csp, "default-src 'none'; img-src http://hub.example/api/v1/attachments/;")
	require.Contains(t, csp, "sandbox allow-popups")
	require.NotContains(t, csp, "allow-scripts")
	require.NotContains(t, csp, "allow-same-origin")
	require.Equal(t, "SAMEORIGIN", w.Header().Get("X-Frame-Options"))
	require.Equal(t, 401, d.ask("GET", *m.HTMLURL, "").Code)

	dark := d.ask("GET", *m.HTMLURL+"?theme=dark", "", me).Body.String()
	require.Contains(t, dark, "filter:invert(.9)")
	require.NotContains(t, page, "filter:")
	require.Contains(t, page, "color: red")
}

func TestInlineImagesHaveSignedAddresses(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	m := illustrated(t, d, me)
	page := d.ask("GET", *m.HTMLURL, "", me).Body.String()
	_, rest, ok := strings.Cut(page, ` src="`+basePath+"/attachments/")
	require.True(t, ok, "%s", page)
	address, _, _ := strings.Cut(rest, `"`)
	address = basePath + "/attachments/" + strings.ReplaceAll(address, "&amp;", "&")

	w := d.ask("GET", address, "")
	require.Equal(t, 200, w.Code, "no cookie is needed: %s", w.Body)
	require.Equal(t, "image/png", w.Header().Get("Content-Type"))
	require.Equal(t, "cross-origin", w.Header().Get("Cross-Origin-Resource-Policy"))
	require.Contains(t, w.Header().Get("Content-Security-Policy"), "sandbox")
	require.Equal(t, 403, d.ask("GET", address[:len(address)-2]+"AA", "").Code)
	other := strings.Replace(address, m.Attachments[0].ID.String(), id.New[id.Attachment]().String(), 1)
	require.Equal(t, 403, d.ask("GET", other, "").Code, "a signature is for one image")
	u, err := url.Parse(address)
	require.NoError(t, err)
	q := u.Query()
	q.Set("expires", "99999999999")
	require.Equal(t, 403, d.ask("GET", u.Path+"?"+q.Encode(), "").Code, "and for one time")
	d.clock.advance(inlineLife + time.Second)
	require.Equal(t, 403, d.ask("GET", address, "").Code)
}

// TestPicturesElsewhereComeThroughTheHub: only on demand, only by an address signed for that picture, and never from
// the town's own network.
func TestPicturesElsewhereComeThroughTheHub(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	var asked atomic.Int32
	spy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(spy.Close)
	number := d.receive(t, d.letter("testo", func(e *intake.Event) {
		e.Message.HTML = `<p>Ciao</p><img src="` + spy.URL + `/a.png?x=1&amp;y=2" alt="mappa"><img src="` + spy.URL + `/o.gif" width=1 height=1>`
	}))
	m := d.messages(t, number, me)[0]
	own := d.ask("GET", *m.HTMLURL, "", me, "Host: hub.example")
	require.NotContains(t, own.Body.String(), "/pictures")
	require.NotContains(t, own.Header().Get("Content-Security-Policy"), "/pictures")
	all := d.ask("GET", *m.HTMLURL+"?images=all", "", me, "Host: hub.example")
	require.Contains(t, all.Header().Get("Content-Security-Policy"), "img-src http://hub.example/api/v1/attachments/ http://hub.example/api/v1/pictures;")
	require.Equal(t, 1, strings.Count(all.Body.String(), "<img "), "what nobody is to see stays out")
	_, rest, ok := strings.Cut(all.Body.String(), `src="`)
	require.True(t, ok)
	address, _, _ := strings.Cut(rest, `"`)
	address = html.UnescapeString(address)

	require.Equal(t, 404, d.ask("GET", address, "").Code, "signed, and yet the town's own network is closed")
	require.Equal(t, 403, d.ask("GET", address[:len(address)-2]+"AA", "").Code)
	require.Equal(t, 403, d.ask("GET", strings.Replace(address, "a.png", "b.png", 1), "").Code, "a signature is for one picture")
	d.clock.advance(inlineLife + time.Second)
	require.Equal(t, 403, d.ask("GET", address, "").Code, "and for one time")
	require.Zero(t, asked.Load())
}

func TestContentsOfAMessage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	m := illustrated(t, d, me)
	c := decode[api.MessageContents](t, d.ask("GET", *m.HTMLURL+"/contents", "", me), 200)
	require.Equal(t, api.RemoteContents{Pictures: 1, Backgrounds: 1, Hosts: []string{"spy.example"}}, c.Remote)
	require.Equal(t, []api.MessageLink{{Text: "avviso", URL: "https://comune.example/avviso", Host: "comune.example"}}, c.Links)
	require.Positive(t, c.Height)
	number := d.receive(t, d.letter("solo testo", nil))
	plain := d.messages(t, number, me)[0]
	require.Equal(t, 404, d.ask("GET", "/api/v1/messages/"+plain.ID.String()+"/html/contents", "", me).Code)
	require.Equal(t, 401, d.ask("GET", *m.HTMLURL+"/contents", "").Code)
}

func TestFileNamesAreMadeHarmless(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"ricevuta.pdf": "ricevuta.pdf", "../../etc/passwd": "passwd", `C:\\x\\y.txt`: "y.txt", ".htaccess": "htaccess",
		"\u200b.htaccess": "htaccess", "a\r\nb.txt": "ab.txt", "": "file", "..": "file", "/": "file", "due parole.doc": "due parole.doc",
	} {
		require.Equal(t, want, cleanFileName(given), "%q", given)
	}
	rapid.Check(t, func(t *rapid.T) {
		name := cleanFileName(rapid.String().Draw(t, "name"))
		if name == "" || strings.ContainsAny(name, "/\\\r\n\x00") || strings.HasPrefix(name, ".") {
			t.Fatalf("%q", name)
		}
	})
}
