package httpapi

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	openapi_types "github.com/oapi-codegen/runtime/types"

	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// calendarRoutes are when offices work, and for how long they held a ticket by it.
type calendarRoutes struct {
	db      *pgxpool.Pool
	offices *office.Store
	tickets *ticket.Store
	now     func() time.Time
}

// GetCalendar shows when the town and its offices work.
func (h calendarRoutes) GetCalendar(ctx context.Context, _ api.GetCalendarRequestObject) (api.GetCalendarResponseObject, error) {
	answer, err := h.calendar(ctx, h.db)
	return api.GetCalendar200JSONResponse(answer), err
}

// PutCalendar changes when the town works.
func (h calendarRoutes) PutCalendar(ctx context.Context, r api.PutCalendarRequestObject) (api.PutCalendarResponseObject, error) {
	change := office.TownCalendar{
		Hours: hoursFrom(r.Body.Hours), Holidays: r.Body.Holidays, Patron: r.Body.Patron, Closures: closuresFrom(r.Body.Closures),
	}
	if err := office.CheckClosures(change.Closures, h.now()); err != nil {
		return nil, err
	}
	answer, err := h.change(ctx, func(tx pgx.Tx) error {
		if r.Body.Version != nil {
			all, err := h.offices.LockCalendars(ctx, tx)
			if err != nil {
				return err
			}
			if all.Town.Version() != *r.Body.Version {
				return staleCalendar()
			}
		}
		return h.offices.PutTownCalendar(ctx, tx, change)
	})
	return api.PutCalendar200JSONResponse(answer), err
}

// PutOfficeCalendar changes what an office does otherwise than the town.
func (h calendarRoutes) PutOfficeCalendar(ctx context.Context, r api.PutOfficeCalendarRequestObject) (api.PutOfficeCalendarResponseObject, error) {
	if err := mayRun(ctx, r.ID); err != nil {
		return nil, err
	}
	change := office.OwnCalendar{Office: id.Office{UUID: r.ID}, Hours: hoursFrom(r.Body.Hours), Closures: closuresFrom(r.Body.Closures)}
	if err := office.CheckClosures(change.Closures, h.now()); err != nil {
		return nil, err
	}
	answer, err := h.change(ctx, func(tx pgx.Tx) error {
		if r.Body.Version != nil {
			all, err := h.offices.LockCalendars(ctx, tx)
			if err != nil {
				return err
			}
			if own, found := all.Own(change.Office); found && own.Version() != *r.Body.Version {
				return staleCalendar()
			}
		}
		return h.offices.PutOfficeCalendar(ctx, tx, change)
	})
	return api.PutOfficeCalendar200JSONResponse(answer), err
}

// PreviewCalendar tells what a calendar would mean.
func (h calendarRoutes) PreviewCalendar(ctx context.Context, r api.PreviewCalendarRequestObject) (api.PreviewCalendarResponseObject, error) {
	var town *office.TownCalendar
	var own *office.OwnCalendar
	var closed [][]office.ClosingDays
	if in := r.Body.Town; in != nil {
		town = &office.TownCalendar{Hours: hoursFrom(in.Hours), Holidays: in.Holidays, Patron: in.Patron, Closures: closuresFrom(in.Closures)}
		closed = append(closed, town.Closures)
	}
	if in := r.Body.Own; in != nil {
		own = &office.OwnCalendar{Hours: hoursFrom(in.Hours), Closures: closuresFrom(in.Closures)}
		closed = append(closed, own.Closures)
	}
	for _, planned := range closed {
		if err := office.CheckClosures(planned, h.now()); err != nil {
			return nil, err
		}
	}
	c, err := h.offices.Planned(ctx, h.db, town, own)
	if err != nil {
		return nil, err
	}
	answer := api.CalendarPreview{Examples: []api.CalendarExample{}, DaysOff: []api.DayOff{}}
	for _, e := range c.Examples(h.now()) {
		each := api.CalendarExample{Arrives: e.Arrives, Days: e.Days}
		if !e.Due.IsZero() {
			each.Due = &e.Due
		}
		answer.Examples = append(answer.Examples, each)
	}
	for _, d := range c.DaysOff(h.now()) {
		day := time.Date(d.Date.Year, d.Date.Month, d.Date.Day, 0, 0, 0, 0, time.UTC)
		answer.DaysOff = append(answer.DaysOff, api.DayOff{
			Date:   openapi_types.Date{Time: day},
			Closed: api.ClosedDay{Kind: api.ClosedDayKind(d.Closed.Kind), Name: d.Closed.Name},
		})
	}
	return api.PreviewCalendar200JSONResponse(answer), nil
}

