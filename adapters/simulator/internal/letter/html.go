package letter

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// hidden are elements whose content nobody reads.
var hidden = map[atom.Atom]bool{atom.Head: true, atom.Script: true, atom.Style: true, atom.Title: true, atom.Template: true}

// breaks are elements that begin and end a line.
var breaks = map[atom.Atom]bool{
	atom.P: true, atom.Div: true, atom.Br: true, atom.Tr: true, atom.Li: true, atom.Ul: true, atom.Ol: true, atom.Table: true, atom.Hr: true,
	atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true, atom.Blockquote: true, atom.Pre: true,
}

var blankLines = regexp.MustCompile(`\n[ \t\n]*\n`)

// textOf renders HTML as text, in a time that grows with its length and no faster.
func textOf(page string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(page))
	skip := atom.Atom(0)
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return strings.TrimSpace(blankLines.ReplaceAllString(b.String(), "\n\n"))
		}
		name, _ := z.TagName()
		tag := atom.Lookup(name)
		switch {
		case skip != 0:
			if kind == html.EndTagToken && tag == skip {
				skip = 0
			}
		case kind == html.TextToken:
			b.WriteString(oneSpace(string(z.Text())))
		case kind == html.StartTagToken && hidden[tag]:
			skip = tag
		case breaks[tag]:
			b.WriteByte('\n')
		}
	}
}

// oneSpace makes every run of white space a single one, as a browser shows it.
func oneSpace(text string) string {
	words := strings.Join(strings.Fields(text), " ")
	if words == "" {
		return " "
	}
	if strings.TrimLeft(text, " \t\r\n") != text {
		words = " " + words
	}
	if strings.TrimRight(text, " \t\r\n") != text {
		words += " "
	}
	return words
}
