package httpapi

import (
	"context"
	"slices"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
)

// CountReturns counts what somebody would not work on any more.
func (h peopleRoutes) CountReturns(ctx context.Context, r api.CountReturnsRequestObject) (api.CountReturnsResponseObject, error) {
	p, err := h.accounts.Person(ctx, id.Operator{UUID: r.ID})
	if err != nil {
		return nil, err
	}
	all, err := h.offices.All(ctx, h.db)
	if err != nil {
		return nil, err
	}
	scope := requestOf(ctx).scope
	held, err := h.tickets.HeldBy(ctx, h.db, scope, p.ID)
	if err != nil {
		return nil, err
	}
	then := changed(p, r.Params, all)
	stays := value(r.Params.Active, p.Active)
	answer := api.PersonReturns{}
	for _, o := range all {
		if stays && account.WorksOn(then, o.ID) {
			continue
		}
		answer.Requests += held[o.ID]
		answer.Unseen = answer.Unseen || !scope.Covers(o.ID) && slices.Contains(p.Offices, o.ID)
	}
	return api.CountReturns200JSONResponse(answer), nil
}

// changed is who somebody would be then.
func changed(p account.Person, c api.CountReturnsParams, all []office.Office) account.Actor {
	then := account.Actor{Kind: account.KindOperator, Operator: p.ID, Role: p.Role}
	if c.Role != nil {
		then.Role = account.Role(*c.Role)
	}
	left, joined := officesOf(value(c.Leave, nil)), officesOf(value(c.Join, nil))
	for _, o := range all {
		member := slices.Contains(p.Offices, o.ID) && !slices.Contains(left, o.ID) || slices.Contains(joined, o.ID)
		switch {
		case member:
			then.Offices = append(then.Offices, o.ID)
		case o.Confidential:
			then.Hidden = append(then.Hidden, o.ID)
		}
	}
	return then
}
