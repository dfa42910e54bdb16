package letter

import (
	"cmp"
	"math"
	"strings"

	"golang.org/x/net/html"
)

// What the guess of a height starts from, in CSS pixels; the style of the page agrees.
const (
	usualWidth = 700
	fontSize   = 15
	lineHeight = 1.5
	// letterWidth is that of a usual letter, in font sizes.
	letterWidth = 0.53
	// unknownSide is the height of a picture that says none.
	unknownSide = 160
	summaryLine = 34
	bodyPadding = 24
)

// height guesses how tall a letter will be shown. A frame that runs no script
// cannot tell, so this lays out text and pictures roughly: lines by their
// letters, rows of tables by their tallest cell.
func height(body *html.Node, width int) int {
	f := &flow{width: math.Max(float64(width-bodyPadding), 200), font: fontSize}
	f.all(body)
	// A little too tall is calmer than a line that must be scrolled to.
	return int(math.Ceil(f.done()*1.06)) + bodyPadding
}

// flow is what stands in one block.
type flow struct {
	width, font float64
	// pre keeps line ends; cell is the space around what stands in a table's cells.
	pre  bool
	cell float64
	// down is what is complete, run the length of the line being filled, tall its tallest picture.
	down, run, tall float64
}

func (f *flow) line(atLeast float64) {
	lines := math.Max(math.Ceil(f.run/math.Max(f.width, 40)), atLeast)
	if lines > 0 {
		f.down += math.Max(lines*f.font*lineHeight, f.tall)
	}
	f.run, f.tall = 0, 0
}

func (f *flow) done() float64 {
	f.line(0)
	return f.down
}

func (f *flow) all(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		f.add(c)
	}
}

func (f *flow) add(n *html.Node) {
	if n.Type == html.TextNode {
		f.words(n.Data)
		return
	}
	style := declarations(n)
	if style["display"] == "none" || style["max-height"] == "0" || style["max-height"] == "0px" {
		return
	}
	switch n.Data {
	case "br":
		f.line(1)
	case "img":
		f.picture(n, style)
	case "hr":
		f.line(0)
		f.down += 18
	case "details":
		f.line(0)
		f.down += summaryLine
	case "tr":
		f.line(0)
		f.down += f.row(n)
	default:
		if kinds[n.Data] != block || style["display"] == "inline" || style["display"] == "inline-block" {
			f.inline(n, style)
			return
		}
		f.line(0)
		f.down += f.block(n, style)
	}
}

func (f *flow) words(s string) {
	if f.pre {
		lines := strings.Split(s, "\n")
		for _, line := range lines[:len(lines)-1] {
			f.run += float64(len(line)) * f.font * 0.6
			f.line(1)
		}
		s = lines[len(lines)-1]
	}
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' || r == '\r' }) {
		f.run += float64(len([]rune(word))+1) * f.font * letterWidth
	}
}

func (f *flow) picture(n *html.Node, style map[string]string) {
	side := func(name string) float64 {
		for _, s := range []string{style[name], attribute(n, name)} {
			if px, ok := pixels(s); ok {
				return px
			}
		}
		return 0
	}
	w, h := side("width"), side("height")
	switch {
	case h == 0 && w == 0:
		w, h = unknownSide, unknownSide
	case h == 0:
		h = math.Min(w, f.width) * 0.5
	case w == 0:
		w = h
	}
	if w > f.width {
		w, h = f.width, h*f.width/w
	}
	f.run, f.tall = f.run+w, math.Max(f.tall, h)
}

func (f *flow) inline(n *html.Node, style map[string]string) {
	font := f.font
	if px, ok := pixels(style["font-size"]); ok {
		f.font = math.Max(px, 0)
	}
	f.all(n)
	f.font = font
}

// margins are what elements have above and below together, in font sizes.
var margins = map[string]float64{"p": 1, "ul": 1, "ol": 1, "dl": 1, "pre": 1, "blockquote": 1, "h1": 2.6, "h2": 2.3, "h3": 2, "h4": 1.5, "h5": 1.3, "h6": 1.3}

func (f *flow) block(n *html.Node, style map[string]string) float64 {
	in := &flow{width: f.width, font: f.font, pre: f.pre || n.Data == "pre", cell: f.cell}
	if n.Data == "table" {
		in.cell, _ = pixels(cmp.Or(attribute(n, "cellpadding"), "1"))
	}
	if px, ok := pixels(style["font-size"]); ok {
		in.font = px
	}
	if n.Data == "ul" || n.Data == "ol" || n.Data == "blockquote" {
		in.width -= 30
	}
	for _, name := range []string{"width", "max-width"} {
		if px, ok := pixels(style[name]); ok && px > 0 {
			in.width = math.Min(in.width, px)
		}
	}
	if px, ok := pixels(attribute(n, "width")); ok && px > 0 && !strings.HasSuffix(attribute(n, "width"), "%") {
		in.width = math.Min(in.width, px)
	}
	padTop, padSide := edges(style, "padding")
	in.width -= 2 * padSide
	in.all(n)
	tall := in.done() + 2*padTop
	for _, s := range []string{style["height"], attribute(n, "height")} {
		if px, ok := pixels(s); ok {
			tall = math.Max(tall, px)
		}
	}
	return tall + f.margin(n, style)
}

func (f *flow) margin(n *html.Node, style map[string]string) float64 {
	if strings.HasPrefix(attribute(n, "class"), "Mso") {
		return 0
	}
	if style["margin"] != "" || style["margin-top"] != "" || style["margin-bottom"] != "" {
		top, _ := edges(style, "margin")
		return 2 * top
	}
	return margins[n.Data] * f.font
}

// edges reads the space above (which is taken for that below as well) and beside a block.
func edges(style map[string]string, what string) (above, beside float64) {
	parts := strings.Fields(style[what])
	if len(parts) > 0 {
		above, _ = pixels(parts[0])
		beside, _ = pixels(parts[min(1, len(parts)-1)])
	}
	top, hasTop := pixels(style[what+"-top"])
	bottom, hasBottom := pixels(style[what+"-bottom"])
	if hasTop || hasBottom {
		above = (top + bottom) / 2
	}
	return above, beside
}

// row is as tall as its tallest cell; cells without a width share what the others leave.
func (f *flow) row(tr *html.Node) float64 {
	var cells []*html.Node
	widths := map[*html.Node]float64{}
	left, open := f.width, 0
	for c := tr.FirstChild; c != nil; c = c.NextSibling {
		if c.Data != "td" && c.Data != "th" {
			continue
		}
		cells = append(cells, c)
		w := attribute(c, "width")
		if px, ok := pixels(w); ok && px > 0 {
			widths[c] = math.Min(px, f.width)
			left -= widths[c]
		} else {
			open++
		}
	}
	tallest := 0.0
	for _, c := range cells {
		in := &flow{width: widths[c], font: f.font}
		if in.width == 0 {
			in.width = math.Max(left/float64(open), 40)
		}
		in.width -= 2 * f.cell
		tallest = math.Max(tallest, in.block(c, declarations(c))+2*f.cell)
	}
	return tallest
}
