package postgres

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// riverVersion is the last migration of the job queue's own schema that this
// release needs.
const riverVersion = 8

// Migrate brings the schema up to what this release needs: first the job
// queue's tables, then ours. Several processes may call it at once: one works,
// the others wait (at most five minutes) and find nothing to do. It never goes
// back. It returns the names of the migrations it applied.
func Migrate(ctx context.Context, url string) ([]string, error) {
	pool, err := migrationPool(ctx, url)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	if err := checkServer(ctx, pool); err != nil {
		return nil, err
	}
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	var applied []string
	err = locked(ctx, db, func() error {
		river, err := migrateRiver(ctx, pool)
		if err != nil {
			return err
		}
		ours, err := migrateOurs(ctx, db)
		applied = append(river, ours...)
		return err
	})
	return applied, err
}

func migrationPool(ctx context.Context, url string) (*pgxpool.Pool, error) {
	pc, err := poolConfig(Config{URL: url, MaxConns: 4, ApplicationName: "sportello-migrate"})
	if err != nil {
		return nil, err
	}
	// Building an index may take hours; waiting for a lock may not, because
	// everybody else then queues behind us: lock_timeout stays.
	pc.ConnConfig.RuntimeParams["statement_timeout"] = "0"
	pc.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "0"
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, fmt.Errorf("opening the database for migration: %w", err)
	}
	return pool, nil
}

// locked runs fn while holding the one migration lock of the database.
func locked(ctx context.Context, db *sql.DB, fn func() error) (err error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return fmt.Errorf("preparing the migration lock: %w", err)
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connecting for the migration lock: %w", err)
	}
	defer conn.Close()
	if err := locker.SessionLock(ctx, conn); err != nil {
		return fmt.Errorf("waiting for another migration to end: %w", err)
	}
	defer func() {
		err = errors.Join(err, locker.SessionUnlock(context.WithoutCancel(ctx), conn))
	}()
	return fn()
}

func migrateRiver(ctx context.Context, pool *pgxpool.Pool) ([]string, error) {
	m, err := rivermigrate.New[pgx.Tx](riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("preparing the job queue's migrations: %w", err)
	}
	res, err := m.Migrate(ctx, rivermigrate.DirectionUp, &rivermigrate.MigrateOpts{TargetVersion: riverVersion})
	if err != nil {
		return nil, fmt.Errorf("migrating the job queue: %w", err)
	}
	var names []string
	for _, v := range res.Versions {
		names = append(names, fmt.Sprintf("river/%03d_%s", v.Version, v.Name))
	}
	return names, nil
}

func migrateOurs(ctx context.Context, db *sql.DB) ([]string, error) {
	provider, err := newProvider(db)
	if err != nil {
		return nil, err
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrating the schema: %w", err)
	}
	var names []string
	for _, r := range results {
		names = append(names, path.Base(r.Source.Path))
	}
	return names, nil
}

// SchemaDigest names what Migrate makes of an empty database: two releases with the same digest make the same.
func SchemaDigest() (string, error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "river %d\n", riverVersion)
	err := fs.WalkDir(migrationFiles, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := migrationFiles.ReadFile(name)
		fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("reading the migrations: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func newProvider(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, fmt.Errorf("reading the migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("preparing the migrations: %w", err)
	}
	return provider, nil
}

// CheckSchema fails when the database lacks a migration that this release
// needs. A newer schema is accepted: each release runs on its own and the next.
func CheckSchema(ctx context.Context, pool *pgxpool.Pool) error {
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	provider, err := newProvider(db)
	if err != nil {
		return err
	}
	var want int64
	for _, s := range provider.ListSources() {
		want = max(want, s.Version)
	}
	have, err := versionOf(ctx, pool, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`)
	if err != nil {
		return err
	}
	river, err := versionOf(ctx, pool, `SELECT coalesce(max(version), 0) FROM river_migration WHERE line = 'main'`)
	if err != nil {
		return err
	}
	if have < want || river < riverVersion {
		return fmt.Errorf("the database schema is at version %d (job queue %d), this release needs %d (job queue %d): run \"sportello migrate\"",
			have, river, want, riverVersion)
	}
	return nil
}

// versionOf answers 0 when the bookkeeping table does not exist: an empty database.
func versionOf(ctx context.Context, db Querier, query string) (int64, error) {
	var v int64
	err := db.QueryRow(ctx, query).Scan(&v)
	if isUndefinedTable(err) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("reading the schema version: %w", err)
	}
	return v, nil
}
