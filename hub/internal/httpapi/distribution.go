package httpapi

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	openapi_types "github.com/oapi-codegen/runtime/types"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/routing"
)

// distributionRoutes are how offices share their work out, and who is there.
type distributionRoutes struct {
	db       *pgxpool.Pool
	offices  *office.Store
	accounts *account.Service
	roster   *routing.Roster
}

// codeAtCapacity refuses to give somebody more to do.
const codeAtCapacity = "at_capacity"

// GetOfficeDistribution shows how an office shares out.
func (h distributionRoutes) GetOfficeDistribution(ctx context.Context, r api.GetOfficeDistributionRequestObject) (api.GetOfficeDistributionResponseObject, error) {
	if err := mayRun(ctx, r.ID); err != nil {
		return nil, err
	}
	answer, err := h.show(ctx, h.db, id.Office{UUID: r.ID})
	return api.GetOfficeDistribution200JSONResponse(answer), err
}

// PutOfficeDistribution changes it.
func (h distributionRoutes) PutOfficeDistribution(ctx context.Context, r api.PutOfficeDistributionRequestObject) (api.PutOfficeDistributionResponseObject, error) {
	if err := mayRun(ctx, r.ID); err != nil {
		return nil, err
	}
	which := id.Office{UUID: r.ID}
	if _, err := h.offices.Get(ctx, h.db, which); err != nil {
		return nil, err
	}
	d := routing.Distribution{Version: r.Body.Version, Mode: routing.Mode(r.Body.Mode), Capacity: given(r.Body.Capacity)}
	var answer api.OfficeDistribution
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) (err error) {
		if err = h.roster.PutDistribution(ctx, tx, which, d); err != nil {
			return err
		}
		answer, err = h.show(ctx, tx, which)
		return err
	})
	if fault.Kind(err) == fault.CodeConflict {
		return nil, conflict(codeStale, "Somebody has changed it since, or the office is closed down; look at it again.")
	}
	return api.PutOfficeDistribution200JSONResponse(answer), err
}

func (h distributionRoutes) show(ctx context.Context, q postgres.Querier, which id.Office) (api.OfficeDistribution, error) {
	if _, err := h.offices.Get(ctx, q, which); err != nil {
		return api.OfficeDistribution{}, err
	}
	d, err := h.roster.Distribution(ctx, q, which)
	if err != nil {
		return api.OfficeDistribution{}, err
	}
	members, err := h.accounts.Members(ctx, q, which)
	if err != nil {
		return api.OfficeDistribution{}, err
	}
	var ids []id.Operator
	for _, m := range members {
		ids = append(ids, m.ID)
	}
	capacities, err := h.roster.Capacities(ctx, q, ids)
	if err != nil {
		return api.OfficeDistribution{}, err
	}
	absences, err := h.roster.Absences(ctx, q, ids...)
	if err != nil {
		return api.OfficeDistribution{}, err
	}
	answer := api.OfficeDistribution{Version: d.Version, Mode: api.DistributionMode(d.Mode), Capacity: optional(d.Capacity), Members: []api.OfficeHand{}}
	for _, m := range members {
		if !m.Active {
			continue
		}
		of := slices.DeleteFunc(slices.Clone(absences), func(a routing.Absence) bool { return a.Operator != m.ID })
		answer.Members = append(answer.Members, api.OfficeHand{
			ID: m.ID.UUID, Name: m.Name, Role: api.Role(m.Role), Capacity: optional(capacities[m.ID]), Absences: absencesOf(of),
		})
	}
	return answer, nil
}

// PreviewOfficeDistribution shows whom requests would be given to.
func (h distributionRoutes) PreviewOfficeDistribution(ctx context.Context, r api.PreviewOfficeDistributionRequestObject) (api.PreviewOfficeDistributionResponseObject, error) {
	if err := mayRun(ctx, r.ID); err != nil {
		return nil, err
	}
	which := id.Office{UUID: r.ID}
	if _, err := h.offices.Get(ctx, h.db, which); err != nil {
		return nil, err
	}
	p, err := h.roster.TryShare(ctx, h.db, requestOf(ctx).scope, which)
	if err != nil {
		return nil, err
	}
	answer := api.DistributionPreview{Open: p.Open, Present: p.Present, Items: []api.PreviewedShare{}}
	for _, s := range p.Shares {
		answer.Items = append(answer.Items, api.PreviewedShare{
			Number: string(s.Ticket.Number), Subject: s.Ticket.Subject, Operator: optional(s.To),
		})
	}
	return api.PreviewOfficeDistribution200JSONResponse(answer), nil
}

