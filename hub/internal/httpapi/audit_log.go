package httpapi

import (
	"context"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/audit"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// auditRoutes show the audit log.
type auditRoutes struct {
	db       *pgxpool.Pool
	chain    *audit.Chain
	check    func(context.Context, pgx.Tx) error
	contacts *contact.Store
	tickets  *ticket.Store
	log      *slog.Logger
}

// ListAudit shows a page of the log.
func (h auditRoutes) ListAudit(ctx context.Context, r api.ListAuditRequestObject) (api.ListAuditResponseObject, error) {
	p := r.Params
	f := auditFilter(p.Actor, p.Kind, p.Act, p.Outcome, p.Object, audit.Filter{Cursor: value(p.Cursor, ""), Limit: value(p.Limit, 0)})
	f.From, f.Until = value(p.From, f.From), value(p.Until, f.Until)
	page, err := audit.List(ctx, h.db, requestOf(ctx).scope.Sight(), f)
	if err != nil {
		return nil, parameters(err)
	}
	answer := api.ListAudit200JSONResponse{Items: make([]api.AuditEntry, len(page.Items)), Next: optional(page.Next)}
	for i, e := range page.Items {
		answer.Items[i] = api.AuditEntry{
			ID: e.ID, At: e.At, Kind: api.AuditKind(e.Kind), Actor: e.Actor, ActorName: optional(e.ActorName), Act: e.Act, Route: e.Route,
			Object: e.Object, ObjectName: optional(e.ObjectName), Outcome: api.AuditOutcome(e.Outcome), Address: optional(e.Address), Place: e.Place,
			Hidden: optional(e.Hidden),
		}
	}
	return answer, nil
}

func auditFilter(actor *string, kind *api.AuditKind, act *string, outcome *api.AuditOutcome, object *string, f audit.Filter) audit.Filter {
	f.Actor, f.Act, f.Object = value(actor, ""), value(act, ""), value(object, "")
	f.Kind, f.Outcome = audit.Kind(value(kind, "")), audit.Outcome(value(outcome, ""))
	return f
}

// ExportAudit sends the log as a file.
func (h auditRoutes) ExportAudit(ctx context.Context, r api.ExportAuditRequestObject) (api.ExportAuditResponseObject, error) {
	p := r.Params
	f := auditFilter(p.Actor, p.Kind, p.Act, p.Outcome, p.Object, audit.Filter{})
	f.From, f.Until = value(p.From, f.From), value(p.Until, f.Until)
	return auditFile{ctx: ctx, db: h.db, log: h.log, scope: requestOf(ctx).scope.Sight(), filter: f, format: audit.Format(p.Format)}, nil
}

// GetAuditState tells how the log stands.
func (h auditRoutes) GetAuditState(ctx context.Context, _ api.GetAuditStateRequestObject) (api.GetAuditStateResponseObject, error) {
	state, err := h.state(ctx)
	return api.GetAuditState200JSONResponse(state), err
}

// CheckAudit has the whole chain walked.
func (h auditRoutes) CheckAudit(ctx context.Context, _ api.CheckAuditRequestObject) (api.CheckAuditResponseObject, error) {
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		if err := h.chain.Ask(ctx, tx, requestOf(ctx).actor.Key()); err != nil {
			return err
		}
		return h.check(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	state, err := h.state(ctx)
	return api.CheckAudit202JSONResponse(state), err
}

func (h auditRoutes) state(ctx context.Context) (api.AuditState, error) {
	s, err := h.chain.Look(ctx)
	if err != nil {
		return api.AuditState{}, err
	}
	last, err := audit.LastCheck(ctx, h.db)
	if err != nil {
		return api.AuditState{}, err
	}
	answer := api.AuditState{Sealed: s.Sealed, Unsealed: s.Unsealed, OldestUnsealed: s.Oldest, Head: s.Head.Place, Fault: faultReason(s.Fault)}
	if s.Sealed > 0 {
		answer.SealedUntil = &s.Until
	}
	if last != nil {
		answer.Check = &api.AuditCheck{AskedAt: last.AskedAt, FinishedAt: last.FinishedAt, Sealed: last.Sealed, Fault: faultReason(last.Fault)}
	}
	return answer, nil
}

func faultReason(f audit.Fault) *api.Reason {
	if f.None() {
		return nil
	}
	return &api.Reason{Code: f.Code, Params: f.Params()}
}

// ListContactReaders tells who read a citizen's record.
func (h auditRoutes) ListContactReaders(ctx context.Context, r api.ListContactReadersRequestObject) (api.ListContactReadersResponseObject, error) {
	scope, wanted := requestOf(ctx).scope, id.Contact{UUID: r.ID}
	if err := h.tickets.SeesContact(ctx, h.db, scope, wanted); err != nil {
		return nil, err
	}
	if _, err := h.contacts.Get(ctx, h.db, wanted); err != nil {
		return nil, err
	}
	list, err := audit.Readers(ctx, h.db, scope, wanted)
	if err != nil {
		return nil, err
	}
	answer := api.ListContactReaders200JSONResponse{Items: make([]api.ContactReader, len(list))}
	for i, each := range list {
		through := make([]api.ContactReaderThrough, len(each.Through))
		for j, what := range each.Through {
			through[j] = api.ContactReaderThrough(what)
		}
		answer.Items[i] = api.ContactReader{
			Actor: each.Actor, Name: each.Name, Role: (*api.Role)(optional(string(each.Role))), Offices: append([]string{}, each.Offices...),
			FirstAt: each.First, LastAt: each.Last, Through: through, Reads: each.Reads, Acts: each.Acts,
		}
	}
	return answer, nil
}
