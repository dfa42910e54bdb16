package httpapi

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake"
)

// Codes of refusals that a decision on a quarantined item meets.
const (
	codeDecided    = "decided"
	codeUnreadable = "unreadable"
)

// undecidable tells the two conflicts of a decision apart.
func undecidable(err error) error {
	switch {
	case errors.Is(err, intake.ErrDecided):
		return &problemError{status: http.StatusConflict, code: codeDecided, detail: "Somebody has decided on the item already.", err: err}
	case errors.Is(err, intake.ErrUnreadable):
		return &problemError{status: http.StatusConflict, code: codeUnreadable, detail: "The adapter still cannot read the item.", err: err}
	}
	return err
}

// RetryQuarantineItem sends an item back to intake.
func (h quarantineRoutes) RetryQuarantineItem(ctx context.Context, r api.RetryQuarantineItemRequestObject) (api.RetryQuarantineItemResponseObject, error) {
	item, err := h.decided(ctx, r.ID, api.QuarantineDecision{Act: api.QuarantineDecisionActRetry})
	return api.RetryQuarantineItem200JSONResponse(item), err
}

// DiscardQuarantineItem takes an item off the list.
func (h quarantineRoutes) DiscardQuarantineItem(ctx context.Context, r api.DiscardQuarantineItemRequestObject) (api.DiscardQuarantineItemResponseObject, error) {
	item, err := h.decided(ctx, r.ID, api.QuarantineDecision{Act: api.QuarantineDecisionActDiscard, Reason: &r.Body.Reason})
	return api.DiscardQuarantineItem200JSONResponse(item), err
}

// AssignQuarantineItem files an item on a ticket.
func (h quarantineRoutes) AssignQuarantineItem(ctx context.Context, r api.AssignQuarantineItemRequestObject) (api.AssignQuarantineItemResponseObject, error) {
	item, err := h.decided(ctx, r.ID, api.QuarantineDecision{Act: api.QuarantineDecisionActAssign, Ticket: &r.Body.Ticket})
	return api.AssignQuarantineItem200JSONResponse(item), err
}

// RestoreQuarantineItem takes a discarded item back.
func (h quarantineRoutes) RestoreQuarantineItem(ctx context.Context, r api.RestoreQuarantineItemRequestObject) (api.RestoreQuarantineItemResponseObject, error) {
	item, err := h.decided(ctx, r.ID, api.QuarantineDecision{Act: api.QuarantineDecisionActRestore})
	return api.RestoreQuarantineItem200JSONResponse(item), err
}

// OpenQuarantineItem makes a new ticket of an item.
func (h quarantineRoutes) OpenQuarantineItem(ctx context.Context, r api.OpenQuarantineItemRequestObject) (api.OpenQuarantineItemResponseObject, error) {
	entry := id.Entry{UUID: r.ID}
	item, err := h.item(ctx, entry)
	if err != nil {
		return nil, err
	}
	result, err := h.open(ctx, entry, id.Office{UUID: value(r.Body.OfficeID, id.Office{}.UUID)})
	if err != nil {
		return nil, undecidable(err)
	}
	item.State, item.Ticket = api.QuarantineItemState(result.state), optional(result.ticket)
	return api.OpenQuarantineItem200JSONResponse(item), nil
}

// DecideQuarantine decides on many items, each by itself and with a row in the log of its own.
func (h quarantineRoutes) DecideQuarantine(ctx context.Context, r api.DecideQuarantineRequestObject) (api.DecideQuarantineResponseObject, error) {
	lines, next, err := h.meant(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	answer := api.DecideQuarantine200JSONResponse{Items: make([]api.QuarantineResult, 0, len(lines)), Next: next}
	for _, line := range lines {
		result, err := h.decide(recordedApart(ctx, "quarantine/"+line.ID.String()), id.Entry{UUID: line.ID}, *r.Body)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			p := problemOf(undecidable(err))
			if p.code == string(fault.CodeInvalid) {
				// What is wrong with the decision itself is wrong for all.
				return nil, err
			}
			line.Problem = &p.code
		} else {
			line.State, line.Ticket = new(api.QuarantineResultState(result.state)), optional(result.ticket)
		}
		answer.Items = append(answer.Items, line)
	}
	return answer, nil
}

