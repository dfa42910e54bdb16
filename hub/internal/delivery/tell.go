package delivery

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// Tellable is an address to which the number of a ticket could be sent, and whether it may. Why is one of
// contact.MayReceive's, or one of these.
type Tellable struct {
	Kind, Value string
	May         bool
	Why         string
	channel     id.Channel
}

// Why a number is not sent beyond what the contact said.
const (
	WhyShared    = "shared"
	WhyNoChannel = "no_channel"
)

// tellableKinds are those that a short notice is sent to, the quickest first.
var tellableKinds = []string{contact.KindMobile, contact.KindEmail, contact.KindPEC}

// Tellable lists where the number of a ticket could be sent: its contact's addresses. With the number goes the code by
// which the ticket is read, so that an address which several people share is none.
func (c *Composer) Tellable(ctx context.Context, q postgres.Querier, t *ticket.Ticket) ([]Tellable, error) {
	if t.Contact.IsZero() {
		return nil, nil
	}
	person, err := c.contacts.Get(ctx, q, t.Contact)
	if err != nil {
		return nil, err
	}
	said, err := c.contacts.Consents(ctx, q, person.ID)
	if err != nil {
		return nil, err
	}
	outlets, err := c.outlets(ctx, q)
	if err != nil {
		return nil, err
	}
	var list []Tellable
	for _, kind := range tellableKinds {
		for _, a := range person.Addresses {
			if a.Kind == kind && !slices.ContainsFunc(list, func(l Tellable) bool { return l.Kind == a.Kind && l.Value == a.Value }) {
				list = append(list, tellable(a, said, outlets, t.Office))
			}
		}
	}
	return list, nil
}

func tellable(a contact.Address, said []contact.Consent, outlets []Outlet, office id.Office) Tellable {
	to := Tellable{Kind: a.Kind, Value: a.Value}
	to.May, to.Why = contact.MayReceive(contact.Practice(), said, a)
	if !to.May {
		return to
	}
	choice := Choose(Situation{Addresses: []Reachable{{Kind: a.Kind, Value: a.Value}}, Channels: outlets, Office: office})
	switch to.channel = choice.Target.Channel; {
	case a.Shared:
		to.May, to.Why = false, WhyShared
	case !choice.OK:
		to.May, to.Why = false, WhyNoChannel
	}
	return to
}

// TellNumber sends the number of a ticket that tx holds locked to one of the addresses of Tellable.
func (c *Composer) TellNumber(ctx context.Context, tx pgx.Tx, t *ticket.Ticket, message id.Message, kind, value string) error {
	list, err := c.Tellable(ctx, tx, t)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(l Tellable) bool { return l.Kind == kind && l.Value == value })
	if at < 0 {
		return fault.Invalid("address", "unknown", "the contact has no such address")
	}
	to := list[at]
	if !to.May {
		return fault.Invalid("address", "tell."+to.Why, "nothing is sent to this address: %s", to.Why)
	}
	f := c.tickets.NewFiling()
	written, err := c.Acknowledge(ctx, tx, f, []Acknowledgement{{
		ID: message, Ticket: t, To: ticket.Address{Kind: to.Kind, Value: to.Value}, By: to.channel, Says: SayNumber,
	}})
	if err != nil {
		return err
	}
	if len(written.outgoing) == 0 {
		return fault.Conflict("the address was sent as many automatic messages as it may get")
	}
	if err := f.Write(ctx, tx); err != nil {
		return err
	}
	return c.Dispatch(ctx, tx, written)
}
