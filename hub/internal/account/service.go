package account

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Service keeps operators, their sessions and the tokens of scripts.
type Service struct {
	db        *pgxpool.Pool
	passwords *Passwords
	throttle  *throttle
	now       func() time.Time
}

// New returns the accounts kept in this database.
func New(db *pgxpool.Pool, passwords *Passwords, now func() time.Time) *Service {
	return &Service{db: db, passwords: passwords, throttle: newThrottle(), now: now}
}

// Prune forgets sessions that ended more than 30 days ago, and says how many.
func (s *Service) Prune(ctx context.Context) (int64, error) {
	before := s.now().Add(-30 * 24 * time.Hour)
	tag, err := s.db.Exec(ctx, `DELETE FROM session WHERE coalesce(revoked_at, expires_at) < $1`, before)
	if err != nil {
		return 0, fmt.Errorf("forgetting old sessions: %w", err)
	}
	return tag.RowsAffected(), nil
}
