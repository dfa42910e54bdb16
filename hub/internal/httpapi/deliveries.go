package httpapi

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// deliveryRoutes are deliveries in trouble and what people decide on them.
type deliveryRoutes struct {
	db         *pgxpool.Pool
	tickets    *ticket.Store
	deliveries *delivery.Store
	composer   *delivery.Composer
	show       presenter
}

// ListDeliveries shows a page of those that wait for a decision.
func (h deliveryRoutes) ListDeliveries(ctx context.Context, r api.ListDeliveriesRequestObject) (api.ListDeliveriesResponseObject, error) {
	before, err := decodeCursor[delivery.TroubleCursor](r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	states := []delivery.State{delivery.Uncertain}
	if r.Params.State == api.ListDeliveriesParamsStateFailed {
		states = []delivery.State{delivery.Failed, delivery.Expired}
	}
	found, position, err := h.deliveries.Trouble(ctx, h.db, requestOf(ctx).scope.Holding(), delivery.TroublePage{
		States: states, Before: before, Size: value(r.Params.Limit, maxPage),
	})
	if err != nil {
		return nil, err
	}
	next, err := encodeCursor(position)
	if err != nil {
		return nil, err
	}
	list := api.DeliveryTaskList{Items: make([]api.DeliveryTask, len(found)), Next: next}
	for i, t := range found {
		list.Items[i] = taskOf(t)
	}
	return api.ListDeliveries200JSONResponse(list), nil
}

// GetDelivery shows one delivery with its history.
func (h deliveryRoutes) GetDelivery(ctx context.Context, r api.GetDeliveryRequestObject) (api.GetDeliveryResponseObject, error) {
	answer, err := h.detail(ctx, id.Delivery{UUID: r.ID})
	if err != nil {
		return nil, err
	}
	return api.GetDelivery200JSONResponse(answer), nil
}

// DecideDelivery applies an operator's decision.
func (h deliveryRoutes) DecideDelivery(ctx context.Context, r api.DecideDeliveryRequestObject) (api.DecideDeliveryResponseObject, error) {
	d := id.Delivery{UUID: r.ID}
	if _, err := h.decide(ctx, delivery.Decision{Delivery: d, Verdict: delivery.Verdict(r.Body.Outcome), Reason: r.Body.Reason}); err != nil {
		return nil, err
	}
	answer, err := h.detail(ctx, d)
	if err != nil {
		return nil, err
	}
	return api.DecideDelivery200JSONResponse(answer), nil
}

// RetryDelivery sends a message again, here or elsewhere.
func (h deliveryRoutes) RetryDelivery(ctx context.Context, r api.RetryDeliveryRequestObject) (api.RetryDeliveryResponseObject, error) {
	d := id.Delivery{UUID: r.ID}
	before, err := h.deliveries.Detail(ctx, h.db, requestOf(ctx).scope, d)
	if err != nil {
		return nil, err
	}
	if before.State == delivery.Uncertain {
		return nil, fault.Conflict("an uncertain delivery needs a decision first")
	}
	to, err := target(before.Delivery, r.Body)
	if err != nil {
		return nil, err
	}
	if to != nil {
		if err := h.composer.CheckTarget(ctx, h.db, *to); err != nil {
			return nil, err
		}
	}
	fresh, err := h.decide(ctx, delivery.Decision{Delivery: d, Verdict: delivery.VerdictResend, To: to})
	if err != nil {
		return nil, err
	}
	answer, err := h.detail(ctx, fresh)
	if err != nil {
		return nil, err
	}
	return api.RetryDelivery201JSONResponse(answer), nil
}

// target is where a message goes this time; nil for the same address and channel.
func target(before delivery.Delivery, b *api.DeliveryRetry) (*delivery.Target, error) {
	if b.To == nil && b.ChannelID == nil {
		return nil, nil
	}
	t := &delivery.Target{Channel: before.ChannelID, Kind: before.AddressKind, Value: before.AddressValue}
	if b.To != nil {
		normal, err := contact.Normalise(string(b.To.Kind), b.To.Address)
		if err != nil {
			return nil, fault.Invalid("to.address", "format", "this is no address of its kind: %w", err)
		}
		t.Kind, t.Value = string(b.To.Kind), normal
	}
	if b.ChannelID != nil {
		t.Channel = id.Channel{UUID: *b.ChannelID}
	}
	return t, nil
}

// decide applies a decision to a delivery within the operator's scope.
func (h deliveryRoutes) decide(ctx context.Context, d delivery.Decision) (fresh id.Delivery, err error) {
	req := requestOf(ctx)
	d.Operator = req.actor.Operator
	err = postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		if _, err := h.deliveries.TicketOf(ctx, tx, req.scope, d.Delivery); err != nil {
			return err
		}
		if err := h.sendAgain(ctx, tx, d); err != nil {
			return err
		}
		fresh, err = h.deliveries.Decide(ctx, tx, d)
		return err
	})
	return fresh, err
}

