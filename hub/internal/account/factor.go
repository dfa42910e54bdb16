package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/totp"
)

// FactorPolicy is of whom the town asks a second factor.
type FactorPolicy string

// The policies. A second factor that nobody asks for may be had all the same.
const (
	FactorNobody         FactorPolicy = "nobody"
	FactorAdministrators FactorPolicy = "administrators"
	FactorAll            FactorPolicy = "all"
)

func (p FactorPolicy) requires(role Role) bool {
	return p == FactorAll || p == FactorAdministrators && role == Administrator
}

// Factor is how things stand with somebody's second factor.
type Factor struct {
	Active bool
	// Since is when it was set up; nil without one.
	Since *time.Time
	// RecoveryCodes is how many are unused.
	RecoveryCodes int
	// Required says that the town wants them to have one.
	Required bool
}

// Enrolment is a new key, shown this once. It counts when a code made with it has been typed.
type Enrolment struct {
	// Key is for typing into an app, URI for its camera.
	Key string
	URI string
}

// Proof is what it takes to change a second factor: the password, and a code once there is one.
type Proof struct {
	Password string
	Code     string
	Place    string
}

// FactorPolicy reads of whom the town asks a second factor.
func (s *Service) FactorPolicy(ctx context.Context) (policy FactorPolicy, err error) {
	err = s.db.QueryRow(ctx, `SELECT coalesce((SELECT second_factor FROM town), 'nobody')`).Scan(&policy)
	if err != nil {
		return "", fmt.Errorf("reading who needs a second factor: %w", err)
	}
	return policy, nil
}

// PutFactorPolicy decides of whom it is asked from their next sign-in on.
func (s *Service) PutFactorPolicy(ctx context.Context, policy FactorPolicy) error {
	if policy != FactorNobody && policy != FactorAdministrators && policy != FactorAll {
		return fault.Invalid("second_factor", "unknown", "unknown policy %q", policy)
	}
	return postgres.InTx(ctx, s.db, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE town SET second_factor = $1`, policy)
		if err != nil {
			return fmt.Errorf("storing who needs a second factor: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.NotFound("the town is not set up")
		}
		return nil
	})
}

// Factor tells how things stand with the actor's second factor.
func (s *Service) Factor(ctx context.Context, actor Actor) (Factor, error) {
	return s.factorState(ctx, actor.Operator, actor.Role)
}

func (s *Service) factorState(ctx context.Context, who id.Operator, role Role) (Factor, error) {
	var f Factor
	var policy FactorPolicy
	err := s.db.QueryRow(ctx, `SELECT coalesce((SELECT second_factor FROM town), 'nobody'),
		(SELECT confirmed_at FROM second_factor WHERE operator_id = $1),
		(SELECT count(*) FROM recovery_code WHERE operator_id = $1 AND used_at IS NULL)`, who).Scan(&policy, &f.Since, &f.RecoveryCodes)
	if err != nil {
		return Factor{}, fmt.Errorf("reading a second factor: %w", err)
	}
	f.Active, f.Required = f.Since != nil, policy.requires(role)
	return f, nil
}

// BeginFactor makes a key, for a first phone or for a new one. The one before works until a code of the new one is confirmed.
func (s *Service) BeginFactor(ctx context.Context, actor Actor, p Proof) (Enrolment, error) {
	op, err := s.checkPasswordOf(ctx, actor, p)
	if err != nil {
		return Enrolment{}, err
	}
	state, err := s.factorState(ctx, op.ID, op.Role)
	if err != nil {
		return Enrolment{}, err
	}
	if state.Active {
		if err := s.spend(ctx, op, p, func(pgx.Tx) error { return nil }); err != nil {
			return Enrolment{}, err
		}
	}
	return s.newKey(ctx, op)
}

func (s *Service) newKey(ctx context.Context, op Operator) (Enrolment, error) {
	key := totp.NewKey()
	sealed, err := s.sealKey(op.ID, key)
	if err != nil {
		return Enrolment{}, err
	}
	var town string
	err = postgres.InTx(ctx, s.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO second_factor (operator_id, pending) VALUES ($1, $2)
			ON CONFLICT (operator_id) DO UPDATE SET pending = excluded.pending`, op.ID, sealed); err != nil {
			return fmt.Errorf("storing a key: %w", err)
		}
		if err := tx.QueryRow(ctx, `SELECT coalesce((SELECT name FROM town), '')`).Scan(&town); err != nil {
			return fmt.Errorf("reading the town's name: %w", err)
		}
		return nil
	})
	return Enrolment{Key: key, URI: totp.URI(strings.TrimSpace("Sportello "+town), op.Login, key)}, err
}

