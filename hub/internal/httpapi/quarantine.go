package httpapi

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/ticket"
)

// quarantineRoutes are incoming items that a person must look at.
type quarantineRoutes struct {
	db      *pgxpool.Pool
	journal *intake.Journal
	stages  *intake.Stages
	tickets *ticket.Store
	again   intake.Interpreter
	blobs   blob.Store
}

// ListQuarantine shows a page of open items.
func (h quarantineRoutes) ListQuarantine(ctx context.Context, r api.ListQuarantineRequestObject) (api.ListQuarantineResponseObject, error) {
	before, err := decodeCursor[intake.EntryCursor](r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	entries, position, err := h.journal.Quarantined(ctx, requestOf(ctx).scope, intake.EntryPage{Before: before, Size: value(r.Params.Limit, maxPage)})
	if err != nil {
		return nil, err
	}
	next, err := encodeCursor(position)
	if err != nil {
		return nil, err
	}
	list := api.QuarantineList{Items: make([]api.QuarantineItem, len(entries)), Next: next}
	for i := range entries {
		list.Items[i] = quarantined(&entries[i])
	}
	return api.ListQuarantine200JSONResponse(list), nil
}

// GetQuarantineItem shows one item.
func (h quarantineRoutes) GetQuarantineItem(ctx context.Context, r api.GetQuarantineItemRequestObject) (api.GetQuarantineItemResponseObject, error) {
	item, err := h.item(ctx, id.Entry{UUID: r.ID})
	if err != nil {
		return nil, err
	}
	return api.GetQuarantineItem200JSONResponse(item), nil
}

func (h quarantineRoutes) item(ctx context.Context, entry id.Entry) (api.QuarantineItem, error) {
	e, err := h.journal.Quarantine(ctx, requestOf(ctx).scope, entry)
	if err != nil {
		return api.QuarantineItem{}, err
	}
	return quarantined(e), nil
}

// GetQuarantineRaw hands out an item's original bytes.
func (h quarantineRoutes) GetQuarantineRaw(ctx context.Context, r api.GetQuarantineRawRequestObject) (api.GetQuarantineRawResponseObject, error) {
	raw, err := h.journal.RawOf(ctx, requestOf(ctx).scope, id.Entry{UUID: r.ID})
	if err != nil {
		return nil, err
	}
	file, err := rawFile(ctx, h.blobs, raw, r.ID.String())
	if err != nil {
		return nil, err
	}
	return api.GetQuarantineRaw200ApplicationOctetStreamResponse{FileApplicationOctetStreamResponse: file}, nil
}

// RetryQuarantineItem sends an item back to intake.
func (h quarantineRoutes) RetryQuarantineItem(ctx context.Context, r api.RetryQuarantineItemRequestObject) (api.RetryQuarantineItemResponseObject, error) {
	entry := id.Entry{UUID: r.ID}
	item, err := h.item(ctx, entry)
	if err != nil {
		return nil, err
	}
	if err := h.journal.Retry(ctx, requestOf(ctx).scope, h.again, entry); err != nil {
		return nil, err
	}
	item.State = api.QuarantineItemStateRetrying
	return api.RetryQuarantineItem200JSONResponse(item), nil
}

// DiscardQuarantineItem takes an item off the list.
func (h quarantineRoutes) DiscardQuarantineItem(ctx context.Context, r api.DiscardQuarantineItemRequestObject) (api.DiscardQuarantineItemResponseObject, error) {
	req := requestOf(ctx)
	entry := id.Entry{UUID: r.ID}
	if err := h.journal.Discard(ctx, req.scope, entry, req.actor.Operator, r.Body.Reason); err != nil {
		return nil, err
	}
	item, err := h.item(ctx, entry)
	if err != nil {
		return nil, err
	}
	return api.DiscardQuarantineItem200JSONResponse(item), nil
}

// AssignQuarantineItem files an item on a ticket.
func (h quarantineRoutes) AssignQuarantineItem(ctx context.Context, r api.AssignQuarantineItemRequestObject) (api.AssignQuarantineItemResponseObject, error) {
	req := requestOf(ctx)
	entry := id.Entry{UUID: r.ID}
	item, err := h.item(ctx, entry)
	if err != nil {
		return nil, err
	}
	if _, err := h.tickets.Get(ctx, h.db, req.scope, r.Body.Ticket); fault.Kind(err) == fault.CodeNotFound {
		return nil, fault.Invalid("ticket", "unknown", "there is no such ticket")
	}
	message, err := h.stages.Assign(ctx, req.scope, req.actor, entry, r.Body.Ticket)
	if err != nil {
		return nil, err
	}
	m, err := h.tickets.Message(ctx, h.db, req.scope, message)
	if err != nil {
		return nil, err
	}
	item.State, item.Ticket = api.QuarantineItemStateFiled, new(string(m.TicketNumber))
	return api.AssignQuarantineItem200JSONResponse(item), nil
}

func quarantined(e *intake.Entry) api.QuarantineItem {
	return api.QuarantineItem{
		ID: e.ID.UUID, State: quarantineState(e.State), Channel: api.ChannelRef{ID: e.Channel.UUID, Name: e.ChannelName, Kind: e.Adapter},
		Reason: *reason(e.Reason, nil), Detail: optional(e.Detail), From: optional(e.From), Subject: optional(e.Subject),
		Preview: optional(e.Text), Size: e.RawSize, Attempts: e.Attempt, ReceivedAt: e.ReceivedAt,
		DecisionReason: optional(e.Decision), DecidedBy: operatorRef(e.DecidedBy, e.DecidedByName),
		RawURL: basePath + "/quarantine/" + e.ID.String() + "/raw",
	}
}

// quarantineState words the state of a journal row for whoever decides on it.
func quarantineState(state string) api.QuarantineItemState {
	switch state {
	case "quarantined":
		return api.QuarantineItemStateOpen
	case "pending":
		return api.QuarantineItemStateRetrying
	default:
		return api.QuarantineItemState(state)
	}
}