// sendAgain lets a question to an expert leave again only while it is open, and to another address only where it may.
func (h deliveryRoutes) sendAgain(ctx context.Context, tx pgx.Tx, d delivery.Decision) error {
	if d.Verdict != delivery.VerdictResend {
		return nil
	}
	scope := requestOf(ctx).scope
	before, err := h.deliveries.Detail(ctx, tx, scope, d.Delivery)
	if err != nil {
		return err
	}
	var to *ticket.Address
	if d.To != nil {
		to = &ticket.Address{Kind: d.To.Kind, Value: d.To.Value}
	}
	return h.tickets.SendAgain(ctx, tx, scope, before.MessageID, to)
}

// detail shows a delivery, who wrote the message, and after a failure another way to try.
func (h deliveryRoutes) detail(ctx context.Context, which id.Delivery) (api.DeliveryDetail, error) {
	scope := requestOf(ctx).scope
	d, err := h.deliveries.Detail(ctx, h.db, scope, which)
	if err != nil {
		return api.DeliveryDetail{}, err
	}
	answer := detailOf(d)
	m, err := h.tickets.Message(ctx, h.db, scope, d.MessageID)
	if err != nil {
		return api.DeliveryDetail{}, err
	}
	answer.Author = operatorRef(m.Author, m.AuthorName)
	if m.Class == ticket.ClassQuestion {
		asked, err := h.tickets.AskedBy(ctx, h.db, scope, []id.Message{m.ID})
		if err != nil {
			return api.DeliveryDetail{}, err
		}
		a := asked[m.ID]
		answer.Over = new(a == nil || a.State != ticket.AskOpen)
	}
	if (d.State == delivery.Failed || d.State == delivery.Expired) && d.Decision == "" {
		answer.Proposed, err = h.proposed(ctx, d)
	}
	return answer, err
}

// proposed is where the message could go instead of where it failed; nil when there is nothing else.
func (h deliveryRoutes) proposed(ctx context.Context, d *delivery.Detail) (*api.DeliveryOption, error) {
	t, err := h.tickets.ByID(ctx, h.db, requestOf(ctx).scope, d.TicketID)
	if err != nil {
		return nil, err
	}
	choice, err := h.composer.Alternative(ctx, h.db, t, d.Delivery)
	if err != nil || !choice.OK {
		return nil, err
	}
	ways, err := h.show.choice(ctx, delivery.Preview{Choice: choice})
	return ways.Choice, err
}

func taskOf(t delivery.Trouble) api.DeliveryTask {
	d := deliveryOf(t.Delivery)
	return api.DeliveryTask{
		ID: d.ID, State: d.State, Role: d.Role, Name: d.Name, Address: d.Address, Kind: d.Kind, Channel: d.Channel,
		Attempts: d.Attempts, Error: d.Error, NextAttemptAt: d.NextAttemptAt, ExpiresAt: d.ExpiresAt,
		UpdatedAt: d.UpdatedAt, Decided: d.Decided, Delayed: d.Delayed, MessageID: t.MessageID.UUID, Ticket: t.Number, Subject: t.Subject,
		Preview: optional(t.Preview),
	}
}

func detailOf(d *delivery.Detail) api.DeliveryDetail {
	t := taskOf(d.Trouble)
	answer := api.DeliveryDetail{
		ID: t.ID, State: t.State, Role: t.Role, Name: t.Name, Address: t.Address, Kind: t.Kind, Channel: t.Channel,
		Attempts: t.Attempts, Error: t.Error, NextAttemptAt: t.NextAttemptAt, ExpiresAt: t.ExpiresAt,
		UpdatedAt: t.UpdatedAt, Decided: t.Decided, Delayed: t.Delayed, MessageID: t.MessageID, Ticket: t.Ticket, Subject: t.Subject,
		Preview: t.Preview, Tries: []api.DeliveryTry{}, History: []api.DeliveryChange{}, Proofs: []api.DeliveryProof{},
	}
	if !d.ReplacedBy.IsZero() {
		answer.ReplacedBy = &d.ReplacedBy.UUID
	}
	for _, a := range d.Attempts {
		answer.Tries = append(answer.Tries, api.DeliveryTry{
			Number: a.N, StartedAt: a.StartedAt, FinishedAt: a.FinishedAt, Outcome: optional(a.Outcome), Text: optional(a.Detail),
		})
	}
	for _, c := range d.Changes {
		answer.History = append(answer.History, api.DeliveryChange{
			From: api.DeliveryState(c.From), To: api.DeliveryState(c.To), Reason: c.Reason, Text: optional(c.Detail),
			Actor: operatorRef(c.Actor, c.ActorName), At: c.At,
		})
	}
	for _, p := range d.Proofs {
		answer.Proofs = append(answer.Proofs, api.DeliveryProof{Kind: p.Kind, Verified: p.Verified, At: p.At})
	}
	if d.Decision != "" && d.DecidedAt != nil {
		answer.Decision = &api.DeliveryDecided{
			Outcome: api.Verdict(d.Decision), Reason: optional(d.DecisionReason), Actor: operatorRef(d.DecidedBy, d.DecidedByName), At: *d.DecidedAt,
		}
	}
	return answer
}
