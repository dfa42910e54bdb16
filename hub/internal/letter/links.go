package letter

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Link is a way out of a letter.
type Link struct {
	// Text is what the reader sees, shortened; Host is where it really leads, for mail the address.
	Text, Address, Host string
	// Pretends says that the text names another place than the one it leads to.
	Pretends bool
}

const (
	maxLinkText = 120
	maxAddress  = 2000
)

// links makes every link open outside and say where it leads. One whose text
// names another place is no link in the page: the list of Links has it.
func (p *Page) links(body *html.Node, words Words) {
	walk(body, func(n *html.Node) {
		if n.Data != "a" || n.Type != html.ElementNode {
			return
		}
		address, host := destination(attribute(n, "href"))
		keepOnly(n, "style", "lang", "dir")
		if address == "" {
			rename(n, "span")
			return
		}
		label := textOf(n)
		link := Link{Text: shorten(label, maxLinkText), Address: address, Host: host, Pretends: pretends(label, host)}
		if link.Text == "" {
			link.Text = shorten(pictureText(n), maxLinkText)
		}
		if len(p.Links) < maxLinks {
			p.Links = append(p.Links, link)
		}
		mark(n, link, names(label, host), words)
	})
}

func mark(n *html.Node, link Link, named bool, words Words) {
	if link.Pretends {
		rename(n, "span")
		setAttribute(n, "class", "pretends")
		after(n, element("span", "host false"), words.LeadsTo+" "+link.Host)
		return
	}
	n.Attr = append(n.Attr, html.Attribute{Key: "href", Val: link.Address}, html.Attribute{Key: "title", Val: shorten(link.Address, 300)},
		html.Attribute{Key: "target", Val: "_blank"}, html.Attribute{Key: "rel", Val: "noopener noreferrer nofollow"})
	if !named {
		after(n, element("span", "host"), link.Host)
	}
}

// after puts a marker with a text behind a node.
func after(n, marker *html.Node, words string) {
	marker.AppendChild(text(words))
	n.Parent.InsertBefore(marker, n.NextSibling)
}

func rename(n *html.Node, name string) {
	fresh := newElement(name)
	n.Data, n.DataAtom = fresh.Data, fresh.DataAtom
}

// destination is the address of a link as the browser gets it, and the place it leads to; "" for what leads nowhere.
func destination(href string) (address, place string) {
	href = strings.TrimSpace(href)
	if len(href) > maxAddress {
		return "", ""
	}
	scheme, rest, _ := strings.Cut(href, ":")
	switch strings.ToLower(scheme) {
	case "mailto":
		rest, _, _ = strings.Cut(rest, "?") // nobody but the operator writes the letter
		if to, err := url.PathUnescape(rest); err == nil && aMailbox.MatchString(to) {
			return "mailto:" + to, to
		}
		return "", ""
	case "tel":
		if aPhone.MatchString(rest) {
			return "tel:" + rest, rest
		}
		return "", ""
	}
	u := remoteAddress(href)
	if u == nil {
		return "", ""
	}
	return u.String(), u.Host
}

var (
	aMailbox = regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+/=_{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}$`)
	// aPlainHost needs no translation; some have an underscore, which the rules of names forbid.
	aPlainHost = regexp.MustCompile(`^[a-z0-9._-]{1,255}$`)
	aPhone     = regexp.MustCompile(`^[+0-9 ().-]{3,30}$`)
	// aHost finds what a reader takes for a host or an address in the web.
	aHost = regexp.MustCompile(`(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}][\p{L}\p{N}-]{1,30}`)
)

// hostsIn are the hosts that a text names. "delibera.pdf" and "sig.ra" name none: no such domains exist.
func hostsIn(text string) []string {
	var hosts []string
	for _, found := range aHost.FindAllString(strings.ToLower(text), 20) {
		host, err := asciiHost(found)
		if err != nil {
			continue
		}
		if suffix, known := publicsuffix.PublicSuffix(host); (known || reserved(suffix)) && suffix != host {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// reserved tells whether a top domain is one of those set aside for examples.
func reserved(suffix string) bool {
	return suffix == "example" || suffix == "test" || suffix == "invalid"
}

// pretends tells whether a text names a place on another site than the one it leads to.
func pretends(text, place string) bool {
	for _, named := range hostsIn(text) {
		if site(named) != site(hostOf(place)) {
			return true
		}
	}
	return false
}

// names tells whether a text says already where it leads.
func names(text, place string) bool {
	if strings.Contains(strings.ToLower(text), strings.ToLower(place)) {
		return true
	}
	if strings.Contains(place, "xn--") {
		return false // letters of other scripts can pass for ours: the name the network uses is shown beside
	}
	return len(hostsIn(text)) > 0 || digits(place) != "" && digits(text) != "" && strings.HasSuffix(digits(place), digits(text))
}

// digits are those of a phone number, for a text or a place that is nothing else.
func digits(text string) string {
	if !aPhone.MatchString(text) {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// hostOf is the host of a place: of a mailbox its domain, without a port.
func hostOf(place string) string {
	if _, domain, ok := strings.Cut(place, "@"); ok {
		return domain
	}
	return (&url.URL{Host: place}).Hostname()
}

// site is what one owner has: the part of a host that can be registered.
func site(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if own, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return own
	}
	return host
}

// asciiHost writes a host in the letters the network uses, so that none can pass for another.
func asciiHost(host string) (string, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip.Is6() {
			return "[" + ip.String() + "]", nil
		}
		return ip.String(), nil
	}
	if lower := strings.ToLower(host); aPlainHost.MatchString(lower) {
		return lower, nil
	}
	return idna.Lookup.ToASCII(host)
}

// pictureText is what the pictures of a link say.
func pictureText(n *html.Node) string {
	var said []string
	walk(n, func(c *html.Node) {
		if c.Data == "img" {
			said = append(said, attribute(c, "alt"))
		}
	})
	return strings.Join(strings.Fields(strings.Join(said, " ")), " ")
}

func shorten(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return string(runes[:n-1]) + "…"
}
