package letter

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

var (
	// repeated heads what Outlook puts below an answer.
	repeated = regexp.MustCompile(`^(Da|From|Von|De):\s`)
	// handedOn begins a letter that was forwarded: there the quoted part is the message.
	handedOn = regexp.MustCompile(`(?i)^[-\s]*(forwarded message|messaggio inoltrato|begin forwarded message|inizio messaggio inoltrato|original message forwarded)`)
)

// foldQuote folds the quoted letters at the end of an answer. Quotes between
// the lines of an answer, and those of a letter that has no words of its own, stay open.
func foldQuote(body *html.Node, words Words) {
	var last *html.Node
	walk(body, func(n *html.Node) {
		if meaning(n) {
			last = n
		}
	})
	begun, done := false, false
	walk(body, func(n *html.Node) {
		if begun && !done && !meaning(n) {
			if end := quoteAt(n); end != nil && between(n, end, last) && !handedOn.MatchString(textOf(n)) {
				fold(n, end, words)
				done = true
			}
		}
		begun = begun || meaning(n)
	})
}

// meaning tells whether a node is something to read or to look at.
func meaning(n *html.Node) bool {
	return n.Type == html.TextNode && strings.Trim(n.Data, " \t\r\n\u00a0\u200b\u200c\ufeff") != "" || n.Data == "img" && n.Type == html.ElementNode
}

// quoteAt is the last node of a quote that begins at n, beside it or n itself; nil where none begins.
func quoteAt(n *html.Node) *html.Node {
	if n.Type != html.ElementNode || partsOfTable[n.Data] || partsOfTable[n.Parent.Data] && n.Parent.Data != "td" {
		return nil
	}
	class := " " + attribute(n, "class") + " "
	switch {
	case attribute(n, "id") != "" || separates(n):
		return n.Parent.LastChild
	case strings.Contains(class, "_quote ") || strings.Contains(class, "_quoted "), n.Data == "blockquote":
		return n
	case strings.Contains(class, " moz-cite-prefix "):
		next := n.NextSibling
		for range 5 {
			if next == nil || next.Data == "blockquote" {
				return next
			}
			next = next.NextSibling
		}
	}
	return nil
}

// separates tells whether a box is the head with a line above that Outlook puts before what it repeats.
func separates(n *html.Node) bool {
	if n.Data != "div" {
		return false
	}
	if strings.HasPrefix(declarations(n)["border-top"], "solid") {
		return repeated.MatchString(shorten(textOf(n), 20))
	}
	var only *html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && only == nil {
			only = c
		} else if c.Type == html.ElementNode || meaning(c) {
			return false
		}
	}
	return only != nil && separates(only)
}

// between tells whether a node lies in one of two neighbours or in what stands between them.
func between(first, end, n *html.Node) bool {
	for n != nil && n.Parent != first.Parent {
		n = n.Parent
	}
	for c := first; n != nil && c != nil; c = c.NextSibling {
		if c == n {
			return true
		}
		if c == end {
			return false
		}
	}
	return false
}

// fold puts a row of neighbours behind a heading that opens them.
func fold(first, end *html.Node, words Words) {
	details, summary := element("details", "quoted"), element("summary", "")
	summary.AppendChild(text(words.Quoted))
	details.AppendChild(summary)
	parent := first.Parent
	parent.InsertBefore(details, first)
	for c := first; c != nil; {
		next := c.NextSibling
		parent.RemoveChild(c)
		details.AppendChild(c)
		if c == end {
			return
		}
		c = next
	}
}
