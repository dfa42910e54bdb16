package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	adminui "sportello.dev/admin-ui"
	"sportello.dev/hub/internal/audit"
	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/config"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/httpapi"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/jobs"
	"sportello.dev/hub/internal/live"
	"sportello.dev/hub/internal/pluginhost"
	"sportello.dev/hub/internal/scan"
	"sportello.dev/hub/internal/telemetry"
)

// Version of the hub; set by the linker for releases.
var Version = "dev"

// App is one replica of the hub.
type App struct {
	*Domain
	cfg      config.Config
	log      *slog.Logger
	jobsPool *pgxpool.Pool
	replica  id.Replica
	place    *place
	// Began is when this replica was made.
	Began    time.Time
	plugins  *pluginhost.Host
	live     *live.Hub
	runner   *jobs.Runner
	sweeper  *delivery.Sweeper
	workers  *intake.Workers
	public   listener
	internal listener
}

// listener is an open port with its server.
type listener struct {
	net.Listener
	server *http.Server
}

// New opens everything the replica needs and binds its ports; nothing runs before Run.
func New(ctx context.Context, cfg config.Config, db *Database, log *slog.Logger) (_ *App, err error) {
	pool, jobsPool, err := db.pools(ctx, cfg)
	if err != nil {
		return nil, err
	}
	a := &App{cfg: cfg, log: log, jobsPool: jobsPool, replica: id.New[id.Replica](), Began: time.Now()}
	defer func() {
		if err != nil {
			pool.Close()
			jobsPool.Close()
			a.place.leave()
		}
	}()
	if a.Domain, err = NewDomain(ctx, cfg, pool, time.Now); err != nil {
		return nil, err
	}
	if err := a.EnsureTown(ctx); err != nil {
		return nil, err
	}
	if err := blob.Attach(ctx, pool, a.Blobs); err != nil {
		return nil, fmt.Errorf("attaching the blob store: %w", err)
	}
	if err := a.succeed(ctx); err != nil {
		return nil, err
	}
	if err := a.build(); err != nil {
		return nil, err
	}
	return a, a.listen(ctx)
}

// build wires what runs by itself.
func (a *App) build() error {
	catalogue, err := pluginhost.LoadCatalogue(AdaptersDir(a.cfg.Adapters))
	if err != nil {
		return fmt.Errorf("loading the catalogue of adapters: %w", err)
	}
	for _, weakness := range catalogue.Weaknesses() {
		a.log.Warn("adapter programs are not protected", "problem", weakness)
	}
	a.plugins, err = pluginhost.New(pluginhost.Config{
		Catalogue: catalogue, Replica: a.replica, Pool: a.Pool, Channels: a.Channels, Blobs: a.Blobs, Journal: a.Journal,
		Submitter: citizens{a.Domain}, Tickets: citizens{a.Domain}, Preferences: citizens{a.Domain}, Log: a.log.With("part", "adapters"),
		PublicURL: a.cfg.Public.URL, MaxBlob: a.cfg.Limits.MessageBytes,
	})
	if err != nil {
		return fmt.Errorf("making the plugin host: %w", err)
	}
	url := a.Pool.Config().ConnString()
	a.live = live.NewHub(func(ctx context.Context) (*pgx.Conn, error) { return pgx.Connect(ctx, url) }, a.log.With("part", "live"))
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("asking for the host's name: %w", err)
	}
	worker := delivery.NewWorker(a.Pool, a.Deliveries, a.Composer, a.plugins, a.replica, a.log.With("part", "delivery"))
	a.sweeper = delivery.NewSweeper(a.Pool, a.Deliveries, a.Composer, a.plugins, a.replica, host, a.log.With("part", "delivery"))
	a.workers = intake.NewWorkers(a.Journal, a.Stages, a.log.With("part", "intake"))
	a.runner, err = jobs.NewRunner(a.jobsPool, worker, a.duties(), a.log.With("part", "jobs"))
	return err
}

// AdaptersDir is where the adapters are: as configured, else "adapters" beside the program.
func AdaptersDir(cfg config.Adapters) string {
	if cfg.Dir != "" {
		return cfg.Dir
	}
	program, err := os.Executable()
	if err != nil {
		return "adapters"
	}
	return filepath.Join(filepath.Dir(program), "adapters")
}

// AuditHead is the file that tells how far the audit log was sealed.
func AuditHead(cfg config.Config) string { return filepath.Join(cfg.DataDir, "audit-head.json") }

