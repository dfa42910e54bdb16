package pluginhost

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"sportello.dev/plugins-sdk/channelpb"
)

const (
	defaultBody = 1 << 20
	maxBody     = 64 << 20
)

// route is one path that an adapter answers.
type route struct {
	action  string
	pattern string
	maxBody int64
	page    bool
}

// ServeHTTP hands the match to whoever asked, through the context; see match.
func (rt *route) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if m, ok := w.(*matcher); ok {
		m.values = map[string]string{}
		for _, name := range wildcards(rt.pattern) {
			m.values[name] = r.PathValue(name)
		}
	}
}

// matcher is an http.ResponseWriter that only remembers the values of a pattern.
type matcher struct {
	http.ResponseWriter

	values map[string]string
}

// newRoutes makes a mux of the declared patterns. They are foreign: the mux would panic on one that is wrong.
func newRoutes(declared []*channelpb.HttpRoute) (mux *http.ServeMux, err error) {
	if len(declared) > maxRoutes {
		return nil, fmt.Errorf("%d routes, at most %d", len(declared), maxRoutes)
	}
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("a pattern is refused: %v", cause)
		}
	}()
	mux = http.NewServeMux()
	for _, d := range declared {
		if !slices.Contains([]string{"", http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete}, d.GetMethod()) {
			return nil, fmt.Errorf("method %q is not among GET, POST, PUT and DELETE", d.GetMethod())
		}
		pattern := "/" + strings.TrimPrefix(d.GetPattern(), "/")
		rt := &route{action: d.GetAction(), pattern: pattern, maxBody: defaultBody, page: d.GetPage()}
		if limit := d.GetMaxBodyBytes(); limit > 0 {
			rt.maxBody = min(limit, maxBody)
		}
		mux.Handle(strings.TrimSpace(d.GetMethod()+" "+pattern), rt)
	}
	return mux, nil
}

// match finds the route of a request for the path rest under its channel, and the values of its pattern; nil if none.
func (a *about) match(r *http.Request, rest string) (*route, map[string]string) {
	inner := r.Clone(r.Context())
	inner.URL.Path, inner.URL.RawPath, inner.Host = "/"+strings.TrimPrefix(rest, "/"), "", ""
	handler, _ := a.routes.Handler(inner)
	// Anything else is the mux's own answer: not found, another method, or a redirect to an address that makes no sense.
	found, ok := handler.(*route)
	if !ok {
		return nil, nil
	}
	m := &matcher{}
	a.routes.ServeHTTP(m, inner)
	return found, m.values
}

// wildcards lists the names in a pattern: "status/{id}/{rest...}".
func wildcards(pattern string) []string {
	var names []string
	for _, segment := range strings.Split(pattern, "/") {
		name, ok := strings.CutPrefix(segment, "{")
		name = strings.TrimSuffix(strings.TrimSuffix(name, "}"), "...")
		if ok && name != "$" {
			names = append(names, name)
		}
	}
	return names
}
