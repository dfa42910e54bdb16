package httpapi

import (
	"context"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// ListDuplicates shows who may be the same person or organisation, as far as the caller may see them.
func (h contactRoutes) ListDuplicates(ctx context.Context, r api.ListDuplicatesRequestObject) (api.ListDuplicatesResponseObject, error) {
	if err := h.tickets.SeesContact(ctx, h.db, requestOf(ctx).scope, id.Contact{UUID: r.ID}); err != nil {
		return nil, err
	}
	c, err := h.contacts.Get(ctx, h.db, id.Contact{UUID: r.ID})
	if err != nil {
		return nil, err
	}
	alike, err := h.contacts.Duplicates(ctx, h.db, c.ID)
	if err != nil {
		return nil, err
	}
	answer := api.ListDuplicates200JSONResponse{Items: []api.Duplicate{}}
	for _, d := range gather(alike) {
		in, err := h.inSight(ctx, id.Contact{UUID: d.ID})
		if err != nil {
			return nil, err
		}
		if in {
			answer.Items = append(answer.Items, d)
		}
	}
	return answer, nil
}

// gather puts the reasons of each contact together, in the order in which they came.
func gather(alike []contact.Likeness) (list []api.Duplicate) {
	at := map[id.Contact]int{}
	for _, a := range alike {
		i, known := at[a.Contact]
		if !known {
			i = len(list)
			at[a.Contact] = i
			list = append(list, api.Duplicate{ID: a.Contact.UUID, Name: a.Name, FiscalCode: optional(a.FiscalCode)})
		}
		list[i].Reasons = append(list[i].Reasons, api.Reason{Code: a.Reason, Params: map[string]string{"value": a.What}})
	}
	return list
}

// MergeContact says that another contact is the same as this one.
func (h contactRoutes) MergeContact(ctx context.Context, r api.MergeContactRequestObject) (api.MergeContactResponseObject, error) {
	var answer api.Contact
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		into, other, err := h.pair(ctx, tx, id.Contact{UUID: r.ID}, id.Contact{UUID: r.Body.ContactID})
		if err != nil {
			return err
		}
		if err := h.contacts.Merge(ctx, tx, requestOf(ctx).actor, other, into); err != nil {
			return err
		}
		c, err := h.contacts.Get(ctx, tx, into)
		if err != nil {
			return err
		}
		answer, err = h.present(ctx, tx, c)
		return err
	})
	return api.MergeContact200JSONResponse(answer), err
}

// pair finds the contacts that stand for two, both in sight.
func (h contactRoutes) pair(ctx context.Context, tx pgx.Tx, pair ...id.Contact) (one, other id.Contact, err error) {
	for i, each := range pair {
		if err := h.tickets.SeesContact(ctx, tx, requestOf(ctx).scope, each); err != nil {
			return one, other, err
		}
		c, err := h.contacts.Get(ctx, tx, each)
		if err != nil {
			return one, other, err
		}
		pair[i] = c.ID
	}
	return pair[0], pair[1], nil
}

// UnmergeContact says that a contact merged with this one is another after all.
func (h contactRoutes) UnmergeContact(ctx context.Context, r api.UnmergeContactRequestObject) (api.UnmergeContactResponseObject, error) {
	other := id.Contact{UUID: r.Merged}
	c, err := h.change(ctx, r.ID, nil, func(tx pgx.Tx, c *contact.Contact) error {
		// One that is merged with this one is seen with it; any other only by itself.
		if err := h.tickets.SeesContact(ctx, tx, requestOf(ctx).scope, other); err != nil {
			return err
		}
		root, err := h.contacts.Get(ctx, tx, other)
		if err != nil {
			return err
		}
		if root.ID != c.ID {
			return fault.Conflict("the contact is not merged with this one")
		}
		return h.contacts.Unmerge(ctx, tx, requestOf(ctx).actor, other)
	})
	return api.UnmergeContact200JSONResponse(c), err
}

// TellApart notes that a contact is not the same as this one.
func (h contactRoutes) TellApart(ctx context.Context, r api.TellApartRequestObject) (api.TellApartResponseObject, error) {
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) error {
		one, other, err := h.pair(ctx, tx, id.Contact{UUID: r.ID}, id.Contact{UUID: r.Body.ContactID})
		if err != nil {
			return err
		}
		return h.contacts.TellApart(ctx, tx, requestOf(ctx).actor, one, other)
	})
	return api.TellApart204Response{}, err
}
