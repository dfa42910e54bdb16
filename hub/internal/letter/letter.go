// Package letter makes a page of the HTML that a stranger has written: what
// people and newsletters write stays and looks right, whatever acts, loads or
// deceives does not. The page still belongs into a frame without scripts and
// under a policy of its own: this package is the first of three walls.
//
// It reads the tokens into a tree of its own that holds known elements and
// attributes only, works on that tree, and lets bluemonday check what is
// written. No element of another namespace and none with raw text survives, so
// the browser cannot read the result differently in a way that matters.
package letter

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Options say how a letter is shown.
type Options struct {
	// Images are the addresses of the letter's own pictures, by Content-ID without brackets in small letters.
	Images map[string]string
	// Remote gives a picture elsewhere an address on our side; nil keeps all of them out.
	Remote func(address string) string
	// Words are in the reader's language.
	Words Words
	// Width is that of the column in CSS pixels: wider boxes are made to fit, and the height is guessed for it. 0 means that
	// it is not known.
	Width int
}

// Words are what the page itself says.
type Words struct {
	// Quoted heads the folded part; LeadsTo stands before the host of a link that pretends.
	Quoted, LeadsTo string
}

// Page is a letter made harmless.
type Page struct {
	// HTML is the inside of the body.
	HTML string
	// Links are where the letter leads, in its order, at most maxLinks.
	Links []Link
	// Remote is what the letter would have the reader's browser fetch.
	Remote Remote
	// Height is a fair guess in CSS pixels.
	Height int
}

// Remote counts what a letter wants from elsewhere.
type Remote struct {
	// Pictures can be shown when the reader asks; Trackers, invisible pictures, and Backgrounds cannot.
	Pictures, Trackers, Backgrounds int
	// Hosts are where all of it lies, each once, at most maxHosts.
	Hosts []string
}

// Bounds on what is shown.
const (
	// maxHTML is how much of a letter is read, in bytes.
	maxHTML = 2 << 20
	// maxElements and maxDepth bound the tree; what lies beyond loses its tags and keeps its text.
	maxElements = 30_000
	maxDepth    = 120
	// maxPictures is how many pictures from elsewhere one letter may show.
	maxPictures = 100
	maxLinks    = 200
	maxHosts    = 20
)

// Show makes the page.
func Show(source string, o Options) Page {
	var p Page
	body := parse(source, &p.Remote)
	p.pictures(body, o)
	p.links(body, o.Words)
	foldQuote(body, o.Words)
	fit(body, o.Width)
	p.Height = height(body, cmp.Or(o.Width, usualWidth))
	p.HTML = gate.Sanitize(render(body))
	return p
}

// render writes what is inside an element.
func render(n *html.Node) string {
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		// A strings.Builder never fails, and the tree holds no node that cannot be written.
		_ = html.Render(&b, c)
	}
	return b.String()
}

// walk calls fn for every node below n, parents first; fn may change what is below the node it gets.
func walk(n *html.Node, fn func(*html.Node)) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		fn(c)
		walk(c, fn)
		c = next
	}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func setAttribute(n *html.Node, key, value string) {
	dropAttribute(n, key)
	n.Attr = append(n.Attr, html.Attribute{Key: key, Val: value})
}

func dropAttribute(n *html.Node, key string) {
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func keepOnly(n *html.Node, keys ...string) {
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return !slices.Contains(keys, a.Key) })
}

func element(name, class string) *html.Node {
	n := newElement(name)
	if class != "" {
		n.Attr = []html.Attribute{{Key: "class", Val: class}}
	}
	return n
}

func text(s string) *html.Node { return &html.Node{Type: html.TextNode, Data: s} }

// textOf is what a reader sees of a node, with single blanks.
func textOf(n *html.Node) string {
	var b strings.Builder
	collect(n, &b)
	return strings.Join(strings.Fields(b.String()), " ")
}

func collect(n *html.Node, b *strings.Builder) {
	switch {
	case n.Type == html.TextNode:
		b.WriteString(n.Data)
	case n.Data == "br":
		b.WriteByte(' ')
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		collect(c, b)
	}
}
