package httpapi

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/inbox"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/routing"
	"sportello.dev/hub/internal/ticket"
)

// ticketRoutes are the queues, one ticket, its conversation and its history.
type ticketRoutes struct {
	db      *pgxpool.Pool
	tickets *ticket.Store
	inbox   *inbox.Store
	offices *office.Store
	roster  *routing.Roster
	show    presenter
}

// ListTickets shows a page of a queue.
func (h ticketRoutes) ListTickets(ctx context.Context, r api.ListTicketsRequestObject) (api.ListTicketsResponseObject, error) {
	req := requestOf(ctx)
	f := inbox.Filter{
		Queue: inbox.Queue(value(r.Params.Queue, api.QueueAll)), Operator: req.actor.Operator, Offices: req.actor.Offices,
		Office: id.Office{UUID: value(r.Params.Office, id.Office{}.UUID)},
		Order:  inbox.Order(value(r.Params.Order, "")), Cursor: value(r.Params.Cursor, ""), Limit: value(r.Params.Limit, 0),
	}
	if q := strings.TrimSpace(value(r.Params.Q, "")); strings.Trim(q, "0123456789-") == "" {
		f.Number = q
	} else {
		f.Words = q
	}
	if f.Queue == inbox.QueueOffice && !f.Office.IsZero() {
		f.Queue = inbox.QueueAll // the office named counts, member or not
	}
	f.Tag = id.Tag{UUID: value(r.Params.Tag, id.Tag{}.UUID)}
	f.Type, f.Outcome = value(r.Params.Type, ""), ticket.Ending(value(r.Params.Outcome, ""))
	for _, n := range value(r.Params.Number, nil) {
		f.Numbers = append(f.Numbers, ticket.Number(n))
	}
	for _, s := range value(r.Params.Status, nil) {
		f.Status = append(f.Status, ticket.Status(s))
	}
	list, err := listTickets(ctx, h.db, h.inbox, req.scope, f)
	if err != nil {
		return nil, err
	}
	return api.ListTickets200JSONResponse(list), nil
}

func listTickets(ctx context.Context, db *pgxpool.Pool, lists *inbox.Store, scope account.Scope, f inbox.Filter) (api.TicketList, error) {
	page, err := lists.List(ctx, db, scope, f)
	if err != nil {
		return api.TicketList{}, parameters(err)
	}
	list := api.TicketList{Items: make([]api.TicketSummary, len(page.Items)), Next: optional(page.Next)}
	for i, t := range page.Items {
		list.Items[i] = ticketSummary(scope, t)
	}
	return list, nil
}

// CountTickets counts what waits.
func (h ticketRoutes) CountTickets(ctx context.Context, _ api.CountTicketsRequestObject) (api.CountTicketsResponseObject, error) {
	req := requestOf(ctx)
	n, err := h.inbox.Counts(ctx, h.db, req.scope, req.actor.Operator, req.actor.Offices)
	if err != nil {
		return nil, err
	}
	counts := api.Counts{Mine: n.Mine, Unassigned: n.Unassigned, Office: n.Office, Waiting: n.Waiting, Attention: n.Attention, All: n.All, Snoozed: n.Snoozed, Overdue: n.Overdue}
	if err := h.countTasks(ctx, req.scope, &counts); err != nil {
		return nil, err
	}
	if counts.Asked, counts.Answered, err = h.tickets.CountAsks(ctx, h.db, req.scope, req.actor); err != nil {
		return nil, err
	}
	if req.actor.Kind == account.KindOperator {
		if counts.Mentions, err = h.show.mentions.Count(ctx, h.db, req.scope, req.actor.Operator); err != nil {
			return nil, err
		}
	}
	return api.CountTickets200JSONResponse(counts), nil
}

const countTasks = `SELECT
	(SELECT count(*) FROM (SELECT FROM journal j JOIN channel c ON c.id = j.channel_id
	    WHERE j.state = 'quarantined' AND (c.office_id = ANY($2)) <> $1 LIMIT 1000) q),
	(SELECT count(*) FROM (SELECT FROM delivery d JOIN ticket t ON t.id = d.ticket_id
	    WHERE d.state IN ('failed', 'expired') AND ` + delivery.Undecided + ` AND ((t.office_id = ANY($2)) <> $1 OR t.shared_with && $3) LIMIT 1000) f),
	(SELECT count(*) FROM (SELECT FROM delivery d JOIN ticket t ON t.id = d.ticket_id
	    WHERE d.state = 'uncertain' AND ` + delivery.Undecided + ` AND ((t.office_id = ANY($2)) <> $1 OR t.shared_with && $3) LIMIT 1000) u)`

