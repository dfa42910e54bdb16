package httpapi

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
)

// policyRoutes are what an administrator decides about letters.
type policyRoutes struct {
	db      *pgxpool.Pool
	offices *office.Store
}

// GetMailPolicy shows the policy.
func (h policyRoutes) GetMailPolicy(ctx context.Context, _ api.GetMailPolicyRequestObject) (api.GetMailPolicyResponseObject, error) {
	answer, err := h.policy(ctx, h.db)
	if err != nil {
		return nil, err
	}
	return api.GetMailPolicy200JSONResponse(answer), nil
}

// PutMailPolicy changes it.
func (h policyRoutes) PutMailPolicy(ctx context.Context, r api.PutMailPolicyRequestObject) (api.PutMailPolicyResponseObject, error) {
	p := office.MailPolicy{ReopenDays: r.Body.ReopenDays, MailDomains: r.Body.MailDomains}
	for _, o := range r.Body.Offices {
		p.Offices = append(p.Offices, office.ReopenPolicy{Office: id.Office{UUID: o.ID}, ReopenDays: &o.ReopenDays})
	}
	var answer api.MailPolicy
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) (err error) {
		if err = h.offices.PutMailPolicy(ctx, tx, p); err != nil {
			return err
		}
		answer, err = h.policy(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return api.PutMailPolicy200JSONResponse(answer), nil
}

func (h policyRoutes) policy(ctx context.Context, q postgres.Querier) (api.MailPolicy, error) {
	p, err := h.offices.MailPolicy(ctx, q)
	if err != nil {
		return api.MailPolicy{}, err
	}
	answer := api.MailPolicy{ReopenDays: p.ReopenDays, MailDomains: p.MailDomains, Offices: make([]api.OfficePolicy, len(p.Offices))}
	for i, o := range p.Offices {
		answer.Offices[i] = api.OfficePolicy{ID: o.Office.UUID, Name: o.Name, ReopenDays: o.ReopenDays}
	}
	return answer, nil
}
