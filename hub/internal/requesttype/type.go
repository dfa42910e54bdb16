// Package requesttype keeps what requests may be about, in the citizen's view of it.
package requesttype

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/naming"
	"sportello.dev/hub/internal/postgres"
)

const (
	// maxName is how long a name is at most, in runes: it stands in pickers and in the rows of reports.
	maxName = 40
	// mostTypes is how many types a town uses at most: operators pick from the whole list.
	mostTypes = 60
	// maxStem is how much of a name a code takes over: a number still has room behind it.
	maxStem = 36
)

// Type is what a request may be about. Its code never changes: tickets, rules, terms and reports have it.
type Type struct {
	Code   string            `db:"code"`
	Labels map[string]string `db:"labels"`
	// Retired types are no longer offered; where they stand they stay.
	Retired bool `db:"retired"`
}

// Languages are those that every type has a name in.
func Languages() []string { return []string{"it", "en"} }

// Change is what is to be changed; nil fields stay as they are.
type Change struct {
	Labels  map[string]string
	Retired *bool
}

// Store keeps types. What it changes, it changes in the caller's transaction, one change after the other.
type Store struct{ now func() time.Time }

// NewStore returns a store with this clock.
func NewStore(now func() time.Time) *Store { return &Store{now: now} }

const columns = `code, labels, retired_at IS NOT NULL AS retired`

// All lists them in their order.
func (s *Store) All(ctx context.Context, db postgres.Querier) ([]Type, error) {
	rows, err := db.Query(ctx, `SELECT `+columns+` FROM request_type ORDER BY position, code`)
	if err != nil {
		return nil, fmt.Errorf("listing request types: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Type])
	if err != nil {
		return nil, fmt.Errorf("listing request types: %w", err)
	}
	return list, nil
}

// Make adds a type after all others.
func (s *Store) Make(ctx context.Context, tx pgx.Tx, labels map[string]string) (*Type, error) {
	all, err := s.lock(ctx, tx)
	if err != nil {
		return nil, err
	}
	if full(all) {
		return nil, fault.Invalid("labels.it", "types_full", "a town has at most %d types of request", mostTypes)
	}
	if labels, err = named(labels, "", all); err != nil {
		return nil, err
	}
	const query = `INSERT INTO request_type (code, position, labels) SELECT $1, coalesce(max(position), 0) + 1, $2 FROM request_type RETURNING ` + columns
	return one(ctx, tx, query, newCode(labels["it"], all), labels)
}

// full tells whether there are as many types in use as a town may have; retired ones are offered to nobody.
func full(all []Type) bool {
	used := 0
	for _, t := range all {
		if !t.Retired {
			used++
		}
	}
	return used >= mostTypes
}

// Change renames or retires a type, or takes it back into use.
func (s *Store) Change(ctx context.Context, tx pgx.Tx, code string, c Change) (*Type, error) {
	all, err := s.lock(ctx, tx)
	if err != nil {
		return nil, err
	}
	var labels any
	if c.Labels != nil {
		if labels, err = named(c.Labels, code, all); err != nil {
			return nil, err
		}
	}
	again := c.Retired != nil && !*c.Retired && slices.ContainsFunc(all, func(t Type) bool { return t.Code == code && t.Retired })
	if again && full(all) {
		return nil, fault.Invalid("retired", "types_full", "a town has at most %d types of request", mostTypes)
	}
	const query = `UPDATE request_type SET labels = labels || coalesce($2::jsonb, '{}'),
		retired_at = CASE WHEN $3::boolean THEN coalesce(retired_at, $4) WHEN NOT $3 THEN NULL ELSE retired_at END
		WHERE code = $1 RETURNING ` + columns
	return one(ctx, tx, query, code, labels, c.Retired, s.now())
}

// Arrange puts the types into an order. One that names others than there are was made of an older list: a conflict.
func (s *Store) Arrange(ctx context.Context, tx pgx.Tx, codes []string) error {
	all, err := s.lock(ctx, tx)
	if err != nil {
		return err
	}
	have := make([]string, len(all))
	for i, t := range all {
		have[i] = t.Code
	}
	if slices.Sort(have); !slices.Equal(have, slices.Sorted(slices.Values(codes))) {
		return fault.Conflict("the types of request have changed since")
	}
	const query = `UPDATE request_type t SET position = o.n FROM unnest($1::text[]) WITH ORDINALITY o (code, n) WHERE t.code = o.code`
	if _, err := tx.Exec(ctx, query, codes); err != nil {
		return fmt.Errorf("ordering request types: %w", err)
	}
	return nil
}

// lock lets the next change wait, and reads what is there. Readers go on.
func (s *Store) lock(ctx context.Context, tx pgx.Tx) ([]Type, error) {
	if _, err := tx.Exec(ctx, `LOCK TABLE request_type IN SHARE ROW EXCLUSIVE MODE`); err != nil {
		return nil, fmt.Errorf("locking request types: %w", err)
	}
	return s.All(ctx, tx)
}

func one(ctx context.Context, tx pgx.Tx, query string, args ...any) (*Type, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("writing a request type: %w", err)
	}
	t, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[Type])
	switch {
	case postgres.IsNoRows(err):
		return nil, fault.NotFound("no such type of request")
	case err != nil:
		return nil, fmt.Errorf("writing a request type: %w", err)
	}
	return t, nil
}

// named puts names in order, one for each language. Neither spaces, capitals nor accents make another name.
func named(labels map[string]string, code string, all []Type) (map[string]string, error) {
	clean := map[string]string{}
	for _, language := range Languages() {
		name := naming.Clean(labels[language])
		field := "labels." + language
		switch {
		case stem(name) == "":
			return nil, fault.Invalid(field, "required", "a type needs a name with a letter in each language")
		case utf8.RuneCountInString(name) > maxName:
			return nil, fault.Invalid(field, "too_long", "a type's name has at most %d characters", maxName)
		case slices.ContainsFunc(all, func(t Type) bool { return t.Code != code && naming.Fold(t.Labels[language]) == naming.Fold(name) }):
			return nil, fault.Invalid(field, "name_taken", "another type has this name")
		}
		clean[language] = name
	}
	return clean, nil
}

// stem is what of a name can begin a code; empty when it has no letter of the alphabet.
func stem(name string) string {
	words := strings.FieldsFunc(naming.Fold(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	text := strings.TrimLeft(strings.Join(words, "_"), "0123456789_")
	return strings.TrimRight(text[:min(len(text), maxStem)], "_")
}

// newCode makes a code of a name that no type has.
func newCode(name string, all []Type) string {
	begin := stem(name)
	code := begin
	for n := 2; slices.ContainsFunc(all, func(t Type) bool { return t.Code == code }); n++ {
		code = fmt.Sprintf("%s_%d", begin, n)
	}
	return code
}
