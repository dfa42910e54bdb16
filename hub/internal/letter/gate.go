package letter

import (
	"regexp"

	"github.com/microcosm-cc/bluemonday"
)

// gate is the last word on what is written: it checks the text itself, by the same lists, and knows nothing of the tree.
var gate = newGate()

func newGate() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	for name, k := range kinds {
		if k == inline || k == block || k == void {
			p.AllowElements(name)
			p.AllowNoAttrs().OnElements(name)
		}
	}
	p.AllowElements("details", "summary")
	for name, r := range rules {
		if r.elements == nil {
			p.AllowAttrs(name).Matching(r.values).Globally()
		} else {
			p.AllowAttrs(name).Matching(r.values).OnElements(r.elements...)
		}
	}
	p.AllowAttrs("style").Matching(regexp.MustCompile(`(?i)^(?:[a-z-]{3,30}: ` + cssValue + `(?:; |$))+$`)).Globally()
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^[A-Za-z_ -]{1,100}$`)).Globally()
	p.AllowAttrs("open").Matching(regexp.MustCompile(`^$`)).OnElements("details")
	p.AllowAttrs("title").Matching(anyText).OnElements("span")
	p.AllowAttrs("href").Matching(regexp.MustCompile(`^(?:https?://|mailto:|tel:)[^\s\\]+$`)).OnElements("a")
	p.AllowAttrs("target").Matching(regexp.MustCompile(`^_blank$`)).OnElements("a")
	p.AllowAttrs("rel").Matching(regexp.MustCompile(`^noopener noreferrer nofollow$`)).OnElements("a")
	// Pictures come from the hub only, never from where the letter says.
	p.AllowAttrs("src").Matching(regexp.MustCompile(`^/api/v1/(?:attachments/|pictures\?)[^\s\\]+$`)).OnElements("img")
	p.AllowURLSchemes("http", "https", "mailto", "tel")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	return p
}
