package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/config"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/embedded"
)

// Database is the PostgreSQL that the hub works on: the one configured, or a private one that ends with the hub.
type Database struct {
	URL     string
	private *embedded.Server
}

// OpenDatabase finds the configured database, or starts the private one, and brings its schema up to date.
func OpenDatabase(ctx context.Context, cfg config.Config, log *slog.Logger) (*Database, error) {
	d := &Database{URL: cfg.Database.URL}
	if d.URL == "" {
		server, err := embedded.Start(ctx, embedded.Config{
			Dir: filepath.Join(cfg.DataDir, "postgres"), BinDir: cfg.PGBin, Logger: log.With("part", "postgres"),
		})
		if err != nil {
			return nil, fmt.Errorf("starting the private database: %w", err)
		}
		d.private, d.URL = server, server.URL()
		log.Info("private database ready", "version", server.Version())
	}
	applied, err := postgres.Migrate(ctx, d.URL)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("bringing the schema up to date: %w", err), d.Close(ctx))
	}
	if len(applied) > 0 {
		log.Info("schema brought up to date", "migrations", len(applied))
	}
	return d, nil
}

// Lost is closed when a private database ended by itself; nil for a configured one.
func (d *Database) Lost() <-chan struct{} {
	if d.private == nil {
		return nil
	}
	return d.private.Done()
}

// Close ends a private database.
func (d *Database) Close(ctx context.Context) error {
	if d.private == nil {
		return nil
	}
	if err := d.private.Stop(ctx); err != nil {
		return fmt.Errorf("stopping the private database: %w", err)
	}
	return nil
}

// pools opens the pool of the hub and the one of its jobs, which must not starve each other.
func (d *Database) pools(ctx context.Context, cfg config.Config) (hub, jobs *pgxpool.Pool, err error) {
	hub, err = postgres.Open(ctx, postgres.Config{URL: d.URL, MaxConns: cfg.Database.MaxConns})
	if err != nil {
		return nil, nil, fmt.Errorf("opening the database: %w", err)
	}
	jobs, err = postgres.Open(ctx, postgres.Config{URL: d.URL, MaxConns: 6, ApplicationName: "sportello-jobs"})
	if err != nil {
		hub.Close()
		return nil, nil, fmt.Errorf("opening the database for jobs: %w", err)
	}
	problems, err := postgres.Durability(ctx, hub)
	if err == nil && len(problems) > 0 {
		err = fmt.Errorf("the database does not keep what it committed (%s): what is accepted could be lost", strings.Join(problems, "; "))
	}
	if err != nil {
		hub.Close()
		jobs.Close()
		return nil, nil, err
	}
	return hub, jobs, nil
}

// OpenDomain builds the domain on an open database, for commands that work beside a hub or without one.
func OpenDomain(ctx context.Context, cfg config.Config, d *Database) (*Domain, error) {
	pool, err := postgres.Open(ctx, postgres.Config{URL: d.URL, MaxConns: 4, ApplicationName: "sportello-cli"})
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	domain, err := NewDomain(ctx, cfg, pool, time.Now)
	if err != nil {
		pool.Close()
		return nil, err
	}
	return domain, nil
}

// WithDatabase runs do until it ends, ctx ends, or a private database ends by itself: then nothing can go on.
func WithDatabase(ctx context.Context, d *Database, do func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-ctx.Done():
		case <-d.Lost():
			cancel(errors.New("the private database ended"))
		}
	}()
	err := do(ctx)
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return errors.Join(cause, err)
	}
	return err
}
