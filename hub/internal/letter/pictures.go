package letter

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// pictures gives the letter's own pictures their addresses and deals with those elsewhere.
func (p *Page) pictures(body *html.Node, o Options) {
	walk(body, func(n *html.Node) {
		if n.Data != "img" || n.Type != html.ElementNode {
			return
		}
		source := strings.TrimSpace(attribute(n, "src"))
		dropAttribute(n, "src")
		if scheme, rest, _ := strings.Cut(source, ":"); strings.EqualFold(scheme, "cid") {
			if address := o.Images[contentID(rest)]; address != "" {
				setAttribute(n, "src", address)
				return
			}
			missing(n, "")
			return
		}
		u := remoteAddress(source)
		switch {
		case u == nil:
			missing(n, "")
		case invisible(n):
			p.Remote.Trackers++
			p.Remote.from(u)
			n.Parent.RemoveChild(n)
		default:
			p.Remote.Pictures++
			p.Remote.from(u)
			if o.Remote != nil && p.Remote.Pictures <= maxPictures {
				setAttribute(n, "src", o.Remote(u.String()))
				return
			}
			missing(n, u.Hostname())
		}
	})
}

// contentID is the Content-ID that the rest of a "cid:" address names, in small letters: programs do not agree on theirs.
func contentID(rest string) string {
	if text, err := url.PathUnescape(rest); err == nil {
		rest = text
	}
	return strings.ToLower(strings.Trim(rest, "<> "))
}

// remoteAddress reads an address as the browser would, or is nil. Addresses on which the two could differ are none.
func remoteAddress(text string) *url.URL {
	if strings.ContainsAny(text, "\\\t\r\n\x00") {
		return nil
	}
	if strings.HasPrefix(text, "//") {
		text = "https:" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil
	}
	u.User = nil
	host, err := asciiHost(u.Hostname())
	if err != nil {
		return nil
	}
	if port := u.Port(); port != "" {
		host += ":" + port
	}
	u.Host = host
	return u
}

// background notes a picture behind text, which is never shown.
func (r *Remote) background(address string) {
	if u := remoteAddress(strings.TrimSpace(address)); u != nil {
		r.Backgrounds++
		r.from(u)
	}
}

func (r *Remote) from(u *url.URL) {
	if len(r.Hosts) < maxHosts && !slices.Contains(r.Hosts, u.Hostname()) {
		r.Hosts = append(r.Hosts, u.Hostname())
	}
}

// invisiblePixels is the size up to which a picture is there to be fetched, not to be seen.
const invisiblePixels = 2

// invisible tells whether a picture says that nobody is to see it.
func invisible(n *html.Node) bool {
	style := declarations(n)
	if style["display"] == "none" || style["visibility"] == "hidden" || style["opacity"] == "0" {
		return true
	}
	for _, side := range []string{"width", "height", "max-width", "max-height"} {
		for _, text := range []string{attribute(n, side), style[side]} {
			if px, ok := pixels(text); ok && px <= invisiblePixels {
				return true
			}
		}
	}
	return false
}

var aLength = regexp.MustCompile(`^\+?([0-9.]+)(px|pt)?$`)

// pixels reads a length; what is relative has none.
func pixels(text string) (float64, bool) {
	m := aLength.FindStringSubmatch(strings.ToLower(strings.TrimSpace(text)))
	if m == nil {
		return 0, false
	}
	px, err := strconv.ParseFloat(m[1], 64)
	if m[2] == "pt" {
		px *= 4.0 / 3
	}
	return px, err == nil
}

// declarations are those of a style that cleanStyle has written.
func declarations(n *html.Node) map[string]string {
	all := map[string]string{}
	for _, declaration := range strings.Split(attribute(n, "style"), "; ") {
		if name, value, ok := strings.Cut(declaration, ": "); ok {
			all[name] = strings.ToLower(value)
		}
	}
	return all
}

// missing puts in the place of a picture what it says of itself, or takes it away.
func missing(n *html.Node, host string) {
	words := strings.TrimSpace(attribute(n, "alt"))
	if words == "" && host == "" {
		n.Parent.RemoveChild(n)
		return
	}
	box := element("span", "picture")
	if host != "" {
		setAttribute(box, "title", host)
	}
	box.AppendChild(text(words))
	n.Parent.InsertBefore(box, n)
	n.Parent.RemoveChild(n)
}
