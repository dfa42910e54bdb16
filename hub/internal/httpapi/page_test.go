package httpapi

import (
	"net/url"
	"strings"
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
	"sportello.dev/hub/internal/ticket"
)

const hostileHTML = `<style>body{background:url(https://spy.example/a)}</style><script>alert(1)</script>
<p onclick="x()" style="position:fixed;top:0;color:red;background:url(https://spy.example/b)">Ciao <b>mondo</b></p>
<img src="https://spy.example/pixel.gif"><img src="cid:foto@posta.example" alt="foto"><img src="/api/v1/me"><img src="data:image/svg+xml,x">
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
		e.Message.Attachments = []intake.Attachment{{SHA256: ref.Sum[:], Size: ref.Size, Name: "foto.png", MediaType: "image/png", ContentID: "foto@posta.example", Inline: true}}
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
	for _, evil := range []string{"<script", "onclick", "javascript:", "spy.example", "<iframe", "<form", "<input", "<svg", "<base", "<meta http-equiv", "<link", "position", "/api/v1/me", "data:image", "_top"} {
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
	require.NotContains(t, dark, "color: red")
	require.Contains(t, page, "color: red")
}

func TestInlineImagesHaveSignedAddresses(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	m := illustrated(t, d, me)
	page := d.ask("GET", *m.HTMLURL, "", me).Body.String()
	_, rest, ok := strings.Cut(page, `<img src="`+basePath+"/attachments/")
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

func TestCleaningIsIdempotent(t *testing.T) {
	t.Parallel()
	h := messageRoutes{}
	pieces := []string{"<p>", "</p>", "<b", ">", "<script>", "</script>", "<img src=", "cid:a", "https://x", `"`, "'", " onerror=x", "<style>", "&lt;", "&", "<!--", "-->", "testo", "<a href=javascript:1>"}
	rapid.Check(t, func(t *rapid.T) {
		dirty := strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "html"), "")
		once := h.clean(&ticket.Message{HTML: dirty}, false)
		if lower := strings.ToLower(once); strings.Contains(lower, "<script") || strings.Contains(lower, "javascript:") || strings.Contains(lower, "https://x\"") && strings.Contains(lower, "<img") && strings.Contains(lower, `src="https`) {
			t.Fatalf("%q became %q", dirty, once)
		}
		if twice := h.clean(&ticket.Message{HTML: once}, false); twice != once {
			t.Fatalf("%q, cleaned again, became %q", once, twice)
		}
	})
}

func FuzzCleanedPagesDoNothing(f *testing.F) {
	f.Add(hostileHTML)
	f.Add(`<img src="cid:a%00b"><a href="java&#10;script:x">`)
	h := messageRoutes{}
	f.Fuzz(func(t *testing.T, dirty string) {
		clean := h.clean(&ticket.Message{HTML: dirty}, true)
		z := html.NewTokenizer(strings.NewReader(clean))
		for z.Next() != html.ErrorToken {
			token := z.Token()
			if token.Type != html.StartTagToken && token.Type != html.SelfClosingTagToken {
				continue
			}
			require.NotContains(t, []string{"script", "style", "iframe", "object", "embed", "form", "input", "svg", "math", "link", "base", "meta"}, token.Data)
			for _, a := range token.Attr {
				require.False(t, strings.HasPrefix(a.Key, "on"), "%q", clean)
				require.NotContains(t, []string{"srcset", "srcdoc", "action", "formaction", "background"}, a.Key)
				if a.Key == "src" || a.Key == "href" {
					u, err := url.Parse(a.Val)
					require.NoError(t, err)
					require.Contains(t, []string{"http", "https", "mailto", "tel"}, u.Scheme, "%q", clean)
					require.NotEqual(t, "src", a.Key, "there are no images of its own: %q", clean)
				}
			}
		}
	})
}

// TestHostileStylesCostLittle: without the bound each of these takes many
// seconds to check, and whoever opens the letter waits.
func TestHostileStylesCostLittle(t *testing.T) {
	t.Parallel()
	for _, style := range []string{"font-family:" + strings.Repeat("a,", 200_000), "border:" + strings.Repeat("1px ", 100_000)} {
		require.Equal(t, "<p>x</p>", withoutLongStyles(`<p style="`+style+`">x</p>`))
		many := strings.Repeat(`<p style="`+style[:maxStyle-10]+`">x</p>`, 100)
		start := time.Now()
		messageRoutes{}.clean(&ticket.Message{HTML: many}, false)
		require.Less(t, time.Since(start), 20*time.Second)
	}
	const letter = `<P STYLE='color:red' title="a &amp; b">x</P><script>if (a<b) "style='"</script><!-- c --><br/>`
	require.Equal(t, letter, withoutLongStyles(letter), "what is short stays as it was")
	require.Len(t, withoutLongStyles(strings.Repeat("x", maxPageHTML+1)), maxPageHTML)
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
