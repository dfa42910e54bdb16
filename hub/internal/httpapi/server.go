package httpapi

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"sportello.dev/hub/internal/audit"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/telemetry"
)

// Limits of a connection. There is no limit on writing an answer: live streams
// and large downloads take long; they set their own.
const (
	readHeaderWait = 10 * time.Second
	idleWait       = 2 * time.Minute
	maxHeader      = 64 << 10 // bytes
)

// Config says how the listeners behave.
type Config struct {
	// Proxies whose word about the client's address and scheme is taken.
	Proxies []netip.Prefix
	// Origins by which browsers may know the internal listener besides its own
	// host, such as "https://sportello.comune.example" behind a proxy that changes the host.
	Origins []string
	// Version is told by the health route.
	Version string
	// RequestBytes is the largest body of a request, UploadBytes the largest file; 0 means 1 MiB and 25 MiB.
	RequestBytes int64
	UploadBytes  int64
	// Scanning says that somebody looks for viruses in files.
	Scanning bool
}

func uploadLimit(cfg Config) int64 { return cmp.Or(cfg.UploadBytes, defaultUploadBytes) }

// Surroundings are what both listeners need besides their handlers.
type Surroundings struct {
	DB       *pgxpool.Pool
	Log      *slog.Logger
	Now      func() time.Time
	Registry *prometheus.Registry
	// Audit is written to by every act and every read of personal data.
	Audit *audit.Log
}

// Internal builds the handler of the internal listener: API, documentation,
// metrics and, for every other address, the operators' interface.
func Internal(cfg Config, around Surroundings, handlers api.StrictServerInterface, who accounts, ui http.Handler) (http.Handler, error) {
	s, err := loadSpec(cfg)
	if err != nil {
		return nil, err
	}
	e, err := newRouter(cfg, around, "internal")
	if err != nil {
		return nil, err
	}
	if err := mountAPI(e, cfg, around, s, handlers, who); err != nil {
		return nil, err
	}
	pages, err := documentation()
	if err != nil {
		return nil, err
	}
	pages.mount(e.Group("/api", secureHeaders(docsCSP)))
	e.GET("/metrics", echo.WrapHandler(telemetry.MetricsHandler(around.Registry)), secureHeaders(apiCSP))
	e.Any("/*", echo.WrapHandler(ui))
	return e, nil
}

func newRouter(cfg Config, around Surroundings, listener string) (*echo.Echo, error) {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = handleError(around.Log)
	trust(e, cfg.Proxies)
	m, err := newMeters(around.Registry, listener)
	if err != nil {
		return nil, err
	}
	e.Use(describe, m.observe(around.Log, around.Now), recovered(around.Log), bodyDeadline)
	return e, nil
}

func mountAPI(e *echo.Echo, cfg Config, around Surroundings, s *spec, handlers api.StrictServerInterface, who accounts) error {
	csrf, err := sameSite(cfg.Origins)
	if err != nil {
		return fmt.Errorf("reading the trusted origins: %w", err)
	}
	kept := &answers{db: around.DB, now: around.Now, log: around.Log}
	g := e.Group(basePath, secureHeaders(apiCSP), limitBody(s), csrf, authenticate(who, around.Now), authorize(s), validate(s), idempotent(s, kept), recording(s, around.DB, around.Audit))
	api.RegisterHandlers(g, api.NewStrictHandler(handlers, []api.StrictMiddlewareFunc{answered}))
	return nil
}

// Server wraps a handler with the limits that every listener has.
func Server(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: readHeaderWait, IdleTimeout: idleWait, MaxHeaderBytes: maxHeader,
	}
}
