package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"sportello.dev/hub/internal/account"
)

// Names of the session cookie. The prefix makes browsers refuse it without
// HTTPS, from a subdomain, or for a part of the site.
const (
	secureCookie = "__Host-sportello"
	plainCookie  = "sportello"
)

// accounts is what it takes to recognise who asks.
type accounts interface {
	BySession(ctx context.Context, secret string) (account.Actor, error)
	ByToken(ctx context.Context, secret string) (account.Actor, error)
}

// authenticate finds out who asks. A token that does not work is an error even
// where nobody needs to be known, so that a script learns of it; a session
// that is over is only somebody who has not signed in.
func authenticate(who accounts, now func() time.Time) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			ctx := c.Request().Context()
			req := requestOf(ctx)
			var err error
			if secret, ok := bearer(c.Request()); ok {
				req.actor, err = who.ByToken(ctx, secret)
				warnOfEnd(c.Response().Header(), req.actor, now())
			} else if cookie, cerr := c.Cookie(cookieName(req.secure)); cerr == nil && cookie.Value != "" {
				req.cookie = cookie.Value
				req.actor, err = who.BySession(ctx, cookie.Value)
				if errors.Is(err, account.ErrUnauthenticated) {
					req.actor, err = account.Actor{}, nil
				}
			}
			if err != nil {
				return err
			}
			return next(c)
		}
	}
}

// tokenEndHeader tells a script, in the last two weeks of its token, when that ends.
const tokenEndHeader = "Sportello-Token-Expires"

func warnOfEnd(h http.Header, actor account.Actor, now time.Time) {
	if actor.Until != nil && actor.Until.Sub(now) <= account.ExpiresSoon {
		h.Set(tokenEndHeader, actor.Until.UTC().Format(time.RFC3339))
	}
}

func bearer(r *http.Request) (string, bool) {
	scheme, secret, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	return strings.TrimSpace(secret), true
}

func cookieName(secure bool) string {
	if secure {
		return secureCookie
	}
	return plainCookie
}

// sessionCookie carries the secret of a session; an empty one removes the cookie.
// It has no age: the browser forgets it when it closes, the server before that.
func sessionCookie(secret string, secure bool) string {
	cookie := &http.Cookie{ //nolint:gosec // Secure follows the scheme: behind no TLS a Secure cookie would never come back
		Name: cookieName(secure), Value: secret, Path: "/",
		Secure: secure, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
	if secret == "" {
		cookie.MaxAge = -1
	}
	return cookie.String()
}

// authorize asks the policy before anything else looks at the request. A route
// that the description does not know is denied.
func authorize(s *spec) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			req := requestOf(c.Request().Context())
			op := s.find(c.Request(), c.Path())
			if op == nil {
				return echo.ErrNotFound
			}
			scope, err := account.Allow(req.actor, op.action, account.Object{})
			if err != nil {
				return err
			}
			req.scope = scope
			return next(c)
		}
	}
}

// sameSite refuses requests that change something and that a browser sends on
// behalf of another site. A bearer token cannot be sent that way, so scripts pass.
func sameSite(origins []string) (echo.MiddlewareFunc, error) {
	protection := http.NewCrossOriginProtection()
	for _, origin := range origins {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if _, token := bearer(c.Request()); token {
				return next(c)
			}
			if err := protection.Check(c.Request()); err != nil {
				return &problemError{status: http.StatusForbidden, code: "forbidden",
					detail: "This request was sent by another site.", err: err}
			}
			return next(c)
		}
	}, nil
}
