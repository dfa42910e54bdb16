package httpapi

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// officeRoutes are the offices themselves: what they are, who belongs to them, whether they still are.
type officeRoutes struct {
	db       *pgxpool.Pool
	offices  *office.Store
	accounts *account.Service
	channels *channel.Store
	tickets  *ticket.Store
	now      func() time.Time
}

// SurveyOffices shows all offices and the areas they fall into.
func (h officeRoutes) SurveyOffices(ctx context.Context, _ api.SurveyOfficesRequestObject) (api.SurveyOfficesResponseObject, error) {
	view, err := h.view(ctx, h.db)
	if err != nil {
		return nil, err
	}
	areas, err := h.offices.Areas(ctx, h.db)
	if err != nil {
		return nil, err
	}
	answer := api.OfficeOverview{Areas: areasOf(areas), Items: make([]api.OfficeEntry, len(view.all))}
	for i := range view.all {
		answer.Items[i] = view.entry(&view.all[i])
	}
	return api.SurveyOffices200JSONResponse(answer), nil
}

// GetOffice shows one of them.
func (h officeRoutes) GetOffice(ctx context.Context, r api.GetOfficeRequestObject) (api.GetOfficeResponseObject, error) {
	answer, err := h.detail(ctx, h.db, id.Office{UUID: r.ID})
	return api.GetOffice200JSONResponse(answer), err
}

// CreateOffice makes an office.
func (h officeRoutes) CreateOffice(ctx context.Context, r api.CreateOfficeRequestObject) (api.CreateOfficeResponseObject, error) {
	var answer api.OfficeDetail
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		all, err := h.offices.All(ctx, tx)
		if err != nil {
			return err
		}
		taken := make([]string, len(all))
		for i, o := range all {
			taken[i] = o.Slug
		}
		slug, err := freeSlug(channel.SlugOf(r.Body.Name, "ufficio"), taken)
		if err != nil {
			return err
		}
		made, err := h.offices.Create(ctx, tx, slug, r.Body.Confidential, office.Draft{
			Name: r.Body.Name, Area: areaOf(r.Body.AreaID), Fallback: officeOf(r.Body.FallbackID),
		})
		if err != nil {
			return err
		}
		answer, err = h.detail(ctx, tx, made)
		return err
	})
	return api.CreateOffice201JSONResponse(answer), err
}

// PutOffice changes name, area, fallback and policy.
func (h officeRoutes) PutOffice(ctx context.Context, r api.PutOfficeRequestObject) (api.PutOfficeResponseObject, error) {
	d := office.Draft{
		Name: r.Body.Name, Area: areaOf(r.Body.AreaID), Fallback: officeOf(r.Body.FallbackID), ReopenDays: r.Body.ReopenDays,
	}
	answer, err := h.change(ctx, r.ID, func(tx pgx.Tx, which id.Office) error {
		return h.offices.Change(ctx, tx, which, r.Body.Version, d)
	})
	return api.PutOffice200JSONResponse(answer), err
}

// SetOfficeConfidential keeps what an office holds to its members, or opens it. Whoever loses sight of something they asked
// about, or are asked about, is told.
func (h officeRoutes) SetOfficeConfidential(ctx context.Context, r api.SetOfficeConfidentialRequestObject) (api.SetOfficeConfidentialResponseObject, error) {
	answer, err := h.change(ctx, r.ID, func(tx pgx.Tx, which id.Office) error {
		if err := h.offices.SetConfidential(ctx, tx, which, r.Body.Version, r.Body.Confidential); err != nil || !r.Body.Confidential {
			return err
		}
		return h.tickets.Enclose(ctx, tx, which)
	})
	return api.SetOfficeConfidential200JSONResponse(answer), err
}

// AddOfficeMember takes somebody in.
func (h officeRoutes) AddOfficeMember(ctx context.Context, r api.AddOfficeMemberRequestObject) (api.AddOfficeMemberResponseObject, error) {
	answer, err := h.change(ctx, r.ID, func(tx pgx.Tx, which id.Office) error {
		return h.accounts.Admit(ctx, tx, which, id.Operator{UUID: r.Operator})
	})
	return api.AddOfficeMember200JSONResponse(answer), err
}

