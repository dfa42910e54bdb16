package httpapi

import (
	"net"
	"net/http"

	"github.com/labstack/echo/v4"
)

// ChannelPages answers requests for the pages and webhooks of channels; the
// plugin host implements it. The request's RemoteAddr is the client's.
type ChannelPages interface {
	ServeChannel(w http.ResponseWriter, r *http.Request, adapter, channel, rest string)
	// PagesOf is the path of the pages of a channel by its short name; without a name, of the only one that has pages.
	PagesOf(channel string) (path string, ok bool)
}

// Public builds the handler of the public listener: "/c/<adapter>/<channel>/..."
// goes to the channel. "/<channel>", short enough for a poster, and "/" where only
// one channel has pages, lead there. It knows no cookies and no operators.
func Public(cfg Config, around Surroundings, pages ChannelPages) (http.Handler, error) {
	e, err := newRouter(cfg, around, "public")
	if err != nil {
		return nil, err
	}
	serve := func(c echo.Context) error {
		r := c.Request()
		r.RemoteAddr = net.JoinHostPort(requestOf(r.Context()).place, "0")
		pages.ServeChannel(c.Response(), r, c.Param("adapter"), c.Param("channel"), "/"+c.Param("*"))
		return nil
	}
	for _, path := range []string{"/c/:adapter/:channel", "/c/:adapter/:channel/*"} {
		e.Any(path, serve)
	}
	lead := func(c echo.Context) error {
		path, ok := pages.PagesOf(c.Param("channel"))
		if !ok {
			return echo.ErrNotFound
		}
		c.Response().Header().Set("Cache-Control", "no-store")
		return c.Redirect(http.StatusFound, path)
	}
	e.GET("/", lead)
	e.GET("/:channel", lead)
	return e, nil
}
