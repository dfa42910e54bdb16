package httpapi

import (
	"context"

	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// choice shows where a reply would go, and what else there is.
func (p presenter) choice(ctx context.Context, preview delivery.Preview) (api.DeliveryChoice, error) {
	channels, err := p.channels.List(ctx, p.db)
	if err != nil {
		return api.DeliveryChoice{}, err
	}
	refs := make(map[id.Channel]api.ChannelRef, len(channels))
	for _, c := range channels {
		refs[c.ID] = api.ChannelRef{ID: c.ID.UUID, Name: c.Name, Kind: c.Adapter}
	}
	c := preview.Choice
	answer := api.DeliveryChoice{Cc: correspondents(preview.Others), Fallbacks: []api.DeliveryOption{}, Skipped: skippedOf(c.Skipped), Doubted: skippedOf(c.Doubted)}
	answer.Reason = *reason(string(c.Against()), nil)
	if c.OK {
		option := optionOf(c.Target, c.Reason, refs)
		if len(preview.To) > 0 {
			option.To = correspondent(preview.To[0])
		}
		answer.Choice, answer.Reason = &option, option.Reason
	}
	for _, f := range c.Fallbacks {
		answer.Fallbacks = append(answer.Fallbacks, optionOf(f, delivery.BecauseNextUsable, refs))
	}
	return answer, nil
}

func skippedOf(all []delivery.Skipped) []api.DeliverySkipped {
	list := make([]api.DeliverySkipped, len(all))
	for i, s := range all {
		list[i] = api.DeliverySkipped{
			To:     correspondent(ticket.Address{Kind: s.Kind, Value: s.Value}),
			Reason: *reason(string(s.Why), map[string]string{"address": s.Value}), Rank: api.DeliverySkippedRank(s.Rank), Before: s.Before,
		}
	}
	return list
}

func optionOf(t delivery.Target, why delivery.Reason, channels map[id.Channel]api.ChannelRef) api.DeliveryOption {
	c := channels[t.Channel]
	return api.DeliveryOption{
		Channel: c, To: correspondent(ticket.Address{Kind: t.Kind, Value: t.Value}),
		Reason: *reason(string(why), map[string]string{"address": t.Value, "channel": c.Name}),
	}
}
