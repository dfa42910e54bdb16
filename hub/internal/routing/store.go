package routing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
)

// Rules are those in force.
type Rules struct {
	// Version rises with every change; 0 is a town that never had rules.
	Version   int64
	Rules     []Rule
	ChangedAt *time.Time
	ChangedBy string
}

// Store keeps the rules, and remembers them made ready.
type Store struct {
	offices *office.Store
	now     func() time.Time
	ready   atomic.Pointer[ready]
}

// ready is a set that is good as long as the revision is the same.
type ready struct {
	revision int64
	set      *Set
}

// NewStore returns a store with this clock.
func NewStore(offices *office.Store, now func() time.Time) *Store {
	return &Store{offices: offices, now: now}
}

// Current is the set of a revision, which whoever asks has read beside something else; as long as it does not change
// nothing is asked of the database.
func (s *Store) Current(ctx context.Context, q postgres.Querier, revision int64) (*Set, error) {
	if r := s.ready.Load(); r != nil && r.revision == revision {
		return r.set, nil
	}
	now, err := s.Read(ctx, q)
	if err != nil {
		return nil, err
	}
	town, err := s.town(ctx, q)
	if err != nil {
		return nil, err
	}
	// What was read may be newer than the revision: then it is read once more for the next one.
	set := compile(now.Rules, town)
	s.ready.Store(&ready{revision: revision, set: set})
	return set, nil
}

// Read gives the rules in force. Of tags that others took the place of since, they name those.
func (s *Store) Read(ctx context.Context, q postgres.Querier) (*Rules, error) {
	var r Rules
	var rules []byte
	err := q.QueryRow(ctx, `
		SELECT r.version, r.rules, r.changed_at, coalesce(o.name, '')
		FROM routing_set r LEFT JOIN operator o ON o.id = r.changed_by ORDER BY r.version DESC LIMIT 1`,
	).Scan(&r.Version, &rules, &r.ChangedAt, &r.ChangedBy)
	if errors.Is(err, pgx.ErrNoRows) {
		return &Rules{Rules: []Rule{}}, nil
	}
	if err == nil {
		err = json.Unmarshal(rules, &r.Rules)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the routing rules: %w", err)
	}
	if slices.ContainsFunc(r.Rules, func(each Rule) bool { return len(each.Then.Tags) > 0 }) {
		tags, err := readTags(ctx, q)
		if err != nil {
			return nil, err
		}
		follow(r.Rules, tags)
	}
	return &r, nil
}

// Put replaces the rules of a version. When others have changed them since, nothing is done and the fault is a conflict.
func (s *Store) Put(ctx context.Context, tx pgx.Tx, by account.Actor, version int64, rules []Rule) (*Rules, error) {
	town, err := s.town(ctx, tx)
	if err != nil {
		return nil, err
	}
	follow(rules, town.Tags)
	if err := errors.Join(check(rules, town)...); err != nil {
		return nil, err
	}
	kept, err := json.Marshal(append([]Rule{}, rules...))
	if err != nil {
		return nil, fmt.Errorf("writing down the routing rules: %w", err)
	}
	tag, err := tx.Exec(ctx, `
		INSERT INTO routing_set (version, rules, changed_by, changed_at)
		SELECT $1::bigint + 1, $2, $3, $4 WHERE coalesce((SELECT max(version) FROM routing_set), 0) = $1
		ON CONFLICT (version) DO NOTHING`, version, kept, by.Operator, s.now())
	if err != nil {
		return nil, fmt.Errorf("writing the routing rules: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil, fault.Conflict("the rules have changed since version %d", version)
	}
	return s.Read(ctx, tx)
}

// town reads what rules can name; offices that are no longer active stay known.
func (s *Store) town(ctx context.Context, q postgres.Querier) (*Town, error) {
	t := &Town{Offices: map[id.Office]Office{}, Channels: map[id.Channel]bool{}, Areas: map[id.Area]bool{}, Types: map[string]bool{}}
	calendars, err := s.offices.Calendars(ctx, q)
	if err != nil && fault.Kind(err) != fault.CodeNotFound {
		return nil, err
	}
	all, err := s.offices.All(ctx, q)
	if err != nil {
		return nil, err
	}
	for _, o := range all {
		known := Office{Name: o.Name, Active: o.Active, Area: o.Area, ReceivedBy: o.ReceivedBy}
		if calendars != nil {
			known.Calendar = calendars.For(o.ID)
		}
		t.Offices[o.ID] = known
	}
	rows, err := q.Query(ctx, `SELECT id, false FROM channel UNION ALL SELECT id, true FROM area`)
	if err != nil {
		return nil, fmt.Errorf("reading channels and areas: %w", err)
	}
	var each uuid.UUID
	var isArea bool
	_, err = pgx.ForEachRow(rows, []any{&each, &isArea}, func() error {
		if isArea {
			t.Areas[id.Area{UUID: each}] = true
		} else {
			t.Channels[id.Channel{UUID: each}] = true
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading channels and areas: %w", err)
	}
	rows, err = q.Query(ctx, `SELECT code FROM request_type`)
	if err != nil {
		return nil, fmt.Errorf("reading request types: %w", err)
	}
	var code string
	if _, err := pgx.ForEachRow(rows, []any{&code}, func() error { t.Types[code] = true; return nil }); err != nil {
		return nil, fmt.Errorf("reading request types: %w", err)
	}
	if t.Tags, err = readTags(ctx, q); err != nil {
		return nil, err
	}
	return t, nil
}

// Forms are the web forms that were sent lately, by name.
func (s *Store) Forms(ctx context.Context, q postgres.Querier) ([]string, error) {
	rows, err := q.Query(ctx, `
		SELECT DISTINCT f.form FROM (
		    SELECT substring(convert_from(j.payload, 'UTF8') from `+formInEvent+`) AS form
		    FROM (SELECT payload FROM journal ORDER BY id DESC LIMIT 1000) j) f
		WHERE f.form <> '' ORDER BY f.form LIMIT 100`)
	if err != nil {
		return nil, fmt.Errorf("reading which forms were sent: %w", err)
	}
	forms, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("reading which forms were sent: %w", err)
	}
	return forms, nil
}
