package letter

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// kind says what the reader of tokens does with an element.
type kind int

const (
	// unwrapped elements lose their tags and keep what is inside: forms, buttons, Word's own, all that is unknown.
	unwrapped kind = iota
	inline
	block
	// void elements have nothing inside.
	void
	// dropped elements go with everything inside.
	dropped
	// foreign elements go as dropped ones do, but where HTML begins within them the browser leaves them, and so do we.
	foreign
)

var kinds = kindsOf(map[kind]string{
	inline:  "span b strong i em u s strike del ins sub sup small big font code tt q cite a mark abbr",
	block:   "p div center pre blockquote address h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table caption thead tbody tfoot tr td th colgroup",
	void:    "br hr img col",
	dropped: "script style title iframe noembed noframes noscript object applet audio video canvas template select textarea frameset map datalist",
	foreign: "svg math",
})

func kindsOf(lists map[kind]string) map[string]kind {
	all := map[string]kind{}
	for k, list := range lists {
		for name := range strings.FieldsSeq(list) {
			all[name] = k
		}
	}
	return all
}

func set(list string) map[string]bool {
	all := map[string]bool{}
	for name := range strings.FieldsSeq(list) {
		all[name] = true
	}
	return all
}

var (
	// endsParagraph are the elements whose start ends an open paragraph.
	endsParagraph = set("p div center pre blockquote address h1 h2 h3 h4 h5 h6 ul ol dl table hr")
	// partsOfTable stand in a table only.
	partsOfTable = set("caption thead tbody tfoot tr td th colgroup col")
)

// siblings says which open elements end when one begins, and which element an end never reaches beyond.
var siblings = map[string]struct{ ends, within map[string]bool }{
	"li": {set("li"), set("ul ol td th")}, "dt": {set("dt dd"), set("dl td th")}, "dd": {set("dt dd"), set("dl td th")},
	"td": {set("td th caption"), set("table")}, "th": {set("td th caption"), set("table")},
	"tr": {set("tr caption colgroup"), set("table")}, "tbody": {set("thead tbody tfoot caption colgroup"), set("table")},
	"thead": {set("thead tbody tfoot caption colgroup"), set("table")}, "tfoot": {set("thead tbody tfoot caption colgroup"), set("table")},
	"a": {set("a"), set("td th")},
}

// classes are the few of other programs whose meaning we know; see the style of the page and the folding of quotes.
var classes = set("MsoNormal MsoListParagraph MsoPlainText MsoNoSpacing gmail_quote gmail_attr yahoo_quoted protonmail_quote moz-cite-prefix")

// ids mark the beginning of what an answer quotes.
var ids = set("appendonsend divRplyFwdMsg reply-intro")

var (
	aNumber    = regexp.MustCompile(`^[0-9]{1,4}(\.[0-9]{1,3})?%?$`)
	aSmall     = regexp.MustCompile(`^[0-9]{1,3}$`)
	aColour    = regexp.MustCompile(`^(#?[0-9A-Fa-f]{3,8}|[A-Za-z]{3,20})$`)
	aPlace     = regexp.MustCompile(`(?i)^(left|right|center|justify|top|middle|bottom|baseline|absmiddle)$`)
	aDirection = regexp.MustCompile(`(?i)^(ltr|rtl|auto)$`)
	aLanguage  = regexp.MustCompile(`^[A-Za-z-]{2,20}$`)
	aListType  = regexp.MustCompile(`^[0-9A-Za-z]{1,6}$`)
	aFontSize  = regexp.MustCompile(`^[+-]?[1-7]$`)
	aFontFace  = regexp.MustCompile(`^[\w ,'-]{1,100}$`)
	anyText    = regexp.MustCompile(`(?s)^.{0,1000}$`)
)

// rule allows an attribute with such values on some elements, or on all.
type rule struct {
	values   *regexp.Regexp
	elements []string
}

var rules = map[string]rule{
	"colspan": {aSmall, []string{"td", "th"}}, "rowspan": {aSmall, []string{"td", "th"}},
	"cellpadding": {aSmall, []string{"table"}}, "cellspacing": {aSmall, []string{"table"}},
	"border": {aSmall, []string{"table", "img"}}, "span": {aSmall, []string{"col", "colgroup"}},
	"width": {aNumber, []string{"td", "th", "table", "img", "col", "colgroup", "hr"}}, "height": {aNumber, []string{"td", "th", "tr", "table", "img"}},
	"align": {aPlace, nil}, "valign": {aPlace, nil}, "dir": {aDirection, nil}, "lang": {aLanguage, nil},
	"bgcolor": {aColour, []string{"table", "tbody", "thead", "tr", "td", "th", "div"}}, "color": {aColour, []string{"font", "hr"}},
	"size": {aFontSize, []string{"font"}}, "face": {aFontFace, []string{"font"}},
	"start": {aListType, []string{"ol"}}, "type": {aListType, []string{"ol", "ul", "li"}},
	"alt": {anyText, []string{"img"}}, "title": {anyText, []string{"a", "img", "abbr"}},
}

// kept are the attributes of a token that may stay, each once.
func kept(name string, given []html.Attribute, remote *Remote) []html.Attribute {
	var attrs []html.Attribute
	seen := map[string]bool{}
	for _, a := range given {
		if seen[a.Key] || a.Namespace != "" {
			continue
		}
		seen[a.Key] = true
		value := strings.ToValidUTF8(strings.ReplaceAll(a.Val, "\x00", ""), "\uFFFD")
		if value, ok := allowed(name, a.Key, value, remote); ok {
			attrs = append(attrs, html.Attribute{Key: a.Key, Val: value})
		}
	}
	return attrs
}

func allowed(name, key, value string, remote *Remote) (string, bool) {
	switch key {
	case "style":
		value = cleanStyle(value, remote)
		return value, value != ""
	case "class":
		words := slices.DeleteFunc(strings.Fields(value), func(c string) bool { return !classes[c] })
		return strings.Join(words, " "), len(words) > 0
	case "id":
		return value, ids[value]
	case "href":
		return value, name == "a"
	case "src":
		return value, name == "img"
	case "background":
		remote.background(value)
		return "", false
	}
	value = strings.TrimSuffix(strings.TrimSpace(value), "px")
	r, ok := rules[key]
	return value, ok && (r.elements == nil || slices.Contains(r.elements, name)) && r.values.MatchString(value)
}

func newElement(name string) *html.Node {
	return &html.Node{Type: html.ElementNode, Data: name, DataAtom: atom.Lookup([]byte(name))}
}
