package httpapi

import (
	"net"
	"net/netip"

	"github.com/labstack/echo/v4"
)

// trust tells the router whose word it takes for the client's address and
// scheme: that of the proxies named in the configuration, and of nobody else.
func trust(e *echo.Echo, proxies []netip.Prefix) {
	if len(proxies) == 0 {
		e.IPExtractor = echo.ExtractIPDirect()
		e.SchemeExtractor = echo.ExtractSchemeDirect()
		return
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		options = append(options, echo.TrustIPRange(&net.IPNet{
			IP:   p.Addr().AsSlice(),
			Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen()),
		}))
	}
	e.IPExtractor = echo.ExtractIPFromXFFHeader(options...)
	e.SchemeExtractor = echo.ExtractSchemeFromHeaders(options...)
}
