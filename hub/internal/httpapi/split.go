package httpapi

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// splitRoutes say of a letter that it is about something else, or from somebody else, than it seemed.
type splitRoutes struct {
	db       *pgxpool.Pool
	tickets  *ticket.Store
	contacts *contact.Store
	show     presenter
}

// SplitMessage makes a ticket of its own of a letter.
func (h splitRoutes) SplitMessage(ctx context.Context, r api.SplitMessageRequestObject) (api.SplitMessageResponseObject, error) {
	req := requestOf(ctx)
	var made *ticket.Ticket
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) (err error) {
		made, err = h.tickets.Split(ctx, tx, req.scope, req.actor, id.Message{UUID: r.ID})
		return err
	})
	if err != nil {
		return nil, err
	}
	answer, err := h.show.ticket(ctx, req.scope, made.Number)
	if err != nil {
		return nil, err
	}
	return api.SplitMessage200JSONResponse(answer), nil
}

// DecideRequester says who the citizen of a ticket is.
func (h splitRoutes) DecideRequester(ctx context.Context, r api.DecideRequesterRequestObject) (api.DecideRequesterResponseObject, error) {
	req := requestOf(ctx)
	var after *ticket.Ticket
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		p, err := h.proposed(ctx, tx, r.Number, r.ID)
		if err != nil {
			return err
		}
		if r.Body.Outcome != api.SuggestionDecisionOutcomeAccept {
			after, err = h.tickets.DismissProposal(ctx, tx, req.scope, req.actor, p)
			return err
		}
		person, err := h.contacts.Identify(ctx, tx, contact.Sender{Kind: p.Kind, Value: p.Value, Display: p.Value, Name: p.Name})
		if err != nil {
			return err
		}
		after, err = h.tickets.AcceptProposal(ctx, tx, req.scope, req.actor, p, person)
		return err
	})
	if err != nil {
		return nil, err
	}
	answer, err := h.show.ticket(ctx, req.scope, after.Number)
	if err != nil {
		return nil, err
	}
	return api.DecideRequester200JSONResponse(answer), nil
}

// proposed finds an open proposal on the ticket named.
func (h splitRoutes) proposed(ctx context.Context, tx pgx.Tx, number string, proposal uuid.UUID) (ticket.Proposal, error) {
	scope := requestOf(ctx).scope
	t, err := h.tickets.Get(ctx, tx, scope, number)
	if err != nil {
		return ticket.Proposal{}, err
	}
	open, err := h.tickets.Proposals(ctx, tx, scope, t.ID)
	if err != nil {
		return ticket.Proposal{}, err
	}
	for _, p := range open {
		if p.ID.UUID == proposal {
			return p, nil
		}
	}
	return ticket.Proposal{}, conflict(codeTooLate, "It is decided who the citizen is, or nobody asked.")
}
