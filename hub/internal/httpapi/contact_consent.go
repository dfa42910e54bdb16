package httpapi

import (
	"context"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	openapi_types "github.com/oapi-codegen/runtime/types"

	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
)

// SearchContacts finds contacts that have to do with a request in sight.
func (h contactRoutes) SearchContacts(ctx context.Context, r api.SearchContactsRequestObject) (api.SearchContactsResponseObject, error) {
	found, err := h.inbox.People(ctx, h.db, requestOf(ctx).scope, r.Params.Q)
	if err != nil {
		return nil, err
	}
	answer := api.SearchContacts200JSONResponse{Items: make([]api.FoundContact, len(found))}
	for i, c := range found {
		answer.Items[i] = api.FoundContact{
			ID: c.ID.UUID, Kind: api.ContactKind(c.Kind), Name: c.Name, FiscalCode: optional(c.FiscalCode), Address: optional(c.Address),
		}
	}
	return answer, nil
}

// inSight tells whether the caller may see a contact, for lists that leave out who is not.
func (h contactRoutes) inSight(ctx context.Context, c id.Contact) (bool, error) {
	return h.tickets.Seeing(requestOf(ctx).scope)(ctx, h.db, c)
}

// ListConsents shows everything that a contact said about being written to.
func (h contactRoutes) ListConsents(ctx context.Context, r api.ListConsentsRequestObject) (api.ListConsentsResponseObject, error) {
	c := id.Contact{UUID: r.ID}
	if err := h.tickets.SeesContact(ctx, h.db, requestOf(ctx).scope, c); err != nil {
		return nil, err
	}
	all, err := h.contacts.Consents(ctx, h.db, c)
	return api.ListConsents200JSONResponse{Items: consents(all)}, err
}

// AddConsent notes what a contact said.
func (h contactRoutes) AddConsent(ctx context.Context, r api.AddConsentRequestObject) (api.AddConsentResponseObject, error) {
	b := r.Body
	said := contact.Consent{
		Category: contact.Category(b.Category), Given: b.Given, Source: string(b.Source), Wording: value(b.Wording, ""), SaidOn: b.SaidOn.Time,
	}
	c, err := h.change(ctx, r.ID, &b.Version, func(tx pgx.Tx, c *contact.Contact) error {
		return h.contacts.Say(ctx, tx, requestOf(ctx).actor, c, said, h.now())
	})
	return api.AddConsent200JSONResponse(c), err
}

// latestWords are the last words on each category, in the order of the categories.
func latestWords(all []contact.Consent) []api.Consent {
	last := contact.Latest(all)
	var words []contact.Consent
	for _, category := range slices.Sorted(maps.Keys(last)) {
		words = append(words, last[category])
	}
	return consents(words)
}

func consents(all []contact.Consent) []api.Consent {
	list := make([]api.Consent, len(all))
	for i, c := range all {
		list[i] = api.Consent{
			Category: api.ConsentCategory(c.Category), Given: c.Given, Source: api.ConsentSource(c.Source), Wording: optional(c.Wording),
			SaidOn: openapi_types.Date{Time: c.SaidOn}, RecordedBy: optional(c.Recorder), RecordedAt: c.RecordedAt,
		}
	}
	return list
}

// ListRelations shows whom a contact has to do with, as far as they are in sight.
func (h contactRoutes) ListRelations(ctx context.Context, r api.ListRelationsRequestObject) (api.ListRelationsResponseObject, error) {
	c := id.Contact{UUID: r.ID}
	if err := h.tickets.SeesContact(ctx, h.db, requestOf(ctx).scope, c); err != nil {
		return nil, err
	}
	all, err := h.contacts.Relations(ctx, h.db, c)
	if err != nil {
		return nil, err
	}
	answer := api.ListRelations200JSONResponse{Items: []api.Relation{}}
	for _, each := range all {
		in, err := h.inSight(ctx, each.Other)
		if err != nil {
			return nil, err
		}
		if in {
			answer.Items = append(answer.Items, relation(each))
		}
	}
	return answer, nil
}

func relation(r contact.Relation) api.Relation {
	shown := api.Relation{
		ID: r.ID, Contact: api.RelatedContact{ID: r.Other.UUID, Name: r.Name}, Role: api.RelationRole(r.Role), Note: optional(r.Note),
		RecordedAt: r.RecordedAt,
	}
	if r.ValidUntil != nil {
		shown.ValidUntil = &openapi_types.Date{Time: *r.ValidUntil}
	}
	return shown
}

// AddRelation notes what a contact is to another one that is in sight too.
func (h contactRoutes) AddRelation(ctx context.Context, r api.AddRelationRequestObject) (api.AddRelationResponseObject, error) {
	b := r.Body
	c, err := h.change(ctx, r.ID, &b.Version, func(tx pgx.Tx, c *contact.Contact) error {
		_, other, err := h.pair(ctx, tx, c.ID, id.Contact{UUID: b.ContactID})
		if err != nil {
			return err
		}
		noted := contact.Relation{Other: other, Role: contact.Role(b.Role), Note: value(b.Note, "")}
		if b.ValidUntil != nil {
			noted.ValidUntil = &b.ValidUntil.Time
		}
		return h.contacts.Relate(ctx, tx, requestOf(ctx).actor, c, noted, h.now())
	})
	return api.AddRelation200JSONResponse(c), err
}

// EndRelation ends a relation.
func (h contactRoutes) EndRelation(ctx context.Context, r api.EndRelationRequestObject) (api.EndRelationResponseObject, error) {
	c, err := h.change(ctx, r.ID, nil, func(tx pgx.Tx, c *contact.Contact) error {
		return h.contacts.Unrelate(ctx, tx, requestOf(ctx).actor, c, r.Relation, h.now())
	})
	return api.EndRelation200JSONResponse(c), err
}
