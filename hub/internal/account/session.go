package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// How long a session lasts: unused, and at most.
const (
	SessionIdle = 8 * time.Hour
	SessionMax  = 24 * time.Hour
)

// touchEvery is how exact "last seen" is; writing it at every request would cost a write each.
const touchEvery = time.Minute

// ErrBadLogin says that login and password do not belong together; which of the two is wrong is not told.
var ErrBadLogin = errors.New("wrong login or password")

// Session is one sign-in of an operator in one browser.
type Session struct {
	ID         id.Session  `db:"id"`
	OperatorID id.Operator `db:"operator_id"`
	UserAgent  string      `db:"user_agent"`
	CreatedAt  time.Time   `db:"created_at"`
	LastSeenAt time.Time   `db:"last_seen_at"`
	ExpiresAt  time.Time   `db:"expires_at"`
}

const sessionColumns = `id, operator_id, user_agent, created_at, last_seen_at, expires_at`

// Credentials are what a browser sends to sign in; Place is its network address.
type Credentials struct {
	Login     string
	Password  string
	Place     string
	UserAgent string
}

// SignIn checks the credentials and opens a session. The secret goes into the
// browser's cookie and is stored nowhere. Errors: ErrBadLogin, *ThrottledError, and *ChallengeError where a second
// factor is wanted.
func (s *Service) SignIn(ctx context.Context, c Credentials) (Session, Operator, string, error) {
	op, err := s.checkLogin(ctx, c.Login, c.Password, c.Place)
	if err != nil {
		return Session{}, Operator{}, "", err
	}
	if err := s.challenge(ctx, op); err != nil {
		return Session{}, Operator{}, "", err
	}
	session, secret, err := s.openSession(ctx, s.db, op.ID, c.UserAgent)
	return session, op, secret, err
}

func (s *Service) openSession(ctx context.Context, db postgres.Querier, who id.Operator, userAgent string) (Session, string, error) {
	secret, hash := newSecret("")
	now := s.now()
	rows, _ := db.Query(ctx, `
		INSERT INTO session (id, token_hash, operator_id, user_agent, created_at, last_seen_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $5, $6) RETURNING `+sessionColumns,
		id.New[id.Session](), hash, who, cleanUserAgent(userAgent), now, now.Add(SessionMax))
	session, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Session])
	if err != nil {
		return Session{}, "", fmt.Errorf("opening a session: %w", err)
	}
	return session, secret, nil
}

// checkLogin answers after the same time whether or not the login exists.
func (s *Service) checkLogin(ctx context.Context, login, password, place string) (Operator, error) {
	login = strings.ToLower(strings.TrimSpace(login))
	if utf8.RuneCountInString(password) > maxPassword {
		return Operator{}, ErrBadLogin
	}
	refund, err := s.throttle.charge(login, place, s.now())
	if err != nil {
		return Operator{}, err
	}
	op, hash, err := s.lookUpLogin(ctx, login)
	if err != nil {
		return Operator{}, err
	}
	ok, err := s.passwords.Verify(ctx, hash, password)
	if err != nil {
		return Operator{}, fmt.Errorf("checking a password: %w", err)
	}
	if !ok {
		return Operator{}, ErrBadLogin
	}
	refund()
	return op, nil
}

// lookUpLogin answers an empty hash for a login that does not exist or is not active.
func (s *Service) lookUpLogin(ctx context.Context, login string) (Operator, string, error) {
	type row struct {
		Operator
		PasswordHash string `db:"password_hash"`
	}
	rows, _ := s.db.Query(ctx, `SELECT `+operatorColumns+`, coalesce(password_hash, '') AS password_hash
		FROM operator WHERE lower(login) = $1 AND active`, login)
	r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[row])
	if postgres.IsNoRows(err) {
		return Operator{}, "", nil
	}
	if err != nil {
		return Operator{}, "", fmt.Errorf("looking up a login: %w", err)
	}
	return r.Operator, r.PasswordHash, nil
}

// memberships are the offices that the operator o belongs to, and the confidential ones it does not.
const memberships = `ARRAY(SELECT m.office_id FROM office_member m WHERE m.operator_id = o.id ORDER BY 1) AS offices,
	ARRAY(SELECT f.id FROM office f WHERE f.confidential AND NOT EXISTS (
	    SELECT FROM office_member m WHERE m.office_id = f.id AND m.operator_id = o.id) ORDER BY 1) AS hidden`

// BySession says who came with a session's secret, and notes that the session
// is in use. ErrUnauthenticated when the session is over.
func (s *Service) BySession(ctx context.Context, secret string) (Actor, error) {
	return s.bySession(ctx, `s.token_hash = $1`, hashSecret(secret))
}