// RemoveOfficeMember lets somebody go.
func (h officeRoutes) RemoveOfficeMember(ctx context.Context, r api.RemoveOfficeMemberRequestObject) (api.RemoveOfficeMemberResponseObject, error) {
	answer, err := h.change(ctx, r.ID, func(tx pgx.Tx, which id.Office) error {
		return h.accounts.Dismiss(ctx, tx, which, id.Operator{UUID: r.Operator})
	})
	return api.RemoveOfficeMember200JSONResponse(answer), err
}

// ActivateOffice opens an office again.
func (h officeRoutes) ActivateOffice(ctx context.Context, r api.ActivateOfficeRequestObject) (api.ActivateOfficeResponseObject, error) {
	answer, err := h.change(ctx, r.ID, func(tx pgx.Tx, which id.Office) error {
		return h.offices.Activate(ctx, tx, which, r.Body.Version)
	})
	return api.ActivateOffice200JSONResponse(answer), err
}

// change does something to an office and shows it as it is then.
func (h officeRoutes) change(ctx context.Context, which uuid.UUID, do func(pgx.Tx, id.Office) error) (answer api.OfficeDetail, err error) {
	err = postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		if err := do(tx, id.Office{UUID: which}); err != nil {
			return err
		}
		answer, err = h.detail(ctx, tx, id.Office{UUID: which})
		return err
	})
	if fault.Kind(err) == fault.CodeConflict {
		return answer, conflict(codeStale, "Somebody has changed the office since; look at it again.")
	}
	return answer, err
}

// ListAreas shows the macro-areas.
func (h officeRoutes) ListAreas(ctx context.Context, _ api.ListAreasRequestObject) (api.ListAreasResponseObject, error) {
	all, err := h.offices.Areas(ctx, h.db)
	if err != nil {
		return nil, err
	}
	return api.ListAreas200JSONResponse{Revision: all.Revision, Items: areasOf(all)}, nil
}

// PutAreas changes them as a whole.
func (h officeRoutes) PutAreas(ctx context.Context, r api.PutAreasRequestObject) (api.PutAreasResponseObject, error) {
	change := office.Areas{Revision: r.Body.Revision, List: make([]office.Area, len(r.Body.Areas))}
	for i, a := range r.Body.Areas {
		change.List[i] = office.Area{ID: areaOf(a.ID), Name: a.Name, English: a.NameEn, Archived: a.Archived}
	}
	var after *office.Areas
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) (err error) {
		if err = h.offices.PutAreas(ctx, tx, change); err != nil {
			return err
		}
		after, err = h.offices.Areas(ctx, tx)
		return err
	})
	if fault.Kind(err) == fault.CodeConflict {
		return nil, conflict(codeStale, "Somebody has changed the areas since; look at them again.")
	}
	if err != nil {
		return nil, err
	}
	return api.PutAreas200JSONResponse{Revision: after.Revision, Items: areasOf(after)}, nil
}

func areasOf(all *office.Areas) []api.Area {
	list := make([]api.Area, len(all.List))
	for i, a := range all.List {
		list[i] = api.Area{ID: a.ID.UUID, Name: a.Name, NameEn: a.English, Archived: a.Archived}
	}
	return list
}

func areaOf(given *uuid.UUID) id.Area {
	if given == nil {
		return id.Area{}
	}
	return id.Area{UUID: *given}
}

// mayRun refuses an office that is not the actor's to look after.
func mayRun(ctx context.Context, which uuid.UUID) error {
	_, err := account.Allow(requestOf(ctx).actor, account.OfficeRun, account.Object{Office: id.Office{UUID: which}})
	return err
}

// hidden tells whether what an office holds is out of the actor's sight because it is confidential.
func hidden(ctx context.Context, which id.Office) bool {
	return slices.Contains(requestOf(ctx).actor.Hidden, which)
}