// ConfirmFactor puts the new key to use, signs the operator out everywhere else and returns recovery codes, this once.
func (s *Service) ConfirmFactor(ctx context.Context, actor Actor, place, code string) (codes []string, err error) {
	op, err := s.Operator(ctx, actor.Operator)
	if err != nil {
		return nil, err
	}
	err = s.tryCode(op.Login, place, func() error {
		return postgres.InTx(ctx, s.db, func(tx pgx.Tx) (err error) {
			if codes, err = s.confirm(ctx, tx, op.ID, code); err != nil {
				return err
			}
			return s.endSessions(ctx, tx, op.ID, actor.Session)
		})
	})
	return codes, err
}

// NewRecoveryCodes makes ten new ones, shown this once; those before stop working.
func (s *Service) NewRecoveryCodes(ctx context.Context, actor Actor, p Proof) (codes []string, err error) {
	op, err := s.checkPasswordOf(ctx, actor, p)
	if err != nil {
		return nil, err
	}
	err = s.spend(ctx, op, p, func(tx pgx.Tx) (err error) {
		codes, err = s.replaceRecoveryCodes(ctx, tx, op.ID)
		return err
	})
	return codes, err
}

// EndFactor gives the second factor up, unless the town requires it.
func (s *Service) EndFactor(ctx context.Context, actor Actor, p Proof) error {
	op, err := s.checkPasswordOf(ctx, actor, p)
	if err != nil {
		return err
	}
	state, err := s.factorState(ctx, op.ID, op.Role)
	if err != nil {
		return err
	}
	if state.Required {
		return fault.Conflict("the town requires a second factor; set up another phone instead")
	}
	return s.spend(ctx, op, p, func(tx pgx.Tx) error { return forgetFactor(ctx, tx, op.ID) })
}

// ResetFactor takes the second factor off somebody who lost phone and recovery codes, and signs them out everywhere.
func (s *Service) ResetFactor(ctx context.Context, who id.Operator) error {
	if _, err := s.Operator(ctx, who); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.db, func(tx pgx.Tx) error {
		if err := forgetFactor(ctx, tx, who); err != nil {
			return err
		}
		return s.endSessions(ctx, tx, who, id.Session{})
	})
}

func forgetFactor(ctx context.Context, tx pgx.Tx, who id.Operator) error {
	for _, statement := range []string{`DELETE FROM second_factor WHERE operator_id = $1`, `DELETE FROM recovery_code WHERE operator_id = $1`} {
		if _, err := tx.Exec(ctx, statement, who); err != nil {
			return fmt.Errorf("forgetting a second factor: %w", err)
		}
	}
	return nil
}

// checkPasswordOf asks for the password again: an open session alone changes no second factor.
func (s *Service) checkPasswordOf(ctx context.Context, actor Actor, p Proof) (Operator, error) {
	op, err := s.Operator(ctx, actor.Operator)
	if err != nil {
		return Operator{}, err
	}
	if _, err := s.checkLogin(ctx, op.Login, p.Password, p.Place); err != nil {
		if errors.Is(err, ErrBadLogin) {
			return Operator{}, fault.Invalid("password", "wrong", "the password is wrong")
		}
		return Operator{}, err
	}
	return op, nil
}

// spend does something in the transaction that uses a code up.
func (s *Service) spend(ctx context.Context, op Operator, p Proof, do func(pgx.Tx) error) error {
	return s.tryCode(op.Login, p.Place, func() error {
		return postgres.InTx(ctx, s.db, func(tx pgx.Tx) error {
			if err := s.spendCode(ctx, tx, op.ID, p.Code); err != nil {
				return err
			}
			return do(tx)
		})
	})
}

// tryCode counts a try that fails against the login and the place.
func (s *Service) tryCode(login, place string, try func() error) error {
	refund, err := s.codes.charge(strings.ToLower(login), place, s.now())
	if err != nil {
		return err
	}
	if err := try(); err != nil {
		return err
	}
	refund()
	return nil
}