// listen binds both ports.
func (a *App) listen(ctx context.Context) error {
	registry := telemetry.NewRegistry()
	registry.MustRegister(audit.NewMetrics(a.Chain))
	proxies, err := a.cfg.Internal.Proxies()
	if err != nil {
		return err
	}
	publicProxies, err := a.cfg.Public.Proxies()
	if err != nil {
		return err
	}
	cfg := httpapi.Config{
		Proxies: proxies, Origins: []string{a.cfg.Internal.URL}, Version: Version,
		RequestBytes: a.cfg.Limits.RequestBytes, UploadBytes: a.cfg.Limits.UploadBytes,
		Scanning: a.cfg.Scan.Clamd != "",
	}
	around := httpapi.Surroundings{DB: a.Pool, Log: a.log.With("part", "http"), Now: a.Now, Registry: registry, Audit: a.Audit}
	var gate *scan.Gate
	if cfg.Scanning {
		gate = scan.NewGate(scan.NewClamd(a.cfg.Scan.Clamd), a.cfg.Scan.MaxBytes, a.log.With("part", "scan"))
	}
	handlers := httpapi.NewHandlers(cfg, httpapi.Stores{
		DB: a.Pool, Accounts: a.Accounts, Tickets: a.Tickets, Contacts: a.Contacts, Offices: a.Offices, Channels: a.Channels,
		Deliveries: a.Deliveries, Composer: a.Composer, Stages: a.Stages, Routing: a.Routing, Journal: a.Journal, Interpreter: a.plugins, Adapters: a.plugins, Blobs: a.Blobs, Keys: a.Keys,
		Live: a.live, Gate: gate, Now: a.Now, Log: a.log.With("part", "http"), Chain: a.Chain,
		CheckAudit: func(ctx context.Context, tx pgx.Tx) error { return a.Waker.Do(ctx, tx, checkAudit) },
	})
	internal, err := httpapi.Internal(cfg, around, handlers, a.Accounts, adminui.Handler())
	if err != nil {
		return fmt.Errorf("building the internal listener: %w", err)
	}
	cfg.Proxies = publicProxies
	public, err := httpapi.Public(cfg, around, a.plugins)
	if err != nil {
		return fmt.Errorf("building the public listener: %w", err)
	}
	if a.internal, err = bind(ctx, a.cfg.Internal.Addr, internal); err != nil {
		return err
	}
	a.public, err = bind(ctx, a.cfg.Public.Addr, public)
	return err
}

func bind(ctx context.Context, addr string, handler http.Handler) (listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return listener{}, fmt.Errorf("listening on %s: %w", addr, err)
	}
	return listener{l, httpapi.Server(handler)}, nil
}

// InternalAddr and PublicAddr are the ports really bound.
func (a *App) InternalAddr() string { return a.internal.Addr().String() }

// PublicAddr is the public port.
func (a *App) PublicAddr() string { return a.public.Addr().String() }

// stopWait bounds how long open requests may take to end when the hub stops.
const stopWait = 10 * time.Second

// Run works until ctx ends or something that must run fails, then stops what takes requests first and what works last.
func (a *App) Run(ctx context.Context) error {
	defer a.place.leave()
	defer a.Pool.Close()
	defer a.jobsPool.Close()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return a.live.Run(ctx) })
	g.Go(func() error { return a.workers.Run(ctx) })
	g.Go(func() error { return a.plugins.Run(ctx) })
	g.Go(func() error { return a.followChannels(ctx) })
	g.Go(func() error { return a.runner.Run(ctx) })
	g.Go(func() error {
		audit.NewSealer(a.Pool, a.Keys, AuditHead(a.cfg), a.Now, a.log.With("part", "audit")).Run(ctx)
		return nil
	})
	g.Go(func() error {
		a.sweeper.Run(ctx)
		return nil
	})
	for _, l := range []listener{a.internal, a.public} {
		g.Go(func() error { return l.serve(ctx) })
	}
	a.log.Info("hub running", "replica_id", a.replica, "internal", a.InternalAddr(), "public", a.PublicAddr())
	return g.Wait()
}

// serve answers requests until ctx ends, then lets those under way finish. Live streams end with ctx.
func (l listener) serve(ctx context.Context) error {
	l.server.BaseContext = func(net.Listener) context.Context { return ctx }
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWait)
		defer cancel()
		stopped <- l.server.Shutdown(stop)
	}()
	if err := l.server.Serve(l.Listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	return <-stopped
}
