package picture

import (
	"fmt"
	"net/netip"
)

// closed are the networks that nobody elsewhere could mean: private, of this
// machine, of one link, set aside for documents or tests, and those that carry
// an IPv4 address inside, which would be checked as something else.
var closed = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	"5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
)

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// public refuses what is not in the public internet, or no port of the web.
func public(to netip.AddrPort) error {
	if to.Port() != 80 && to.Port() != 443 {
		return fmt.Errorf("port %d is none of the web", to.Port())
	}
	ip := to.Addr()
	if ip.Zone() != "" || !ip.IsValid() {
		return fmt.Errorf("the address belongs to one link")
	}
	for _, c := range closed {
		if c.Contains(ip) || c.Contains(ip.Unmap()) {
			return fmt.Errorf("the address is not in the public internet")
		}
	}
	if ip.Is6() && !ip.Is4In6() && !netip.MustParsePrefix("2000::/3").Contains(ip) {
		return fmt.Errorf("the address is not in the public internet")
	}
	return nil
}
