package letter

import (
	"strings"

	"golang.org/x/net/html"
)

// fit makes boxes that are wider than the column as wide as the column: newsletters are made for 600 pixels, and a line
// that must be scrolled to is not read.
func fit(body *html.Node, width int) {
	if width == 0 {
		return
	}
	most := float64(width - bodyPadding)
	walk(body, func(n *html.Node) {
		if px, ok := pixels(attribute(n, "width")); ok && px > most {
			setAttribute(n, "width", "100%")
		}
		style := attribute(n, "style")
		if !strings.Contains(style, "width: ") {
			return
		}
		kept := strings.Split(style, "; ")
		for i, declaration := range kept {
			name, value, _ := strings.Cut(declaration, ": ")
			if px, ok := pixels(value); ok && px > most && (name == "width" || name == "min-width") {
				kept[i] = name + ": 100%"
			}
		}
		setAttribute(n, "style", strings.Join(kept, "; "))
	})
}