// meant are the items that a decision is about: those named, or the next of all in a list.
func (h quarantineRoutes) meant(ctx context.Context, d api.QuarantineDecision) (lines []api.QuarantineResult, next *string, err error) {
	if (d.Ids == nil) == (d.Matching == nil) {
		return nil, nil, fault.Invalid("ids", "one_of", "a decision is either about ids or about all that match")
	}
	if d.Matching == nil {
		for _, each := range *d.Ids {
			lines = append(lines, api.QuarantineResult{ID: each})
		}
		return lines, nil, nil
	}
	before, err := decodeCursor[intake.EntryCursor](d.Cursor)
	if err != nil {
		return nil, nil, err
	}
	if until := d.Matching.Until; before == nil && until != nil {
		before = &intake.EntryCursor{At: *until, ID: id.Entry{UUID: uuid.Max}}
	}
	entries, position, err := h.journal.Quarantined(ctx, requestOf(ctx).scope, intake.EntryPage{
		Channel: id.Channel{UUID: value(d.Matching.Channel, uuid.Nil)}, Reason: value(d.Matching.Reason, ""), Before: before, Size: maxPage,
	})
	if err != nil {
		return nil, nil, err
	}
	for i := range entries {
		e := &entries[i]
		lines = append(lines, api.QuarantineResult{ID: e.ID.UUID, From: optional(e.From), Subject: optional(e.Subject)})
	}
	next, err = encodeCursor(position)
	return lines, next, err
}

// outcome is where an item is after a decision.
type outcome struct{ state, ticket string }

// decided is an item after a decision.
func (h quarantineRoutes) decided(ctx context.Context, which [16]byte, d api.QuarantineDecision) (api.QuarantineItem, error) {
	entry := id.Entry{UUID: which}
	item, err := h.item(ctx, entry)
	if err != nil {
		return item, err
	}
	result, err := h.decide(ctx, entry, d)
	if err != nil {
		return item, undecidable(err)
	}
	if d.Act == api.QuarantineDecisionActDiscard || d.Act == api.QuarantineDecisionActRestore {
		return h.item(ctx, entry)
	}
	item.State, item.Ticket = api.QuarantineItemState(result.state), optional(result.ticket)
	return item, nil
}

func (h quarantineRoutes) decide(ctx context.Context, entry id.Entry, d api.QuarantineDecision) (outcome, error) {
	req := requestOf(ctx)
	by := req.actor.Operator
	switch d.Act {
	case api.QuarantineDecisionActRetry:
		return outcome{state: "retrying"}, h.journal.Retry(ctx, req.scope, h.again, entry, by)
	case api.QuarantineDecisionActDiscard:
		return outcome{state: "discarded"}, h.journal.Discard(ctx, req.scope, entry, by, value(d.Reason, ""))
	case api.QuarantineDecisionActRestore:
		return outcome{state: "open"}, h.journal.Restore(ctx, req.scope, entry, by)
	case api.QuarantineDecisionActOpen:
		return h.open(ctx, entry, id.Office{})
	case api.QuarantineDecisionActAssign:
		return h.assign(ctx, entry, value(d.Ticket, ""))
	}
	return outcome{}, fault.Invalid("act", "unknown", "no act %q", d.Act)
}

func (h quarantineRoutes) open(ctx context.Context, entry id.Entry, at id.Office) (outcome, error) {
	req := requestOf(ctx)
	number, err := h.stages.Open(ctx, req.scope, req.actor, entry, at)
	return outcome{"filed", string(number)}, err
}

func (h quarantineRoutes) assign(ctx context.Context, entry id.Entry, number string) (outcome, error) {
	req := requestOf(ctx)
	t, err := h.tickets.Get(ctx, h.db, req.scope, number)
	if fault.Kind(err) == fault.CodeNotFound {
		return outcome{}, fault.Invalid("ticket", "unknown", "there is no such ticket")
	}
	if err != nil {
		return outcome{}, err
	}
	_, err = h.stages.Assign(ctx, req.scope, req.actor, entry, number)
	return outcome{"filed", string(t.Number)}, err
}

// CountQuarantine counts by reason and channel.
func (h quarantineRoutes) CountQuarantine(ctx context.Context, _ api.CountQuarantineRequestObject) (api.CountQuarantineResponseObject, error) {
	piles, err := h.journal.Piles(ctx, requestOf(ctx).scope)
	if err != nil {
		return nil, err
	}
	answer := api.CountQuarantine200JSONResponse{Items: make([]api.QuarantinePile, len(piles))}
	for i, p := range piles {
		answer.Items[i] = api.QuarantinePile{
			Reason: p.Reason, Channel: api.ChannelRef{ID: p.Channel.UUID, Name: p.ChannelName, Kind: p.Adapter}, Count: p.Items,
		}
	}
	return answer, nil
}
