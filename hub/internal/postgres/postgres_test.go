package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
)

func show(t *testing.T, db postgres.Querier, setting string) string {
	t.Helper()
	var value string
	require.NoError(t, db.QueryRow(t.Context(), `SELECT current_setting($1)`, setting).Scan(&value))
	return value
}

func TestOpenSetsItsLimits(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	db, err := postgres.Open(t.Context(), postgres.Config{URL: url, LockTimeout: 1500 * time.Millisecond})
	require.NoError(t, err)
	defer db.Close()
	for setting, want := range map[string]string{
		"application_name": "sportello", "TimeZone": "UTC", "statement_timeout": "30s",
		"lock_timeout": "1500ms", "idle_in_transaction_session_timeout": "1min",
	} {
		require.Equal(t, want, show(t, db, setting), setting)
	}
	require.EqualValues(t, 20, db.Config().MaxConns)

	own, err := postgres.Open(t.Context(), postgres.Config{URL: url + "&statement_timeout=7000&application_name=mine&pool_max_conns=3"})
	require.NoError(t, err)
	defer own.Close()
	require.Equal(t, "7s", show(t, own, "statement_timeout"), "what the URL says wins")
	require.Equal(t, "mine", show(t, own, "application_name"))
	require.EqualValues(t, 3, own.Config().MaxConns)
}

func TestOpenFailures(t *testing.T) {
	t.Parallel()
	_, err := postgres.Open(t.Context(), postgres.Config{URL: "postgres://u:hunter2@h:port/x"})
	require.ErrorContains(t, err, "cannot be read")
	require.NotContains(t, err.Error(), "hunter2")
	_, err = postgres.Open(t.Context(), postgres.Config{URL: "postgres://u:hunter2@/x?host=" + t.TempDir()})
	require.Error(t, err)
	require.True(t, postgres.IsRetryable(err), "nobody listens there yet")
	require.NotContains(t, err.Error(), "hunter2")
}

