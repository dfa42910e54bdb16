package rtf

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"
)

func windows(b []byte, page int) string {
	c := map[int]*charmap.Charmap{1251: charmap.Windows1251, 1253: charmap.Windows1253}[page]
	if c == nil {
		c = charmap.Windows1252
	}
	text, _ := c.NewDecoder().Bytes(b)
	return string(text)
}

var wrappedHTML = `{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}{\f1\fcharset204 Arial;}}
{\*\htmltag19 <html>}{\*\htmltag50 <body>}\htmlrtf \lang1033 \htmlrtf0
{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Perch\'e9 {\*\htmltag84 <b>}\htmlrtf {\b\htmlrtf0 qui{\*\htmltag92 </b>}\htmlrtf }\htmlrtf0 ? {\*\htmltag84 &lt;}
\htmlrtf\par}\htmlrtf0
{\*\mhtmltag84 <img src="altro">}{\*\htmltag72 </p>}{\*\htmltag58 </body>}}`

func TestText(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rtf, want string
		html      bool
	}{
		"plain":         {`{\rtf1 Buongiorno}`, "Buongiorno", false},
		"lines":         {"{\\rtf1\\ansi uno\\par\r\ndue\\line tre\\\nquattro}", "uno\ndue\ntre\nquattro", false},
		"accents":       {`{\rtf1\ansicpg1252 Perch\'e9 \'80 16}`, "Perché € 16", false},
		"unicode":       {`{\rtf1\uc1 Perch\u233?, \u-10179?\u-8704?}`, "Perché, 😀", false},
		"unicode, none": {`{\rtf1\uc0 \u233 x{\uc2\u233 ab}c}`, "éxéc", false},
		"half a pair":   {`{\rtf1 \u-10179?x\u-8704?y}`, "xy", false},
		"fonts":         {`{\rtf1{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}{\f2\fcharset161 C;}}\f1\'cf\f0 \'e8 {\f2\'e1}\'e8}`, "Пè αè", false},
		"not shown":     {`{\rtf1{\info{\title T}}{\stylesheet S;}{\*\generator G;}{\pict 89504e47}uno{\v nascosto} due\v\plain  tre}`, "uno due tre", false},
		"a link":        {`{\rtf1 {\field{\*\fldinst HYPERLINK "https://x.example"}{\fldrslt qui}}}`, "qui", false},
		"a table":       {`{\rtf1\trowd a\cell b\cell\row c\cell}`, "a\tb\t\nc\t", false},
		"literal":       {`{\rtf1 \{a\} \\ b\~c\_d \emdash  \ldblquote e\rdblquote}`, `{a} \ b c-d — “e”`, false},
		"bytes":         {"{\\rtf1 a{\\pict\\bin3 }}}}b\\bin99999 c", "ab", false},
		"too early":     {`{\rtf1 uno {\b due`, "uno due", false},
		"too much":      {`{\rtf1 uno}due}`, "uno", false},
		"html":          {wrappedHTML, "<html><body><p>Perché <b>qui</b>? &lt;</p></body>", true},
		"none":          {"ciao", "", false},
		"odd":           {`{\rtf1\`, "", false},
		"odd hex":       {`{\rtf1\'zz a\'4}`, "zz a", false},
	} {
		text, html := Text([]byte(test.rtf), windows)
		require.Equal(t, test.want, text, name)
		require.Equal(t, test.html, html, name)
	}
}

// Groups by the million cost memory for a thousand, and time once each.
func TestDeepGroups(t *testing.T) {
	t.Parallel()
	const deep = 2_000_000
	began := time.Now()
	text, _ := Text([]byte(`{\rtf1 a`+strings.Repeat("{", deep)+"b"+strings.Repeat("}", deep)+"c}"), windows)
	require.Equal(t, "ac", text)
	t.Log(time.Since(began))
}

func FuzzText(f *testing.F) {
	f.Add([]byte(wrappedHTML))
	f.Add([]byte(`{\rtf1{\fonttbl{\f1\fcharset204 B;}}\f1\'cf\u-10179?\u-8704?\bin3 abc{\*\x y}\v\plain}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		text, _ := Text(b, windows)
		require.True(t, utf8.ValidString(text))
		require.LessOrEqual(t, len(text), 4*len(b))
		again, _ := Text(b, windows)
		require.Equal(t, text, again)
	})
}
