package channel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// ErrForbiddenAddress says that a name leads to an address which an adapter must not reach: one inside the host or its
// network.
var ErrForbiddenAddress = errors.New("address is not on the public internet")

// Dial opens network connections; the signature of net.Dialer.DialContext.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// PublicDialer refuses private, loopback, link-local and otherwise special addresses. The address is checked when it is
// dialled, after the name was resolved, so that a name cannot change its mind in between. Hosts named in allow, and only
// those spelled exactly so, may be anywhere: for what an administrator wrote into the configuration.
func PublicDialer(timeout time.Duration, allow ...string) Dial {
	trusted := make(map[string]bool, len(allow))
	for _, host := range allow {
		trusted[strings.ToLower(host)] = true
	}
	open := &net.Dialer{Timeout: timeout}
	checked := &net.Dialer{Timeout: timeout, Control: checkAddress}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("dialling: %w", err)
		}
		if trusted[strings.ToLower(host)] {
			return open.DialContext(ctx, network, address)
		}
		return checked.DialContext(ctx, network, address)
	}
}

func checkAddress(network, address string, _ syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") && !strings.HasPrefix(network, "udp") {
		return fmt.Errorf("%w: network %s", ErrForbiddenAddress, network)
	}
	end, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s", ErrForbiddenAddress, address)
	}
	if !public(end.Addr()) {
		return fmt.Errorf("%w: %s", ErrForbiddenAddress, end.Addr())
	}
	return nil
}

func public(ip netip.Addr) bool {
	ip = ip.Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.Zone() != "" {
		return false
	}
	for _, network := range specialNetworks() {
		if network.Contains(ip) {
			return false
		}
	}
	return true
}

// specialNetworks are those of the IANA special-purpose registries that look global to net/netip, with the ones that
// embed an IPv4 address.
func specialNetworks() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),
		netip.MustParsePrefix("100.64.0.0/10"),
		netip.MustParsePrefix("192.0.0.0/24"),
		netip.MustParsePrefix("192.0.2.0/24"),
		netip.MustParsePrefix("192.88.99.0/24"),
		netip.MustParsePrefix("198.18.0.0/15"),
		netip.MustParsePrefix("198.51.100.0/24"),
		netip.MustParsePrefix("203.0.113.0/24"),
		netip.MustParsePrefix("240.0.0.0/4"),
		netip.MustParsePrefix("::/96"),
		netip.MustParsePrefix("64:ff9b::/96"),
		netip.MustParsePrefix("64:ff9b:1::/48"),
		netip.MustParsePrefix("100::/64"),
		netip.MustParsePrefix("2001::/23"),
		netip.MustParsePrefix("2001:db8::/32"),
		netip.MustParsePrefix("2002::/16"),
		netip.MustParsePrefix("3fff::/20"),
		netip.MustParsePrefix("5f00::/16"),
		netip.MustParsePrefix("fec0::/10"),
	}
}
