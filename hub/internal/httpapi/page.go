package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// GetMessageHTML shows a message's HTML as a page for a sandboxed frame.
func (h messageRoutes) GetMessageHTML(ctx context.Context, r api.GetMessageHTMLRequestObject) (api.GetMessageHTMLResponseObject, error) {
	req := requestOf(ctx)
	m, err := h.tickets.Message(ctx, h.db, req.scope, id.Message{UUID: r.ID})
	if err != nil {
		return nil, err
	}
	if m.HTML == "" {
		return nil, fault.NotFound("the message has no HTML")
	}
	dark := value(r.Params.Theme, api.GetMessageHTMLParamsThemeLight) == api.GetMessageHTMLParamsThemeDark
	return messagePage{body: h.clean(m, dark), dark: dark, origin: req.origin}, nil
}

// clean removes from a message's HTML whatever acts, loads or deceives, and
// gives its own images signed addresses.
func (h messageRoutes) clean(m *ticket.Message, dark bool) string {
	images := map[string]string{}
	for _, f := range m.Attachments {
		if f.ContentID != "" && showable(f.MediaType) {
			images[strings.Trim(f.ContentID, "<>")] = h.links.path(f.ID)
		}
	}
	policy := messagePolicy(dark)
	policy.RewriteSrc(func(u *url.URL) {
		target, err := url.Parse(images[cidOf(u)])
		if err != nil || u.Scheme != "cid" {
			target = &url.URL{}
		}
		*u = *target
	})
	// An image that is not shown leaves its description, or nothing. In text the quotes would be written otherwise.
	return strings.NewReplacer(`<img src="">`, "", ` src=""`, "").Replace(policy.Sanitize(withoutLongStyles(m.HTML)))
}

// Bounds on what is cleaned, in bytes. The cost of checking a style grows with
// the square of its length: 400 KB of "font-family" take a minute.
const (
	maxPageHTML = 2 << 20
	maxStyle    = 1 << 10
)

// withoutLongStyles drops style attributes that no letter needs.
func withoutLongStyles(text string) string {
	text = text[:min(len(text), maxPageHTML)]
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(text))
	for z.Next() != html.ErrorToken {
		raw := string(z.Raw())
		token := z.Token()
		kept := slices.DeleteFunc(slices.Clone(token.Attr), func(a html.Attribute) bool { return a.Key == "style" && len(a.Val) > maxStyle })
		if len(kept) < len(token.Attr) {
			token.Attr = kept
			raw = token.String()
		}
		b.WriteString(raw)
	}
	return b.String()
}

// cidOf is the Content-ID that a "cid:" address names.
func cidOf(u *url.URL) string {
	if text, err := url.PathUnescape(u.Opaque); err == nil {
		return text
	}
	return u.Opaque
}

// messagePolicy allows what letters are made of: text, tables, links that open
// elsewhere, and images. On a dark page the letter's own colours would meet a
// background they were not made for, so they go.
func messagePolicy(dark bool) *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "div", "span", "br", "hr", "b", "strong", "i", "em", "u", "s", "strike", "del", "ins", "sub", "sup",
		"small", "big", "center", "font", "pre", "code", "tt", "blockquote", "q", "cite", "address",
		"h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd",
		"table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th", "colgroup", "col", "a", "img")
	number := regexp.MustCompile(`^[0-9]{1,4}%?$`)
	p.AllowAttrs("colspan", "rowspan", "cellpadding", "cellspacing", "border").Matching(regexp.MustCompile(`^[0-9]{1,3}$`)).OnElements("td", "th", "table")
	p.AllowAttrs("width", "height").Matching(number).OnElements("td", "th", "table", "img", "col")
	p.AllowAttrs("align", "valign").Matching(regexp.MustCompile(`(?i)^(left|right|center|justify|top|middle|bottom|baseline)$`)).Globally()
	p.AllowAttrs("dir").Matching(bluemonday.Direction).Globally()
	p.AllowAttrs("lang").Matching(regexp.MustCompile(`^[A-Za-z-]{2,20}$`)).Globally()
	p.AllowAttrs("title").OnElements("a", "img")
	p.AllowAttrs("alt", "src").OnElements("img")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("start", "type").Matching(regexp.MustCompile(`^[0-9A-Za-z]{1,6}$`)).OnElements("ol", "ul", "li")
	p.AllowURLSchemes("http", "https", "mailto", "tel", "cid")
	p.AllowRelativeURLs(false)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	p.AllowStyles("font-family", "font-size", "font-style", "font-weight", "text-align", "text-decoration", "text-indent",
		"line-height", "white-space", "vertical-align", "list-style-type", "border-collapse").Globally()
	p.AllowStyles("width", "max-width", "height", "margin", "margin-top", "margin-right", "margin-bottom", "margin-left", "padding",
		"padding-top", "padding-right", "padding-bottom", "padding-left", "border", "border-top", "border-right",
		"border-bottom", "border-left", "border-width", "border-style", "border-spacing").Globally()
	if !dark {
		colour := regexp.MustCompile(`^(#[0-9A-Fa-f]{3,8}|[A-Za-z]{3,20})$`)
		p.AllowAttrs("color").Matching(colour).OnElements("font")
		p.AllowAttrs("bgcolor").Matching(colour).OnElements("table", "tr", "td", "th")
		p.AllowStyles("color", "background-color", "border-color").Globally()
	}
	return p
}

// messagePage is a page for a sandboxed frame.
type messagePage struct {
	body   string
	dark   bool
	origin string
}

// Styles of the page: letters without a style of their own read like the inbox.
const (
	pageStyle  = `html{overflow-wrap:anywhere}body{margin:0;padding:12px;font:15px/1.5 system-ui,sans-serif;color:#1b2430;background:#fff}img{max-width:100%;height:auto}table{max-width:100%}pre{white-space:pre-wrap}blockquote{margin:.5em 0;padding-left:.8em;border-left:3px solid #c5ccd4;color:#55606d}a{color:#0b5c8e}`
	pageDarker = `html{color-scheme:dark}body{color:#e4e8ed;background:#171d23}blockquote{border-color:#3c4753;color:#a4afbb}a{color:#7cc0ec}`
)

// VisitGetMessageHTMLResponse sends the page. The policy names the images'
// address in full, because a frame without an origin has no "self".
func (m messagePage) VisitGetMessageHTMLResponse(w http.ResponseWriter) error {
	style := pageStyle
	if m.dark {
		style += pageDarker
	}
	images := m.origin + basePath + "/attachments/"
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; img-src "+images+"; style-src 'unsafe-inline'; base-uri 'none'; "+
		"form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox")
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Cache-Control", "private, no-store")
	w.WriteHeader(http.StatusOK)
	_, err := fmt.Fprintf(w, "<!doctype html><html><head><meta charset=\"utf-8\"><meta name=\"referrer\" content=\"no-referrer\">"+
		"<title>Sportello</title><style>%s</style></head><body>%s</body></html>", style, m.body)
	return err
}
