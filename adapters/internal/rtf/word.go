package rtf

import "unicode/utf16"

// shown are the words that stand for text.
var shown = map[string]string{
	"par": "\n", "line": "\n", "row": "\n", "sect": "\n", "page": "\n", "tab": "\t", "cell": "\t", "nestcell": "\t", "nestrow": "\n",
	"emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
	"emspace": " ", "enspace": " ", "qmspace": " ",
}

// unseen are the groups whose text no reader sees.
var unseen = map[string]bool{
	"colortbl": true, "stylesheet": true, "info": true, "pict": true, "object": true, "fldinst": true, "filetbl": true,
	"header": true, "headerl": true, "headerr": true, "headerf": true, "footer": true, "footerl": true, "footerr": true, "footerf": true,
	"revtbl": true, "themedata": true, "datastore": true,
}

// pages are the code pages of fonts, by their \fcharset.
var pages = map[int]int{
	0: westEuropean, 77: 10000, 128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256,
	186: 1257, 204: 1251, 222: 874, 238: 1250,
}

// word takes a control word. An unknown one that may be left out begins a
// group of which nothing is shown.
func (r *reader) word(name string, n int, given bool) {
	optional := r.optional
	r.optional = false
	if s, ok := shown[name]; ok {
		r.write(s)
		return
	}
	switch {
	case name == "u":
		r.unicode(n)
	case name == "bin":
		r.at += min(max(n, 0), len(r.b)-r.at)
	case name == "fonttbl":
		r.now.table = true
	case name == "htmltag" && optional:
		r.flush()
		r.now.hidden = false
	case optional, unseen[name]:
		r.flush()
		r.now.skip = true
	default:
		r.property(name, n, given)
	}
}

// property takes a word that changes how the text behind it is read.
func (r *reader) property(name string, n int, given bool) {
	switch name {
	case "ansicpg":
		r.page = n
	case "fromhtml":
		r.html = true
	case "uc":
		r.now.replacement = max(n, 0)
	case "htmlrtf", "v":
		r.flush()
		r.now.hidden = !given || n != 0
	case "plain":
		r.flush()
		r.now.hidden = r.now.hidden && r.html
	case "f":
		r.flush()
		r.current = n
		if !r.now.table {
			r.now.font = n
		}
	case "fcharset":
		if page, ok := pages[n]; ok && r.now.table && len(r.fonts) < maxFonts {
			r.fonts[r.current] = page
		}
	}
}

// unicode takes a character by its number, of which two may make one.
func (r *reader) unicode(n int) {
	unit := rune(uint16(n))
	r.pass = r.now.replacement
	switch {
	case unit >= 0xd800 && unit < 0xdc00:
		r.high = unit
	case unit >= 0xdc00 && unit < 0xe000:
		if r.high != 0 {
			r.write(string(utf16.DecodeRune(r.high, unit)))
		}
		r.high = 0
	default:
		r.high = 0
		r.write(string(unit))
	}
}
