package routing

import (
	"context"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Mode is how the requests of an office find who works on them.
type Mode string

// The modes.
const (
	// ModeNone leaves it to people: nothing is given out, everybody takes what they choose.
	ModeNone Mode = "none"
	// ModeNext gives whoever asks the next one.
	ModeNext Mode = "next"
	// ModeAutomatic assigns besides, by itself, within the office's hours.
	ModeAutomatic Mode = "automatic"
)

// maxCapacity bounds a capacity, in tickets.
const maxCapacity = 500

// Distribution is how an office shares its work out.
type Distribution struct {
	// Version is 0 while nobody has changed it.
	Version int64
	Mode    Mode
	// Capacity is how many tickets that wait for us a member has at once; 0 for no bound.
	Capacity int
}

// Distribution reads that of an office.
func (r *Roster) Distribution(ctx context.Context, q postgres.Querier, office id.Office) (Distribution, error) {
	d := Distribution{Mode: ModeNext}
	err := q.QueryRow(ctx, `SELECT version, mode, coalesce(capacity, 0) FROM office_distribution WHERE office_id = $1`, office).
		Scan(&d.Version, &d.Mode, &d.Capacity)
	if err != nil && !postgres.IsNoRows(err) {
		return d, fmt.Errorf("reading how an office shares out: %w", err)
	}
	return d, nil
}

// PutDistribution replaces that of a version; the fault is a conflict when others have changed it since.
func (r *Roster) PutDistribution(ctx context.Context, tx pgx.Tx, office id.Office, d Distribution) error {
	switch {
	case d.Mode != ModeNone && d.Mode != ModeNext && d.Mode != ModeAutomatic:
		return fault.Invalid("mode", "unknown", "no mode %q", d.Mode)
	case d.Capacity < 0 || d.Capacity > maxCapacity:
		return fault.Invalid("capacity", "out_of_range", "1 to %d, or none", maxCapacity)
	}
	tag, err := tx.Exec(ctx, `
		INSERT INTO office_distribution AS d (office_id, mode, capacity, version)
		SELECT o.id, $2, nullif($3::int, 0), 1 FROM office o WHERE o.id = $1 AND o.active
		  AND $4::bigint = coalesce((SELECT e.version FROM office_distribution e WHERE e.office_id = $1), 0)
		ON CONFLICT (office_id) DO UPDATE SET mode = EXCLUDED.mode, capacity = EXCLUDED.capacity, version = d.version + 1
		WHERE d.version = $4`, office, d.Mode, d.Capacity, d.Version)
	if err != nil {
		return fmt.Errorf("changing how an office shares out: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.Conflict("how the office shares out is no longer at version %d, or the office is closed down", d.Version)
	}
	return nil
}

// SetCapacity gives an operator a capacity of their own; 0 is the office's.
func (r *Roster) SetCapacity(ctx context.Context, tx pgx.Tx, operator id.Operator, capacity int) error {
	if capacity < 0 || capacity > maxCapacity {
		return fault.Invalid("capacity", "out_of_range", "1 to %d, or none", maxCapacity)
	}
	tag, err := tx.Exec(ctx, `UPDATE operator SET capacity = nullif($2::int, 0) WHERE id = $1 AND active`, operator, capacity)
	if err != nil {
		return fmt.Errorf("changing a capacity: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.NotFound("no such operator")
	}
	return nil
}

// Room is where somebody may be given another ticket.
type Room struct {
	Offices []id.Office
	// Full are offices by whose capacity there is too much already.
	Full []id.Office
}

// RoomOf finds at which of these offices an operator may be given another ticket, and makes others who give them one wait
// until the transaction ends.
func (r *Roster) RoomOf(ctx context.Context, tx pgx.Tx, operator id.Operator, offices []id.Office) (Room, error) {
	var own int
	err := tx.QueryRow(ctx, `SELECT coalesce(capacity, 0) FROM operator WHERE id = $1 FOR NO KEY UPDATE`, operator).Scan(&own)
	if err != nil {
		return Room{}, fmt.Errorf("reading a capacity: %w", err)
	}
	load, err := r.tickets.Load(ctx, tx, account.SystemScope(), []id.Operator{operator})
	if err != nil {
		return Room{}, err
	}
	rows, err := tx.Query(ctx, `
		SELECT o.id, coalesce(d.mode, 'next'), coalesce(d.capacity, 0)
		FROM unnest($1::uuid[]) AS o (id) LEFT JOIN office_distribution d ON d.office_id = o.id`, append([]id.Office{}, offices...))
	if err != nil {
		return Room{}, fmt.Errorf("reading how offices share out: %w", err)
	}
	var room Room
	var office id.Office
	var d Distribution
	_, err = pgx.ForEachRow(rows, []any{&office, &d.Mode, &d.Capacity}, func() error {
		switch {
		case d.Mode == ModeNone:
		case load[operator] < limit(own, d.Capacity):
			room.Offices = append(room.Offices, office)
		default:
			room.Full = append(room.Full, office)
		}
		return nil
	})
	if err != nil {
		return Room{}, fmt.Errorf("reading how offices share out: %w", err)
	}
	return room, nil
}

// limit is the capacity that counts: one's own, else the office's, else none.
func limit(own, office int) int {
	switch {
	case own > 0:
		return own
	case office > 0:
		return office
	}
	return math.MaxInt
}

// Capacities reads those of their own that operators have.
func (r *Roster) Capacities(ctx context.Context, q postgres.Querier, operators []id.Operator) (map[id.Operator]int, error) {
	own := map[id.Operator]int{}
	rows, err := q.Query(ctx, `SELECT id, capacity FROM operator WHERE id = ANY($1) AND capacity IS NOT NULL`, append([]id.Operator{}, operators...))
	if err != nil {
		return nil, fmt.Errorf("reading capacities: %w", err)
	}
	var who id.Operator
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&who, &n}, func() error { own[who] = n; return nil }); err != nil {
		return nil, fmt.Errorf("reading capacities: %w", err)
	}
	return own, nil
}