// countTasks counts what the quarantine, failed and uncertain screens list.
func (h ticketRoutes) countTasks(ctx context.Context, scope account.Scope, counts *api.Counts) error {
	scope = scope.Holding() // what nobody here may decide is no task
	return h.db.QueryRow(ctx, countTasks, scope.AllBut(), scope.Offices(), scope.Shares()).Scan(&counts.Quarantine, &counts.Failed, &counts.Uncertain)
}

// GetTicket shows one ticket.
func (h ticketRoutes) GetTicket(ctx context.Context, r api.GetTicketRequestObject) (api.GetTicketResponseObject, error) {
	scope := requestOf(ctx).scope
	t, err := h.tickets.Get(ctx, h.db, scope, r.Number)
	if err != nil {
		return nil, err
	}
	answer, err := h.show.ticket(ctx, scope, t.Number)
	if err != nil {
		return nil, err
	}
	return api.GetTicket200JSONResponse(answer), nil
}

// errNothingDone takes a transaction back in which there was nothing to do, and with it the row that says what was done.
var errNothingDone = errors.New("nothing was done")

// TakeNextTicket gives the operator the next ticket that nobody has.
func (h ticketRoutes) TakeNextTicket(ctx context.Context, _ api.TakeNextTicketRequestObject) (api.TakeNextTicketResponseObject, error) {
	req := requestOf(ctx)
	var taken *ticket.Ticket
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) (err error) {
		room, err := h.roster.RoomOf(ctx, tx, req.actor.Operator, req.actor.Offices)
		if err != nil {
			return err
		}
		if taken, err = h.tickets.TakeNext(ctx, tx, req.scope, req.actor, room.Offices); err != nil {
			return err
		}
		if taken != nil {
			postgres.Made(ctx, "tickets", string(taken.Number))
			return nil
		}
		if err := h.full(ctx, tx, room.Full); err != nil {
			return err
		}
		return errNothingDone
	})
	if errors.Is(err, errNothingDone) {
		recordedApart(ctx, "")
		return api.TakeNextTicket204Response{}, nil
	}
	if err != nil {
		return nil, err
	}
	answer, err := h.show.ticket(ctx, req.scope, taken.Number)
	return api.TakeNextTicket200JSONResponse(answer), err
}

// full tells who is given no more that something waits where there would be too much.
func (h ticketRoutes) full(ctx context.Context, tx pgx.Tx, offices []id.Office) error {
	for _, o := range offices {
		waiting, err := h.tickets.Waiting(ctx, tx, requestOf(ctx).scope, o, 1)
		if err != nil {
			return err
		}
		if len(waiting) > 0 {
			return conflict(codeAtCapacity, "As many requests wait for you as you are given at once; answer one, or assign one to yourself.")
		}
	}
	return nil
}

// UpdateTicket changes what the operator may change.
func (h ticketRoutes) UpdateTicket(ctx context.Context, r api.UpdateTicketRequestObject) (api.UpdateTicketResponseObject, error) {
	change, err := changeOf(*r.Body)
	if err != nil {
		return nil, err
	}
	after, err := h.change(ctx, r.Number, change)
	if errors.Is(err, errNothingDone) {
		requestOf(ctx).unchanged, err = true, nil
	}
	if err != nil {
		return nil, err
	}
	answer, err := h.left(ctx, after)
	if err != nil {
		return nil, err
	}
	return api.UpdateTicket200JSONResponse(answer), nil
}

// change changes one ticket, unless somebody else has since; with errNothingDone it is as it was.
func (h ticketRoutes) change(ctx context.Context, number string, change ticket.Change) (*ticket.Ticket, error) {
	req := requestOf(ctx)
	return h.write(ctx, number, change.Version, func(tx pgx.Tx, t *ticket.Ticket) (*ticket.Ticket, error) {
		return h.tickets.Update(ctx, tx, req.scope, t.ID, req.actor, change)
	})
}

// undo takes back what the last write did to the ticket of a number.
func (h ticketRoutes) undo(ctx context.Context, number string, version int64) (*ticket.Ticket, error) {
	req := requestOf(ctx)
	return h.write(ctx, number, version, func(tx pgx.Tx, t *ticket.Ticket) (*ticket.Ticket, error) {
		return h.tickets.Undo(ctx, tx, req.scope, t.ID, req.actor, version)
	})
}

