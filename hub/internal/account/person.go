package account

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Person is an operator as administrators see one.
type Person struct {
	Operator
	Offices []id.Office `db:"offices"`
	// SignedIn is how many sessions are open.
	SignedIn int `db:"signed_in"`
	// InvitedUntil is until when a link to set a password works; nil when none does.
	InvitedUntil *time.Time `db:"invited_until"`
	// HasPassword says that one was set.
	HasPassword bool `db:"has_password"`
	// SecondFactor says that signing in takes a code too.
	SecondFactor bool `db:"second_factor"`
}

// PersonChange is what an administrator changes of somebody; nil leaves it as it is.
type PersonChange struct {
	Role    *Role
	Offices *[]id.Office
	Active  *bool
}

// mostPeople is how many people are listed.
const mostPeople = 2000

const peopleSQL = `
	SELECT o.id, o.login, o.name, o.role, o.language, o.theme, o.active, o.created_at, o.password_hash IS NOT NULL AS has_password,
	       EXISTS (SELECT FROM second_factor f WHERE f.operator_id = o.id AND f.sealed IS NOT NULL) AS second_factor,
	       ARRAY(SELECT m.office_id FROM office_member m WHERE m.operator_id = o.id ORDER BY 1) AS offices,
	       (SELECT count(*) FROM session s WHERE s.operator_id = o.id AND s.revoked_at IS NULL AND s.expires_at > $1 AND s.last_seen_at > $2) AS signed_in,
	       (SELECT max(i.expires_at) FROM invitation i WHERE i.operator_id = o.id AND i.ended_at IS NULL AND i.expires_at > $1) AS invited_until
	FROM operator o`

// People lists everybody, those with access first, by name. At most 2000.
func (s *Service) People(ctx context.Context) ([]Person, error) {
	rows, _ := s.db.Query(ctx, peopleSQL+fmt.Sprintf(` ORDER BY o.active DESC, o.name, o.id LIMIT %d`, mostPeople), s.now(), s.now().Add(-SessionIdle))
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Person])
	if err != nil {
		return nil, fmt.Errorf("listing people: %w", err)
	}
	return list, nil
}

// Person reads one of them.
func (s *Service) Person(ctx context.Context, who id.Operator) (Person, error) {
	rows, _ := s.db.Query(ctx, peopleSQL+` WHERE o.id = $3`, s.now(), s.now().Add(-SessionIdle), who)
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Person])
	if postgres.IsNoRows(err) {
		return Person{}, fault.NotFound("no such operator")
	}
	if err != nil {
		return Person{}, fmt.Errorf("reading a person: %w", err)
	}
	return p, nil
}

// ChangePerson changes somebody's role, offices or access, at once: what is taken away is gone from open sessions too.
// Nobody changes their own role or access, so that the town always keeps an administrator.
func (s *Service) ChangePerson(ctx context.Context, by Actor, who id.Operator, c PersonChange) error {
	if by.Kind == KindOperator && by.Operator == who && (c.Role != nil || c.Active != nil) {
		return fault.Conflict("nobody changes their own role or access; ask another administrator")
	}
	if c.Role != nil && !c.Role.Valid() {
		return fault.Invalid("role", "unknown", "unknown role %q", *c.Role)
	}
	return postgres.InTx(ctx, s.db, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE operator SET role = coalesce($2, role), active = coalesce($3, active) WHERE id = $1`, who, c.Role, c.Active)
		if err != nil {
			return fmt.Errorf("changing a person: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.NotFound("no such operator")
		}
		if c.Offices != nil {
			if err := s.place(ctx, tx, who, *c.Offices); err != nil {
				return err
			}
		}
		if c.Active == nil || *c.Active {
			return nil
		}
		if err := s.endInvitations(ctx, tx, who); err != nil {
			return err
		}
		return s.endSessions(ctx, tx, who, id.Session{})
	})
}

// place makes an operator a member of these offices and of no others.
func (s *Service) place(ctx context.Context, tx pgx.Tx, who id.Operator, offices []id.Office) error {
	if _, err := tx.Exec(ctx, `DELETE FROM office_member WHERE operator_id = $1 AND NOT office_id = ANY($2)`, who, listed(offices)); err != nil {
		return fmt.Errorf("leaving offices: %w", err)
	}
	_, err := tx.Exec(ctx, `INSERT INTO office_member (office_id, operator_id) SELECT unnest($2::uuid[]), $1 ON CONFLICT DO NOTHING`, who, listed(offices))
	if postgres.IsForeignKey(err, "office_member_office_id_fkey") {
		return fault.Invalid("offices", "unknown", "no such office")
	}
	if err != nil {
		return fmt.Errorf("joining offices: %w", err)
	}
	return nil
}

// SignOutEverywhere ends all sessions of an operator.
func (s *Service) SignOutEverywhere(ctx context.Context, who id.Operator) error {
	return postgres.InTx(ctx, s.db, func(tx pgx.Tx) error { return s.endSessions(ctx, tx, who, id.Session{}) })
}
