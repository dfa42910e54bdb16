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
	ID         id.Token   `db:"id"`
	Name       string     `db:"name"`
	Role       Role       `db:"role"`
	CreatedAt  time.Time  `db:"created_at"`
	LastUsedAt *time.Time `db:"last_used_at"`
}

const tokenColumns = `id, name, role, created_at, last_used_at`

// AddToken makes a token and returns its secret, this once.
func (s *Service) AddToken(ctx context.Context, name string, role Role) (Token, string, error) {
	return s.insertToken(ctx, s.db, name, role)
}

// ReplaceToken makes a token and ends all others of the same name: for a demo
// or a job that makes its own token at each start.
func (s *Service) ReplaceToken(ctx context.Context, name string, role Role) (token Token, secret string, err error) {
	err = postgres.InTx(ctx, s.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE api_token SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL`,
			strings.TrimSpace(name), s.now()); err != nil {
			return fmt.Errorf("ending tokens: %w", err)
		}
		token, secret, err = s.insertToken(ctx, tx, name, role)
		return err
	})
	return token, secret, err
}

func (s *Service) insertToken(ctx context.Context, db postgres.Querier, name string, role Role) (Token, string, error) {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n < 1 || n > 100 {
		return Token{}, "", fault.Invalid("name", "length", "a token's name has 1 to 100 characters")
	}
	if !role.Valid() {
		return Token{}, "", fault.Invalid("role", "unknown", "unknown role %q", role)
	}
	secret, hash := newSecret(tokenPrefix)
	rows, _ := db.Query(ctx, `INSERT INTO api_token (id, name, token_hash, role, created_at) VALUES ($1, $2, $3, $4, $5)
		RETURNING `+tokenColumns, id.New[id.Token](), name, hash, role, s.now())
	token, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Token])
	if err != nil {
		return Token{}, "", fmt.Errorf("making a token: %w", err)
	}
	return token, secret, nil
}

// Tokens lists the tokens that still work, newest first. At most 1000.
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

// ByToken says which script came with a token's secret. ErrUnauthenticated when it does not work.
func (s *Service) ByToken(ctx context.Context, secret string) (Actor, error) {
	if !strings.HasPrefix(secret, tokenPrefix) {
		return Actor{}, ErrUnauthenticated
	}
	rows, _ := s.db.Query(ctx, `SELECT `+tokenColumns+` FROM api_token WHERE token_hash = $1 AND revoked_at IS NULL`, hashSecret(secret))
	t, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Token])
	if postgres.IsNoRows(err) {
		return Actor{}, ErrUnauthenticated
	}
	if err != nil {
		return Actor{}, fmt.Errorf("looking up a token: %w", err)
	}
	if now := s.now(); t.LastUsedAt == nil || now.Sub(*t.LastUsedAt) > touchEvery {
		if _, err := s.db.Exec(ctx, `UPDATE api_token SET last_used_at = $2 WHERE id = $1`, t.ID, now); err != nil {
			return Actor{}, fmt.Errorf("noting a token's use: %w", err)
		}
	}
	return Actor{Kind: KindToken, Token: t.ID, Name: t.Name, Role: t.Role}, nil
}