// write does something to the ticket of a number if it is at the version that was seen. Where that changes nothing, it
// takes the transaction back with errNothingDone.
func (h ticketRoutes) write(ctx context.Context, number string, version int64, do func(pgx.Tx, *ticket.Ticket) (*ticket.Ticket, error)) (after *ticket.Ticket, err error) {
	err = postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		t, err := h.tickets.LockNumber(ctx, tx, requestOf(ctx).scope, number)
		if err != nil {
			return err
		}
		if t.Version != version {
			return conflict(codeStale, "Somebody has changed the ticket since; look at it again.")
		}
		if after, err = do(tx, t); err == nil && after.Version == version {
			return errNothingDone
		}
		return err
	})
	return after, err
}

// ReturnTicket gives a ticket back to who handed it over.
func (h ticketRoutes) ReturnTicket(ctx context.Context, r api.ReturnTicketRequestObject) (api.ReturnTicketResponseObject, error) {
	req := requestOf(ctx)
	after, err := h.write(ctx, r.Number, r.Body.Version, func(tx pgx.Tx, t *ticket.Ticket) (*ticket.Ticket, error) {
		return h.tickets.GiveBack(ctx, tx, req.scope, t.ID, req.actor, r.Body.Version, r.Body.Text)
	})
	if err != nil {
		return nil, err
	}
	answer, err := h.left(ctx, after)
	if err != nil {
		return nil, err
	}
	return api.ReturnTicket200JSONResponse(answer), nil
}

// left shows a ticket after a change, also to who no longer sees it.
func (h ticketRoutes) left(ctx context.Context, after *ticket.Ticket) (api.Ticket, error) {
	answer, err := h.show.ticket(ctx, requestOf(ctx).scope, after.Number)
	if fault.Kind(err) == fault.CodeNotFound {
		return h.show.handedOver(ctx, after)
	}
	return answer, err
}

func changeOf(b api.TicketPatch) (ticket.Change, error) {
	change := ticket.Change{Version: b.Version, Status: (*ticket.Status)(b.Status), Subject: b.Subject}
	change.Type = b.Type
	change.AddTags, change.RemoveTags = tagIDs(b.AddTags), tagIDs(b.RemoveTags)
	change.Wake = b.Wake != nil
	if b.Snooze != nil {
		change.Snooze = &ticket.Snooze{Until: value(b.Snooze.Until, time.Time{}), NextWorkingDay: b.Snooze.NextWorkingDay != nil}
	}
	if b.Priority != nil {
		p := ticket.Priority(*b.Priority)
		change.Priority = &p
	}
	if b.Standing != nil {
		said := standingOf(b.Standing)
		change.Standing = &said
	}
	if b.OfficeID != nil {
		change.Office = &id.Office{UUID: *b.OfficeID}
	} else if b.Note != nil {
		return change, fault.Invalid("note", "not_allowed", "the note goes with a change of office")
	}
	change.Note = strings.TrimSpace(value(b.Note, ""))
	if value(b.Unassign, false) {
		if b.AssigneeID != nil {
			return change, fault.Invalid("unassign", "not_allowed", "either assign or unassign")
		}
		change.Assignee = &id.Operator{}
	}
	if b.AssigneeID != nil {
		change.Assignee = &id.Operator{UUID: *b.AssigneeID}
	}
	return change, nil
}

// JoinTicket shows another ticket within this one from now on.
func (h ticketRoutes) JoinTicket(ctx context.Context, r api.JoinTicketRequestObject) (api.JoinTicketResponseObject, error) {
	req := requestOf(ctx)
	var after *ticket.Ticket
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		this, err := h.tickets.Get(ctx, tx, req.scope, r.Number)
		if err != nil {
			return err
		}
		other, err := h.tickets.Get(ctx, tx, req.scope, r.Body.Ticket)
		if fault.Kind(err) == fault.CodeNotFound {
			return fault.Invalid("ticket", "unknown", "no such ticket")
		}
		if err != nil {
			return err
		}
		after, err = h.tickets.Join(ctx, tx, req.scope, req.actor, other.ID, this.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	answer, err := h.show.ticket(ctx, req.scope, after.Number)
	if err != nil {
		return nil, err
	}
	return api.JoinTicket200JSONResponse(answer), nil
}

// UnjoinTicket takes a joined ticket out again. The store locks the tickets in its own order.
func (h ticketRoutes) UnjoinTicket(ctx context.Context, r api.UnjoinTicketRequestObject) (api.UnjoinTicketResponseObject, error) {
	req := requestOf(ctx)
	var after *ticket.Ticket
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		other, err := h.joinedTo(ctx, tx, r.Number, r.Other)
		if err != nil {
			return err
		}
		after, err = h.tickets.Unjoin(ctx, tx, req.scope, req.actor, other)
		return err
	})
	if err != nil {
		return nil, err
	}
	answer, err := h.left(ctx, after) // it is its own office's again
	if err != nil {
		return nil, err
	}
	return api.UnjoinTicket200JSONResponse(answer), nil
}

