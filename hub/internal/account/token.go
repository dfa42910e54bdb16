package account

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Token lets a script use the API. Its secret is stored nowhere.
type Token struct {
	ID   id.Token `db:"id"`
	Name string   `db:"name"`
	Role Role     `db:"role"`
	// Office is whose tickets the script sees, besides those its role shows anyway; unset is none.
	Office     id.Office  `db:"office_id"`
	CreatedAt  time.Time  `db:"created_at"`
	LastUsedAt *time.Time `db:"last_used_at"`
	// ExpiresAt is its end; nil is never, for the reason NeverBecause.
	ExpiresAt    *time.Time `db:"expires_at"`
	NeverBecause string     `db:"never_because"`
}

const tokenColumns = `id, name, role, office_id, created_at, last_used_at, expires_at, never_because`

// NewToken is what it takes to make a token.
type NewToken struct {
	Name   string
	Role   Role
	Office id.Office
	// Lasts is for how long, Because why for ever.
	Lasts   Lasting
	Because string
}

// AddToken makes a token and returns its secret, this once.
func (s *Service) AddToken(ctx context.Context, n NewToken) (Token, string, error) {
	return s.insertToken(ctx, s.db, n)
}

// ReplaceToken makes a token and ends all others of the same name: for a demo
// or a job that makes its own token at each start.
func (s *Service) ReplaceToken(ctx context.Context, n NewToken) (token Token, secret string, err error) {
	err = postgres.InTx(ctx, s.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE api_token SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL`,
			strings.TrimSpace(n.Name), s.now()); err != nil {
			return fmt.Errorf("ending tokens: %w", err)
		}
		token, secret, err = s.insertToken(ctx, tx, n)
		return err
	})
	return token, secret, err
}

func (s *Service) insertToken(ctx context.Context, db postgres.Querier, n NewToken) (Token, string, error) {
	name := strings.TrimSpace(n.Name)
	if length := utf8.RuneCountInString(name); length < 1 || length > 100 {
		return Token{}, "", fault.Invalid("name", "length", "a token's name has 1 to 100 characters")
	}
	if !n.Role.Valid() {
		return Token{}, "", fault.Invalid("role", "unknown", "unknown role %q", n.Role)
	}
	end, err := n.end(s.now())
	if err != nil {
		return Token{}, "", err
	}
	because := ""
	if end == nil {
		because = strings.TrimSpace(n.Because)
	}
	secret, hash := newSecret(tokenPrefix)
	rows, _ := db.Query(ctx, `INSERT INTO api_token (id, name, token_hash, role, office_id, created_at, expires_at, never_because)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING `+tokenColumns, id.New[id.Token](), name, hash, n.Role, n.Office, s.now(), end, because)
	token, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Token])
	if postgres.IsForeignKey(err, "api_token_office_id_fkey") {
		return Token{}, "", fault.Invalid("office_id", "unknown", "no such office")
	}
	if err != nil {
		return Token{}, "", fmt.Errorf("making a token: %w", err)
	}
	postgres.Made(ctx, "tokens", token.ID.String())
	return token, secret, nil
}

// Tokens lists the tokens that nobody has ended, newest first; those that came to their end are still among them. At most 1000.
func (s *Service) Tokens(ctx context.Context) ([]Token, error) {
	rows, _ := s.db.Query(ctx, `SELECT `+tokenColumns+` FROM api_token WHERE revoked_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 1000`)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Token])
	if err != nil {
		return nil, fmt.Errorf("listing tokens: %w", err)
	}
	return list, nil
}

// EndToken makes a token stop working at once.
func (s *Service) EndToken(ctx context.Context, token id.Token) error {
	tag, err := s.db.Exec(ctx, `UPDATE api_token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL`, token, s.now())
	if err != nil {
		return fmt.Errorf("ending a token: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.NotFound("no such token")
	}
	return nil
}

// ByToken says which script came with a token's secret. ErrUnauthenticated when it does not work, ErrTokenExpired when it
// did until its end.
func (s *Service) ByToken(ctx context.Context, secret string) (Actor, error) {
	if !strings.HasPrefix(secret, tokenPrefix) {
		return Actor{}, ErrUnauthenticated
	}
	return s.byToken(ctx, `token_hash = $1`, hashSecret(secret))
}

func (s *Service) byToken(ctx context.Context, which string, key any) (Actor, error) {
	type row struct {
		Token
		Hidden []id.Office `db:"hidden"`
	}
	rows, _ := s.db.Query(ctx, `SELECT `+tokenColumns+`, ARRAY(SELECT f.id FROM office f
		WHERE f.confidential AND f.id IS DISTINCT FROM api_token.office_id ORDER BY 1) AS hidden
		FROM api_token WHERE `+which+` AND revoked_at IS NULL`, key)
	t, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[row])
	if postgres.IsNoRows(err) {
		return Actor{}, ErrUnauthenticated
	}
	if err != nil {
		return Actor{}, fmt.Errorf("looking up a token: %w", err)
	}
	now := s.now()
	if t.Expired(now) {
		return Actor{}, ErrTokenExpired
	}
	if t.LastUsedAt == nil || now.Sub(*t.LastUsedAt) > touchEvery {
		if _, err := s.db.Exec(ctx, `UPDATE api_token SET last_used_at = $2 WHERE id = $1`, t.ID, now); err != nil {
			return Actor{}, fmt.Errorf("noting a token's use: %w", err)
		}
	}
	actor := Actor{Kind: KindToken, Token: t.ID, Name: t.Name, Role: t.Role, Hidden: t.Hidden, Until: t.ExpiresAt}
	if !t.Office.IsZero() {
		actor.Offices = []id.Office{t.Office}
	}
	return actor, nil
}
