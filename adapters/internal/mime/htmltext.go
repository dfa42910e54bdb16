package mime

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// TextFromHTML writes the readable text of an HTML body: paragraphs, lists,
// quotes and table rows on lines of their own, the target of a link after its
// text when the two differ. It works on the token stream, in linear time and
// without a tree, so depth cannot hurt it.
func TextFromHTML(source string) string {
	w := textWriter{}
	z := html.NewTokenizer(strings.NewReader(source))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return w.finish()
		case html.TextToken:
			if w.hidden == 0 {
				w.text(html.UnescapeString(string(z.Raw())))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			w.start(z.Token())
		case html.EndTagToken:
			w.end(z.Token())
		}
	}
}

type textWriter struct {
	out    strings.Builder
	space  bool // a blank is due before the next word
	breaks int  // line breaks due before the next word
	hidden int  // open elements whose text is not shown
	pre    int
	quote  int
	links  []link
}

type link struct {
	href  string
	start int
}

// maxLinks bounds links left open, which some programs produce in thousands.
const maxLinks = 32

func (w *textWriter) start(t html.Token) {
	switch t.DataAtom {
	case atom.Script, atom.Style, atom.Title, atom.Noframes, atom.Template:
		if t.Type == html.StartTagToken {
			w.hidden++
		}
	case atom.Br:
		w.lineBreak()
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Table, atom.Ul, atom.Ol, atom.Dl:
		w.block(2)
	case atom.Blockquote:
		w.block(2)
		w.quote++
	case atom.Div, atom.Tr, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Dt, atom.Dd, atom.Form, atom.Address:
		w.block(1)
	case atom.Li:
		w.block(1)
		w.text("- ")
	case atom.Td, atom.Th:
		w.space = true
	case atom.Pre:
		w.block(2)
		w.pre++
	case atom.Hr:
		w.block(1)
		w.text("---")
		w.block(1)
	case atom.Img:
		w.image(t)
	case atom.A:
		if len(w.links) < maxLinks {
			w.links = append(w.links, link{href: attribute(t, "href"), start: w.out.Len()})
		}
	}
}

func (w *textWriter) end(t html.Token) {
	switch t.DataAtom {
	case atom.Script, atom.Style, atom.Title, atom.Noframes, atom.Template:
		w.hidden = max(0, w.hidden-1)
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Table, atom.Ul, atom.Ol, atom.Dl:
		w.block(2)
	case atom.Blockquote:
		w.block(2)
		w.quote = max(0, w.quote-1)
	case atom.Div, atom.Tr, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Li, atom.Form, atom.Address:
		w.block(1)
	case atom.Pre:
		w.pre = max(0, w.pre-1)
		w.block(2)
	case atom.A:
		w.closeLink()
	}
}

func (w *textWriter) image(t html.Token) {
	if alt := strings.TrimSpace(attribute(t, "alt")); alt != "" && w.hidden == 0 {
		w.text("[" + alt + "]")
	}
}

func (w *textWriter) closeLink() {
	if len(w.links) == 0 {
		return
	}
	last := w.links[len(w.links)-1]
	w.links = w.links[:len(w.links)-1]
	target := strings.TrimSpace(last.href)
	lower := strings.ToLower(target)
	if !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") && !strings.HasPrefix(lower, "mailto:") {
		return
	}
	shown := strings.TrimSpace(w.out.String()[last.start:])
	plain := strings.TrimPrefix(target, "mailto:")
	if shown == "" || strings.Contains(shown, plain) || strings.TrimSuffix(target, "/") == shown {
		return
	}
	w.text(" <" + plain + ">")
}

func (w *textWriter) lineBreak() { w.breaks++; w.space = false }

// block asks for at least n line breaks before what follows.
func (w *textWriter) block(n int) {
	w.breaks = max(w.breaks, n)
	w.space = false
}

func (w *textWriter) text(s string) {
	if w.pre > 0 {
		w.preformatted(s)
		return
	}
	for i, word := range strings.FieldsFunc(s, isBlank) {
		if i > 0 || startsBlank(s) {
			w.space = true
		}
		w.word(word)
	}
	if s != "" && isBlank(rune(s[len(s)-1])) {
		w.space = true
	}
}

func (w *textWriter) preformatted(s string) {
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			w.breaks++
		}
		if line != "" {
			w.word(strings.TrimRight(line, "\r"))
		}
	}
}

func (w *textWriter) word(word string) {
	switch {
	case w.out.Len() == 0:
		w.prefix()
	case w.breaks > 0:
		for range min(w.breaks, 3) {
			w.out.WriteByte('\n')
		}
		w.prefix()
	case w.space:
		w.out.WriteByte(' ')
	}
	w.space, w.breaks = false, 0
	w.out.WriteString(word)
}

func (w *textWriter) prefix() {
	if w.quote > 0 {
		w.out.WriteString(quotePrefix(min(w.quote, 10)))
	}
}

func (w *textWriter) finish() string {
	return strings.TrimSpace(strings.ReplaceAll(w.out.String(), "\u00a0", " "))
}

func isBlank(r rune) bool { return r == ' ' || r == '\n' || r == '\t' || r == '\r' || r == '\f' }

func startsBlank(s string) bool { return s != "" && isBlank(rune(s[0])) }

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
