package httpapi

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/routing"
	"sportello.dev/hub/internal/ticket"
)

// routingRoutes are the rules by which new tickets find their office.
type routingRoutes struct {
	db      *pgxpool.Pool
	routing *routing.Store
}

// GetRouting shows the rules in force.
func (h routingRoutes) GetRouting(ctx context.Context, _ api.GetRoutingRequestObject) (api.GetRoutingResponseObject, error) {
	rules, err := h.routing.Read(ctx, h.db)
	if err != nil {
		return nil, err
	}
	answer, err := h.present(ctx, h.db, rules)
	return api.GetRouting200JSONResponse(answer), err
}

// PutRouting replaces them.
func (h routingRoutes) PutRouting(ctx context.Context, r api.PutRoutingRequestObject) (api.PutRoutingResponseObject, error) {
	var answer api.Routing
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		rules, err := h.routing.Put(ctx, tx, requestOf(ctx).actor, r.Body.Version, rulesFrom(r.Body.Rules))
		if err != nil {
			return err
		}
		answer, err = h.present(ctx, tx, rules)
		return err
	})
	return api.PutRouting200JSONResponse(answer), err
}

func (h routingRoutes) present(ctx context.Context, q postgres.Querier, r *routing.Rules) (api.Routing, error) {
	forms, err := h.routing.Forms(ctx, q)
	if err != nil {
		return api.Routing{}, err
	}
	answer := api.Routing{
		Version: r.Version, Rules: make([]api.RoutingRule, len(r.Rules)), ChangedAt: r.ChangedAt, ChangedBy: optional(r.ChangedBy),
		Forms: append([]string{}, forms...),
	}
	for i := range r.Rules {
		answer.Rules[i] = ruleOf(&r.Rules[i])
	}
	return answer, nil
}

// TryRouting shows what rules would have done.
func (h routingRoutes) TryRouting(ctx context.Context, r api.TryRoutingRequestObject) (api.TryRoutingResponseObject, error) {
	last := 500
	if r.Body.Last != nil {
		last = *r.Body.Last
	}
	t, err := h.routing.Try(ctx, h.db, requestOf(ctx).scope, rulesFrom(r.Body.Rules), last)
	if err != nil {
		return nil, err
	}
	answer := api.RoutingTrial{
		Arrived: t.Arrived, Tallies: make([]api.RoutingTally, len(t.Tallies)), Unruled: t.Unruled, Changed: t.Changed,
		Samples: make([]api.RoutingSample, len(t.Samples)),
	}
	if t.Arrived > 0 {
		answer.Since = &t.Since
	}
	for i, each := range t.Tallies {
		answer.Tallies[i] = api.RoutingTally{Held: each.Held, Changed: each.Changed}
	}
	for i, x := range t.Samples {
		answer.Samples[i] = api.RoutingSample{
			Number: string(x.Number), Subject: x.Subject, Channel: x.Channel, At: x.At, From: x.FromName, To: x.ToName,
			Detour: optional(api.RoutingSampleDetour(x.Detour)), Tags: listed(x.Tags),
		}
		if x.Rule >= 0 {
			answer.Samples[i].Rule = &x.Rule
		}
	}
	return api.TryRouting200JSONResponse(answer), nil
}

// GetRoutingLog shows what the rules did with the latest tickets.
func (h routingRoutes) GetRoutingLog(ctx context.Context, r api.GetRoutingLogRequestObject) (api.GetRoutingLogResponseObject, error) {
	arrived, err := h.routing.Latest(ctx, h.db, requestOf(ctx).scope, value(r.Params.Limit, 50))
	if err != nil {
		return nil, err
	}
	list := api.RoutingLog{Items: make([]api.RoutingLogEntry, len(arrived))}
	for i, a := range arrived {
		list.Items[i] = api.RoutingLogEntry{
			Number: string(a.Number), Subject: a.Subject, Channel: a.Channel, At: a.Arrival.At, Rule: optional(a.Name),
			Office: optional(a.Office), Meant: optional(a.Meant), Detour: optional(api.RoutingLogEntryDetour(a.Detour)), Tags: listed(a.Tags),
		}
		if a.Rule != uuid.Nil {
			list.Items[i].RuleID = &a.Rule
		}
	}
	return api.GetRoutingLog200JSONResponse(list), nil
}

func rulesFrom(list []api.RoutingRule) []routing.Rule {
	rules := make([]routing.Rule, len(list))
	for i, r := range list {
		rules[i] = routing.Rule{
			ID: given(r.ID), Name: r.Name, Enabled: r.Enabled,
			When: routing.Condition{
				Forms: given(r.Forms), Words: given(r.Words), In: routing.Place(given(r.In)), Languages: given(r.Languages),
				Sender: routing.Sender(given(r.Sender)), Hours: routing.Hours(given(r.Hours)),
			},
			Then: routing.Target{
				Office: id.Office{UUID: given(r.OfficeID)}, Fallback: id.Office{UUID: given(r.FallbackID)}, WhenClosed: r.WhenClosed,
				Priority: ticket.Priority(given(r.Priority)), Type: given(r.Type), Tags: tagIDs(r.Tags),
			},
		}
		for _, c := range given(r.Channels) {
			rules[i].When.Channels = append(rules[i].When.Channels, id.Channel{UUID: c})
		}
		for _, a := range given(r.Areas) {
			rules[i].When.Areas = append(rules[i].When.Areas, id.Area{UUID: a})
		}
	}
	return rules
}

func ruleOf(r *routing.Rule) api.RoutingRule {
	w, t := &r.When, &r.Then
	rule := api.RoutingRule{
		ID: &r.ID, Name: r.Name, Enabled: r.Enabled, Forms: listed(w.Forms), Words: listed(w.Words), Languages: listed(w.Languages),
		In: optional(api.RoutingRuleIn(w.In)), Sender: optional(api.RoutingRuleSender(w.Sender)), Hours: optional(api.RoutingRuleHours(w.Hours)),
		OfficeID: optional(t.Office.UUID), FallbackID: optional(t.Fallback.UUID), WhenClosed: t.WhenClosed, Priority: optional(int(t.Priority)),
		Type: optional(t.Type), Tags: listed(uuidsOf(t.Tags)),
	}
	var channels, areas []uuid.UUID
	for _, c := range w.Channels {
		channels = append(channels, c.UUID)
	}
	for _, a := range w.Areas {
		areas = append(areas, a.UUID)
	}
	rule.Channels, rule.Areas = listed(channels), listed(areas)
	return rule
}

// given is what an optional field says, or nothing.
func given[T any](field *T) (value T) {
	if field != nil {
		value = *field
	}
	return value
}

// listed leaves an empty list out.
func listed[T any](list []T) *[]T {
	if len(list) == 0 {
		return nil
	}
	return &list
}
