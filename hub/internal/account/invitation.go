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

// InvitationLasts is how long the link of an invitation works.
const InvitationLasts = 7 * 24 * time.Hour

// ErrNoInvitation says that a link does not work: it was used, is too old, or never was one. Which is not told.
var ErrNoInvitation = fault.NotFound("the link does not work any more")

// Invitation is a link by which somebody sets a password; Secret is in it, and stored nowhere.
type Invitation struct {
	Secret    string
	ExpiresAt time.Time
}

// Invite adds an operator without a password, a member of the offices, and the invitation to set one.
func (s *Service) Invite(ctx context.Context, by Actor, n NewOperator, offices []id.Office) (Operator, Invitation, error) {
	n.Password = ""
	if err := n.check(); err != nil {
		return Operator{}, Invitation{}, err
	}
	var made Operator
	var invitation Invitation
	err := postgres.InTx(ctx, s.db, func(tx pgx.Tx) (err error) {
		if made, err = s.insertOperator(ctx, tx, n, nil); err != nil {
			return err
		}
		if err = s.place(ctx, tx, made.ID, offices); err != nil {
			return err
		}
		invitation, err = s.invite(ctx, tx, by, made.ID)
		return err
	})
	return made, invitation, err
}

// InviteAgain makes a new link for an active operator; the one before stops working. The password stays until the link is used.
func (s *Service) InviteAgain(ctx context.Context, by Actor, who id.Operator) (invitation Invitation, err error) {
	err = postgres.InTx(ctx, s.db, func(tx pgx.Tx) (err error) {
		var active bool
		err = tx.QueryRow(ctx, `SELECT active FROM operator WHERE id = $1 FOR NO KEY UPDATE`, who).Scan(&active)
		switch {
		case postgres.IsNoRows(err):
			return fault.NotFound("no such operator")
		case err != nil:
			return fmt.Errorf("reading an operator: %w", err)
		case !active:
			return fault.Conflict("somebody without access is not invited; give the access back first")
		}
		invitation, err = s.invite(ctx, tx, by, who)
		return err
	})
	return invitation, err
}

func (s *Service) invite(ctx context.Context, tx pgx.Tx, by Actor, who id.Operator) (Invitation, error) {
	secret, hash := newSecret("")
	now := s.now()
	made := Invitation{Secret: secret, ExpiresAt: now.Add(InvitationLasts)}
	if err := s.endInvitations(ctx, tx, who); err != nil {
		return Invitation{}, err
	}
	_, err := tx.Exec(ctx, `INSERT INTO invitation (id, operator_id, token_hash, invited_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		id.New[id.Session](), who, hash, by.Operator, now, made.ExpiresAt)
	if err != nil {
		return Invitation{}, fmt.Errorf("inviting an operator: %w", err)
	}
	return made, nil
}

func (s *Service) endInvitations(ctx context.Context, tx pgx.Tx, who id.Operator) error {
	if _, err := tx.Exec(ctx, `UPDATE invitation SET ended_at = $2 WHERE operator_id = $1 AND ended_at IS NULL`, who, s.now()); err != nil {
		return fmt.Errorf("ending an invitation: %w", err)
	}
	return nil
}

// invited finds whose an invitation is; ErrNoInvitation when it does not work.
const invited = `SELECT o.id, o.login FROM invitation i JOIN operator o ON o.id = i.operator_id
	WHERE i.token_hash = $1 AND i.ended_at IS NULL AND i.expires_at > $2 AND o.active`

// Redeem sets the password of whoever was invited, once, signs all of their sessions out, and returns the login. The secret
// is looked for before the password is hashed: what is no invitation costs nothing.
func (s *Service) Redeem(ctx context.Context, secret, password string) (login string, err error) {
	if err := checkPassword("password", password); err != nil {
		return "", err
	}
	var who id.Operator
	if err := s.db.QueryRow(ctx, invited, hashSecret(secret), s.now()).Scan(&who, &login); postgres.IsNoRows(err) {
		return "", ErrNoInvitation
	} else if err != nil {
		return "", fmt.Errorf("looking up an invitation: %w", err)
	}
	hash, err := s.passwords.Hash(ctx, password)
	if err != nil {
		return "", err
	}
	err = postgres.InTx(ctx, s.db, func(tx pgx.Tx) error {
		// Two who use the link at once: one of them finds it used.
		err := tx.QueryRow(ctx, invited+` FOR UPDATE`, hashSecret(secret), s.now()).Scan(&who, &login)
		if postgres.IsNoRows(err) {
			return ErrNoInvitation
		}
		if err != nil {
			return fmt.Errorf("looking up an invitation: %w", err)
		}
		if _, err := tx.Exec(ctx, `UPDATE operator SET password_hash = $2 WHERE id = $1`, who, hash); err != nil {
			return fmt.Errorf("storing a password: %w", err)
		}
		if err := s.endInvitations(ctx, tx, who); err != nil {
			return err
		}
		postgres.Made(ctx, "invitation", who.String())
		return s.endSessions(ctx, tx, who, id.Session{})
	})
	return login, err
}
