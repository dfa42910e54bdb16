package httpapi

import (
	"github.com/labstack/echo/v4"
)

// Content-Security-Policies of what this package answers itself. Pages of
// documentation have one style sheet and no script; answers of the API are no pages.
const (
	docsCSP = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	apiCSP  = "default-src 'none'; frame-ancestors 'none'"
)

// secureHeaders go with the answers of a group of routes. A route may set its
// own Content-Security-Policy; data of the API is never cached.
func secureHeaders(csp string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			h := c.Response().Header()
			h.Set("Content-Security-Policy", csp)
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("X-Frame-Options", "DENY")
			h.Set("Referrer-Policy", "no-referrer")
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cross-Origin-Resource-Policy", "same-origin")
			h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
			if requestOf(c.Request().Context()).secure {
				h.Set("Strict-Transport-Security", "max-age=31536000")
			}
			if csp == apiCSP {
				h.Set("Cache-Control", "no-store")
			}
			return next(c)
		}
	}
}
