package office

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office/internal/db"
	"sportello.dev/hub/internal/postgres"
)

// Area is a macro-area: a part of what a town does, under which its offices are listed and counted.
type Area struct {
	ID   id.Area
	Name string
	// English is the name in English; empty for the same.
	English string
	// Archived areas keep their past and take no office any more.
	Archived bool
}

// Areas are all macro-areas in their order, archived ones last. Revision changes with the list.
type Areas struct {
	List     []Area
	Revision int64
}

// Limits of names and of the list of areas.
const (
	maxAreas = 50
	maxName  = 100
)

// Areas reads the macro-areas.
func (s *Store) Areas(ctx context.Context, q postgres.Querier) (*Areas, error) {
	rows, err := s.queries.Areas(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("reading the areas: %w", err)
	}
	all := &Areas{List: make([]Area, len(rows))}
	for i, r := range rows {
		all.List[i] = Area{ID: r.ID, Name: r.Name, English: r.NameEn, Archived: r.Archived}
		all.Revision = max(all.Revision, r.Revision)
	}
	return all, nil
}

// PutAreas changes the list of areas as a whole; those without an id are new. Fields of faults say which: areas.2.name.
func (s *Store) PutAreas(ctx context.Context, tx pgx.Tx, change Areas) error {
	if err := s.queries.LockAreas(ctx, tx); err != nil {
		return fmt.Errorf("locking the areas: %w", err)
	}
	before, err := s.Areas(ctx, tx)
	if err != nil {
		return err
	}
	if before.Revision != change.Revision {
		return fault.Conflict("the areas are at revision %d, not %d", before.Revision, change.Revision)
	}
	list, err := checkAreas(before.List, change.List)
	if err != nil {
		return err
	}
	for i, a := range list {
		if a.Archived {
			if err := s.checkUnused(ctx, tx, i, a.ID); err != nil {
				return err
			}
		}
		err := s.queries.PutArea(ctx, tx, db.PutAreaParams{
			ID: a.ID, Name: a.Name, NameEn: a.English, Position: int32(i + 1), Archived: a.Archived, Revision: before.Revision + 1,
		})
		if err != nil {
			return fmt.Errorf("writing an area: %w", err)
		}
	}
	return nil
}

func (s *Store) checkUnused(ctx context.Context, tx pgx.Tx, i int, area id.Area) error {
	used, err := s.queries.AreaInUse(ctx, tx, area)
	if err != nil {
		return fmt.Errorf("looking for offices of an area: %w", err)
	}
	if used {
		return fault.Invalid(fmt.Sprintf("areas.%d.archived", i), "area_in_use", "offices fall into the area: give them another first")
	}
	return nil
}

// checkAreas cleans the names and gives new areas their id.
func checkAreas(before, list []Area) ([]Area, error) {
	if len(list) > maxAreas {
		return nil, fault.Invalid("areas", "too_many", "more than %d areas", maxAreas)
	}
	known := map[id.Area]bool{}
	for _, a := range before {
		known[a.ID] = true
	}
	seen, clean := map[string]bool{}, make([]Area, len(list))
	for i, a := range list {
		field := fmt.Sprintf("areas.%d", i)
		name, err := cleanName(field+".name", a.Name)
		if err != nil {
			return nil, err
		}
		if seen[strings.ToLower(name)] {
			return nil, fault.Invalid(field+".name", "name_taken", "two areas are named %q", name)
		}
		seen[strings.ToLower(name)] = true
		if a.English = oneLine(a.English); utf8.RuneCountInString(a.English) > maxName {
			return nil, fault.Invalid(field+".name_en", "too_long", "a name has at most %d characters", maxName)
		}
		switch {
		case a.ID.IsZero():
			a.ID = id.New[id.Area]()
		case !known[a.ID]:
			return nil, fault.Invalid(field, "unknown", "no such area, or it comes twice")
		}
		delete(known, a.ID)
		a.Name = name
		clean[i] = a
	}
	if len(known) > 0 {
		return nil, fault.Invalid("areas", "area_missing", "an area is missing: it can be archived, not removed")
	}
	return clean, nil
}

// oneLine takes a name as people paste it: control characters and double spaces are blanks.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

func cleanName(field, s string) (string, error) {
	s = oneLine(s)
	switch {
	case s == "":
		return "", fault.Invalid(field, "required", "a name is missing")
	case utf8.RuneCountInString(s) > maxName:
		return "", fault.Invalid(field, "too_long", "a name has at most %d characters", maxName)
	}
	return s, nil
}
