package scan

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/postgres"
)

const (
	// passTime ends a pass before the job's own time does; the next goes on.
	passTime = 100 * time.Second
	// A file that could not be looked through is tried again after firstWait, then twice as long, up to lastWait.
	firstWait = time.Minute
	lastWait  = 24 * time.Hour
	// notPast keeps the doubling from overflowing.
	notPast = 12
)

// Scanner looks through the files that came with messages.
type Scanner struct {
	clamd Clamd
	pool  *pgxpool.Pool
	blobs blob.Store
	// maxBytes is the largest file sent to the scanner.
	maxBytes int64
	now      func() time.Time
	log      *slog.Logger
	away     atomic.Bool
}

// NewScanner returns a scanner that asks clamd about files of at most maxBytes.
func NewScanner(clamd Clamd, pool *pgxpool.Pool, blobs blob.Store, maxBytes int64, now func() time.Time, log *slog.Logger) *Scanner {
	return &Scanner{clamd: clamd, pool: pool, blobs: blobs, maxBytes: maxBytes, now: now, log: log}
}

// Pass looks through what is due, longest first; one replica at a time does it. While the scanner is away all stays due.
func (s *Scanner) Pass(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, passTime)
	defer cancel()
	for ctx.Err() == nil {
		sum, size, found, err := s.next(ctx)
		if err == nil && !found {
			return nil
		}
		if err == nil {
			err = s.one(ctx, sum, size)
		}
		if err != nil && ctx.Err() == nil {
			return s.lost(err)
		}
	}
	return nil // what was not reached is still due
}

// lost takes note of a scanner that is away, once; other errors stay.
func (s *Scanner) lost(err error) error {
	if !errors.Is(err, ErrAway) {
		return err
	}
	if !s.away.Swap(true) {
		s.log.Warn("files wait for the virus scanner", "error", err)
	}
	return nil
}

func (s *Scanner) next(ctx context.Context) (sum blob.Sum, size int64, ok bool, err error) {
	var raw []byte
	err = s.pool.QueryRow(ctx, `SELECT f.sha256, b.size FROM file_scan f JOIN blob b USING (sha256)
		WHERE f.due_at <= $1 ORDER BY f.due_at LIMIT 1`, s.now()).Scan(&raw, &size)
	if postgres.IsNoRows(err) {
		return sum, 0, false, nil
	}
	if err != nil {
		return sum, 0, false, fmt.Errorf("looking for files to scan: %w", err)
	}
	sum, err = blob.SumFromBytes(raw)
	return sum, size, true, err
}

// one looks through one file and records how that went. The error says that the scanner is away, or the database.
func (s *Scanner) one(ctx context.Context, sum blob.Sum, size int64) error {
	found, err := s.look(ctx, sum, size)
	if ctx.Err() != nil || errors.Is(err, ErrAway) {
		return err
	}
	s.away.Store(false)
	state := blob.Clean
	switch {
	case err != nil:
		state = blob.ScanFailed
		s.log.Warn("a file could not be scanned", "sha256", sum.String(), "error", err)
	case found != "":
		state = blob.Infected
		s.log.Warn("a file is infected and locked away", "sha256", sum.String(), "found", found)
	}
	return postgres.InTx(ctx, s.pool, func(tx pgx.Tx) error { return s.record(ctx, tx, sum, state, found) })
}

func (s *Scanner) look(ctx context.Context, sum blob.Sum, size int64) (string, error) {
	if size > s.maxBytes {
		return "", ErrTooLarge
	}
	file, err := s.blobs.Get(ctx, sum, blob.Range{})
	if err != nil {
		return "", err
	}
	defer file.Close()
	return s.clamd.Scan(ctx, file)
}

// record writes a verdict, or when to try again, and tells whoever looks at the message.
func (s *Scanner) record(ctx context.Context, tx pgx.Tx, sum blob.Sum, state blob.ScanState, found string) error {
	if state == blob.ScanFailed {
		var attempts int
		err := tx.QueryRow(ctx, `UPDATE file_scan SET attempts = attempts + 1 WHERE sha256 = $1 RETURNING attempts`, sum[:]).Scan(&attempts)
		if err != nil {
			return fmt.Errorf("counting a failed scan: %w", err)
		}
		if _, err := tx.Exec(ctx, `UPDATE file_scan SET due_at = $2 WHERE sha256 = $1`, sum[:], s.now().Add(wait(attempts))); err != nil {
			return fmt.Errorf("putting off a scan: %w", err)
		}
	} else if _, err := tx.Exec(ctx, `UPDATE file_scan SET due_at = NULL, found = $2 WHERE sha256 = $1`, sum[:], found); err != nil {
		return fmt.Errorf("recording a scan: %w", err)
	}
	tag, err := tx.Exec(ctx, `UPDATE blob SET scan_state = $2 WHERE sha256 = $1 AND scan_state <> $2`, sum[:], state)
	if err != nil {
		return fmt.Errorf("recording a scan: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	_, err = tx.Exec(ctx, `SELECT announce('ticket', t.id, t.number, t.office_id), announce_shares('ticket', t.id, t.number, t.shared_with) FROM ticket t WHERE t.id IN
		(SELECT m.ticket_id FROM attachment a JOIN message m ON m.id = a.message_id WHERE a.sha256 = $1 LIMIT 100)`, sum[:])
	if err != nil {
		return fmt.Errorf("announcing a scan: %w", err)
	}
	return nil
}

// wait is how long a file rests after so many failed attempts.
func wait(attempts int) time.Duration {
	return min(firstWait<<min(max(attempts, 1)-1, notPast), lastWait)
}

// Overdue is how long the file that waits longest has been due, and 0 when none is.
func Overdue(ctx context.Context, db postgres.Querier, now time.Time) (time.Duration, error) {
	var oldest *time.Time
	if err := db.QueryRow(ctx, `SELECT min(due_at) FROM file_scan WHERE due_at IS NOT NULL`).Scan(&oldest); err != nil {
		return 0, fmt.Errorf("looking for files to scan: %w", err)
	}
	if oldest == nil || oldest.After(now) {
		return 0, nil
	}
	return now.Sub(*oldest), nil
}
