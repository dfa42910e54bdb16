package letter

import (
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

const evil = "http://spy.example:8125"

// hostile are the letters of testdata/hostile.txt by name; the browser tests read the same file.
func hostile(t testing.TB) map[string]string {
	t.Helper()
	source, err := os.ReadFile("testdata/hostile.txt")
	require.NoError(t, err)
	letters := map[string]string{}
	for _, part := range strings.Split("\n"+string(source), "\n== ")[1:] {
		head, body, _ := strings.Cut(part, "\n")
		name, _, _ := strings.Cut(head, " | ")
		require.NotContains(t, letters, name, "a name stands twice")
		letters[name] = expand(body)
	}
	require.Greater(t, len(letters), 150)
	return letters
}

var aMacro = regexp.MustCompile(`(?s)\{\{(evil|(\d+)\*(.*?)|((?:\\x[0-9a-f]{2})+))\}\}`)

func expand(body string) string {
	return aMacro.ReplaceAllStringFunc(body, func(found string) string {
		m := aMacro.FindStringSubmatch(found)
		switch {
		case m[2] != "":
			n, _ := strconv.Atoi(m[2])
			return strings.Repeat(m[3], n)
		case m[4] != "":
			raw, _ := strconv.Unquote(`"` + m[4] + `"`)
			return raw
		}
		return evil
	})
}

// ours is an address on our side for a picture elsewhere.
func ours(address string) string { return "/api/v1/pictures?url=" + url.QueryEscape(address) }

var shown = Options{
	Images: map[string]string{"foto@posta.example": "/api/v1/attachments/1/inline?expires=1&signature=x"},
	Remote: ours, Words: Words{Quoted: "Testo citato", LeadsTo: "porta a"},
}

func TestHostileLettersDoNothing(t *testing.T) {
	t.Parallel()
	for name, source := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			blocked := shown
			blocked.Remote = nil
			harmless(t, Show(source, shown))
			page := Show(source, blocked)
			harmless(t, page)
			require.NotContains(t, page.HTML, "/api/v1/pictures")
			stable(t, source)
			require.Less(t, time.Since(start), 30*time.Second)
		})
	}
}

// harmless reads a page as a browser does and fails on whatever is not known to do no harm.
func harmless(t testing.TB, p Page) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader("<!doctype html><html><head></head><body>" + p.HTML + "</body></html>"))
	require.NoError(t, err)
	for n := range doc.Descendants() {
		require.NotEqual(t, html.CommentNode, n.Type)
		if n.Type != html.ElementNode || n.Data == "html" || n.Data == "head" || n.Data == "body" {
			require.True(t, n.Type != html.ElementNode || len(n.Attr) == 0, "%v", n.Attr)
			continue
		}
		require.Empty(t, n.Namespace)
		require.NotContains(t, forbiddenElements, n.Data)
		k := kinds[n.Data]
		require.True(t, k == inline || k == block || k == void || n.Data == "details" || n.Data == "summary", "<%s>", n.Data)
		for _, a := range n.Attr {
			harmlessAttribute(t, n, a)
		}
	}
	require.LessOrEqual(t, len(p.Links), maxLinks)
	require.LessOrEqual(t, len(p.Remote.Hosts), maxHosts)
	for _, link := range p.Links {
		require.Regexp(t, `^(https?://|mailto:|tel:)`, link.Address)
		require.NotEmpty(t, link.Host)
	}
}

var (
	forbiddenElements = strings.Fields(`script style link meta base title iframe frame frameset object embed applet form input button select textarea
		svg math template noscript noembed noframes xmp plaintext listing video audio source track canvas picture map area dialog portal marquee`)
	forbiddenAttributes = strings.Fields(`srcset srcdoc action formaction background poster data ping cite longdesc usemap manifest http-equiv content
		xlink:href xmlns is slot nonce autofocus contenteditable popover popovertarget name download charset integrity`)
)

func harmlessAttribute(t testing.TB, n *html.Node, a html.Attribute) {
	t.Helper()
	require.Empty(t, a.Namespace)
	// Said here in so many words, whatever the tables of the package say.
	require.False(t, strings.HasPrefix(a.Key, "on"), a.Key)
	require.NotContains(t, forbiddenAttributes, a.Key)
	switch a.Key {
	case "href":
		require.Equal(t, "a", n.Data)
		u, err := url.Parse(a.Val)
		require.NoError(t, err)
		require.Contains(t, []string{"http", "https", "mailto", "tel"}, u.Scheme)
		require.Equal(t, "_blank", attribute(n, "target"))
		require.Contains(t, attribute(n, "rel"), "noreferrer")
	case "src":
		require.Equal(t, "img", n.Data)
		require.True(t, strings.HasPrefix(a.Val, "/api/v1/pictures?url=http") || a.Val == shown.Images["foto@posta.example"], "%s", a.Val)
	case "style":
		require.NotRegexp(t, `(?i)url\(|expression\(|var\(|(^|; )(position|behavior|z-index|content|transform|filter)|[\\<>{}@]|/\*`, a.Val)
	case "class", "open", "target", "rel":
	default:
		_, known := rules[a.Key]
		require.True(t, known, "%s on <%s>", a.Key, n.Data)
	}
}

// stable fails when reading what was written gives anything else than what was read first.
func stable(t testing.TB, source string) {
	t.Helper()
	var ignored Remote
	once := render(parse(source, &ignored))
	if len(once) < maxHTML {
		require.Equal(t, once, render(parse(once, &ignored)))
	}
}

func TestCleaningIsStable(t *testing.T) {
	t.Parallel()
	pieces := []string{"<p>", "</p>", "<b", ">", "<script>", "</script>", "<img src=", "cid:a", "https://x.example", `"`, "'", " onerror=x", "<style>",
		"&lt;", "&", "<!--", "-->", "testo", "<a href=javascript:1>", "<a href=https://x.example>", "<table>", "<tr>", "<td>", "</table>", "<svg>", "<math>",
		"<pre>", "\n", "<li>", "<blockquote>", `<p style="color:red">`, "\x00", "<plaintext>", "<title>", "</div>", "<div>", `<div class="gmail_quote">`}
	rapid.Check(t, func(t *rapid.T) {
		source := strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "html"), "")
		var ignored Remote
		once := render(parse(source, &ignored))
		if twice := render(parse(once, &ignored)); twice != once {
			t.Fatalf("%q became %q, and then %q", source, once, twice)
		}
	})
}

func FuzzShow(f *testing.F) {
	for _, source := range hostile(f) {
		if len(source) < 4<<10 {
			f.Add(source)
		}
	}
	narrow := shown
	narrow.Width = 440
	f.Fuzz(func(t *testing.T, source string) {
		harmless(t, Show(source, shown))
		harmless(t, Show(source, narrow))
		stable(t, source)
	})
}

func FuzzStyle(f *testing.F) {
	f.Add("color:red;background:url(x)")
	f.Add(`font:12px/1.5 "Segoe UI",sans-serif`)
	f.Fuzz(func(t *testing.T, style string) {
		var remote Remote
		clean := cleanStyle(style, &remote)
		require.NotRegexp(t, `(?i)url\(|expression\(|@|\\|/\*|[<>{}]`, clean)
		require.Equal(t, clean, cleanStyle(clean, &remote))
	})
}
