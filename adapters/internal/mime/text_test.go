package mime

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTextFromHTML(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		"":                                         "",
		"solo testo":                               "solo testo",
		"<p>uno</p><p>due</p>":                     "uno\n\ndue",
		"<div>uno</div><div>due</div>":             "uno\ndue",
		"uno<br>due<br/>tre":                       "uno\ndue\ntre",
		"<b>gra</b>ssetto":                         "grassetto",
		"  molti \n\n spazi  ":                     "molti spazi",
		"a<!-- nascosto -->b":                      "ab",
		"<style>p{}</style>a<script>x</script>":    "a",
		"<title>no</title>sì":                      "sì",
		"&egrave; &lt;vero&gt; &amp; &#8364;":      "è <vero> & €",
		"&nbsp;a&nbsp;b":                           "a b",
		`<a href="https://e.it">qui</a>`:           "qui <https://e.it>",
		`<a href="https://e.it/">https://e.it</a>`: "https://e.it",
		`<a href="mailto:a@b.it">a@b.it</a>`:       "a@b.it",
		`<a href="javascript:x">qui</a>`:           "qui",
		`<a name="x"></a>dopo`:                     "dopo",
		`<a href="https://e.it">aperto`:            "aperto",
		"</a></p></div>ciao":                       "ciao",
		"<ul><li>a</li><li>b</li></ul>c":           "- a\n- b\n\nc",
		"<blockquote>a<p>b</blockquote>c":          "> a\n\n> b\n\nc",
		"<pre>a\n  b</pre>":                        "a\n  b",
		"<table><tr><td>a<td>b</table>":            "a b",
		`<img alt="logo"><img src=x>`:              "[logo]",
		"<hr>a":                                    "---\na",
		"a<p></p><p></p><p></p>b":                  "a\n\nb",
		"<":                                        "<",
		"a<b":                                      "a",
	} {
		require.Equal(t, want, TextFromHTML(input), "%q", input)
	}
}

func TestTextFromHTMLNeverShowsMarkup(t *testing.T) {
	t.Parallel()
	pieces := []string{"<p>", "</p>", "<a href='https://e.it'>", "</a>", "<br>", "testo", " ", "<script>", "</script>", "<ul><li>", "&lt;", "<!--", "-->", "<pre>", "\n"}
	rapid.Check(t, func(t *rapid.T) {
		source := strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "source"), "")
		text := TextFromHTML(source)
		require.True(t, utf8.ValidString(text))
		for _, tag := range []string{"<p>", "</p>", "<script>", "<br>", "<ul>"} {
			require.NotContains(t, text, tag)
		}
	})
}

func TestUnflow(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		"":                          "",
		"a\nb":                      "a\nb",
		"a \nb":                     "a b",
		"a \nb \nc\nd":              "a b c\nd",
		"> a \n> b\nc":              "> a b\nc",
		"> a \n>> b":                "> a \n>> b",
		"a \n-- \nfirma":            "a \n-- \nfirma",
		" >non citata\n  due spazi": ">non citata\n due spazi",
	} {
		require.Equal(t, want, unflow(input, false), "%q", input)
	}
	require.Equal(t, "ab", unflow("a \nb", true))
}

func TestDates(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 10, 5, 8, 15, 0, 0, time.UTC)
	for _, input := range []string{
		"Mon, 5 Oct 2026 10:15:00 +0200", "Mon, 05 Oct 2026 10:15:00 +0200 (CEST)", "5 Oct 2026 10:15:00 +0200",
		"Mon, 5 Oct 2026 08:15:00 GMT", "Mon, 5 Oct 2026 10:15:00 CEST", "Mon,  5 Oct 2026 08:15:00 UT",
		"5 Oct 2026 10:15 +0200", "Mon, 5 Oct 26 10:15:00 +0200", "2026-10-05T10:15:00+02:00", "2026-10-05 10:15:00 +0200",
		"Lun, 5 ott 2026 10:15:00 +0200", "Mon Oct  5 08:15:00 2026", "Mon, 5-Oct-2026 10:15:00 +0200",
	} {
		require.True(t, want.Equal(parseDate(input)), "%q: %s", input, parseDate(input))
	}
	for _, input := range []string{"", "ieri", "Mon, 32 Oct 2026 10:15:00 +0200", "Mon, 5 Oct 1066 10:15:00 +0200", "Mon, 5 Oct 99999 10:15:00 +0200"} {
		require.True(t, parseDate(input).IsZero(), "%q", input)
	}
}

func TestToUTF8(t *testing.T) {
	t.Parallel()
	tests := []struct {
		input, charset, want string
		guessed              bool
	}{
		{"citt\xe0", "iso-8859-1", "città", false},
		{"citt\xe0", "", "città", true},
		{"citt\xe0", "utf-8", "città", true},
		{"città", "iso-8859-1", "città", true},
		{"città", "utf-8", "città", false},
		{"città", "", "città", false},
		{"\xef\xbb\xbfcittà", "utf-8", "città", false},
		{"\x80 10", "iso-8859-1", "€ 10", false},
		{"\xa4 10", "iso-8859-15", "€ 10", false},
		{"citt\xe0", "x-ignoto", "città", true},
		{"solo ascii", "x-ignoto", "solo ascii", false},
		{"\x1b$B$3\x1b(B", "iso-2022-jp", "こ", false},
		{"\xff\xfec\x00i\x00", "utf-16", "ci", false},
	}
	for _, tt := range tests {
		text, guessed := toUTF8([]byte(tt.input), tt.charset)
		require.Equal(t, tt.want, text, "%q as %s", tt.input, tt.charset)
		require.Equal(t, tt.guessed, guessed, "%q as %s", tt.input, tt.charset)
	}
}

func TestReportsFromOtherMailers(t *testing.T) {
	t.Parallel()
	permanent := map[string]bool{"5.1.1": true, "4.2.2": false, "2.0.0": false}
	for status, want := range permanent {
		require.Equal(t, want, ReportRecipient{Status: status}.Permanent(), status)
	}
	require.True(t, ReportRecipient{Diagnostic: "550 no such user"}.Permanent())
	require.False(t, ReportRecipient{Diagnostic: "451 try later"}.Permanent())
	require.False(t, ReportRecipient{}.Permanent())
	require.Equal(t, "a@b.it", ReportRecipient{Original: "a@b.it", Final: "c@d.it"}.Address())
	require.Equal(t, "c@d.it", ReportRecipient{Final: "c@d.it"}.Address())
}

func TestTrace(t *testing.T) {
	t.Parallel()
	m := parseString(t, "Return-Path: <a@b.it>\r\nReceived: x\r\nAuthentication-Results: uno\r\nFrom: a@b.it\r\n"+
		"Authentication-Results: due\r\nList-Id: =?utf-8?q?citt=C3=A0?= <x>\r\n\r\nciao")
	require.Equal(t, []Field{
		{"Return-Path", "<a@b.it>"}, {"Authentication-Results", "uno"}, {"Authentication-Results", "due"}, {"List-Id", "città <x>"},
	}, m.Trace())
}