// Again looks up an actor who came earlier: what they may do and see may have changed. ErrUnauthenticated when they may
// not come any more.
func (s *Service) Again(ctx context.Context, a Actor) (Actor, error) {
	if a.Kind == KindToken {
		return s.byToken(ctx, `id = $1`, a.Token)
	}
	return s.bySession(ctx, `s.id = $1`, a.Session)
}

func (s *Service) bySession(ctx context.Context, which string, key any) (Actor, error) {
	type row struct {
		ID         id.Session  `db:"id"`
		OperatorID id.Operator `db:"operator_id"`
		LastSeenAt time.Time   `db:"last_seen_at"`
		ExpiresAt  time.Time   `db:"expires_at"`
		Name       string      `db:"name"`
		Role       Role        `db:"role"`
		Offices    []id.Office `db:"offices"`
		Hidden     []id.Office `db:"hidden"`
	}
	now := s.now()
	rows, _ := s.db.Query(ctx, `
		SELECT s.id, s.operator_id, s.last_seen_at, s.expires_at, o.name, o.role, `+memberships+`
		FROM session s JOIN operator o ON o.id = s.operator_id
		WHERE `+which+` AND s.revoked_at IS NULL AND s.expires_at > $2 AND s.last_seen_at > $3 AND o.active`,
		key, now, now.Add(-SessionIdle))
	r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[row])
	if postgres.IsNoRows(err) {
		return Actor{}, ErrUnauthenticated
	}
	if err != nil {
		return Actor{}, fmt.Errorf("looking up a session: %w", err)
	}
	if now.Sub(r.LastSeenAt) > touchEvery {
		if _, err := s.db.Exec(ctx, `UPDATE session SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2`, r.ID, now); err != nil {
			return Actor{}, fmt.Errorf("noting a session's use: %w", err)
		}
	}
	return Actor{
		Kind: KindOperator, Operator: r.OperatorID, Session: r.ID, Name: r.Name, Role: r.Role, Offices: r.Offices, Hidden: r.Hidden, Until: &r.ExpiresAt,
	}, nil
}

// Sessions lists an operator's open sessions, last used first.
func (s *Service) Sessions(ctx context.Context, who id.Operator) ([]Session, error) {
	now := s.now()
	rows, _ := s.db.Query(ctx, `
		SELECT `+sessionColumns+` FROM session
		WHERE operator_id = $1 AND revoked_at IS NULL AND expires_at > $2 AND last_seen_at > $3
		ORDER BY last_seen_at DESC, id DESC LIMIT 200`, who, now, now.Add(-SessionIdle))
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Session])
	if err != nil {
		return nil, fmt.Errorf("listing sessions: %w", err)
	}
	return list, nil
}

// SignOut ends the session with this secret; one that is over already is no error.
func (s *Service) SignOut(ctx context.Context, secret string) error {
	_, err := s.db.Exec(ctx, `UPDATE session SET revoked_at = $2 WHERE token_hash = $1 AND revoked_at IS NULL`,
		hashSecret(secret), s.now())
	if err != nil {
		return fmt.Errorf("signing out: %w", err)
	}
	return nil
}

// EndSession ends one of the operator's own sessions.
func (s *Service) EndSession(ctx context.Context, who id.Operator, session id.Session) error {
	tag, err := s.db.Exec(ctx, `UPDATE session SET revoked_at = $3 WHERE id = $1 AND operator_id = $2 AND revoked_at IS NULL`,
		session, who, s.now())
	if err != nil {
		return fmt.Errorf("ending a session: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.NotFound("no such session")
	}
	return nil
}

// endSessions ends all sessions but one, and the sign-ins half done.
func (s *Service) endSessions(ctx context.Context, tx pgx.Tx, who id.Operator, keep id.Session) error {
	if _, err := tx.Exec(ctx, `DELETE FROM sign_in_challenge WHERE operator_id = $1`, who); err != nil {
		return fmt.Errorf("ending sign-ins: %w", err)
	}
	_, err := tx.Exec(ctx, `UPDATE session SET revoked_at = $3 WHERE operator_id = $1 AND id IS DISTINCT FROM $2 AND revoked_at IS NULL`,
		who, keep, s.now())
	if err != nil {
		return fmt.Errorf("ending sessions: %w", err)
	}
	return nil
}

// cleanUserAgent keeps what can be shown and stored, at most 300 characters.
func cleanUserAgent(ua string) string {
	ua = strings.ToValidUTF8(strings.ReplaceAll(ua, "\x00", ""), "")
	if runes := []rune(ua); len(runes) > 300 {
		return string(runes[:300])
	}
	return ua
}
