package httpapi

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/mention"
	"sportello.dev/hub/internal/ticket"
)

// mentionRoutes are whom notes can mention, and what an operator is mentioned in.
type mentionRoutes struct {
	db       *pgxpool.Pool
	tickets  *ticket.Store
	mentions *mention.Store
}

// ListMentionable shows whom a note on the ticket can mention.
func (h mentionRoutes) ListMentionable(ctx context.Context, r api.ListMentionableRequestObject) (api.ListMentionableResponseObject, error) {
	req := requestOf(ctx)
	t, err := h.tickets.Get(ctx, h.db, req.scope, r.Number)
	if err != nil {
		return nil, err
	}
	offers, err := h.mentions.Offers(ctx, h.db, req.scope, t.ID, req.actor)
	if err != nil {
		return nil, err
	}
	list := api.MentionableList{Items: make([]api.Mentionable, len(offers))}
	for i, o := range offers {
		list.Items[i] = api.Mentionable{OperatorID: optional(o.Operator.UUID), OfficeID: optional(o.Office.UUID), Name: o.Label, Sees: o.Sees}
	}
	return api.ListMentionable200JSONResponse(list), nil
}

// ListMentions shows a page of the operator's mentions.
func (h mentionRoutes) ListMentions(ctx context.Context, r api.ListMentionsRequestObject) (api.ListMentionsResponseObject, error) {
	req := requestOf(ctx)
	entries, next, err := h.mentions.List(ctx, h.db, req.scope, req.actor.Operator, value(r.Params.Cursor, ""), value(r.Params.Limit, 0))
	if err != nil {
		return nil, parameters(err)
	}
	list := api.MentionList{Items: make([]api.MentionEntry, len(entries))}
	for i, e := range entries {
		list.Items[i] = api.MentionEntry{
			ID: e.ID.UUID, Ticket: e.Number, Subject: e.Subject, MessageID: optional(e.Message.UUID), Lost: optional(e.Lost), By: operatorRef(e.By, e.ByName),
			Excerpt: e.Excerpt, At: e.At, Read: e.ReadAt != nil,
		}
		if !e.Office.IsZero() {
			list.Items[i].Office = &api.OfficeRef{ID: e.Office.UUID, Name: e.OfficeName}
		}
	}
	if !next.IsZero() {
		list.Next = new(next.String())
	}
	return api.ListMentions200JSONResponse(list), nil
}

// ReadMentions notes what the operator has read.
func (h mentionRoutes) ReadMentions(ctx context.Context, r api.ReadMentionsRequestObject) (api.ReadMentionsResponseObject, error) {
	reader := requestOf(ctx).actor.Operator
	var err error
	switch {
	case r.Body.ID != nil:
		err = h.mentions.Read(ctx, h.db, reader, id.Mention{UUID: *r.Body.ID})
	case r.Body.Until != nil:
		err = h.mentions.ReadUntil(ctx, h.db, reader, id.Mention{UUID: *r.Body.Until})
	default:
		err = fault.Invalid("id", "required", "say which one was read, or until which")
	}
	return api.ReadMentions204Response{}, err
}

func namesOf(list *[]api.Mention) []mention.Name {
	var names []mention.Name
	for _, m := range value(list, nil) {
		names = append(names, mention.Name{
			Operator: id.Operator{UUID: value(m.OperatorID, uuid.Nil)}, Office: id.Office{UUID: value(m.OfficeID, uuid.Nil)},
		})
	}
	return names
}

// mentioned is absent when nobody is.
func mentioned(named []mention.Named) *[]api.Mentioned {
	if len(named) == 0 {
		return nil
	}
	all := make([]api.Mentioned, len(named))
	for i, n := range named {
		all[i] = api.Mentioned{OperatorID: optional(n.Operator.UUID), OfficeID: optional(n.Office.UUID), Name: n.Label}
	}
	return &all
}
