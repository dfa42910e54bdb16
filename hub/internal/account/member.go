package account

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Member is somebody who belongs to an office.
type Member struct {
	ID     id.Operator `db:"id"`
	Name   string      `db:"name"`
	Role   Role        `db:"role"`
	Active bool        `db:"active"`
}

// Members lists who belongs to an office, those with access first, by name. At most 2000.
func (s *Service) Members(ctx context.Context, q postgres.Querier, office id.Office) ([]Member, error) {
	rows, _ := q.Query(ctx, fmt.Sprintf(`
		SELECT o.id, o.name, o.role, o.active FROM office_member m JOIN operator o ON o.id = m.operator_id
		WHERE m.office_id = $1 ORDER BY o.active DESC, o.name, o.id LIMIT %d`, mostPeople), office)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Member])
	if err != nil {
		return nil, fmt.Errorf("listing members: %w", err)
	}
	return list, nil
}

// Strength counts for each office who belongs to it and has access.
func (s *Service) Strength(ctx context.Context, q postgres.Querier) (map[id.Office]int, error) {
	counts := map[id.Office]int{}
	rows, err := q.Query(ctx, `
		SELECT m.office_id, count(*) FROM office_member m JOIN operator o ON o.id = m.operator_id WHERE o.active GROUP BY m.office_id`)
	if err != nil {
		return nil, fmt.Errorf("counting members: %w", err)
	}
	var office id.Office
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&office, &n}, func() error { counts[office] = n; return nil }); err != nil {
		return nil, fmt.Errorf("counting members: %w", err)
	}
	return counts, nil
}

// Admit makes somebody with access a member of an office; the role stays as it is.
func (s *Service) Admit(ctx context.Context, tx pgx.Tx, office id.Office, who id.Operator) error {
	var active bool
	err := tx.QueryRow(ctx, `SELECT active FROM operator WHERE id = $1`, who).Scan(&active)
	if postgres.IsNoRows(err) {
		return fault.NotFound("no such operator")
	}
	if err != nil {
		return fmt.Errorf("reading a person: %w", err)
	}
	if !active {
		return fault.Invalid("operator", "no_access", "somebody without access joins no office")
	}
	_, err = tx.Exec(ctx, `INSERT INTO office_member (office_id, operator_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, office, who)
	if postgres.IsForeignKey(err, "office_member_office_id_fkey") {
		return fault.NotFound("no such office")
	}
	if err != nil {
		return fmt.Errorf("joining an office: %w", err)
	}
	return nil
}

// Dismiss lets somebody no longer belong to an office.
func (s *Service) Dismiss(ctx context.Context, tx pgx.Tx, office id.Office, who id.Operator) error {
	if _, err := tx.Exec(ctx, `DELETE FROM office_member WHERE office_id = $1 AND operator_id = $2`, office, who); err != nil {
		return fmt.Errorf("leaving an office: %w", err)
	}
	return nil
}
