package httpapi

import (
	"context"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/routing"
)

// directoryRoutes are the town, its offices and its operators.
type directoryRoutes struct {
	db       *pgxpool.Pool
	accounts *account.Service
	offices  *office.Store
	roster   *routing.Roster
}

// GetTown shows the town.
func (h directoryRoutes) GetTown(ctx context.Context, _ api.GetTownRequestObject) (api.GetTownResponseObject, error) {
	town, err := h.offices.Town(ctx, h.db)
	if err != nil {
		return nil, err
	}
	answer := api.Town{Name: town.Name, TimeZone: town.Zone.String(), Languages: []api.Language{}}
	for _, language := range town.Languages {
		answer.Languages = append(answer.Languages, api.Language(language))
	}
	return api.GetTown200JSONResponse(answer), nil
}

// ListOffices shows the active offices.
func (h directoryRoutes) ListOffices(ctx context.Context, _ api.ListOfficesRequestObject) (api.ListOfficesResponseObject, error) {
	all, err := h.offices.List(ctx, h.db)
	if err != nil {
		return nil, err
	}
	own, scope := requestOf(ctx).actor.Offices, requestOf(ctx).scope
	list := api.OfficeList{Items: make([]api.Office, len(all))}
	names, confidential := map[id.Office]string{}, map[id.Office]bool{}
	for _, o := range all {
		names[o.ID], confidential[o.ID] = o.Name, o.Confidential
	}
	for i, o := range all {
		list.Items[i] = api.Office{ID: o.ID.UUID, Name: o.Name, Mine: slices.Contains(own, o.ID), Workable: scope.Covers(o.ID)}
		if name, ok := names[o.ReceivedBy]; ok {
			list.Items[i].ReceivedBy = &api.OfficeRef{ID: o.ReceivedBy.UUID, Name: name}
			list.Items[i].Confidential = optional(confidential[o.ReceivedBy])
			continue
		}
		list.Items[i].Confidential = optional(o.Confidential)
	}
	return api.ListOffices200JSONResponse(list), nil
}

// ListOperators shows everybody with access; asked about offices, it says to whom a ticket of any of them can be assigned.
func (h directoryRoutes) ListOperators(ctx context.Context, r api.ListOperatorsRequestObject) (api.ListOperatorsResponseObject, error) {
	colleagues, err := h.accounts.Colleagues(ctx, h.db)
	if err != nil {
		return nil, err
	}
	away, err := h.roster.AwayNow(ctx, h.db)
	if err != nil {
		return nil, err
	}
	asked := officesOf(value(r.Params.Office, nil))
	list := api.OperatorList{Items: make([]api.Colleague, len(colleagues))}
	for i, c := range colleagues {
		list.Items[i] = api.Colleague{ID: c.Operator.UUID, Name: c.Name}
		if len(asked) > 0 {
			elsewhere := slices.ContainsFunc(asked, func(o id.Office) bool { return !account.WorksOn(c, o) })
			list.Items[i].Works = new(!elsewhere)
		}
		if until, ok := away[c.Operator]; ok {
			day := dayOf(until)
			list.Items[i].AwayUntil = &day
		}
	}
	return api.ListOperators200JSONResponse(list), nil
}

// GetOfficeIdentity shows how an office's messages are signed.
func (h directoryRoutes) GetOfficeIdentity(ctx context.Context, r api.GetOfficeIdentityRequestObject) (api.GetOfficeIdentityResponseObject, error) {
	identity, err := h.identity(ctx, id.Office{UUID: r.ID})
	return api.GetOfficeIdentity200JSONResponse(identity), err
}

// PutOfficeIdentity changes how an office's messages are signed.
func (h directoryRoutes) PutOfficeIdentity(ctx context.Context, r api.PutOfficeIdentityRequestObject) (api.PutOfficeIdentityResponseObject, error) {
	which := id.Office{UUID: r.ID}
	if err := mayRun(ctx, r.ID); err != nil {
		return nil, err
	}
	by := map[string]office.Identity{}
	for _, each := range value(r.Body.ByChannel, nil) {
		if _, twice := by[each.Kind]; twice {
			return nil, fault.Invalid("by_channel", "twice", "%s is named twice", each.Kind)
		}
		by[each.Kind] = office.Identity{SenderName: each.SenderName, Signature: each.Signature}
	}
	all := office.Identity{SenderName: r.Body.SenderName, Signature: r.Body.Signature}
	if err := h.offices.SetIdentity(ctx, h.db, which, all, by); err != nil {
		return nil, err
	}
	identity, err := h.identity(ctx, which)
	return api.PutOfficeIdentity200JSONResponse(identity), err
}

func (h directoryRoutes) identity(ctx context.Context, which id.Office) (api.OfficeIdentity, error) {
	o, err := h.offices.Get(ctx, h.db, which)
	if err != nil {
		return api.OfficeIdentity{}, err
	}
	town, err := h.offices.Town(ctx, h.db)
	if err != nil {
		return api.OfficeIdentity{}, err
	}
	answer := api.OfficeIdentity{
		Sender: o.Sender(town.Name, ""), SenderName: o.SenderName, Signature: o.Signature, ByChannel: []api.ChannelIdentity{},
	}
	for _, kind := range slices.Sorted(maps.Keys(o.Identities)) {
		own := o.Identities[kind]
		answer.ByChannel = append(answer.ByChannel, api.ChannelIdentity{Kind: kind, SenderName: own.SenderName, Signature: own.Signature})
	}
	return answer, nil
}
