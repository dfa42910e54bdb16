package httpapi

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/ticket"
)

// actRoutes are acts on many tickets at once.
type actRoutes struct {
	tickets ticketRoutes
	turns   *turns
}

// turns lets everybody do one long thing at a time on this replica.
type turns struct {
	mu   sync.Mutex
	busy map[string]bool
}

// take begins who's turn and returns what ends it; nil while another of theirs runs.
func (t *turns) take(who string) func() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.busy[who] {
		return nil
	}
	if t.busy == nil {
		t.busy = map[string]bool{}
	}
	t.busy[who] = true
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.busy, who)
	}
}

// turnWait is how many seconds who asks too early is told to wait: two hundred tickets take one or two.
const turnWait = 3

// ActOnTickets does one act on many tickets, each in a transaction and with a row in the log of its own.
func (h actRoutes) ActOnTickets(ctx context.Context, r api.ActOnTicketsRequestObject) (api.ActOnTicketsResponseObject, error) {
	change, err := actOf(r.Body.Act)
	if err != nil {
		return nil, err
	}
	items, err := h.each(ctx, r.Body.Tickets, func(ctx context.Context, seen api.SeenTicket) (*ticket.Ticket, error) {
		change.Version = seen.Version
		return h.tickets.change(ctx, seen.Number, change)
	})
	if err != nil {
		return nil, err
	}
	return api.ActOnTickets200JSONResponse{Items: items}, nil
}

// UndoActOnTickets takes back what the last write of who asks did to each of many tickets.
func (h actRoutes) UndoActOnTickets(ctx context.Context, r api.UndoActOnTicketsRequestObject) (api.UndoActOnTicketsResponseObject, error) {
	items, err := h.each(ctx, r.Body.Tickets, func(ctx context.Context, seen api.SeenTicket) (*ticket.Ticket, error) {
		return h.tickets.undo(ctx, seen.Number, seen.Version)
	})
	if err != nil {
		return nil, err
	}
	return api.UndoActOnTickets200JSONResponse{Items: items}, nil
}

// each does something to many tickets one by one, and tells what became of each.
func (h actRoutes) each(ctx context.Context, tickets []api.SeenTicket, do acting) ([]api.TicketActResult, error) {
	req := requestOf(ctx)
	done := h.turns.take(req.actor.Key())
	if done == nil {
		return nil, &problemError{status: http.StatusTooManyRequests, code: codeRateLimited, detail: "Another act of yours on many tickets still runs.", retryAfter: turnWait}
	}
	defer done()
	items := make([]api.TicketActResult, 0, len(tickets))
	var broken *problemError
	for _, each := range tickets {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		result := api.TicketActResult{Number: each.Number}
		p := broken
		if p == nil {
			result.Version, result.Outcome, p = do.on(ctx, each)
		}
		if p != nil {
			result.Outcome, result.Problem = api.TicketActResultOutcomeRefused, p.told(req)
			if p.code == codeStale {
				result.Outcome = api.TicketActResultOutcomeStale
			}
			if p.status >= http.StatusInternalServerError {
				broken = p // what fails the hub fails it for all: one failure is waited for, not two hundred
			}
		}
		items = append(items, result)
	}
	return items, nil
}

// acting changes one of many tickets.
type acting func(ctx context.Context, seen api.SeenTicket) (*ticket.Ticket, error)

// on changes one ticket and gives its version now, with whether anything was to be done, or the problem.
func (do acting) on(ctx context.Context, seen api.SeenTicket) (*int64, api.TicketActResultOutcome, *problemError) {
	after, err := do(recordedApart(ctx, "tickets/"+seen.Number), seen)
	switch {
	case err == nil:
		return &after.Version, api.TicketActResultOutcomeDone, nil
	case errors.Is(err, errNothingDone):
		return &after.Version, api.TicketActResultOutcomeUnchanged, nil
	}
	p := problemOf(err)
	if p.status >= http.StatusInternalServerError {
		requestOf(ctx).failed = err
	}
	return nil, "", p
}

// actOf reads the one act asked for.
func actOf(a api.TicketAct) (ticket.Change, error) {
	asked := 0
	for _, given := range []bool{
		a.AssigneeID != nil || value(a.Unassign, false), a.OfficeID != nil, a.Status != nil, a.Priority != nil, a.Type != nil,
		a.AddTags != nil || a.RemoveTags != nil, a.Snooze != nil, a.Wake != nil,
	} {
		if given {
			asked++
		}
	}
	if asked != 1 {
		return ticket.Change{}, fault.Invalid("act", "one_of", "exactly one of assignee_id, unassign, office_id, status, priority, type, tags, snooze and wake")
	}
	if a.Standing != nil && a.Status == nil {
		return ticket.Change{}, fault.Invalid("act.standing", "not_allowed", "a standing goes with a status")
	}
	return changeOf(api.TicketPatch{
		AssigneeID: a.AssigneeID, Unassign: a.Unassign, OfficeID: a.OfficeID, Note: a.Note, Status: a.Status, Standing: a.Standing,
		Priority: a.Priority, Type: a.Type, AddTags: a.AddTags, RemoveTags: a.RemoveTags, Snooze: a.Snooze,
		Wake: (*api.TicketPatchWake)(a.Wake),
	})
}
