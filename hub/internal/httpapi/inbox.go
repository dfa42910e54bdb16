package httpapi

import (
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"
)

// inbox serves the operators' user interface: built files, and for every other
// path its first page, which decides by the address what to show.
type inbox struct{ files fs.FS }

func (i inbox) serve(c echo.Context) error {
	if m := c.Request().Method; m != http.MethodGet && m != http.MethodHead {
		return echo.ErrMethodNotAllowed
	}
	name := strings.TrimPrefix(path.Clean("/"+c.Request().URL.Path), "/")
	if strings.HasPrefix(name, "api/") || name == "api" {
		return echo.ErrNotFound
	}
	if i.files == nil {
		return echo.ErrNotFound
	}
	if info, err := fs.Stat(i.files, name); err != nil || info.IsDir() {
		if !errors.Is(err, fs.ErrNotExist) && err != nil {
			return err
		}
		if path.Ext(name) != "" && name != "index.html" {
			return echo.ErrNotFound
		}
		name = "index.html"
	}
	c.Response().Header().Set("Cache-Control", cacheOf(name))
	http.ServeFileFS(c.Response(), withPath(c.Request(), name), i.files, name)
	return nil
}

// cacheOf: the build puts a hash into the names under assets, so those never change.
func cacheOf(name string) string {
	if strings.HasPrefix(name, "assets/") {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache"
}

// withPath hides ".../index.html" from the file server, which would redirect it.
func withPath(r *http.Request, name string) *http.Request {
	if name != "index.html" {
		return r
	}
	clone := r.Clone(r.Context())
	clone.URL.Path = "/"
	return clone
}
