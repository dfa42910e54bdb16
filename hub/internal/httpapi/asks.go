package httpapi

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/oapi-codegen/runtime/types"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// askRoutes are questions between offices.
type askRoutes struct {
	db      *pgxpool.Pool
	tickets *ticket.Store
	offices *office.Store
	// composer writes to experts.
	composer *delivery.Composer
	show     presenter
	now      func() time.Time
}

// usualDays is by how many working days an answer is due when nobody says.
const usualDays = 2

// AskOffice asks another office about a ticket.
func (h askRoutes) AskOffice(ctx context.Context, r api.AskOfficeRequestObject) (api.AskOfficeResponseObject, error) {
	req := requestOf(ctx)
	ask := ticket.NewAsk{ID: id.Ask{UUID: req.newUUID("ask")}, Office: id.Office{UUID: r.Body.OfficeID}, Text: r.Body.Text}
	if value(r.Body.Wait, false) {
		ask.Status = ticket.StatusWaitingThird
	}
	var after ticket.Number
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		t, err := h.tickets.LockNumber(ctx, tx, req.scope, r.Number)
		if err != nil {
			return err
		}
		after = t.Number
		// A repeated request that was cut off after its commit finds what it asked.
		if _, err := h.tickets.OneAsk(ctx, tx, req.scope, ask.ID); err == nil || fault.Kind(err) != fault.CodeNotFound {
			return err
		}
		// It is due by the hours of the office that receives it.
		asked, err := ticket.Receiving(ctx, tx, "office_id", ask.Office)
		if err != nil {
			return err
		}
		if ask.Due, err = h.due(ctx, tx, asked.ID, r.Body.DueOn, r.Body.DueDays); err != nil {
			return err
		}
		return h.tickets.Ask(ctx, tx, req.scope, req.actor, t.ID, ask)
	})
	if err != nil {
		return nil, err
	}
	answer, err := h.show.ticket(ctx, req.scope, after)
	if err != nil {
		return nil, err
	}
	return api.AskOffice201JSONResponse(answer), nil
}

// due is by when an answer shall come, by an office's hours.
func (h askRoutes) due(ctx context.Context, q postgres.Querier, of id.Office, on *types.Date, days *int) (time.Time, error) {
	calendars, err := h.offices.Calendars(ctx, q)
	if err != nil {
		return time.Time{}, err
	}
	hours := calendars.For(of)
	if on != nil {
		if days != nil {
			return time.Time{}, fault.Invalid("due_on", "not_allowed", "either a day or a number of days")
		}
		return hours.EndOf(office.DateOf(on.Time)), nil
	}
	n := value(days, usualDays)
	if end, ok := hours.EndOfDay(h.now(), n); ok {
		return end, nil
	}
	// An office that never opens still owes an answer.
	return h.now().AddDate(0, 0, n), nil
}

// ListAsks shows a page of questions.
func (h askRoutes) ListAsks(ctx context.Context, r api.ListAsksRequestObject) (api.ListAsksResponseObject, error) {
	req := requestOf(ctx)
	page, err := h.tickets.Asks(ctx, h.db, req.scope, req.actor, ticket.Box(r.Params.Box), value(r.Params.Cursor, ""), value(r.Params.Limit, 0))
	if err != nil {
		return nil, parameters(err)
	}
	items, err := h.show.asks(ctx, page.Items)
	if err != nil {
		return nil, err
	}
	return api.ListAsks200JSONResponse{Items: items, Next: optional(page.Next)}, nil
}

// AnswerAsk answers for the office asked.
func (h askRoutes) AnswerAsk(ctx context.Context, r api.AnswerAskRequestObject) (api.AnswerAskResponseObject, error) {
	err := h.act(ctx, func(tx pgx.Tx, scope account.Scope, by account.Actor) error {
		return h.tickets.AnswerAsk(ctx, tx, scope, by, id.Ask{UUID: r.ID}, ticket.Note{Text: r.Body.Text})
	})
	return api.AnswerAsk204Response{}, err
}

// ReturnAsk gives a question back.
func (h askRoutes) ReturnAsk(ctx context.Context, r api.ReturnAskRequestObject) (api.ReturnAskResponseObject, error) {
	err := h.act(ctx, func(tx pgx.Tx, scope account.Scope, by account.Actor) error {
		return h.tickets.ReturnAsk(ctx, tx, scope, by, id.Ask{UUID: r.ID}, r.Body.Text)
	})
	return api.ReturnAsk204Response{}, err
}

// WithdrawAsk takes a question back; a letter to an expert that has not begun to leave does not leave.
func (h askRoutes) WithdrawAsk(ctx context.Context, r api.WithdrawAskRequestObject) (api.WithdrawAskResponseObject, error) {
	err := h.act(ctx, func(tx pgx.Tx, scope account.Scope, by account.Actor) error {
		return h.tickets.WithdrawAsk(ctx, tx, scope, by, id.Ask{UUID: r.ID})
	})
	return api.WithdrawAsk204Response{}, err
}

// RemindAsk reminds the office asked, or the expert by another letter.
func (h askRoutes) RemindAsk(ctx context.Context, r api.RemindAskRequestObject) (api.RemindAskResponseObject, error) {
	err := h.act(ctx, func(tx pgx.Tx, scope account.Scope, by account.Actor) error {
		a, err := h.tickets.OneAsk(ctx, tx, scope, id.Ask{UUID: r.ID})
		if err != nil {
			return err
		}
		if !a.Outside() {
			return h.tickets.RemindAsk(ctx, tx, scope, by, a.ID)
		}
		t, a, err := h.tickets.LockAsk(ctx, tx, scope, a.ID)
		if err != nil {
			return err
		}
		return h.composer.RemindExpert(ctx, tx, by, t, a)
	})
	return api.RemindAsk204Response{}, err
}

// SeeAsk notes that an end was seen.
func (h askRoutes) SeeAsk(ctx context.Context, r api.SeeAskRequestObject) (api.SeeAskResponseObject, error) {
	err := h.act(ctx, func(tx pgx.Tx, scope account.Scope, by account.Actor) error {
		return h.tickets.SeeAsk(ctx, tx, scope, by, id.Ask{UUID: r.ID})
	})
	return api.SeeAsk204Response{}, err
}

func (h askRoutes) act(ctx context.Context, do func(pgx.Tx, account.Scope, account.Actor) error) error {
	req := requestOf(ctx)
	return postgres.InTx(ctx, h.db, func(tx pgx.Tx) error { return do(tx, req.scope, req.actor) })
}
