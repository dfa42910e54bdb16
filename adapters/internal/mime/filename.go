package mime

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxFileName is in bytes, what file systems allow.
const maxFileName = 255

// FileName makes a sender's file name safe to show and to save, once, so that
// every later check sees the final form: NFC, no path, no control, invisible
// or direction-changing characters, none a file system refuses, at most 255
// bytes with the extension kept. Nothing usable gives "".
func FileName(name string) string {
	name = norm.NFC.String(strings.ToValidUTF8(name, ""))
	name = norm.NFC.String(strings.Map(fileRune, name)) // what stood apart may join now
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"|?*`, r) {
			return '_'
		}
		return r
	}, name)
	name = strings.Trim(strings.Join(strings.Fields(name), " "), ". ")
	if reserved(name) {
		name = "_" + name
	}
	return strings.Trim(shorten(name, maxFileName), ". ")
}

func fileRune(r rune) rune {
	switch {
	case r == '\t', unicode.Is(unicode.Zs, r):
		return ' '
	case r == utf8.RuneError, unicode.Is(unicode.C, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
		return -1
	case unicode.Is(unicode.Variation_Selector, r), r == '\u034f', r == '\u115f', r == '\u1160', r == '\u3164', r == '\uffa0':
		return -1 // drawn as nothing although not of a control category
	case !unicode.IsPrint(r):
		return -1
	}
	return r
}

// reserved names open a device instead of a file on Windows.
func reserved(name string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	stem = strings.TrimSpace(stem)
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	if number, ok := strings.CutPrefix(stem, "COM"); ok || strings.HasPrefix(stem, "LPT") {
		number = strings.TrimPrefix(number, "LPT")
		return utf8.RuneCountInString(number) == 1 && strings.ContainsAny(number, "0123456789¹²³")
	}
	return false
}

// shorten cuts the stem so that name fits in limit bytes with its extension.
func shorten(name string, limit int) string {
	if len(name) <= limit {
		return name
	}
	ext := ""
	const maxExt = 16
	if i := strings.LastIndexByte(name, '.'); i > 0 && len(name)-i <= maxExt {
		name, ext = name[:i], name[i:]
	}
	cut := limit - len(ext)
	for cut > 0 && !utf8.RuneStart(name[cut]) {
		cut--
	}
	return strings.TrimRight(name[:cut], ". ") + ext
}
