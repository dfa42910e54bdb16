package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// TermKey is what terms are looked up by; an unset field of a policy stands for all.
type TermKey struct {
	Office   id.Office `json:"office,omitzero"`
	Type     string    `json:"type,omitempty"`
	Priority int       `json:"priority,omitempty"`
}

// TermPolicy is by when the requests of its key are answered and settled; nil sets no term.
type TermPolicy struct {
	TermKey
	First   *Term `json:"first,omitempty"`
	Next    *Term `json:"next,omitempty"`
	Resolve *Term `json:"resolve,omitempty"`
	// WarnPercent is after what part of a term it counts as near; with 100 it never does.
	WarnPercent int `json:"warn_percent"`
}

// Terms are the policies in force with the calendars that they are counted by.
type Terms struct {
	Policies  []TermPolicy
	calendars *Calendars
}

// For is the policy of a key and the calendar of its office: of the policies that fit, the one that names the office comes
// before one that names the type, and that before one that names the priority.
func (t *Terms) For(k TermKey) (TermPolicy, *Calendar) {
	var best TermPolicy
	most := -1
	for _, p := range t.Policies {
		if n := p.fits(k); n > most {
			best, most = p, n
		}
	}
	if t.calendars == nil {
		return best, nil
	}
	return best, t.calendars.For(k.Office)
}

// fits is negative for a policy of others, else the higher the more it names.
func (k TermKey) fits(of TermKey) int {
	n := 0
	for weight, field := range []struct{ named, same bool }{
		{k.Priority != 0, k.Priority == of.Priority}, {k.Type != "", k.Type == of.Type}, {!k.Office.IsZero(), k.Office == of.Office},
	} {
		switch {
		case field.named && !field.same:
			return -1
		case field.named:
			n += 1 << weight
		}
	}
	return n
}

// Terms reads the policies and calendars. Without a town there are none.
func (s *Store) Terms(ctx context.Context, q postgres.Querier) (*Terms, error) {
	raw, err := s.queries.Terms(ctx, q)
	if errors.Is(err, pgx.ErrNoRows) {
		return &Terms{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the terms of answers: %w", err)
	}
	terms := &Terms{}
	if err := json.Unmarshal(raw, &terms.Policies); err != nil {
		return nil, fmt.Errorf("reading the terms of answers: %w", err)
	}
	terms.calendars, err = s.Calendars(ctx, q)
	return terms, err
}

// TermsToChange reads the terms for whoever changes them in the transaction: the next one waits, and reads what is new.
func (s *Store) TermsToChange(ctx context.Context, tx pgx.Tx) (*Terms, error) {
	if _, err := tx.Exec(ctx, `SELECT FROM town FOR NO KEY UPDATE`); err != nil {
		return nil, fmt.Errorf("locking the terms of answers: %w", err)
	}
	return s.Terms(ctx, tx)
}

// known refuses policies of an office or a type that is not there: nothing would ever go by them.
func known(ctx context.Context, q postgres.Querier, list []TermPolicy) error {
	offices, types := make([]id.Office, len(list)), make([]string, len(list))
	for i, p := range list {
		offices[i], types[i] = p.Office, p.Type
	}
	rows, _ := q.Query(ctx, `SELECT (n - 1)::int, CASE WHEN o IS NOT NULL AND NOT EXISTS (SELECT FROM office f WHERE f.id = o) THEN 'office_id' ELSE 'request_type' END
		FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS p (o, code, n)
		WHERE o IS NOT NULL AND NOT EXISTS (SELECT FROM office f WHERE f.id = o)
		   OR code <> '' AND NOT EXISTS (SELECT FROM request_type t WHERE t.code = p.code) ORDER BY n LIMIT 1`, offices, types)
	var at int
	var field string
	_, err := pgx.ForEachRow(rows, []any{&at, &field}, func() error {
		return fault.Invalid(fmt.Sprintf("policies.%d.%s", at, field), "unknown", "there is no such office or type of request")
	})
	if err != nil && fault.Kind(err) != fault.CodeInvalid {
		return fmt.Errorf("looking up what terms are for: %w", err)
	}
	return err
}

// Preview is terms that are not in force, with the calendars of today.
func (s *Store) Preview(ctx context.Context, q postgres.Querier, list []TermPolicy) (*Terms, error) {
	if err := checkTerms(list); err != nil {
		return nil, err
	}
	if err := known(ctx, q, list); err != nil {
		return nil, err
	}
	calendars, err := s.Calendars(ctx, q)
	return &Terms{Policies: list, calendars: calendars}, err
}

// PutTerms changes the policies. One of them is for all.
func (s *Store) PutTerms(ctx context.Context, q postgres.Querier, list []TermPolicy) error {
	if err := checkTerms(list); err != nil {
		return err
	}
	if err := known(ctx, q, list); err != nil {
		return err
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("writing down the terms of answers: %w", err)
	}
	n, err := s.queries.PutTerms(ctx, q, raw)
	if err != nil {
		return fmt.Errorf("writing the terms of answers: %w", err)
	}
	if n == 0 {
		return fault.NotFound("the town is not set up")
	}
	return nil
}

// Limits of terms.
const (
	maxPolicies    = 200
	maxTermDays    = 1000
	maxTypeName    = 100
	lowestPriority = 1
	highPriority   = 4
)

// checkTerms names the policy and its field in every fault, as policies.2.first.
func checkTerms(list []TermPolicy) error {
	if len(list) > maxPolicies {
		return fault.Invalid("policies", "terms_too_many", "more than %d policies", maxPolicies)
	}
	if !slices.ContainsFunc(list, func(p TermPolicy) bool { return p.TermKey == TermKey{} }) {
		return fault.Invalid("policies", "terms_general", "one policy must be for all offices, types and priorities")
	}
	for i, p := range list {
		field := fmt.Sprintf("policies.%d", i)
		if slices.ContainsFunc(list[:i], func(o TermPolicy) bool { return o.TermKey == p.TermKey }) {
			return fault.Invalid(field, "terms_twice", "two policies for the same office, type and priority")
		}
		if err := p.check(field); err != nil {
			return err
		}
	}
	return nil
}

func (p TermPolicy) check(field string) error {
	switch {
	case p.Priority != 0 && (p.Priority < lowestPriority || p.Priority > highPriority):
		return fault.Invalid(field+".priority", "out_of_range", "no priority %d", p.Priority)
	case utf8.RuneCountInString(p.Type) > maxTypeName || p.Type != strings.TrimSpace(p.Type):
		return fault.Invalid(field+".request_type", "too_long", "a type has at most %d characters", maxTypeName)
	case p.WarnPercent < 1 || p.WarnPercent > 100:
		return fault.Invalid(field+".warn_percent", "terms_percent", "a warning comes after 1 to 100 %% of a term")
	}
	for _, t := range []struct {
		name string
		term *Term
	}{{"first", p.First}, {"next", p.Next}, {"resolve", p.Resolve}} {
		if t.term != nil && !t.term.valid() {
			return fault.Invalid(field+"."+t.name, "terms_amount", "a term is a number above 0, of minutes, hours or days, up to %d days", maxTermDays)
		}
	}
	return nil
}

func (t Term) valid() bool {
	most := map[TermUnit]int{InMinutes: maxTermDays * 24 * 60, InHours: maxTermDays * 24, InDays: maxTermDays}
	return t.Amount > 0 && t.Amount <= most[t.Unit]
}
