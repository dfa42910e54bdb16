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

// Operator is a person who works in the hub.
type Operator struct {
	ID        id.Operator `db:"id"`
	Login     string      `db:"login"`
	Name      string      `db:"name"`
	Role      Role        `db:"role"`
	Language  string      `db:"language"`
	Theme     string      `db:"theme"`
	Active    bool        `db:"active"`
	CreatedAt time.Time   `db:"created_at"`
}

// NewOperator is what it takes to add an operator. Without a password one cannot sign in.
type NewOperator struct {
	Login    string
	Name     string
	Role     Role
	Password string
	Language string
}

// Settings are what operators choose for themselves; nil leaves one as it is.
type Settings struct {
	Language *string
	Theme    *string
}

// Limits of a password, in characters. The upper one keeps hashing cheap to refuse.
const (
	minPassword = 10
	maxPassword = 256
)

const operatorColumns = `id, login, name, role, language, theme, active, created_at`

// AddOperator adds an operator, a member of the offices. A login that exists is a conflict; upper and lower case are the same.
func (s *Service) AddOperator(ctx context.Context, n NewOperator, offices ...id.Office) (op Operator, err error) {
	if err := n.check(); err != nil {
		return Operator{}, err
	}
	var hash *string
	if n.Password != "" {
		h, err := s.passwords.Hash(ctx, n.Password)
		if err != nil {
			return Operator{}, err
		}
		hash = &h
	}
	err = postgres.InTx(ctx, s.db, func(tx pgx.Tx) error {
		if op, err = s.insertOperator(ctx, tx, n, hash); err != nil {
			return err
		}
		return s.place(ctx, tx, op.ID, offices)
	})
	return op, err
}

func (s *Service) insertOperator(ctx context.Context, db postgres.Querier, n NewOperator, hash *string) (Operator, error) {
	rows, _ := db.Query(ctx, `
		INSERT INTO operator (id, login, name, role, password_hash, language, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING `+operatorColumns,
		id.New[id.Operator](), strings.TrimSpace(n.Login), n.Name, n.Role, hash, n.Language, s.now())
	op, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Operator])
	if postgres.IsUnique(err, "operator_login_key") {
		return Operator{}, fault.Conflict("the login is taken")
	}
	if err != nil {
		return Operator{}, fmt.Errorf("adding an operator: %w", err)
	}
	postgres.Made(ctx, "people", op.ID.String())
	return op, nil
}

func (n *NewOperator) check() error {
	if n.Language == "" {
		n.Language = "it"
	}
	switch login := strings.TrimSpace(n.Login); {
	case login == "" || utf8.RuneCountInString(login) > 100:
		return fault.Invalid("login", "length", "a login has 1 to 100 characters")
	case strings.TrimSpace(n.Name) == "":
		return fault.Invalid("name", "required", "an operator has a name")
	case !n.Role.Valid():
		return fault.Invalid("role", "unknown", "unknown role %q", n.Role)
	case n.Password != "":
		return checkPassword("password", n.Password)
	}
	return nil
}

func checkPassword(field, password string) error {
	switch n := utf8.RuneCountInString(password); {
	case n < minPassword:
		return fault.Invalid(field, "too_short", "a password has at least %d characters", minPassword)
	case n > maxPassword:
		return fault.Invalid(field, "too_long", "a password has at most %d characters", maxPassword)
	}
	return nil
}

// Operator returns one operator, active or not.
func (s *Service) Operator(ctx context.Context, who id.Operator) (Operator, error) {
	rows, _ := s.db.Query(ctx, `SELECT `+operatorColumns+` FROM operator WHERE id = $1`, who)
	return oneOperator(rows)
}

// OperatorByLogin returns one operator, active or not.
func (s *Service) OperatorByLogin(ctx context.Context, login string) (Operator, error) {
	rows, _ := s.db.Query(ctx, `SELECT `+operatorColumns+` FROM operator WHERE lower(login) = lower($1)`, strings.TrimSpace(login))
	return oneOperator(rows)
}

func oneOperator(rows pgx.Rows) (Operator, error) {
	op, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Operator])
	if postgres.IsNoRows(err) {
		return Operator{}, fault.NotFound("no such operator")
	}
	if err != nil {
		return Operator{}, fmt.Errorf("reading an operator: %w", err)
	}
	return op, nil
}

