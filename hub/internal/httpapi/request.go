package httpapi

import (
	"context"
	"crypto/rand"
	"regexp"

	"github.com/labstack/echo/v4"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
)

// request is what middleware found out about a request, for the handlers
// behind it, which see no framework.
type request struct {
	id        string
	place     string // network address of the client
	userAgent string
	secure    bool   // it came over HTTPS, perhaps to the proxy before us
	origin    string // scheme and host by which the browser knows us
	actor     account.Actor
	scope     account.Scope
	// cookie is the session's secret as it came, valid or not.
	cookie string
	// key is set when the request carries an Idempotency-Key.
	key *claim
	// login is what somebody tried to sign in with, signedIn who it turned out to be.
	login    string
	signedIn id.Operator
	// halfway says that the password was right and a code is asked for.
	halfway bool
	// failed is a fault of our own that an answer tells of beside what was done.
	failed error
	// read is set on reads that are logged; see answered.
	read func(refused error) error
	// unchanged says that an act found nothing to do, and only showed what it was about.
	unchanged bool
	// recordedApart is set on acts that are logged; see the function of that name.
	recordedApart func(ctx context.Context, object string) context.Context
}

type requestContextKey struct{}

// requestOf returns what is known of the request; an empty one outside a request.
func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestContextKey{}).(*request); ok {
		return r
	}
	return &request{}
}

// givenID is the shape of a request id that a proxy may choose.
var givenID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// describe starts the request's description; it is the first middleware.
func describe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		req := &request{
			id: r.Header.Get(echo.HeaderXRequestID), place: c.RealIP(), userAgent: r.UserAgent(),
			secure: c.Scheme() == "https", origin: c.Scheme() + "://" + r.Host,
		}
		if !givenID.MatchString(req.id) {
			req.id = rand.Text()
		}
		c.Response().Header().Set(echo.HeaderXRequestID, req.id)
		c.SetRequest(r.WithContext(context.WithValue(r.Context(), requestContextKey{}, req)))
		return next(c)
	}
}
