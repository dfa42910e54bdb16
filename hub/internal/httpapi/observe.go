package httpapi

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
)

// livePath is the route of the live stream.
const livePath = basePath + "/live"

// meters measure the requests of one listener.
type meters struct {
	duration *prometheus.HistogramVec
	open     prometheus.Gauge
}

func newMeters(registry prometheus.Registerer, listener string) (*meters, error) {
	labels := prometheus.Labels{"listener": listener}
	m := &meters{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sportello_http_request_duration_seconds", Help: "Time to answer a request, by route and status.",
			ConstLabels: labels, Buckets: []float64{.005, .02, .05, .1, .3, 1, 3, 10},
		}, []string{"method", "route", "status"}),
		open: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "sportello_http_requests_open", Help: "Requests being answered, live streams included.", ConstLabels: labels,
		}),
	}
	for _, c := range []prometheus.Collector{m.duration, m.open} {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("registering the meters of the %s listener: %w", listener, err)
		}
	}
	return m, nil
}

// observe measures and logs each request: its route, never its address, which
// may name a person or carry a signature. The error is answered here, so that
// the status is known.
func (m *meters) observe(log *slog.Logger, now func() time.Time) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			m.open.Inc()
			defer m.open.Dec()
			start := now()
			if err := next(c); err != nil {
				c.Error(err)
			}
			took, r, status := now().Sub(start), c.Request(), c.Response().Status
			route := c.Path()
			if route == "" || route == "/*" {
				route = "other"
			}
			if route != livePath { // it lasts as long as somebody looks
				m.duration.WithLabelValues(knownMethod(r.Method), route, strconv.Itoa(status)).Observe(took.Seconds())
			}
			req := requestOf(r.Context())
			if req.failed != nil {
				log.ErrorContext(r.Context(), "a request failed in part", "request_id", req.id, "route", route, "error", req.failed)
			}
			log.DebugContext(r.Context(), "request", "request_id", req.id, "method", r.Method, "route", route,
				"status", status, "duration", took.String(), "actor", req.actor.Key())
			return nil
		}
	}
}

// knownMethod keeps invented methods out of the label.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// recovered turns a panic into an answer and a log line with its stack.
func recovered(log *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) (err error) {
			defer func() {
				cause := recover()
				if cause == nil {
					return
				}
				if cause == http.ErrAbortHandler { //nolint:errorlint // a recovered value, not a wrapped error
					panic(cause) // the server's own way to drop a connection
				}
				log.ErrorContext(c.Request().Context(), "a request panicked", "request_id", requestOf(c.Request().Context()).id,
					"route", c.Path(), "panic", causeOf(cause), "stack", string(debug.Stack()))
				err = fmt.Errorf("a panic while answering")
			}()
			return next(c)
		}
	}
}

// causeOf words a panic: the runtime's own errors carry no data of anybody, others may.
func causeOf(cause any) string {
	if err, ok := cause.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("%T", cause)
}
