package routing

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Absence is days on which somebody is not there, first and last included. Nobody is asked why.
type Absence struct {
	ID       uuid.UUID   `db:"id"`
	Operator id.Operator `db:"operator_id"`
	// From and To are midnights, UTC, of days of the town.
	From time.Time `db:"from_day"`
	To   time.Time `db:"to_day"`
}

// Limits of absences.
const (
	maxAbsences = 50                       // of one person, to come
	maxAway     = 2 * 366 * 24 * time.Hour // from today, back and ahead
)

// Today is the day of the town.
func (r *Roster) Today(ctx context.Context, q postgres.Querier) (time.Time, error) {
	town, err := r.offices.Town(ctx, q)
	if err != nil {
		return time.Time{}, err
	}
	y, m, d := r.now().In(town.Zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC), nil
}

// Absences lists those of these operators that are not over, by the day they begin.
func (r *Roster) Absences(ctx context.Context, q postgres.Querier, operators ...id.Operator) ([]Absence, error) {
	today, err := r.Today(ctx, q)
	if err != nil {
		return nil, err
	}
	return absences(ctx, q, `operator_id = ANY($1) AND to_day >= $2`, operators, today)
}

// AwayNow tells until which day those who are away today are.
func (r *Roster) AwayNow(ctx context.Context, q postgres.Querier) (map[id.Operator]time.Time, error) {
	until := map[id.Operator]time.Time{}
	today, err := r.Today(ctx, q)
	if fault.Kind(err) == fault.CodeNotFound {
		return until, nil
	}
	if err != nil {
		return nil, err
	}
	list, err := absences(ctx, q, `from_day <= $1 AND to_day >= $1`, today)
	for _, a := range list {
		if until[a.Operator].Before(a.To) {
			until[a.Operator] = a.To
		}
	}
	return until, err
}

func absences(ctx context.Context, q postgres.Querier, where string, args ...any) ([]Absence, error) {
	rows, err := q.Query(ctx, `SELECT id, operator_id, from_day, to_day FROM absence WHERE `+where+` ORDER BY from_day, id`, args...)
	if err != nil {
		return nil, fmt.Errorf("reading absences: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Absence])
	if err != nil {
		return nil, fmt.Errorf("reading absences: %w", err)
	}
	return list, nil
}

// AddAbsence notes when somebody will be away. It must not be over yet, and not meet another one.
func (r *Roster) AddAbsence(ctx context.Context, tx pgx.Tx, a Absence) error {
	today, err := r.Today(ctx, tx)
	if err != nil {
		return err
	}
	switch {
	case a.To.Before(a.From):
		return fault.Invalid("to", "date_order", "the last day is before the first")
	case a.To.Before(today):
		return fault.Invalid("to", "past", "it is over already")
	case a.To.Sub(today) > maxAway:
		return fault.Invalid("to", "too_far", "at most two years ahead")
	case today.Sub(a.From) > maxAway:
		return fault.Invalid("from", "too_old", "it began more than two years ago: check the year")
	}
	var active bool
	err = tx.QueryRow(ctx, `SELECT active FROM operator WHERE id = $1 FOR NO KEY UPDATE`, a.Operator).Scan(&active)
	if postgres.IsNoRows(err) || err == nil && !active {
		return fault.NotFound("no such operator")
	}
	if err != nil {
		return fmt.Errorf("reading an operator: %w", err)
	}
	list, err := absences(ctx, tx, `operator_id = $1 AND to_day >= $2`, a.Operator, today)
	if err != nil {
		return err
	}
	if len(list) >= maxAbsences {
		return fault.Invalid("from", "too_many", "at most %d absences to come", maxAbsences)
	}
	for _, other := range list {
		if !a.From.After(other.To) && !other.From.After(a.To) {
			return fault.Invalid("from", "absence_overlaps", "it meets the one from %s to %s", other.From.Format(time.DateOnly), other.To.Format(time.DateOnly))
		}
	}
	_, err = tx.Exec(ctx, `INSERT INTO absence (id, operator_id, from_day, to_day) VALUES ($1, $2, $3, $4)`, a.ID, a.Operator, a.From, a.To)
	if err != nil {
		return fmt.Errorf("noting an absence: %w", err)
	}
	return nil
}

// DropAbsence takes one back, also while it lasts.
func (r *Roster) DropAbsence(ctx context.Context, q postgres.Querier, operator id.Operator, absence uuid.UUID) error {
	tag, err := q.Exec(ctx, `DELETE FROM absence WHERE id = $1 AND operator_id = $2`, absence, operator)
	if err != nil {
		return fmt.Errorf("taking an absence back: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.NotFound("no such absence")
	}
	return nil
}

// forgetAbsences removes what is over: how often somebody was away is nobody's business.
func forgetAbsences(ctx context.Context, q postgres.Querier, today time.Time) error {
	if _, err := q.Exec(ctx, `DELETE FROM absence WHERE to_day < $1`, today); err != nil {
		return fmt.Errorf("forgetting absences: %w", err)
	}
	return nil
}
