package postgres

import (
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// IsUnique reports that err is a violation of the named unique constraint or
// index, or of any when constraint is "".
func IsUnique(err error, constraint string) bool {
	return violates(err, "23505", constraint)
}

// IsForeignKey reports that err is a violation of the named foreign key, or of
// any when constraint is "".
func IsForeignKey(err error, constraint string) bool {
	return violates(err, "23503", constraint)
}

func violates(err error, code, constraint string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == code && (constraint == "" || pg.ConstraintName == constraint)
}

// IsNoRows reports that a query for one row found none.
func IsNoRows(err error) bool { return errors.Is(err, pgx.ErrNoRows) }

// IsUnstorable reports that a text holds what no text of the database can: a zero byte, or bytes that are not UTF-8.
func IsUnstorable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "22021" || pg.Code == "22P05")
}

// IsRetryable reports that err comes from the state of the server or of the
// connection and not from the data: the same work may succeed later and must
// not count against the row it was done for. The end of the caller's own
// context is not retryable here: only the caller knows what it means.
func IsRetryable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return retryableCode(pg.Code)
	}
	var connect *pgconn.ConnectError
	var op *net.OpError
	return errors.As(err, &connect) || errors.As(err, &op) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		pgconn.SafeToRetry(err) || isClosed(err)
}

// IsConflict reports that err comes from transactions that were in each other's way: the same work may succeed at once
// in smaller pieces.
func IsConflict(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// isClosed catches uses of a connection that died earlier: pgx has no sentinel for it.
func isClosed(err error) bool {
	return err != nil && (strings.HasSuffix(err.Error(), "conn closed") || strings.HasSuffix(err.Error(), "conn busy"))
}

func retryableCode(code string) bool {
	switch code {
	case "40001", // serialization_failure
		"40P01", // deadlock_detected
		"53000", // insufficient_resources
		"53100", // disk_full
		"53200", // out_of_memory
		"53300", // too_many_connections
		"55P03", // lock_not_available, also lock_timeout
		"57P01", // admin_shutdown
		"57P02", // crash_shutdown
		"57P03", // cannot_connect_now
		"57P05", // idle_session_timeout
		"25P03", // idle_in_transaction_session_timeout
		"25006", // read_only_sql_transaction: the primary has moved
		"58030": // io_error
		return true
	}
	return strings.HasPrefix(code, "08") // connection exceptions
}

func isUndefinedTable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "42P01"
}