// SetCapacity gives somebody a capacity of their own.
func (h distributionRoutes) SetCapacity(ctx context.Context, r api.SetCapacityRequestObject) (api.SetCapacityResponseObject, error) {
	who := id.Operator{UUID: r.ID}
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		if err := h.mayLead(ctx, tx, who); err != nil {
			return err
		}
		return h.roster.SetCapacity(ctx, tx, who, given(r.Body.Capacity))
	})
	return api.SetCapacity204Response{}, err
}

// mayLead refuses a head who works in no office of the person.
func (h distributionRoutes) mayLead(ctx context.Context, q postgres.Querier, who id.Operator) error {
	actor := requestOf(ctx).actor
	if actor.Role == account.Administrator {
		return nil
	}
	theirs, err := h.offices.Of(ctx, q, who)
	if err != nil {
		return err
	}
	if actor.Role == account.OfficeHead && slices.ContainsFunc(theirs, func(o id.Office) bool { return slices.Contains(actor.Offices, o) }) {
		return nil
	}
	return fault.Forbidden("only the person, a head of their office and administrators may")
}

// mayTend lets people look after their own absences too.
func (h distributionRoutes) mayTend(ctx context.Context, q postgres.Querier, who id.Operator) error {
	if actor := requestOf(ctx).actor; actor.Kind == account.KindOperator && actor.Operator == who {
		return nil
	}
	return h.mayLead(ctx, q, who)
}

// ListAbsences shows when somebody is away.
func (h distributionRoutes) ListAbsences(ctx context.Context, r api.ListAbsencesRequestObject) (api.ListAbsencesResponseObject, error) {
	who := id.Operator{UUID: r.ID}
	if err := h.mayTend(ctx, h.db, who); err != nil {
		return nil, err
	}
	list, err := h.absences(ctx, h.db, who)
	return api.ListAbsences200JSONResponse(list), err
}

// AddAbsence says when somebody is away.
func (h distributionRoutes) AddAbsence(ctx context.Context, r api.AddAbsenceRequestObject) (api.AddAbsenceResponseObject, error) {
	who := id.Operator{UUID: r.ID}
	a := routing.Absence{ID: requestOf(ctx).newUUID("absence"), Operator: who, From: r.Body.From.Time, To: r.Body.To.Time}
	list, err := h.tend(ctx, who, func(tx pgx.Tx) error { return h.roster.AddAbsence(ctx, tx, a) })
	return api.AddAbsence201JSONResponse(list), err
}

// DropAbsence takes one back.
func (h distributionRoutes) DropAbsence(ctx context.Context, r api.DropAbsenceRequestObject) (api.DropAbsenceResponseObject, error) {
	who := id.Operator{UUID: r.ID}
	list, err := h.tend(ctx, who, func(tx pgx.Tx) error { return h.roster.DropAbsence(ctx, tx, who, r.Absence) })
	return api.DropAbsence200JSONResponse(list), err
}

func (h distributionRoutes) tend(ctx context.Context, who id.Operator, do func(pgx.Tx) error) (list api.AbsenceList, err error) {
	err = postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		if err := h.mayTend(ctx, tx, who); err != nil {
			return err
		}
		if err := do(tx); err != nil {
			return err
		}
		list, err = h.absences(ctx, tx, who)
		return err
	})
	return list, err
}

func (h distributionRoutes) absences(ctx context.Context, q postgres.Querier, who id.Operator) (api.AbsenceList, error) {
	list, err := h.roster.Absences(ctx, q, who)
	return api.AbsenceList{Items: absencesOf(list)}, err
}

func absencesOf(list []routing.Absence) []api.Absence {
	answer := make([]api.Absence, len(list))
	for i, a := range list {
		answer[i] = api.Absence{ID: a.ID, From: dayOf(a.From), To: dayOf(a.To)}
	}
	return answer
}

func dayOf(t time.Time) openapi_types.Date { return openapi_types.Date{Time: t} }

// ListHandouts shows what was assigned automatically, and taken back.
func (h distributionRoutes) ListHandouts(ctx context.Context, r api.ListHandoutsRequestObject) (api.ListHandoutsResponseObject, error) {
	all, err := h.roster.Handouts(ctx, h.db, requestOf(ctx).scope, value(r.Params.Limit, 50))
	if err != nil {
		return nil, err
	}
	answer := api.HandoutList{Items: []api.Handout{}}
	for _, each := range all {
		answer.Items = append(answer.Items, api.Handout{
			At: each.At, Number: string(each.Number), Subject: each.Subject, Office: each.Office, Operator: each.Operator,
			Cause: api.HandoutCause(each.Cause),
		})
	}
	return api.ListHandouts200JSONResponse(answer), nil
}
