package report

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
)

// Report is the answer to a query.
type Report struct {
	First, Last                 office.Date
	PreviousFirst, PreviousLast office.Date
	Total, Previous             Figures
	// Rows are the parts asked for that have something to show; a course is in order of time.
	Rows, Course []Row
	// AsOf is until when all is counted: what is held is held until then. The unset time is never.
	AsOf time.Time
	// Complete is false while everything is being counted again.
	Complete bool
}

// Row is a part of a report.
type Row struct {
	// Key is the id of an office or an area, a kind of channel, a type of request, or the first day of a stretch of time. Of
	// offices without an area it is empty.
	Key string
	// Name is that of the office or area.
	Name string
	Figures
}

// Store reads reports.
type Store struct{ offices *office.Store }

// NewStore returns a store.
func NewStore(offices *office.Store) *Store { return &Store{offices: offices} }

// Report answers a query, of what the offices in scope held. A share gives no part in the figures.
func (s *Store) Report(ctx context.Context, db postgres.Querier, scope account.Scope, q Query) (*Report, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	r := &Report{First: q.First, Last: q.Last, Rows: []Row{}, Course: []Row{}}
	r.PreviousFirst, r.PreviousLast = q.previous()
	w, err := s.workdays(ctx, db, r)
	if err != nil {
		return nil, err
	}
	places, err := s.places(ctx, db)
	if err != nil {
		return nil, err
	}
	before := newSummary("", "", places)
	if err := before.read(ctx, db, scope, q.Filter, w, r.PreviousFirst, r.PreviousLast); err != nil {
		return nil, err
	}
	r.Previous = before.total.figures()
	wanted := newSummary(q.By, q.Step, places)
	if err := wanted.read(ctx, db, scope, q.Filter, w, q.First, q.Last); err != nil {
		return nil, err
	}
	r.Total, r.Rows, r.Course = wanted.total.figures(), wanted.rows(), wanted.course()
	return r, nil
}

func (s *Store) workdays(ctx context.Context, db postgres.Querier, r *Report) (*workdays, error) {
	town, err := s.offices.Town(ctx, db)
	if err != nil {
		return nil, err
	}
	calendars, err := s.offices.Calendars(ctx, db)
	if err != nil {
		return nil, err
	}
	var asOf *time.Time
	if err := db.QueryRow(ctx, `SELECT as_of, built_until IS NULL AND revision <> '' AND NOT EXISTS (SELECT FROM report_day) FROM report_state`).Scan(&asOf, &r.Complete); err != nil {
		return nil, fmt.Errorf("reading how far reports have come: %w", err)
	}
	if asOf != nil {
		r.AsOf = *asOf
	}
	return &workdays{calendars: calendars, zone: town.Zone, until: r.AsOf}, nil
}

// places are the offices with the areas into which they fall, and the names of both.
type places struct {
	area map[id.Office]string
	name map[string]string
}

