package httpapi

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Limits of what one request moves before it answers: tickets, and time.
const (
	maxMoves = 200
	moveTime = 8 * time.Second
)

// codeConfidential refuses to move what the actor must not see.
const codeConfidential = "confidential_office"

// DeactivateOffice closes an office down, and moves its open tickets on before, each in a transaction of its own.
func (h officeRoutes) DeactivateOffice(ctx context.Context, r api.DeactivateOfficeRequestObject) (api.DeactivateOfficeResponseObject, error) {
	which, successor := id.Office{UUID: r.ID}, id.Office{UUID: r.Body.SuccessorID}
	if hidden(ctx, which) {
		return nil, conflict(codeConfidential, "Only a member of a confidential office can close it down: its requests are out of your sight.")
	}
	// What would be refused at the end is refused before anything is moved.
	if err := h.tryClosing(ctx, which, successor, *r.Body); err != nil {
		return nil, err
	}
	var answer api.OfficeDeactivated
	var err error
	if r.Body.MoveTickets {
		if answer.Moved, err = h.move(ctx, which, successor); err != nil {
			return nil, err
		}
	}
	answer.Office, err = h.change(ctx, r.ID, func(tx pgx.Tx, which id.Office) error {
		held, err := h.tickets.HeldByOffice(ctx, tx, requestOf(ctx).scope)
		if err != nil {
			return err
		}
		if answer.Left = held[which]; answer.Left > 0 {
			return nil
		}
		return h.offices.Deactivate(ctx, tx, which, r.Body.Version, successor, h.now())
	})
	if err != nil {
		return nil, err
	}
	return api.DeactivateOffice200JSONResponse(answer), nil
}

// tryClosing finds what speaks against closing an office down, and changes nothing.
func (h officeRoutes) tryClosing(ctx context.Context, which, successor id.Office, body api.OfficeDeactivation) error {
	tx, err := h.db.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	err = h.offices.Deactivate(ctx, tx, which, body.Version, successor, h.now())
	if fault.Kind(err) == fault.CodeConflict {
		return conflict(codeStale, "Somebody has changed the office since; look at it again.")
	}
	if err != nil || body.MoveTickets {
		return err
	}
	held, err := h.tickets.HeldByOffice(ctx, tx, requestOf(ctx).scope)
	if err != nil {
		return err
	}
	if held[which] > 0 {
		return fault.Invalid("move_tickets", "office_holds_tickets", "the office holds %d open tickets: move them to its successor", held[which])
	}
	return nil
}

// move hands on what an office holds, as much as fits into one request.
func (h officeRoutes) move(ctx context.Context, from, to id.Office) (moved int, err error) {
	req, until := requestOf(ctx), h.now().Add(moveTime)
	held, err := h.tickets.Held(ctx, h.db, req.scope, from, maxMoves)
	if err != nil {
		return 0, err
	}
	for _, t := range held {
		var done bool
		err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) (err error) {
			done, err = h.tickets.MoveFrom(ctx, tx, req.scope, t, req.actor, from, to)
			return err
		})
		switch {
		case fault.Kind(err) == fault.CodeNotFound: // joined to another, or gone out of sight
		case err != nil:
			return moved, err
		case done:
			moved++
		}
		if h.now().After(until) {
			break
		}
	}
	return moved, nil
}
