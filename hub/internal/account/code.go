package account

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/totp"
)

// Recovery codes: so many, each of 80 random bits, written as four groups of four letters and digits.
const (
	recoveryCodes = 10
	recoveryBytes = 10
)

var (
	errWrongCode = fault.Invalid("code", "wrong_code", "the code is wrong or too old")
	errUsedCode  = fault.Invalid("code", "used_code", "the code was used already; wait for the next one")
)

// heldFactor is the stored row.
type heldFactor struct {
	Sealed   []byte `db:"sealed"`
	Pending  []byte `db:"pending"`
	LastStep int64  `db:"last_step"`
}

// holdFactor reads a second factor and locks it, so that two who type one code at once use it once.
func holdFactor(ctx context.Context, tx pgx.Tx, who id.Operator) (heldFactor, error) {
	rows, _ := tx.Query(ctx, `SELECT sealed, pending, last_step FROM second_factor WHERE operator_id = $1 FOR UPDATE`, who)
	held, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[heldFactor])
	if err != nil && !postgres.IsNoRows(err) {
		return heldFactor{}, fmt.Errorf("reading a second factor: %w", err)
	}
	return held, nil
}

// spendCode checks a code of the app or a recovery code, and uses it up.
func (s *Service) spendCode(ctx context.Context, tx pgx.Tx, who id.Operator, code string) error {
	held, err := holdFactor(ctx, tx, who)
	if err != nil {
		return err
	}
	if held.Sealed == nil {
		return errWrongCode
	}
	if code = cleanCode(code); len(code) != totp.Digits {
		return s.spendRecoveryCode(ctx, tx, who, code)
	}
	key, err := s.openKey(who, held.Sealed)
	if err != nil {
		return err
	}
	step, ok := totp.Match(key, code, s.now())
	switch {
	case !ok:
		return errWrongCode
	case step <= held.LastStep:
		return errUsedCode
	}
	if _, err := tx.Exec(ctx, `UPDATE second_factor SET last_step = $2 WHERE operator_id = $1`, who, step); err != nil {
		return fmt.Errorf("noting a code's use: %w", err)
	}
	return nil
}

// confirm puts the pending key to use once a code shows that the phone has it, and returns new recovery codes.
func (s *Service) confirm(ctx context.Context, tx pgx.Tx, who id.Operator, code string) ([]string, error) {
	held, err := holdFactor(ctx, tx, who)
	if err != nil {
		return nil, err
	}
	if held.Pending == nil {
		return nil, fault.Conflict("no key waits for a code; begin again")
	}
	key, err := s.openKey(who, held.Pending)
	if err != nil {
		return nil, err
	}
	step, ok := totp.Match(key, cleanCode(code), s.now())
	if !ok {
		return nil, errWrongCode
	}
	_, err = tx.Exec(ctx, `UPDATE second_factor SET sealed = pending, pending = NULL, confirmed_at = $2, last_step = $3 WHERE operator_id = $1`,
		who, s.now(), step)
	if err != nil {
		return nil, fmt.Errorf("confirming a second factor: %w", err)
	}
	return s.replaceRecoveryCodes(ctx, tx, who)
}

func (s *Service) replaceRecoveryCodes(ctx context.Context, tx pgx.Tx, who id.Operator) ([]string, error) {
	codes, hashes := make([]string, recoveryCodes), make([][]byte, recoveryCodes)
	for i := range codes {
		raw := make([]byte, recoveryBytes)
		rand.Read(raw)
		plain := strings.ToLower(base32.StdEncoding.EncodeToString(raw))
		codes[i] = plain[:4] + "-" + plain[4:8] + "-" + plain[8:12] + "-" + plain[12:]
		hashes[i] = hashSecret(plain)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM recovery_code WHERE operator_id = $1`, who); err != nil {
		return nil, fmt.Errorf("ending recovery codes: %w", err)
	}
	if _, err := tx.Exec(ctx, `INSERT INTO recovery_code (operator_id, hash) SELECT $1, unnest($2::bytea[])`, who, hashes); err != nil {
		return nil, fmt.Errorf("storing recovery codes: %w", err)
	}
	return codes, nil
}

func (s *Service) spendRecoveryCode(ctx context.Context, tx pgx.Tx, who id.Operator, code string) error {
	tag, err := tx.Exec(ctx, `UPDATE recovery_code SET used_at = $3 WHERE operator_id = $1 AND hash = $2 AND used_at IS NULL`,
		who, hashSecret(code), s.now())
	if err != nil {
		return fmt.Errorf("using a recovery code: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return errWrongCode
	}
	return nil
}

// cleanCode takes out what people and apps put between the groups.
func cleanCode(code string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' {
			return -1
		}
		return unicode.ToLower(r)
	}, code)
}

func (s *Service) sealKey(who id.Operator, key string) ([]byte, error) {
	sealed, err := s.ring.Seal(keyring.Secrets, []byte(key), factorContext(who))
	if err != nil {
		return nil, fmt.Errorf("sealing a key: %w", err)
	}
	return sealed, nil
}

func (s *Service) openKey(who id.Operator, sealed []byte) (string, error) {
	key, err := s.ring.Open(keyring.Secrets, sealed, factorContext(who))
	if err != nil {
		return "", fmt.Errorf("opening a second factor's key: %w", err)
	}
	return string(key), nil
}

// factorContext binds a sealed key to its operator: copied to another row it does not open.
func factorContext(who id.Operator) []byte { return []byte("second-factor/" + who.String()) }
