package httpapi

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// UpdateContact writes on a contact's card.
func (h contactRoutes) UpdateContact(ctx context.Context, r api.UpdateContactRequestObject) (api.UpdateContactResponseObject, error) {
	b := r.Body
	card := contact.Card{
		Name: b.Name, Kind: (*string)(b.Kind), Language: b.Language, FiscalCode: b.FiscalCode, VATNumber: b.VatNumber, Notes: b.Notes,
	}
	c, err := h.change(ctx, r.ID, &b.Version, func(tx pgx.Tx, c *contact.Contact) error { return h.contacts.Change(ctx, tx, c, card) })
	return api.UpdateContact200JSONResponse(c), err
}

// AddAddress notes another address of a contact.
func (h contactRoutes) AddAddress(ctx context.Context, r api.AddAddressRequestObject) (api.AddAddressResponseObject, error) {
	b := r.Body
	c, err := h.change(ctx, r.ID, &b.Version, func(tx pgx.Tx, c *contact.Contact) error {
		return h.contacts.Reach(ctx, tx, c, string(b.Kind), b.Value, value(b.Shared, false), h.tickets.Seeing(requestOf(ctx).scope))
	})
	return api.AddAddress200JSONResponse(c), err
}

// UpdateAddress corrects or marks an address of a contact.
func (h contactRoutes) UpdateAddress(ctx context.Context, r api.UpdateAddressRequestObject) (api.UpdateAddressResponseObject, error) {
	change := contact.AddressChange{Value: r.Body.Value, Shared: r.Body.Shared, Usable: r.Body.Usable}
	c, err := h.change(ctx, r.ID, &r.Body.Version, func(tx pgx.Tx, c *contact.Contact) error {
		return h.contacts.ChangeAddress(ctx, tx, c, id.Address{UUID: r.Address}, change, h.tickets.Seeing(requestOf(ctx).scope))
	})
	return api.UpdateAddress200JSONResponse(c), err
}

// change does something to a contact, that nobody has changed since the version if one is given, and shows it afterwards.
func (h contactRoutes) change(ctx context.Context, which uuid.UUID, version *int64, do func(pgx.Tx, *contact.Contact) error) (after api.Contact, err error) {
	err = postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		if err := h.tickets.SeesContact(ctx, tx, requestOf(ctx).scope, id.Contact{UUID: which}); err != nil {
			return err
		}
		c, err := h.contacts.Lock(ctx, tx, id.Contact{UUID: which})
		if err != nil {
			return err
		}
		if version != nil && c.Version != *version {
			return conflict(codeStale, "Somebody has changed the contact since; look at it again.")
		}
		if err := do(tx, c); err != nil {
			return err
		}
		if c, err = h.contacts.Get(ctx, tx, c.ID); err != nil {
			return err
		}
		after, err = h.present(ctx, tx, c)
		return err
	})
	return after, err
}
