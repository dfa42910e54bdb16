package httpapi

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
	"sportello.dev/hub/internal/scan"
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
	gate    *scan.Gate
}

// ListQuarantine shows a page of open items.
func (h quarantineRoutes) ListQuarantine(ctx context.Context, r api.ListQuarantineRequestObject) (api.ListQuarantineResponseObject, error) {
	before, err := decodeCursor[intake.EntryCursor](r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	entries, position, err := h.journal.Quarantined(ctx, requestOf(ctx).scope, intake.EntryPage{
		Discarded: value(r.Params.State, api.ListQuarantineParamsStateOpen) == api.ListQuarantineParamsStateDiscarded,
		Channel:   id.Channel{UUID: value(r.Params.Channel, id.Channel{}.UUID)}, Reason: value(r.Params.Reason, ""),
		Before: before, Size: value(r.Params.Limit, maxPage),
	})
	if err != nil {
		return nil, parameters(err)
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
	entry := id.Entry{UUID: r.ID}
	e, err := h.journal.Former(ctx, requestOf(ctx).scope, entry)
	if err != nil {
		return nil, err
	}
	item := quarantined(e)
	acts, err := h.journal.Acts(ctx, requestOf(ctx).scope, entry)
	if err != nil {
		return nil, err
	}
	item.Acts = &[]api.QuarantineAct{}
	for _, a := range acts {
		*item.Acts = append(*item.Acts, api.QuarantineAct{
			Act: api.QuarantineActAct(a.Act), Reason: optional(a.Reason), By: operatorRef(a.By, a.ByName), At: a.At,
		})
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
	file, err := rawFile(ctx, h.blobs, h.gate, raw, r.ID.String())
	if err != nil {
		return nil, err
	}
	return api.GetQuarantineRaw200ApplicationOctetStreamResponse{FileApplicationOctetStreamResponse: file}, nil
}

func quarantined(e *intake.Entry) api.QuarantineItem {
	item := api.QuarantineItem{
		ID: e.ID.UUID, State: quarantineState(e.State), Channel: api.ChannelRef{ID: e.Channel.UUID, Name: e.ChannelName, Kind: e.Adapter},
		Reason: *reason(e.Reason, nil), Detail: optional(e.Detail), From: optional(e.From), Subject: optional(e.Subject),
		Preview: optional(e.Text), Size: e.RawSize, Attempts: e.Attempt, ReceivedAt: e.ReceivedAt,
		DecisionReason: optional(e.Decision), DecidedBy: operatorRef(e.DecidedBy, e.DecidedByName),
		Ticket: optional(e.Ticket),
		RawURL: basePath + "/quarantine/" + e.ID.String() + "/raw",
	}
	if item.State == api.QuarantineItemStateDiscarded {
		item.DecidedAt = e.SettledAt
	}
	return item
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
