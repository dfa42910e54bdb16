package delivery

import (
	"context"
	"slices"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// Alternative is where a message that failed for good could go instead: the best address of the citizen's that can carry
// it and to which it has not gone yet. Choice.OK is false when there is none; copies to others have none, nor has what the hub
// wrote by itself: a confirmation carries the ticket's secret. A question to an expert never goes to the citizen.
func (c *Composer) Alternative(ctx context.Context, q postgres.Querier, t *ticket.Ticket, failed Delivery) (Choice, error) {
	if ticket.PartyRole(failed.Role) != ticket.RoleTo {
		return Choice{}, nil
	}
	m, err := c.tickets.Message(ctx, q, account.SystemScope(), failed.MessageID)
	if err != nil {
		return Choice{}, err
	}
	if m.Origin == ticket.OriginAutomatic || m.Class == ticket.ClassQuestion {
		return Choice{}, nil
	}
	s, err := c.situation(ctx, q, t, draftOf(m))
	if err != nil {
		return Choice{}, err
	}
	sent, err := c.store.OfMessages(ctx, q, []id.Message{m.ID})
	if err != nil {
		return Choice{}, err
	}
	s.Addresses = slices.DeleteFunc(s.Addresses, func(r Reachable) bool {
		return slices.ContainsFunc(sent[m.ID], func(d Delivery) bool { return d.AddressKind == r.Kind && d.AddressValue == r.Value })
	})
	return Choose(s), nil
}

// draftOf is a message that was written, as far as its size goes.
func draftOf(m *ticket.Message) Draft {
	d := Draft{Text: m.Text, HTML: m.HTML}
	for _, f := range m.Attachments {
		d.Attachments = append(d.Attachments, ticket.NewAttachment{Size: f.Size})
	}
	return d
}

// CheckTarget refuses a target whose channel cannot write to its kind of address.
func (c *Composer) CheckTarget(ctx context.Context, q postgres.Querier, t Target) error {
	ch, err := c.channels.Get(ctx, q, t.Channel)
	if fault.Kind(err) == fault.CodeNotFound {
		return fault.Invalid("channel_id", "channel.unknown", "no channel %s", t.Channel)
	}
	if err != nil {
		return err
	}
	if o := outletOf(ch); !ch.Ability.Can(channel.Send) || !o.writesTo(t.Kind) {
		return fault.Invalid("to", "address.kind", "channel %s does not write to an address of kind %s", ch.Slug, t.Kind)
	}
	return nil
}
