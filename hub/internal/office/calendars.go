package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office/internal/db"
	"sportello.dev/hub/internal/postgres"
)

// TownCalendar is when the town works, as it is written down.
type TownCalendar struct {
	Hours    []Hours
	Holidays bool
	// Patron is the patron saint's day as 09-21, or empty.
	Patron   string
	Closures []ClosingDays
}

// OwnCalendar is what one office does otherwise than the town.
type OwnCalendar struct {
	Office id.Office
	Name   string
	// Hours is empty for those of the town.
	Hours []Hours
	// Closures come on top of the town's.
	Closures []ClosingDays
}

// Calendars are those of the town and of all its active offices, by name.
type Calendars struct {
	Town    TownCalendar
	Offices []OwnCalendar

	town *Calendar
	own  map[id.Office]*Calendar
}

// For is the calendar of an office, also of one that is closed down; an unknown one works as the town does.
func (c *Calendars) For(o id.Office) *Calendar {
	if own, ok := c.own[o]; ok {
		return own
	}
	return c.town
}

// Calendars reads all calendars.
func (s *Store) Calendars(ctx context.Context, q postgres.Querier) (*Calendars, error) {
	r, err := s.queries.TownCalendar(ctx, q)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.NotFound("the town is not set up")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the town's calendar: %w", err)
	}
	all := &Calendars{Town: TownCalendar{Holidays: r.Holidays, Patron: r.Patron}, own: map[id.Office]*Calendar{}}
	if err := errors.Join(json.Unmarshal(r.Hours, &all.Town.Hours), json.Unmarshal(r.Closures, &all.Town.Closures)); err != nil {
		return nil, fmt.Errorf("reading the town's calendar: %w", err)
	}
	if all.town, err = all.Town.parse(); err != nil {
		return nil, fmt.Errorf("reading the town's calendar: %w", err)
	}
	if all.town.Zone, err = time.LoadLocation(r.TimeZone); err != nil {
		return nil, fmt.Errorf("reading the town's time zone: %w", err)
	}
	return all, s.ownCalendars(ctx, q, all)
}

func (s *Store) ownCalendars(ctx context.Context, q postgres.Querier, all *Calendars) error {
	rows, err := s.queries.OfficeCalendars(ctx, q)
	if err != nil {
		return fmt.Errorf("reading the offices' calendars: %w", err)
	}
	for _, r := range rows {
		own := OwnCalendar{Office: r.ID, Name: r.Name}
		if r.Hours != nil {
			err = json.Unmarshal(r.Hours, &own.Hours)
		}
		if err := errors.Join(err, json.Unmarshal(r.Closures, &own.Closures)); err != nil {
			return fmt.Errorf("reading an office's calendar: %w", err)
		}
		week, closures, err := own.parse()
		if err != nil {
			return fmt.Errorf("reading an office's calendar: %w", err)
		}
		c := *all.town
		if c.Closures = slices.Concat(c.Closures, closures); week != nil {
			c.Week = week
		}
		all.own[r.ID] = &c
		if r.Active {
			all.Offices = append(all.Offices, own)
		}
	}
	return nil
}

func (t *TownCalendar) parse() (*Calendar, error) {
	week, bad := parseWeek(t.Hours)
	closures, wrong := parseClosures(t.Closures)
	patron, odd := parsePatron(t.Patron)
	if err := errors.Join(bad, wrong, odd); err != nil {
		return nil, err
	}
	return &Calendar{Week: week, Holidays: t.Holidays, Patron: patron, Closures: closures}, nil
}

func (o *OwnCalendar) parse() (week []Opening, closures []Closure, err error) {
	if len(o.Hours) > 0 {
		week, err = parseWeek(o.Hours)
	}
	closures, wrong := parseClosures(o.Closures)
	return week, closures, errors.Join(err, wrong)
}

// PutTownCalendar changes when the town works.
func (s *Store) PutTownCalendar(ctx context.Context, q postgres.Querier, t TownCalendar) error {
	c, err := t.parse()
	if err != nil {
		return err
	}
	hours, bad := json.Marshal(writtenWeek(c.Week))
	closures, wrong := json.Marshal(writtenClosures(c.Closures))
	if err := errors.Join(bad, wrong); err != nil {
		return fmt.Errorf("writing down a calendar: %w", err)
	}
	_, err = s.queries.PutTownCalendar(ctx, q, db.PutTownCalendarParams{Hours: hours, Holidays: t.Holidays, Patron: t.Patron, Closures: closures})
	if err != nil {
		return fmt.Errorf("writing the town's calendar: %w", err)
	}
	return nil
}

// PutOfficeCalendar changes what an office does otherwise than the town.
func (s *Store) PutOfficeCalendar(ctx context.Context, q postgres.Querier, o OwnCalendar) error {
	week, closed, err := o.parse()
	if err != nil {
		return err
	}
	change := db.PutOfficeCalendarParams{ID: o.Office}
	if week != nil {
		if change.Hours, err = json.Marshal(writtenWeek(week)); err != nil {
			return fmt.Errorf("writing down a calendar: %w", err)
		}
	}
	if change.Closures, err = json.Marshal(writtenClosures(closed)); err != nil {
		return fmt.Errorf("writing down a calendar: %w", err)
	}
	n, err := s.queries.PutOfficeCalendar(ctx, q, change)
	if err != nil {
		return fmt.Errorf("writing an office's calendar: %w", err)
	}
	if n == 0 {
		return fault.NotFound("no office %s", o.Office)
	}
	return nil
}
