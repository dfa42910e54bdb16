package httpapi

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/requesttype"
	"sportello.dev/hub/internal/routing"
)

// typeRoutes are what requests may be about.
type typeRoutes struct {
	db      *pgxpool.Pool
	types   *requesttype.Store
	routing *routing.Store
	offices *office.Store
}

// ListRequestTypes shows all types in their order.
func (h typeRoutes) ListRequestTypes(ctx context.Context, _ api.ListRequestTypesRequestObject) (api.ListRequestTypesResponseObject, error) {
	all, err := h.types.All(ctx, h.db)
	if err != nil {
		return nil, err
	}
	return api.ListRequestTypes200JSONResponse{Items: typesOf(all)}, nil
}

// CreateRequestType makes a type.
func (h typeRoutes) CreateRequestType(ctx context.Context, r api.CreateRequestTypeRequestObject) (api.CreateRequestTypeResponseObject, error) {
	var made *requesttype.Type
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) (err error) {
		made, err = h.types.Make(ctx, tx, r.Body.Labels)
		return err
	})
	if err != nil {
		return nil, err
	}
	return api.CreateRequestType201JSONResponse(requestTypeOf(*made)), nil
}

// UpdateRequestType renames or retires a type.
func (h typeRoutes) UpdateRequestType(ctx context.Context, r api.UpdateRequestTypeRequestObject) (api.UpdateRequestTypeResponseObject, error) {
	var after *requesttype.Type
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) (err error) {
		after, err = h.types.Change(ctx, tx, r.Code, requesttype.Change{Labels: value(r.Body.Labels, nil), Retired: r.Body.Retired})
		return err
	})
	if err != nil {
		return nil, err
	}
	return api.UpdateRequestType200JSONResponse(requestTypeOf(*after)), nil
}

// ArrangeRequestTypes puts the types into an order.
func (h typeRoutes) ArrangeRequestTypes(ctx context.Context, r api.ArrangeRequestTypesRequestObject) (api.ArrangeRequestTypesResponseObject, error) {
	var all []requesttype.Type
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) (err error) {
		if err = h.types.Arrange(ctx, tx, r.Body.Codes); err != nil {
			return err
		}
		all, err = h.types.All(ctx, tx)
		return err
	})
	if fault.Kind(err) == fault.CodeConflict {
		return nil, conflict(codeStale, "The types of request have changed since.")
	}
	if err != nil {
		return nil, err
	}
	return api.ArrangeRequestTypes200JSONResponse{Items: typesOf(all)}, nil
}

// GetRequestTypeUses tells which rules and terms name a type.
func (h typeRoutes) GetRequestTypeUses(ctx context.Context, r api.GetRequestTypeUsesRequestObject) (api.GetRequestTypeUsesResponseObject, error) {
	rules, err := h.routing.Read(ctx, h.db)
	if err != nil {
		return nil, err
	}
	terms, err := h.offices.Terms(ctx, h.db)
	if err != nil {
		return nil, err
	}
	uses := api.GetRequestTypeUses200JSONResponse{Rules: []string{}}
	for _, rule := range rules.Rules {
		if rule.Then.Type == r.Code {
			uses.Rules = append(uses.Rules, rule.Name)
		}
	}
	for _, p := range terms.Policies {
		if p.Type == r.Code {
			uses.Terms++
		}
	}
	return uses, nil
}

func typesOf(all []requesttype.Type) []api.RequestType {
	list := make([]api.RequestType, len(all))
	for i, t := range all {
		list[i] = requestTypeOf(t)
	}
	return list
}

func requestTypeOf(t requesttype.Type) api.RequestType {
	return api.RequestType{Code: t.Code, Labels: t.Labels, Retired: t.Retired}
}