func (s *Store) places(ctx context.Context, db postgres.Querier) (*places, error) {
	p := &places{area: map[id.Office]string{}, name: map[string]string{}}
	rows, err := db.Query(ctx, `SELECT o.id, o.name, coalesce(a.id::text, ''), coalesce(a.name, '') FROM office o LEFT JOIN area a ON a.id = o.area_id`)
	if err != nil {
		return nil, fmt.Errorf("reading the names of offices: %w", err)
	}
	var o id.Office
	var name, area, areaName string
	_, err = pgx.ForEachRow(rows, []any{&o, &name, &area, &areaName}, func() error {
		p.area[o], p.name[o.String()], p.name[area] = area, name, areaName
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the names of offices: %w", err)
	}
	return p, nil
}

// workdays tells how long offices work on a day.
type workdays struct {
	calendars *office.Calendars
	zone      *time.Location
	// until is the time up to which all is counted.
	until time.Time
}

// whole is how long each office works on a day.
func (w *workdays) whole(d office.Date) func(id.Office) int64 {
	return w.between(midnight(d, w.zone, 0), midnight(d, w.zone, 1))
}

// ahead is how much of that lies behind the time up to which all is counted; nil when nothing does.
func (w *workdays) ahead(d office.Date) func(id.Office) int64 {
	from, to := midnight(d, w.zone, 0), midnight(d, w.zone, 1)
	if !w.until.Before(to) {
		return nil
	}
	if w.until.After(from) {
		from = w.until
	}
	return w.between(from, to)
}

// between remembers what it has found: several sums ask for the same.
func (w *workdays) between(from, to time.Time) func(id.Office) int64 {
	known := map[id.Office]int64{}
	return func(o id.Office) int64 {
		v, ok := known[o]
		if !ok {
			v = int64(w.calendars.For(o).Between(from, to) / time.Second)
			known[o] = v
		}
		return v
	}
}

// following is the day after.
func following(d office.Date) office.Date { return office.DateOf(day(d).AddDate(0, 0, 1)) }

const cellColumns = `day, office_id, channel_kind, request_type, received, answered, resolved, first_level, reopened, joined, parted, came, went,
	first_met, first_missed, next_met, next_missed, resolve_met, resolve_missed, rest,
	answer_worked, answer_elapsed, settle_worked, settle_elapsed, stayed`

const cellQuery = `SELECT ` + cellColumns + ` FROM report_cell c WHERE ` + asked + ` AND day >= $7 AND day <= $8 ORDER BY day`

const heldQuery = `
	SELECT office_id, channel_kind, request_type, sum(received + reopened + parted + came - resolved - joined - went)::int
	FROM report_cell c WHERE ` + asked + ` AND day < $7 GROUP BY office_id, channel_kind, request_type`

// asked is what the scope covers, narrowed by the filter.
const asked = `(c.office_id = ANY($2)) <> $1::boolean AND ($3::uuid IS NULL OR c.office_id = $3)
	AND ($4::uuid IS NULL OR c.office_id IN (SELECT id FROM office WHERE area_id = $4)) AND ($5::text IS NULL OR c.channel_kind = $5)
	AND ($6::text IS NULL OR c.request_type = $6)`

// args are the first six parameters of a query over cells.
func (f *Filter) args(scope account.Scope, more ...any) []any {
	return append([]any{scope.AllBut(), scope.Offices(), f.Office, f.Area, f.Channel, f.Type}, more...)
}

// columns takes times where they lie in the answer: they are good until the next row.
func (c *cell) columns(on *time.Time) []any {
	return []any{
		on, &c.office, &c.channel, &c.request, &c.received, &c.answered, &c.resolved, &c.firstLevel, &c.reopened, &c.joined, &c.parted,
		&c.came, &c.went, &c.first.Met, &c.first.Missed, &c.next.Met, &c.next.Missed, &c.resolve.Met, &c.resolve.Missed, &c.rest, (*pgtype.DriverBytes)(&c.answerWorked), (*pgtype.DriverBytes)(&c.answerElapsed),
		(*pgtype.DriverBytes)(&c.settleWorked), (*pgtype.DriverBytes)(&c.settled), (*pgtype.DriverBytes)(&c.stayed),
	}
}

// read sums up a period: what is held when it begins, then each day.
func (s *summary) read(ctx context.Context, db postgres.Querier, scope account.Scope, f Filter, w *workdays, first, last office.Date) error {
	held, err := db.Query(ctx, heldQuery, f.args(scope, day(first))...)
	if err != nil {
		return fmt.Errorf("reading what was held: %w", err)
	}
	var c cell
	var n int
	_, err = pgx.ForEachRow(held, []any{&c.office, &c.channel, &c.request, &n}, func() error {
		s.open(c.slot, n)
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading what was held: %w", err)
	}
	rows, err := db.Query(ctx, cellQuery, f.args(scope, day(first), day(last))...)
	if err != nil {
		return fmt.Errorf("reading figures: %w", err)
	}
	at, on := first, time.Time{}
	s.dawn(at, w)
	until := func(d office.Date) {
		for at.Compare(d) < 0 {
			s.dusk(at, w)
			at = following(at)
			s.dawn(at, w)
		}
	}
	_, err = pgx.ForEachRow(rows, c.columns(&on), func() error {
		until(office.DateOf(on))
		s.add(&c)
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading figures: %w", err)
	}
	until(last)
	s.dusk(last, w)
	return nil
}