// Operators lists the active operators by name. At most 1000.
func (s *Service) Operators(ctx context.Context) ([]Operator, error) {
	rows, _ := s.db.Query(ctx, `SELECT `+operatorColumns+` FROM operator WHERE active ORDER BY name, id LIMIT 1000`)
	ops, err := pgx.CollectRows(rows, pgx.RowToStructByName[Operator])
	if err != nil {
		return nil, fmt.Errorf("listing operators: %w", err)
	}
	return ops, nil
}

// Colleagues lists the operators with access by name, each as the actor that they are when they sign in. At most 1000.
func (s *Service) Colleagues(ctx context.Context, q postgres.Querier) ([]Actor, error) {
	rows, _ := q.Query(ctx, colleagues+` ORDER BY o.name, o.id LIMIT 1000`)
	list, err := pgx.CollectRows(rows, colleague)
	if err != nil {
		return nil, fmt.Errorf("listing colleagues: %w", err)
	}
	return list, nil
}

// Colleague is one operator with access, as the actor that they are when they sign in.
func Colleague(ctx context.Context, q postgres.Querier, who id.Operator) (Actor, error) {
	rows, _ := q.Query(ctx, colleagues+` AND o.id = $1`, who)
	a, err := pgx.CollectExactlyOneRow(rows, colleague)
	if postgres.IsNoRows(err) {
		return Actor{}, fault.NotFound("no such operator with access")
	}
	if err != nil {
		return Actor{}, fmt.Errorf("reading a colleague: %w", err)
	}
	return a, nil
}

// Actors are those of these operators who have access, each as the actor that they are when they sign in.
func Actors(ctx context.Context, q postgres.Querier, who []id.Operator) (map[id.Operator]Actor, error) {
	rows, _ := q.Query(ctx, colleagues+` AND o.id = ANY($1)`, who)
	list, err := pgx.CollectRows(rows, colleague)
	if err != nil {
		return nil, fmt.Errorf("reading operators as actors: %w", err)
	}
	actors := make(map[id.Operator]Actor, len(list))
	for _, a := range list {
		actors[a.Operator] = a
	}
	return actors, nil
}

const colleagues = `SELECT o.id, o.name, o.role, ` + memberships + ` FROM operator o WHERE o.active`

func colleague(row pgx.CollectableRow) (Actor, error) {
	a := Actor{Kind: KindOperator}
	err := row.Scan(&a.Operator, &a.Name, &a.Role, &a.Offices, &a.Hidden)
	return a, err
}

// Choose changes an operator's own settings.
func (s *Service) Choose(ctx context.Context, who id.Operator, set Settings) (Operator, error) {
	rows, _ := s.db.Query(ctx, `
		UPDATE operator SET language = coalesce($2, language), theme = coalesce($3, theme)
		WHERE id = $1 RETURNING `+operatorColumns, who, set.Language, set.Theme)
	return oneOperator(rows)
}

// Deactivate takes an operator's access away at once, open sessions included.
func (s *Service) Deactivate(ctx context.Context, who id.Operator) error {
	return postgres.InTx(ctx, s.db, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE operator SET active = false WHERE id = $1`, who)
		if err != nil {
			return fmt.Errorf("deactivating an operator: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.NotFound("no such operator")
		}
		return s.endSessions(ctx, tx, who, id.Session{})
	})
}

// SetPassword replaces an operator's password without knowing the old one, for
// administrators and the command line, and ends the operator's sessions.
func (s *Service) SetPassword(ctx context.Context, who id.Operator, password string) error {
	if err := checkPassword("password", password); err != nil {
		return err
	}
	return s.replacePassword(ctx, who, password, id.Session{})
}

// ChangePassword replaces the actor's own password after checking the current
// one, and ends the actor's other sessions.
func (s *Service) ChangePassword(ctx context.Context, actor Actor, place, current, next string) error {
	if err := checkPassword("new", next); err != nil {
		return err
	}
	op, err := s.Operator(ctx, actor.Operator)
	if err != nil {
		return err
	}
	if _, err := s.checkLogin(ctx, op.Login, current, place); err != nil {
		if errors.Is(err, ErrBadLogin) {
			return fault.Invalid("current", "wrong", "the current password is wrong")
		}
		return err
	}
	return s.replacePassword(ctx, actor.Operator, next, actor.Session)
}

func (s *Service) replacePassword(ctx context.Context, who id.Operator, password string, keep id.Session) error {
	hash, err := s.passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	return postgres.InTx(ctx, s.db, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE operator SET password_hash = $2 WHERE id = $1`, who, hash)
		if err != nil {
			return fmt.Errorf("storing a password: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.NotFound("no such operator")
		}
		return s.endSessions(ctx, tx, who, keep)
	})
}
