// Package embedded runs a PostgreSQL server of the hub's own: reachable only
// through a UNIX socket, started and ended with the process, its data never
// initialised twice. It works for an ordinary user and for root, who may not
// run PostgreSQL and therefore lends the server another identity. Linux only.
//
// Dir holds everything:
//
//	sportello.json  marker and password; says that the directory is ours
//	owner.lock      held (flock) by the one process that owns the server
//	data/           PGDATA
//	run/            the socket, unless the path is too long for one
//	lib/            links to libraries that the binaries look for and lack
package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Config says what to run and where.
type Config struct {
	// Dir is the server's own directory; created when missing.
	Dir string
	// BinDir is the directory of the PostgreSQL programs to prefer (SPORTELLO_PG_BIN); may be "".
	BinDir string
	// Executable is the program beside which bundled binaries are looked for; "" means the running one.
	Executable string
	// Logger receives the server's own messages; nil discards them.
	Logger *slog.Logger
	// StartTimeout bounds start-up, crash recovery included; default 2 min.
	StartTimeout time.Duration
	// Settings are further server settings; they win over ours.
	Settings map[string]string
	// Volatile trades durability for speed. For tests only.
	Volatile bool
}

// Server is a running private PostgreSQL.
type Server struct {
	proc *process
	out  *tail
	url  string
	bin  binaries
	done chan struct{}
}

// Start brings the server up and returns when it answers. The first start
// creates the data directory; later ones recover it if it was not shut down.
// A directory that is not ours, incomplete, of a version without binaries, or
// in use by another process is refused and left as it is.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	cfg, err := withDefaults(cfg)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, cfg.StartTimeout)
	defer cancel()
	home, err := openHome(cfg.Dir)
	if err != nil {
		return nil, err
	}
	server, err := start(ctx, cfg, home)
	if err != nil {
		home.release()
		return nil, err
	}
	return server, nil
}

func withDefaults(cfg Config) (Config, error) {
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil || cfg.Dir == "" {
		return cfg, fmt.Errorf("the private database needs a directory: %w", errors.Join(err, os.ErrInvalid))
	}
	cfg.Dir = dir
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.StartTimeout <= 0 {
		cfg.StartTimeout = 2 * time.Minute
	}
	if cfg.Executable == "" {
		if cfg.Executable, err = os.Executable(); err != nil {
			return cfg, fmt.Errorf("finding the running program: %w", err)
		}
	}
	return cfg, nil
}

func start(ctx context.Context, cfg Config, h *home) (*Server, error) {
	major, err := h.major()
	if err != nil {
		return nil, err
	}
	bin, err := choose(ctx, cfg, h, major)
	if err != nil {
		return nil, err
	}
	who, err := h.identity(ctx, bin)
	if err != nil {
		return nil, err
	}
	if major == 0 {
		if err := initialise(ctx, cfg, h, bin, who); err != nil {
			return nil, err
		}
	}
	if err := h.markInitialised(); err != nil {
		return nil, err
	}
	if err := h.awaitFormerServer(ctx); err != nil {
		return nil, err
	}
	if err := h.prepareSocket(who); err != nil {
		return nil, err
	}
	proc, out, err := launch(ctx, cfg, h, bin, who)
	if err != nil {
		return nil, err
	}
	server := &Server{proc: proc, out: out, bin: bin, url: h.url(database), done: make(chan struct{})}
	go server.watch(h)
	if err := h.createDatabase(ctx); err != nil {
		return nil, errors.Join(err, server.Stop(context.WithoutCancel(ctx)))
	}
	cfg.Logger.Info("private PostgreSQL is up", "version", bin.version, "programs", bin.dir, "data", h.data())
	return server, nil
}

// watch gives up ownership of the directory when the server has ended.
func (s *Server) watch(h *home) {
	<-s.proc.done
	h.release()
	close(s.done)
}

// URL is the connection string of the hub's database on this server. It holds
// the password and stays the same over restarts.
func (s *Server) URL() string { return s.url }

// PID is the server's main process.
func (s *Server) PID() int { return s.proc.pid }

// Version is the server's version as its program prints it, such as "15.18".
func (s *Server) Version() string { return s.bin.version }

// Done is closed when the server's main process has ended, for whatever reason.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err says how the server ended; nil while it runs and after an orderly end.
func (s *Server) Err() error {
	select {
	case <-s.done:
		return s.proc.failure
	default:
		return nil
	}
}

// Stop ends the server in order: sessions are cut, a checkpoint is written.
// When ctx ends first the server is told to quit at once, which costs a
// recovery at the next start and nothing else.
func (s *Server) Stop(ctx context.Context) error {
	s.out.stopping.Store(true)
	s.proc.signal(syscall.SIGINT)
	select {
	case <-s.done:
		return s.proc.failure
	case <-ctx.Done():
	}
	s.proc.signal(syscall.SIGQUIT)
	select {
	case <-s.done:
	case <-time.After(10 * time.Second):
		s.proc.signal(syscall.SIGKILL)
		<-s.done
	}
	return fmt.Errorf("stopping the private PostgreSQL: %w", context.Cause(ctx))
}
