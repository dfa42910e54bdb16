package config

import (
	"fmt"
	"net/netip"
)

// Proxies are the trusted proxies as networks; a single address is a network of its own.
func (l Listener) Proxies() ([]netip.Prefix, error) {
	list := make([]netip.Prefix, 0, len(l.TrustedProxies))
	for _, text := range l.TrustedProxies {
		if addr, err := netip.ParseAddr(text); err == nil {
			list = append(list, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("reading the trusted proxies: %w", err)
		}
		list = append(list, network)
	}
	return list, nil
}
