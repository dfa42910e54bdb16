package httpapi

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// AskExpert asks an outside expert about a ticket.
func (h askRoutes) AskExpert(ctx context.Context, r api.AskExpertRequestObject) (api.AskExpertResponseObject, error) {
	req := requestOf(ctx)
	ask := consultationOf(r.Body)
	ask.ID, ask.Letter = id.Ask{UUID: req.newUUID("ask")}, id.Message{UUID: req.newUUID("message")}
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
		if ask.Due, err = h.due(ctx, tx, t.Office, r.Body.DueOn, r.Body.DueDays); err != nil {
			return err
		}
		if err := h.composer.Consult(ctx, tx, req.scope, req.actor, t, ask); err != nil {
			return err
		}
		m, err := h.tickets.Message(ctx, tx, req.scope, ask.Letter)
		if err != nil {
			return err
		}
		return blockFiles(m)
	})
	if err != nil {
		return nil, err
	}
	answer, err := h.show.ticket(ctx, req.scope, after)
	if err != nil {
		return nil, err
	}
	return api.AskExpert201JSONResponse(answer), nil
}

// blockFiles refuses a letter with a file in which something was found.
func blockFiles(m *ticket.Message) error {
	for i := range m.Attachments {
		if err := blockInfected(&m.Attachments[i]); err != nil {
			return fault.Invalid("attachments", "infected", "the file is infected and cannot be sent")
		}
	}
	return nil
}

// PreviewExpertAsk shows the letter that AskExpert would send.
func (h askRoutes) PreviewExpertAsk(ctx context.Context, r api.PreviewExpertAskRequestObject) (api.PreviewExpertAskResponseObject, error) {
	scope := requestOf(ctx).scope
	t, err := h.tickets.Get(ctx, h.db, scope, r.Number)
	if err != nil {
		return nil, err
	}
	ask := consultationOf(r.Body)
	if ask.Due, err = h.due(ctx, h.db, t.Office, r.Body.DueOn, r.Body.DueDays); err != nil {
		return nil, err
	}
	l, err := h.composer.PreviewConsultation(ctx, h.db, scope, t, ask)
	if err != nil {
		return nil, err
	}
	files := make([]string, len(l.Files))
	for i, f := range l.Files {
		files[i] = f.Name
	}
	return api.PreviewExpertAsk200JSONResponse{
		From: correspondent(l.From), To: correspondent(l.To), Subject: l.Subject, Text: l.Text, Files: files, Covered: l.Covered,
	}, nil
}

// ListExperts lists who was asked before.
func (h askRoutes) ListExperts(ctx context.Context, _ api.ListExpertsRequestObject) (api.ListExpertsResponseObject, error) {
	known, err := h.tickets.KnownExperts(ctx, h.db, requestOf(ctx).scope)
	if err != nil {
		return nil, err
	}
	items := make([]api.Expert, len(known))
	for i, k := range known {
		items[i] = api.Expert{Address: k.Value, Name: optional(k.Name)}
	}
	return api.ListExperts200JSONResponse{Items: items}, nil
}

// SettleAsk takes what came from elsewhere as the answer.
func (h askRoutes) SettleAsk(ctx context.Context, r api.SettleAskRequestObject) (api.SettleAskResponseObject, error) {
	err := h.act(ctx, func(tx pgx.Tx, scope account.Scope, by account.Actor) error {
		return h.tickets.SettleAsk(ctx, tx, scope, by, id.Ask{UUID: r.ID})
	})
	return api.SettleAsk204Response{}, err
}

func consultationOf(b *api.NewExpertAsk) delivery.Consultation {
	ask := delivery.Consultation{
		Expert: ticket.Address{Kind: "email", Value: b.Address, Name: value(b.Name, "")}, Subject: value(b.Subject, ""), Text: b.Text,
		Personal: value(b.PersonalData, false), Language: string(value(b.Language, "it")),
	}
	for _, m := range value(b.Messages, []uuid.UUID{}) {
		ask.Messages = append(ask.Messages, id.Message{UUID: m})
	}
	for _, f := range value(b.Attachments, []uuid.UUID{}) {
		ask.Files = append(ask.Files, id.Attachment{UUID: f})
	}
	if value(b.Wait, false) {
		ask.Status = ticket.StatusWaitingThird
	}
	return ask
}
