// Package postgres opens the hub's pool, runs its transactions, maps the
// server's errors to what callers branch on, and keeps the schema up to date.
package postgres

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"
)

// MinServer is the oldest major version of PostgreSQL the hub runs on.
const MinServer = 15

// Config says how to open a pool. Zero values mean the defaults named on each field.
type Config struct {
	// URL is a PostgreSQL connection string. Parameters set in it win over the fields below.
	URL string
	// MaxConns is the pool's upper limit; default 20 connections.
	MaxConns int32
	// ApplicationName is shown in pg_stat_activity; default "sportello".
	ApplicationName string
	// StatementTimeout ends a statement that runs longer; default 30 s.
	StatementTimeout time.Duration
	// LockTimeout ends a statement that waits longer for one lock; default 10 s.
	LockTimeout time.Duration
	// IdleInTransactionTimeout ends a session that holds a transaction and does nothing; default 60 s.
	IdleInTransactionTimeout time.Duration
	// ConnectTimeout bounds one connection attempt; default 5 s.
	ConnectTimeout time.Duration
}

// Querier is what pools, connections and transactions have in common: stores
// take it, so that the caller decides where a transaction begins.
type Querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, src pgx.CopyFromSource) (int64, error)
}

// Open connects a pool, waits for its first connection and refuses a server
// older than MinServer.
func Open(ctx context.Context, cfg Config) (*pgxpool.Pool, error) {
	pc, err := poolConfig(cfg)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, fmt.Errorf("opening the database pool: %w", err)
	}
	if err := checkServer(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

func poolConfig(cfg Config) (*pgxpool.Config, error) {
	pc, err := pgxpool.ParseConfig(cfg.URL)
	if err != nil {
		// The parser's own text repeats parts of the string, which may hold a password.
		return nil, fmt.Errorf("the database URL cannot be read: write postgres://user:password@host:port/name")
	}
	if cfg.MaxConns > 0 {
		pc.MaxConns = cfg.MaxConns
	} else if !inURL(cfg.URL, "pool_max_conns") {
		pc.MaxConns = 20
	}
	pc.MaxConnLifetime = time.Hour
	// Without jitter all connections made at start-up are renewed in the same second.
	pc.MaxConnLifetimeJitter = 10 * time.Minute
	pc.MaxConnIdleTime = 10 * time.Minute
	pc.HealthCheckPeriod = 15 * time.Second
	if pc.ConnConfig.ConnectTimeout == 0 {
		pc.ConnConfig.ConnectTimeout = orDefault(cfg.ConnectTimeout, 5*time.Second)
	}
	setParams(pc.ConnConfig.RuntimeParams, cfg)
	// Without it each identifier on its way to the server costs microseconds of reflection.
	pc.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		pgxuuid.Register(conn.TypeMap())
		return nil
	}
	return pc, nil
}

// setParams sends the limits with the start of each connection. A connection
// pooler such as PgBouncer has to be told to pass over parameters it does not
// know (ignore_startup_parameters).
func setParams(params map[string]string, cfg Config) {
	name := cfg.ApplicationName
	if name == "" {
		name = "sportello"
	}
	for key, value := range map[string]string{
		"application_name": name,
		"timezone":         "UTC",
		// What the desk reads lies in memory or on flash: a page here or there costs the same. Left at 4, plans walk a
		// long index and throw rows away where a short one has just those asked for.
		"random_page_cost":                    "1.1",
		"statement_timeout":                   milliseconds(orDefault(cfg.StatementTimeout, 30*time.Second)),
		"lock_timeout":                        milliseconds(orDefault(cfg.LockTimeout, 10*time.Second)),
		"idle_in_transaction_session_timeout": milliseconds(orDefault(cfg.IdleInTransactionTimeout, time.Minute)),
	} {
		if _, set := params[key]; !set {
			params[key] = value
		}
	}
}

func orDefault(d, def time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return def
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