func TestInTx(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	_, err := db.Exec(t.Context(), `CREATE TABLE n (v int PRIMARY KEY)`)
	require.NoError(t, err)
	insert := func(v int) func(pgx.Tx) error {
		return func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO n VALUES ($1)`, v)
			return err
		}
	}
	count := func() (n int) {
		require.NoError(t, db.QueryRow(t.Context(), `SELECT count(*) FROM n`).Scan(&n))
		return n
	}

	require.NoError(t, postgres.InTx(t.Context(), db, insert(1)))
	require.Equal(t, 1, count())

	broken := errors.New("broken")
	err = postgres.InTx(t.Context(), db, func(tx pgx.Tx) error {
		return errors.Join(insert(2)(tx), broken)
	})
	require.ErrorIs(t, err, broken)
	require.Equal(t, 1, count(), "rolled back")

	require.PanicsWithValue(t, "oops", func() {
		_ = postgres.InTx(t.Context(), db, func(tx pgx.Tx) error {
			require.NoError(t, insert(3)(tx))
			panic("oops")
		})
	})
	require.Equal(t, 1, count(), "rolled back after a panic")

	// A savepoint inside: the outer transaction goes on after the inner one failed.
	require.NoError(t, postgres.InTx(t.Context(), db, func(tx pgx.Tx) error {
		err := postgres.InTx(t.Context(), tx, insert(1))
		require.True(t, postgres.IsUnique(err, "n_pkey"))
		return insert(4)(tx)
	}))
	require.Equal(t, 2, count())
}

func TestInTxGivesItsConnectionBackWhenTheCallerLeaves(t *testing.T) {
	t.Parallel()
	db, err := postgres.Open(t.Context(), postgres.Config{URL: pgtest.URL(t), MaxConns: 1})
	require.NoError(t, err)
	defer db.Close()
	ctx, cancel := context.WithCancel(t.Context())
	err = postgres.InTx(ctx, db, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `CREATE TABLE gone (v int)`)
		cancel()
		return err
	})
	require.ErrorIs(t, err, context.Canceled, "the commit is not attempted with a dead context")
	var there bool
	require.NoError(t, db.QueryRow(t.Context(), `SELECT to_regclass('gone') IS NOT NULL`).Scan(&there))
	require.False(t, there)
}

func TestViolations(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	_, err := db.Exec(t.Context(), `
		CREATE TABLE a (id int CONSTRAINT a_id PRIMARY KEY);
		CREATE TABLE b (a int CONSTRAINT b_a REFERENCES a);
		INSERT INTO a VALUES (1)`)
	require.NoError(t, err)
	_, err = db.Exec(t.Context(), `INSERT INTO a VALUES (1)`)
	err = fmt.Errorf("saving: %w", err)
	require.True(t, postgres.IsUnique(err, "a_id"))
	require.True(t, postgres.IsUnique(err, ""))
	require.False(t, postgres.IsUnique(err, "other"))
	require.False(t, postgres.IsForeignKey(err, ""))
	require.False(t, postgres.IsRetryable(err), "the row is at fault")
	_, err = db.Exec(t.Context(), `INSERT INTO b VALUES (2)`)
	require.True(t, postgres.IsForeignKey(err, "b_a"))
	require.False(t, postgres.IsUnique(nil, ""))
	err = db.QueryRow(t.Context(), `SELECT 1 WHERE false`).Scan(new(int))
	require.True(t, postgres.IsNoRows(err))
	require.False(t, postgres.IsRetryable(err))
}

func TestIsRetryableByCode(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{
		"40001": true, "40P01": true, "53100": true, "53200": true, "53300": true, "55P03": true,
		"57P01": true, "57P02": true, "57P03": true, "25006": true, "58030": true, "08006": true, "08P01": true,
		"23505": false, "22P02": false, "42601": false, "57014": false, "22001": false, "25P02": false,
	} {
		require.Equal(t, want, postgres.IsRetryable(fmt.Errorf("x: %w", &pgconn.PgError{Code: code})), code)
	}
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"nil":             {nil, false},
		"reset":           {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, true},
		"cut off":         {fmt.Errorf("x: %w", io.ErrUnexpectedEOF), true},
		"caller left":     {context.Canceled, false},
		"caller's time":   {context.DeadlineExceeded, false},
		"something else":  {errors.New("bad row"), false},
		"text looks like": {errors.New("the conn closed early"), false},
	} {
		require.Equal(t, c.want, postgres.IsRetryable(c.err), name)
	}
}

func TestIsRetryableInLife(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	admin := pgtest.New(t)

	t.Run("connection ended by the server", func(t *testing.T) {
		conn, err := db.Acquire(t.Context())
		require.NoError(t, err)
		defer conn.Release()
		_, err = admin.Exec(t.Context(), `SELECT pg_terminate_backend($1)`, conn.Conn().PgConn().PID())
		require.NoError(t, err)
		_, err = conn.Exec(t.Context(), `SELECT 1`)
		require.True(t, postgres.IsRetryable(err), "%v", err)
		_, err = conn.Exec(t.Context(), `SELECT 1`)
		require.True(t, postgres.IsRetryable(err), "a second use of the dead connection: %v", err)
	})

	t.Run("serialization failure", func(t *testing.T) {
		_, err := db.Exec(t.Context(), `CREATE TABLE account (v int); INSERT INTO account VALUES (0)`)
		require.NoError(t, err)
		begin := func() pgx.Tx {
			tx, err := db.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
			require.NoError(t, err)
			_, err = tx.Exec(t.Context(), `SELECT * FROM account`)
			require.NoError(t, err)
			return tx
		}
		first, second := begin(), begin()
		_, err = first.Exec(t.Context(), `UPDATE account SET v = 1`)
		require.NoError(t, err)
		require.NoError(t, first.Commit(t.Context()))
		_, err = second.Exec(t.Context(), `UPDATE account SET v = 2`)
		require.True(t, postgres.IsRetryable(err), "%v", err)
		require.NoError(t, second.Rollback(t.Context()))
	})

	t.Run("lock timeout", func(t *testing.T) {
		tx, err := db.Begin(t.Context())
		require.NoError(t, err)
		defer tx.Rollback(context.Background())
		_, err = tx.Exec(t.Context(), `LOCK TABLE account`)
		require.NoError(t, err)
		_, err = db.Exec(t.Context(), `SET lock_timeout = 50; SELECT * FROM account`)
		require.True(t, postgres.IsRetryable(err), "%v", err)
	})
}

func TestDurabilityNamesWhatIsOff(t *testing.T) {
	t.Parallel()
	problems, err := postgres.Durability(t.Context(), pgtest.New(t))
	require.NoError(t, err)
	require.Len(t, problems, 3, "the test server is not durable")
	for i, name := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
		require.Contains(t, problems[i], name+" is off")
	}
	// A single session may be weaker than its server.
	durable := pgtest.Server(t, pgtest.Options{Unmigrated: true})
	problems, err = postgres.Durability(t.Context(), pgtest.Pool(t, durable.URL()+"&synchronous_commit=off"))
	require.NoError(t, err)
	require.Len(t, problems, 1)
}
