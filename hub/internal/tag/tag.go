// Package tag keeps the town's own words for requests.
package tag

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/naming"
	"sportello.dev/hub/internal/postgres"
)

const (
	// maxName is how long a name is at most, in runes: it stands in a row of a list.
	maxName = 40
	// mostTags is how many tags a town has at most, retired ones included: a list that nobody overlooks is none.
	mostTags = 500
)

// Tag is a word that requests are marked with.
type Tag struct {
	ID   id.Tag `db:"id"`
	Name string `db:"name"`
	// Colour is one of Colours, beside the name and never instead of it.
	Colour string `db:"colour"`
	// Retired tags are no longer offered; where they stand they stay.
	Retired bool `db:"retired"`
}

// Colours are those there are.
func Colours() []string { return []string{"grey", "green", "blue", "violet", "amber", "red"} }

// Change is what is to be changed; nil fields stay as they are.
type Change struct {
	Name, Colour *string
	Retired      *bool
}

// Store keeps tags. Its methods work in the caller's transaction.
type Store struct{ now func() time.Time }

// NewStore returns a store with this clock.
func NewStore(now func() time.Time) *Store { return &Store{now: now} }

const columns = `id, name, colour, retired_at IS NOT NULL AS retired`

// All lists them by name, but for those that another took the place of.
func (s *Store) All(ctx context.Context, db postgres.Querier) ([]Tag, error) {
	rows, err := db.Query(ctx, `SELECT `+columns+` FROM tag WHERE merged_into IS NULL ORDER BY key`)
	if err != nil {
		return nil, fmt.Errorf("listing tags: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Tag])
	if err != nil {
		return nil, fmt.Errorf("listing tags: %w", err)
	}
	return list, nil
}

// Make adds a tag.
func (s *Store) Make(ctx context.Context, db postgres.Querier, name, colour string) (*Tag, error) {
	name, key, err := named(name)
	if err != nil {
		return nil, err
	}
	if err := known(colour); err != nil {
		return nil, err
	}
	var n int
	if err := db.QueryRow(ctx, `SELECT count(*) FROM tag WHERE merged_into IS NULL`).Scan(&n); err != nil {
		return nil, fmt.Errorf("counting tags: %w", err)
	}
	if n >= mostTags {
		return nil, fault.Invalid("name", "tags_full", "a town has at most %d tags", mostTags)
	}
	const query = `INSERT INTO tag (id, name, key, colour, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING ` + columns
	return s.one(ctx, db, query, id.New[id.Tag](), name, key, colour, s.now())
}

// Change changes a tag.
func (s *Store) Change(ctx context.Context, db postgres.Querier, which id.Tag, c Change) (*Tag, error) {
	var name, key *string
	if c.Name != nil {
		n, k, err := named(*c.Name)
		if err != nil {
			return nil, err
		}
		name, key = &n, &k
	}
	if c.Colour != nil {
		if err := known(*c.Colour); err != nil {
			return nil, err
		}
	}
	const query = `UPDATE tag SET name = coalesce($2, name), key = coalesce($3, key), colour = coalesce($4, colour),
		retired_at = CASE WHEN $5::boolean THEN coalesce(retired_at, $6) WHEN NOT $5 THEN NULL ELSE retired_at END
		WHERE id = $1 AND merged_into IS NULL RETURNING ` + columns
	return s.one(ctx, db, query, which, name, key, c.Colour, c.Retired, s.now())
}

// Merge lets another tag take the place of one, which is gone from then on. What stands on tickets is theirs to replace.
func (s *Store) Merge(ctx context.Context, db postgres.Querier, which, into id.Tag) (*Tag, error) {
	if which == into {
		return nil, fault.Invalid("into", "tag_itself", "a tag cannot take its own place")
	}
	// In the order in which whoever puts both on a ticket holds them.
	const hold = `SELECT count(*) FROM (SELECT FROM tag WHERE id IN ($1, $2) AND merged_into IS NULL ORDER BY id FOR UPDATE) t`
	if _, err := db.Exec(ctx, hold, which, into); err != nil {
		return nil, fmt.Errorf("holding tags: %w", err)
	}
	target, err := s.one(ctx, db, `SELECT `+columns+` FROM tag WHERE id = $1 AND merged_into IS NULL`, into)
	if fault.Kind(err) == fault.CodeNotFound {
		return nil, fault.Invalid("into", "unknown", "no such tag")
	}
	if err != nil {
		return nil, err
	}
	if _, err := s.one(ctx, db, `UPDATE tag SET merged_into = $2 WHERE id = $1 AND merged_into IS NULL RETURNING `+columns, which, into); err != nil {
		return nil, err
	}
	return target, nil
}

func (s *Store) one(ctx context.Context, db postgres.Querier, query string, args ...any) (*Tag, error) {
	rows, err := db.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("reading a tag: %w", err)
	}
	t, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[Tag])
	switch {
	case postgres.IsNoRows(err):
		return nil, fault.NotFound("no such tag")
	case postgres.IsUnique(err, "tag_key_idx"):
		return nil, fault.Invalid("name", "name_taken", "another tag has this name")
	case err != nil:
		return nil, fmt.Errorf("reading a tag: %w", err)
	}
	return t, nil
}

// named puts a name in order, and gives the key by which two are the same: neither spaces, capitals nor accents make
// another tag.
func named(name string) (clean, key string, err error) {
	clean = naming.Clean(name)
	key = naming.Fold(clean)
	switch {
	case strings.TrimFunc(key, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) == "":
		return "", "", fault.Invalid("name", "required", "a tag needs a name with a letter or a digit")
	case utf8.RuneCountInString(clean) > maxName:
		return "", "", fault.Invalid("name", "too_long", "a tag's name has at most %d letters", maxName)
	}
	return clean, key, nil
}

func known(colour string) error {
	if !slices.Contains(Colours(), colour) {
		return fault.Invalid("colour", "unknown", "no colour %q", colour)
	}
	return nil
}
