package postgres

import (
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// Interval hands a duration to PostgreSQL, exact to the microsecond.
func Interval(d time.Duration) pgtype.Interval {
	return pgtype.Interval{Microseconds: d.Microseconds(), Valid: true}
}