// joinedTo finds a ticket among those joined to another.
func (h ticketRoutes) joinedTo(ctx context.Context, tx pgx.Tx, number, other string) (id.Ticket, error) {
	scope := requestOf(ctx).scope
	t, err := h.tickets.Get(ctx, tx, scope, number)
	if err != nil {
		return id.Ticket{}, err
	}
	joined, err := h.tickets.Joined(ctx, tx, scope, t.ID)
	if err != nil {
		return id.Ticket{}, err
	}
	for _, j := range joined {
		if string(j.Number) == other {
			return j.ID, nil
		}
	}
	return id.Ticket{}, fault.NotFound("no such ticket is joined to this one")
}

// DecideSuggestion joins as suggested, or not.
func (h ticketRoutes) DecideSuggestion(ctx context.Context, r api.DecideSuggestionRequestObject) (api.DecideSuggestionResponseObject, error) {
	req := requestOf(ctx)
	var after *ticket.Ticket
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) (err error) {
		if err = h.suggestedFor(ctx, tx, r.Number, r.ID); err != nil {
			return err
		}
		decide := h.tickets.Dismiss
		if r.Body.Outcome == api.SuggestionDecisionOutcomeAccept {
			decide = h.tickets.Accept
		}
		after, err = decide(ctx, tx, req.scope, req.actor, id.Suggestion{UUID: r.ID})
		return err
	})
	if err != nil {
		return nil, err
	}
	answer, err := h.show.ticket(ctx, req.scope, after.Number)
	if err != nil {
		return nil, err
	}
	return api.DecideSuggestion200JSONResponse(answer), nil
}

// suggestedFor makes sure that the suggestion belongs to the ticket named and is open.
func (h ticketRoutes) suggestedFor(ctx context.Context, tx pgx.Tx, number string, suggestion uuid.UUID) error {
	scope := requestOf(ctx).scope
	t, err := h.tickets.Get(ctx, tx, scope, number)
	if err != nil {
		return err
	}
	open, err := h.tickets.Suggestions(ctx, tx, scope, t.ID)
	if err != nil {
		return err
	}
	for _, s := range open {
		if s.ID.UUID == suggestion {
			return nil
		}
	}
	return conflict(codeTooLate, "There is no such suggestion, or it is decided.")
}

// ListMessages shows a page of the conversation.
func (h ticketRoutes) ListMessages(ctx context.Context, r api.ListMessagesRequestObject) (api.ListMessagesResponseObject, error) {
	scope := requestOf(ctx).scope
	t, err := h.tickets.Get(ctx, h.db, scope, r.Number)
	if err != nil {
		return nil, err
	}
	page, err := h.tickets.Messages(ctx, h.db, scope, t.ID, ticket.Span{
		NewestFirst: value(r.Params.Order, api.ListMessagesParamsOrderOldest) == api.ListMessagesParamsOrderNewest,
		Cursor:      value(r.Params.Cursor, ""), Limit: value(r.Params.Limit, 0),
	})
	if err != nil {
		return nil, parameters(err)
	}
	items, err := h.show.messages(ctx, page.Items)
	if err != nil {
		return nil, err
	}
	return api.ListMessages200JSONResponse{Items: items, Next: optional(page.Next)}, nil
}

// ListTicketEvents shows a page of the history.
func (h ticketRoutes) ListTicketEvents(ctx context.Context, r api.ListTicketEventsRequestObject) (api.ListTicketEventsResponseObject, error) {
	scope := requestOf(ctx).scope
	t, err := h.tickets.Get(ctx, h.db, scope, r.Number)
	if err != nil {
		return nil, err
	}
	page, err := h.tickets.Timeline(ctx, h.db, scope, t.ID, ticket.Span{Cursor: value(r.Params.Cursor, ""), Limit: value(r.Params.Limit, 0)})
	if err != nil {
		return nil, parameters(err)
	}
	list := api.TicketEventList{Items: make([]api.TicketEvent, len(page.Items)), Next: optional(page.Next)}
	for i, e := range page.Items {
		list.Items[i] = eventOf(e)
	}
	return api.ListTicketEvents200JSONResponse(list), nil
}
