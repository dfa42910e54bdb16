package account

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/keyring"
)

// Service keeps operators, their sessions and the tokens of scripts.
type Service struct {
	db        *pgxpool.Pool
	passwords *Passwords
	ring      *keyring.Ring
	throttle  *throttle
	// codes counts failed codes, which are easier to guess than passwords.
	codes *throttle
	now   func() time.Time
}

// New returns the accounts kept in this database; the ring's keys seal second factors.
func New(db *pgxpool.Pool, passwords *Passwords, ring *keyring.Ring, now func() time.Time) *Service {
	return &Service{db: db, passwords: passwords, ring: ring, throttle: newThrottle(tallies), codes: newThrottle(codeTallies), now: now}
}

// Prune forgets sessions that ended more than 30 days ago, and says how many; sign-ins that nobody finished go too.
func (s *Service) Prune(ctx context.Context) (int64, error) {
	before := s.now().Add(-30 * 24 * time.Hour)
	tag, err := s.db.Exec(ctx, `DELETE FROM session WHERE coalesce(revoked_at, expires_at) < $1`, before)
	if err != nil {
		return 0, fmt.Errorf("forgetting old sessions: %w", err)
	}
	if _, err := s.db.Exec(ctx, `DELETE FROM sign_in_challenge WHERE expires_at < $1`, s.now()); err != nil {
		return 0, fmt.Errorf("forgetting sign-ins that nobody finished: %w", err)
	}
	return tag.RowsAffected(), nil
}
