package httpapi

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// contactRoutes are people and organisations.
type contactRoutes struct {
	db       *pgxpool.Pool
	contacts *contact.Store
	tickets  *ticket.Store
}

// GetContact shows a contact with its addresses.
func (h contactRoutes) GetContact(ctx context.Context, r api.GetContactRequestObject) (api.GetContactResponseObject, error) {
	wanted := id.Contact{UUID: r.ID}
	if err := h.tickets.SeesContact(ctx, h.db, requestOf(ctx).scope, wanted); err != nil {
		return nil, err
	}
	c, err := h.contacts.Get(ctx, h.db, wanted)
	if err != nil {
		return nil, err
	}
	return api.GetContact200JSONResponse(presentContact(c)), nil
}

// PreferAddress notes where a contact told an operator to be answered.
func (h contactRoutes) PreferAddress(ctx context.Context, r api.PreferAddressRequestObject) (api.PreferAddressResponseObject, error) {
	wanted, address := id.Contact{UUID: r.ID}, id.Address{}
	if r.Body.AddressID != nil {
		address.UUID = *r.Body.AddressID
	}
	var c *contact.Contact
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) (err error) {
		if err = h.tickets.SeesContact(ctx, tx, requestOf(ctx).scope, wanted); err != nil {
			return err
		}
		if c, err = h.contacts.Get(ctx, tx, wanted); err != nil {
			return err
		}
		if err := h.contacts.Prefer(ctx, tx, c.ID, address, requestOf(ctx).actor.Operator); err != nil {
			return err
		}
		c, err = h.contacts.Get(ctx, tx, c.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return api.PreferAddress200JSONResponse(presentContact(c)), nil
}

func presentContact(c *contact.Contact) api.Contact {
	answer := api.Contact{
		ID: c.ID.UUID, Kind: api.ContactKind(c.Kind), Name: c.Name, Language: optional(c.Language), CreatedAt: c.CreatedAt,
		FiscalCode: optional(c.FiscalCode), VatNumber: optional(c.VATNumber), Notes: optional(c.Notes), Version: c.Version,
		Addresses: make([]api.Address, len(c.Addresses)),
	}
	for i, a := range c.Addresses {
		answer.Addresses[i] = api.Address{
			ID: a.ID.UUID, Kind: api.AddressKind(a.Kind), Value: a.Value, Verified: a.VerifiedAt != nil,
			Preferred: a.Preferred, Shared: a.Shared, UndeliverableSince: a.UndeliverableSince, SuppressedSince: a.SuppressedSince,
		}
	}
	return answer
}

// ListContactTickets shows a page of the contact's tickets.
func (h contactRoutes) ListContactTickets(ctx context.Context, r api.ListContactTicketsRequestObject) (api.ListContactTicketsResponseObject, error) {
	scope, wanted := requestOf(ctx).scope, id.Contact{UUID: r.ID}
	if err := h.tickets.SeesContact(ctx, h.db, scope, wanted); err != nil {
		return nil, err
	}
	list, err := listTickets(ctx, h.db, h.tickets, scope, ticket.Filter{
		Queue: ticket.QueueAll, Contact: wanted, Order: ticket.OrderNewest,
		Cursor: value(r.Params.Cursor, ""), Limit: value(r.Params.Limit, 0),
	})
	if err != nil {
		return nil, err
	}
	return api.ListContactTickets200JSONResponse(list), nil
}
