package httpapi

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/inbox"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// contactRoutes are people and organisations.
type contactRoutes struct {
	db       *pgxpool.Pool
	contacts *contact.Store
	tickets  *ticket.Store
	inbox    *inbox.Store
	now      func() time.Time
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
	answer, err := h.present(ctx, h.db, c)
	return api.GetContact200JSONResponse(answer), err
}

// PreferAddress notes where a contact told an operator to be answered.
func (h contactRoutes) PreferAddress(ctx context.Context, r api.PreferAddressRequestObject) (api.PreferAddressResponseObject, error) {
	address := id.Address{}
	if r.Body.AddressID != nil {
		address.UUID = *r.Body.AddressID
	}
	c, err := h.change(ctx, r.ID, nil, func(tx pgx.Tx, c *contact.Contact) error {
		return h.contacts.Prefer(ctx, tx, c.ID, address, requestOf(ctx).actor.Operator)
	})
	return api.PreferAddress200JSONResponse(c), err
}

// present shows a contact, who was found to be the same, and what it said last about being written to.
func (h contactRoutes) present(ctx context.Context, q postgres.Querier, c *contact.Contact) (api.Contact, error) {
	merged, err := h.contacts.MergedInto(ctx, q, c.ID)
	if err != nil {
		return api.Contact{}, err
	}
	said, err := h.contacts.Consents(ctx, q, c.ID)
	if err != nil {
		return api.Contact{}, err
	}
	answer := api.Contact{
		ID: c.ID.UUID, Kind: api.ContactKind(c.Kind), Name: c.Name, Language: optional(c.Language), CreatedAt: c.CreatedAt,
		FiscalCode: optional(c.FiscalCode), VatNumber: optional(c.VATNumber), Notes: optional(c.Notes), Version: c.Version,
		Addresses: make([]api.Address, len(c.Addresses)), Merged: make([]api.MergedContact, len(merged)),
		Consents: latestWords(said),
	}
	for i, a := range c.Addresses {
		answer.Addresses[i] = api.Address{
			ID: a.ID.UUID, Kind: api.AddressKind(a.Kind), Value: a.Value, Verified: a.VerifiedAt != nil,
			Preferred: a.Preferred, Shared: a.Shared, UndeliverableSince: a.UndeliverableSince, SuppressedSince: a.SuppressedSince,
		}
	}
	for i, m := range merged {
		answer.Merged[i] = api.MergedContact{ID: m.ID.UUID, Name: m.Name, FiscalCode: optional(m.FiscalCode), MergedAt: m.At}
	}
	return answer, nil
}

// ListContactTickets shows a page of the contact's tickets.
func (h contactRoutes) ListContactTickets(ctx context.Context, r api.ListContactTicketsRequestObject) (api.ListContactTicketsResponseObject, error) {
	scope, wanted := requestOf(ctx).scope, id.Contact{UUID: r.ID}
	if err := h.tickets.SeesContact(ctx, h.db, scope, wanted); err != nil {
		return nil, err
	}
	list, err := listTickets(ctx, h.db, h.inbox, scope, inbox.Filter{
		Queue: inbox.QueueAll, Contact: wanted, Order: inbox.OrderNewest,
		Cursor: value(r.Params.Cursor, ""), Limit: value(r.Params.Limit, 0),
	})
	if err != nil {
		return nil, err
	}
	return api.ListContactTickets200JSONResponse(list), nil
}
