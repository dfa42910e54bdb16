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

// How long the second step of a sign-in may take: to type a code, and to set a phone up first.
const (
	challengeLasts = 5 * time.Minute
	enrolmentLasts = 20 * time.Minute
)

// maxTries is how many codes one sign-in takes, on all replicas together.
const maxTries = 10

// ErrChallengeOver says that a sign-in must begin again with the password: it took too long, or too many codes were wrong.
var ErrChallengeOver = fault.NotFound("the sign-in must begin again with the password")

// ChallengeError says that the password was right and a code is wanted. What it carries opens nothing by itself.
type ChallengeError struct {
	// Secret names the sign-in; it is stored nowhere.
	Secret string
	// Operator is who signs in.
	Operator id.Operator
	// Enrol says that the operator has no second factor, must have one, and sets it up before the code.
	Enrol     bool
	ExpiresAt time.Time
}

// Error says what is missing.
func (e *ChallengeError) Error() string { return "the sign-in needs a second factor" }

// challenge begins the second step where one is wanted, and says so with a *ChallengeError.
func (s *Service) challenge(ctx context.Context, op Operator) error {
	state, err := s.factorState(ctx, op.ID, op.Role)
	if err != nil || !state.Active && !state.Required {
		return err
	}
	secret, hash := newSecret("")
	c := &ChallengeError{Secret: secret, Operator: op.ID, Enrol: !state.Active, ExpiresAt: s.now().Add(challengeLasts)}
	if c.Enrol {
		c.ExpiresAt = s.now().Add(enrolmentLasts)
	}
	_, err = s.db.Exec(ctx, `INSERT INTO sign_in_challenge (token_hash, operator_id, enrol, expires_at) VALUES ($1, $2, $3, $4)`,
		hash, op.ID, c.Enrol, c.ExpiresAt)
	if err != nil {
		return fmt.Errorf("beginning the second step of a sign-in: %w", err)
	}
	return c
}

// Answer is a code given to a challenge.
type Answer struct {
	Challenge string
	Code      string
	Place     string
	UserAgent string
}

// SignedIn is a finished sign-in; RecoveryCodes are shown once when it set up a second factor.
type SignedIn struct {
	Session       Session
	Operator      Operator
	Secret        string
	RecoveryCodes []string
}

// challenged is a sign-in half done.
type challenged struct {
	Operator
	Enrol bool `db:"enrol"`
}

const challengeColumns = `o.id, o.login, o.name, o.role, o.language, o.theme, o.active, o.created_at, c.enrol`

// Enrol makes a key for somebody who must set up a second factor to sign in.
func (s *Service) Enrol(ctx context.Context, challenge string) (Enrolment, id.Operator, error) {
	rows, _ := s.db.Query(ctx, `SELECT `+challengeColumns+` FROM sign_in_challenge c JOIN operator o ON o.id = c.operator_id
		WHERE c.token_hash = $1 AND c.expires_at > $2 AND c.enrol AND o.active`, hashSecret(challenge), s.now())
	c, err := oneChallenge(rows)
	if err != nil {
		return Enrolment{}, id.Operator{}, err
	}
	e, err := s.newKey(ctx, c.Operator)
	return e, c.ID, err
}

// FinishSignIn checks the code and opens the session. It returns the operator too when the code is wrong, so that the
// failure can be told of them. Errors: ErrChallengeOver, *ThrottledError, a fault on the field "code".
func (s *Service) FinishSignIn(ctx context.Context, a Answer) (SignedIn, error) {
	// The try is counted before the code is looked at, so that parallel guesses count too.
	rows, _ := s.db.Query(ctx, `UPDATE sign_in_challenge c SET tries = tries + 1 FROM operator o
		WHERE c.token_hash = $1 AND c.expires_at > $2 AND c.tries < $3 AND o.id = c.operator_id AND o.active
		RETURNING `+challengeColumns, hashSecret(a.Challenge), s.now(), maxTries)
	c, err := oneChallenge(rows)
	if err != nil {
		return SignedIn{}, err
	}
	done := SignedIn{Operator: c.Operator}
	err = s.tryCode(c.Login, a.Place, func() error {
		return postgres.InTx(ctx, s.db, func(tx pgx.Tx) (err error) {
			if c.Enrol {
				done.RecoveryCodes, err = s.confirm(ctx, tx, c.ID, a.Code)
			} else {
				err = s.spendCode(ctx, tx, c.ID, a.Code)
			}
			if err != nil {
				return err
			}
			// Two who answer the same challenge at once: one of them finds it used.
			tag, err := tx.Exec(ctx, `DELETE FROM sign_in_challenge WHERE token_hash = $1`, hashSecret(a.Challenge))
			if err != nil {
				return fmt.Errorf("ending the second step of a sign-in: %w", err)
			}
			if tag.RowsAffected() == 0 {
				return ErrChallengeOver
			}
			if c.Enrol {
				// Other sign-ins half done were begun when the password was enough.
				if err := s.endSessions(ctx, tx, c.ID, id.Session{}); err != nil {
					return err
				}
			}
			done.Session, done.Secret, err = s.openSession(ctx, tx, c.ID, a.UserAgent)
			return err
		})
	})
	if err != nil {
		return SignedIn{Operator: c.Operator}, err
	}
	return done, nil
}

func oneChallenge(rows pgx.Rows) (challenged, error) {
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[challenged])
	if postgres.IsNoRows(err) {
		return challenged{}, ErrChallengeOver
	}
	if err != nil {
		return challenged{}, fmt.Errorf("reading a sign-in half done: %w", err)
	}
	return c, nil
}
