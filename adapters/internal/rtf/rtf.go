// Package rtf reads the text of Rich Text, in which Outlook writes mails that
// travel as winmail.dat: the text itself, or the HTML that Outlook wrapped in
// it (MS-OXRTFEX). It reads hostile bytes: one pass, nothing is allocated by a
// number in them.
package rtf

import "strings"

// Charset turns bytes in a Windows code page into text; code page 0 is unknown.
type Charset func(b []byte, codePage int) string

const (
	// maxDepth of groups within groups; deeper ones are passed over.
	maxDepth = 1000
	// maxFonts is far above any table of fonts.
	maxFonts = 10_000

	westEuropean = 1252
)

// Is tells whether bytes begin like Rich Text.
func Is(b []byte) bool { return strings.HasPrefix(string(b[:min(len(b), 5)]), `{\rtf`) }

// Text returns what b says, and whether that is HTML.
func Text(b []byte, charset Charset) (text string, isHTML bool) {
	if !Is(b) {
		return "", false
	}
	r := &reader{b: b, charset: charset, page: westEuropean, fonts: map[int]int{}}
	r.now = group{replacement: 1}
	for r.step() {
	}
	r.flush()
	return strings.Trim(r.out.String(), "\n"), r.html
}

// group is what holds until the end of a { }.
type group struct {
	skip        bool // nothing a reader sees
	table       bool // the table of fonts
	hidden      bool // for programs that show no HTML, or hidden by its author
	font        int
	replacement int // characters after each \u for those who do not know it
}

type reader struct {
	b       []byte
	at      int
	charset Charset

	now    group
	stack  []group
	beyond int // groups deeper than maxDepth

	page     int         // of the whole text
	fonts    map[int]int // code pages by font
	current  int         // the font whose entry in the table is read
	optional bool        // \* stood before the next word
	pass     int         // characters that stand for a \u before them
	high     rune        // the first half of a pair
	html     bool

	out     strings.Builder
	waiting []byte // not yet decoded, all in one code page
}

// step takes one group's end, word or byte.
func (r *reader) step() bool {
	if r.at >= len(r.b) {
		return false
	}
	c := r.b[r.at]
	r.at++
	switch c {
	case '{':
		r.open()
	case '}':
		return r.close()
	case '\\':
		r.control()
	case '\r', '\n', 0:
	default:
		r.byte(c)
	}
	return true
}

func (r *reader) open() {
	r.pass, r.optional = 0, false
	if len(r.stack) == maxDepth {
		r.beyond++
		return
	}
	r.stack = append(r.stack, r.now)
}

// close ends a group, and tells whether it was not the outermost.
func (r *reader) close() bool {
	r.flush()
	r.pass, r.optional = 0, false
	if r.beyond > 0 {
		r.beyond--
		return true
	}
	last := len(r.stack) - 1
	if last < 0 {
		return false
	}
	r.now, r.stack = r.stack[last], r.stack[:last]
	return last > 0
}

func (r *reader) silent() bool {
	return r.now.skip || r.now.table || r.now.hidden || r.beyond > 0
}

// byte takes one of the text's bytes, which is not always one of its characters.
func (r *reader) byte(c byte) {
	r.optional = false
	if r.pass > 0 {
		r.pass--
		return
	}
	r.high = 0
	if !r.silent() {
		r.waiting = append(r.waiting, c)
	}
}

func (r *reader) flush() {
	if len(r.waiting) > 0 {
		page, known := r.fonts[r.now.font]
		if !known {
			page = r.page
		}
		r.out.WriteString(r.charset(r.waiting, page))
		r.waiting = r.waiting[:0]
	}
}

// write adds what is text already.
func (r *reader) write(s string) {
	r.flush()
	if !r.silent() {
		r.out.WriteString(s)
	}
}

// control takes what follows a backslash.
func (r *reader) control() {
	if r.at >= len(r.b) {
		return
	}
	c := r.b[r.at]
	if letter(c) {
		r.word(r.name())
		return
	}
	r.at++
	switch c {
	case '\'':
		high, low := r.hex(), r.hex()
		if high >= 0 && low >= 0 {
			r.byte(byte(high<<4 | low))
		}
	case '*':
		r.optional = true
	case '~':
		r.write(" ")
	case '_':
		r.write("-")
	case '\r', '\n':
		r.write("\n")
	case '\\', '{', '}':
		r.byte(c)
	}
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func (r *reader) hex() int {
	if r.at < len(r.b) {
		if i := strings.IndexByte("0123456789abcdef", r.b[r.at]|0x20); i >= 0 {
			r.at++
			return i
		}
	}
	return -1
}

// name reads a word and the number behind it; without one, given is false.
func (r *reader) name() (word string, number int, given bool) {
	from := r.at
	for r.at < len(r.b) && letter(r.b[r.at]) {
		r.at++
	}
	word = string(r.b[from:r.at])
	negative := r.at < len(r.b) && r.b[r.at] == '-'
	if negative {
		r.at++
	}
	const most = 1 << 30
	for r.at < len(r.b) && r.b[r.at] >= '0' && r.b[r.at] <= '9' {
		number, given = min(number*10+int(r.b[r.at]-'0'), most), true
		r.at++
	}
	if negative {
		number = -number
	}
	if r.at < len(r.b) && r.b[r.at] == ' ' {
		r.at++
	}
	return word, number, given
}