func staleCalendar() error {
	return conflict(codeStale, "Somebody has changed the hours since; look at them again.")
}

func (h calendarRoutes) change(ctx context.Context, put func(pgx.Tx) error) (answer api.Calendar, err error) {
	err = postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		if err := put(tx); err != nil {
			return err
		}
		if err := h.tickets.RecountClocks(ctx, tx); err != nil {
			return err
		}
		answer, err = h.calendar(ctx, tx)
		return err
	})
	return answer, err
}

func (h calendarRoutes) calendar(ctx context.Context, q postgres.Querier) (api.Calendar, error) {
	all, err := h.offices.Calendars(ctx, q)
	if err != nil {
		return api.Calendar{}, err
	}
	answer := api.Calendar{
		Town: api.TownCalendar{
			Hours: hoursOf(all.Town.Hours), Holidays: all.Town.Holidays, Patron: all.Town.Patron, Closures: closuresOf(all.Town.Closures),
			Version: optional(all.Town.Version()),
		},
		Offices: make([]api.OfficeCalendar, len(all.Offices)),
	}
	for i, o := range all.Offices {
		answer.Offices[i] = api.OfficeCalendar{ID: o.Office.UUID, Name: o.Name, Hours: hoursOf(o.Hours), Closures: closuresOf(o.Closures), Version: o.Version()}
	}
	return answer, nil
}

// ListStays shows which offices held a ticket.
func (h calendarRoutes) ListStays(ctx context.Context, r api.ListStaysRequestObject) (api.ListStaysResponseObject, error) {
	scope := requestOf(ctx).scope
	t, err := h.tickets.Get(ctx, h.db, scope, r.Number)
	if err != nil {
		return nil, err
	}
	stays, err := h.tickets.Stays(ctx, h.db, scope, t.ID)
	if err != nil {
		return nil, err
	}
	calendars, err := h.offices.Calendars(ctx, h.db)
	if err != nil {
		return nil, err
	}
	list := api.StayList{Items: make([]api.Stay, len(stays))}
	for i, s := range stays {
		until, each := h.now(), api.Stay{Office: api.OfficeRef{ID: s.Office.UUID, Name: s.OfficeName}, From: s.From, To: s.To}
		if s.To != nil {
			until, each.Reason = *s.To, optional(api.StayReason(s.Reason))
		}
		each.WorkedSeconds = int64(calendars.For(s.Office).Between(s.From, until) / time.Second)
		list.Items[i] = each
	}
	return api.ListStays200JSONResponse(list), nil
}

func hoursFrom(list []api.Opening) []office.Hours {
	hours := make([]office.Hours, len(list))
	for i, o := range list {
		hours[i] = office.Hours{Day: string(o.Day), From: o.From, To: o.To}
	}
	return hours
}

func hoursOf(list []office.Hours) []api.Opening {
	hours := make([]api.Opening, len(list))
	for i, o := range list {
		hours[i] = api.Opening{Day: api.OpeningDay(o.Day), From: o.From, To: o.To}
	}
	return hours
}

func closuresFrom(list []api.Closure) []office.ClosingDays {
	closures := make([]office.ClosingDays, len(list))
	for i, c := range list {
		closures[i] = office.ClosingDays{From: c.From, To: c.To, Reason: c.Reason}
	}
	return closures
}

func closuresOf(list []office.ClosingDays) []api.Closure {
	closures := make([]api.Closure, len(list))
	for i, c := range list {
		closures[i] = api.Closure{From: c.From, To: c.To, Reason: c.Reason}
	}
	return closures
}
