package delivery

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// addressKinds are the kinds of address that an adapter's channels write to, by the kind of the channel's own address.
var addressKinds = map[string][]string{
	contact.KindEmail:    {contact.KindEmail},
	contact.KindPEC:      {contact.KindPEC, contact.KindEmail},
	contact.KindMobile:   {contact.KindMobile},
	contact.KindLandline: {contact.KindLandline, contact.KindMobile},
	contact.KindFax:      {contact.KindFax},
	contact.KindWeb:      {contact.KindWeb},
}

// situation gathers what Choose needs for an answer on a ticket.
func (c *Composer) situation(ctx context.Context, q postgres.Querier, t *ticket.Ticket, d Draft) (Situation, error) {
	s := Situation{Explicit: d.explicit(), Message: measure(d), Office: t.Office}
	office, err := c.offices.Get(ctx, q, t.Office)
	if err != nil {
		return s, err
	}
	if s.Channels, err = c.outlets(ctx, q); err != nil {
		return s, err
	}
	for i := range s.Channels {
		o := &s.Channels[i]
		if sign := office.On(o.Kind).Signature; d.Text != "" && sign != "" {
			o.Signature = utf8.RuneCountInString(signatureMark + sign)
		}
	}
	s.Addresses, err = c.reachable(ctx, q, t)
	return s, err
}

// outlets are all channels as ways out.
func (c *Composer) outlets(ctx context.Context, q postgres.Querier) ([]Outlet, error) {
	channels, err := c.channels.List(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("listing channels: %w", err)
	}
	list := make([]Outlet, len(channels))
	for i, ch := range channels {
		list[i] = outletOf(ch)
	}
	return list, nil
}

func outletOf(ch *channel.Channel) Outlet {
	a := &ch.Ability
	return Outlet{
		ID: ch.ID, Kind: ch.Adapter, Name: ch.Name, Office: ch.Office, AddressKinds: addressKinds[a.Own.Kind],
		Ready:   ch.Wanted() && a.Can(channel.Send),
		Healthy: ch.Health.State == channel.Healthy || ch.Health.State == channel.Unknown,

		MaxCharacters: a.Limits.TextCharacters, MaxBytes: a.Limits.MessageBytes, TakesAttachment: a.Limits.Attachments,
	}
}

// reachable lists the requester's addresses: those of the contact, and those used on the ticket.
func (c *Composer) reachable(ctx context.Context, q postgres.Querier, t *ticket.Ticket) ([]Reachable, error) {
	var list []Reachable
	if !t.Contact.IsZero() {
		person, err := c.contacts.Get(ctx, q, t.Contact)
		if err != nil && fault.Kind(err) != fault.CodeNotFound {
			return nil, err
		}
		if person != nil {
			for _, a := range person.Addresses {
				list = known(list, a)
			}
		}
	}
	parties, err := c.tickets.Parties(ctx, q, account.SystemScope(), t.ID)
	if err != nil {
		return nil, err
	}
	for _, p := range parties {
		if p.Role == ticket.RoleRequester {
			list = used(list, p)
		}
	}
	return c.chosen(ctx, q, t, list)
}

// chosen marks the address that the citizen chose for the ticket, adding it when it is not there.
func (c *Composer) chosen(ctx context.Context, q postgres.Querier, t *ticket.Ticket, list []Reachable) ([]Reachable, error) {
	p, err := c.tickets.Preference(ctx, q, account.SystemScope(), t.ID)
	if err != nil || p == nil {
		return list, err
	}
	at := slices.IndexFunc(list, func(r Reachable) bool { return r.Kind == p.Kind && r.Value == p.Value })
	if at < 0 {
		at, list = len(list), append(list, Reachable{Kind: p.Kind, Value: p.Value})
	}
	list[at].Chosen = true
	if !list[at].Undeliverable {
		list[at].Undeliverable, err = c.store.cameBack(ctx, q, p.Kind, p.Value)
	}
	return list, err
}

// known adds an address of the contact. One that two merged contacts share stands there once.
func known(list []Reachable, a contact.Address) []Reachable {
	r := Reachable{
		// What a citizen told an operator to be his preference is as good as proved.
		Kind: a.Kind, Value: a.Value, Verified: a.VerifiedAt != nil || a.Preferred && !a.PreferredBy.IsZero(), Preferred: a.Preferred,
		Undeliverable: a.UndeliverableSince != nil, Shared: a.Shared,
	}
	for i := range list {
		if have := &list[i]; have.Kind == r.Kind && have.Value == r.Value {
			have.Verified, have.Preferred = have.Verified || r.Verified, have.Preferred || r.Preferred
			have.Undeliverable = have.Undeliverable || r.Undeliverable
			return list
		}
	}
	return append(list, r)
}

// used notes on the list when an address was last used on the ticket, adding it when it is not there.
func used(list []Reachable, p ticket.Party) []Reachable {
	at := latest(p.WroteAt, p.AddressedAt)
	for i := range list {
		if list[i].Kind == p.Kind && list[i].Value == p.Value {
			list[i].LastUsed, list[i].LastChannel = at, p.Channel
			return list
		}
	}
	return append(list, Reachable{Kind: p.Kind, Value: p.Value, LastUsed: at, LastChannel: p.Channel})
}

func latest(times ...*time.Time) time.Time {
	var last time.Time
	for _, t := range times {
		if t != nil && t.After(last) {
			last = *t
		}
	}
	return last
}
