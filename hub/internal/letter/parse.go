package letter

import (
	"strings"

	"golang.org/x/net/html"
)

// reader builds the tree. It costs a bounded time for each token, whatever the
// nesting: unlike a browser it never opens again what was left open.
type reader struct {
	remote *Remote
	// open are the elements that have begun, the body first.
	open     []*html.Node
	elements int
	// skipping is the element that is being left out, and how often it is nested in itself.
	skipping string
	nested   int
	// fresh is a pre that has just begun: a line end right there does not count.
	fresh *html.Node
}

// parse reads HTML into a div that holds known elements, with known attributes, and text. Addresses stay as they were.
func parse(source string, remote *Remote) *html.Node {
	source = strings.ToValidUTF8(source[:min(len(source), maxHTML)], "\uFFFD")
	body := newElement("div")
	r := &reader{remote: remote, open: []*html.Node{body}}
	z := html.NewTokenizer(strings.NewReader(source))
	for z.Next() != html.ErrorToken {
		r.take(z.Token())
	}
	return body
}

func (r *reader) take(t html.Token) {
	if r.skip(t) {
		return
	}
	switch t.Type {
	case html.TextToken:
		r.text(t.Data)
	case html.StartTagToken, html.SelfClosingTagToken:
		r.start(t)
	case html.EndTagToken:
		r.end(t.Data)
	}
}

// skip tells whether a token lies in something that is left out.
func (r *reader) skip(t html.Token) bool {
	if r.skipping == "" {
		return false
	}
	switch {
	case kinds[r.skipping] == foreign && t.Type == html.StartTagToken && (kinds[t.Data] == block || t.Data == "span" || t.Data == "img"):
		r.skipping = ""
		return false
	case t.Data == r.skipping && t.Type == html.StartTagToken:
		r.nested++
	case t.Data == r.skipping && t.Type == html.EndTagToken:
		if r.nested--; r.nested == 0 {
			r.skipping = ""
		}
	}
	return true
}

func (r *reader) text(s string) {
	s = strings.ReplaceAll(s, "\x00", "")
	top := r.top()
	if r.fresh == top {
		s = strings.TrimPrefix(s, "\n")
	}
	r.fresh = nil
	if s == "" {
		return
	}
	if last := top.LastChild; last != nil && last.Type == html.TextNode {
		last.Data += s
		return
	}
	top.AppendChild(text(s))
}

func (r *reader) top() *html.Node { return r.open[len(r.open)-1] }

func (r *reader) start(t html.Token) {
	name := t.Data
	switch name {
	case "image": // what browsers make of it
		name = "img"
	case "body":
		name = "div"
		t.Attr = kept("div", t.Attr, r.remote)
		if len(r.open) > 1 || len(t.Attr) == 0 {
			return
		}
	}
	switch kinds[name] {
	case dropped, foreign:
		if t.Type == html.StartTagToken || kinds[name] == dropped {
			r.skipping, r.nested = name, 1
		}
		return
	case unwrapped:
		return
	}
	r.makeRoom(name)
	if r.elements == maxElements || len(r.open) == maxDepth || partsOfTable[name] && !r.isOpen("table") {
		return
	}
	r.elements++
	n := newElement(name)
	n.Attr = kept(name, t.Attr, r.remote)
	r.top().AppendChild(n)
	r.fresh = nil
	if kinds[name] == void {
		return
	}
	r.open = append(r.open, n)
	if name == "pre" {
		r.fresh = n
	}
}

// makeRoom ends what cannot stay open when an element begins.
func (r *reader) makeRoom(name string) {
	if endsParagraph[name] {
		r.close(set1("p"), cells)
	}
	if s, ok := siblings[name]; ok {
		r.close(s.ends, s.within)
	}
}

var cells = set("td th table")

func set1(name string) map[string]bool { return map[string]bool{name: true} }

// close ends the innermost open element of some names, unless a bound stands before it.
func (r *reader) close(names, bound map[string]bool) {
	for i := len(r.open) - 1; i > 0; i-- {
		switch name := r.open[i].Data; {
		case names[name]:
			r.open = r.open[:i]
			return
		case bound[name]:
			return
		}
	}
}

func (r *reader) end(name string) {
	switch {
	case name == "br":
		r.start(html.Token{Type: html.StartTagToken, Data: "br"})
	case partsOfTable[name]:
		r.close(set1(name), set1("table"))
	case name == "table":
		r.close(set1(name), nil)
	case kinds[name] == block || kinds[name] == inline:
		r.close(set1(name), cells)
	}
}

func (r *reader) isOpen(name string) bool {
	for _, n := range r.open {
		if n.Data == name {
			return true
		}
	}
	return false
}
