package letter

import (
	"regexp"
	"strings"
)

// maxStyle bounds a style attribute, in bytes.
const maxStyle = 4 << 10

// properties are what a letter may set of an element's look: nothing that
// fetches, moves out of the flow, covers something else, or speaks.
var properties = set(`color background-color font font-family font-size font-style font-weight font-variant line-height
	letter-spacing text-align text-decoration text-decoration-line text-indent text-transform white-space vertical-align direction word-break
	list-style-type width min-width max-width height min-height max-height
	margin margin-top margin-right margin-bottom margin-left padding padding-top padding-right padding-bottom padding-left
	border border-top border-right border-bottom border-left border-width border-style border-color border-radius
	border-top-color border-right-color border-bottom-color border-left-color border-top-width border-bottom-width border-left-width
	border-right-width border-top-style border-bottom-style border-left-style border-right-style
	border-collapse border-spacing table-layout float clear display overflow visibility opacity`)

// only lists the words that some properties take.
var only = map[string]map[string]bool{
	"display":  set("block inline inline-block none table table-row table-cell list-item"),
	"overflow": set("hidden"),
	"float":    set("left right none"),
}

const (
	cssNumber = `\+?(?:\d{1,4}(?:\.\d*)?|\.\d+)(?:px|pt|pc|em|rem|ex|ch|cm|mm|in|%)?`
	cssColour = `#[0-9a-f]{3,8}|(?:rgb|hsl)a?\([\d.,% /]+\)`
	cssWord   = `[a-z][a-z0-9_-]*`
	cssString = `"[\w .-]+"|'[\w .-]+'`
	cssItem   = `(?:` + cssNumber + `|` + cssColour + `|` + cssWord + `|` + cssString + `)`
	cssValue  = cssItem + `(?:(?: ?, ?| | ?/ ?)` + cssItem + `)*`
)

var (
	aValue     = regexp.MustCompile(`(?i)^` + cssValue + `$`)
	aBackColor = regexp.MustCompile(`(?i)^(?:` + cssColour + `|` + cssWord + `)$`)
	anAddress  = regexp.MustCompile(`(?i)url\(\s*["']?\s*(https?:[^"')]{1,1000})`)
	important  = regexp.MustCompile(`(?i)\s*!\s*important$`)
)

// cleanStyle keeps of a style attribute the declarations that are known to do no harm, and counts pictures behind text.
// Each is matched as a whole against a small grammar without escapes, comments, nesting or addresses.
func cleanStyle(style string, remote *Remote) string {
	if len(style) > maxStyle {
		return ""
	}
	var kept []string
	for _, declaration := range strings.Split(style, ";") {
		name, value, ok := strings.Cut(declaration, ":")
		if !ok {
			continue
		}
		name = strings.ToLower(strings.TrimSpace(name))
		value = important.ReplaceAllString(strings.Join(strings.Fields(value), " "), "")
		if name == "background" || name == "background-image" {
			if found := anAddress.FindStringSubmatch(value); found != nil {
				remote.background(found[1])
			}
			name, value = "background-color", backColour(value)
		}
		if properties[name] && aValue.MatchString(value) && (only[name] == nil || only[name][strings.ToLower(value)]) {
			kept = append(kept, name+": "+value)
		}
	}
	return strings.Join(kept, "; ")
}

// notColours are the words of the background shorthand that name no colour.
var notColours = set("none repeat no-repeat repeat-x repeat-y scroll fixed local top bottom left right center cover contain inherit initial unset auto")

// backColour is the colour in the shorthand of backgrounds, or "".
func backColour(value string) string {
	if aBackColor.MatchString(value) && !notColours[strings.ToLower(value)] {
		return value
	}
	for part := range strings.FieldsSeq(value) {
		if aBackColor.MatchString(part) && !notColours[strings.ToLower(part)] {
			return part
		}
	}
	return ""
}
