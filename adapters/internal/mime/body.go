package mime

import (
	"html"
	"strings"
)

// body collects the readable parts in order. Each segment is one run of text,
// in one or both forms; all forms inside the same multipart/alternative share
// a segment.
type body struct {
	segments []segment
	group    int // open multipart/alternative levels
	below    []string
}

type segment struct {
	plain, html string
	open        bool
}

// enter notes that a multipart begins; the returned function ends it.
func (b *body) enter(sub string) (leave func()) {
	if sub != "alternative" {
		return func() {}
	}
	if b.group++; b.group == 1 {
		b.segments = append(b.segments, segment{open: true})
	}
	return func() {
		if b.group--; b.group == 0 {
			b.segments[len(b.segments)-1].open = false
		}
	}
}

func (b *body) empty() bool {
	for _, s := range b.segments {
		if s.plain != "" || s.html != "" {
			return false
		}
	}
	return true
}

// text is all of it as found, for looking something up.
func (b *body) text() string {
	var all strings.Builder
	for _, s := range b.segments {
		all.WriteString(s.plain)
		if s.plain == "" {
			all.WriteString(TextFromHTML(s.html))
		}
		all.WriteByte('\n')
	}
	return all.String()
}

// addBelow adds text that stands below all others, whatever comes.
func (b *body) addBelow(text string) { b.below = append(b.below, strings.TrimRight(text, " \t\n")) }

func (b *body) current() *segment {
	if n := len(b.segments); n > 0 && b.segments[n-1].open {
		return &b.segments[n-1]
	}
	b.segments = append(b.segments, segment{})
	return &b.segments[len(b.segments)-1]
}

func (b *body) addPlain(text string) {
	s := b.current()
	s.plain = joinText(s.plain, strings.TrimRight(text, " \t\n"), "\n\n")
}

func (b *body) addHTML(text string) {
	s := b.current()
	s.html = joinText(s.html, text, "\n")
}

// join gives the whole body in both forms. HTML stays empty when no part had
// any; a plain segment between HTML ones is carried over as preformatted text.
func (b *body) join() (plain, markup string, derived bool) {
	hasHTML := false
	segments := b.segments
	for _, text := range b.below {
		segments = append(segments, segment{plain: text})
	}
	for _, s := range segments {
		hasHTML = hasHTML || strings.TrimSpace(s.html) != ""
	}
	for _, s := range segments {
		text := s.plain
		if strings.TrimSpace(text) == "" && s.html != "" {
			text, derived = TextFromHTML(s.html), true
		}
		plain = joinText(plain, text, "\n\n")
		if !hasHTML {
			continue
		}
		if s.html != "" {
			markup = joinText(markup, s.html, "\n")
		} else if s.plain != "" {
			markup = joinText(markup, `<pre style="white-space:pre-wrap">`+html.EscapeString(s.plain)+"</pre>", "\n")
		}
	}
	return strings.Trim(plain, "\n"), markup, derived
}

func joinText(a, b, separator string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return a + separator + b
}
