package httpapi

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/routing"
	"sportello.dev/hub/internal/tag"
	"sportello.dev/hub/internal/ticket"
)

// tagRoutes are the town's tags.
type tagRoutes struct {
	db      *pgxpool.Pool
	tags    *tag.Store
	tickets *ticket.Store
	routing *routing.Store
}

// ListTags shows all tags.
func (h tagRoutes) ListTags(ctx context.Context, _ api.ListTagsRequestObject) (api.ListTagsResponseObject, error) {
	all, err := h.tags.All(ctx, h.db)
	if err != nil {
		return nil, err
	}
	list := api.ListTags200JSONResponse{Items: make([]api.Tag, len(all))}
	for i := range all {
		list.Items[i] = tagOf(&all[i])
	}
	return list, nil
}

// CreateTag makes a tag.
func (h tagRoutes) CreateTag(ctx context.Context, r api.CreateTagRequestObject) (api.CreateTagResponseObject, error) {
	var made *tag.Tag
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) (err error) {
		if made, err = h.tags.Make(ctx, tx, r.Body.Name, string(value(r.Body.Colour, api.TagColourGrey))); err == nil {
			postgres.Made(ctx, "tags", made.ID.String())
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return api.CreateTag201JSONResponse(tagOf(made)), nil
}

// UpdateTag renames, colours or retires a tag.
func (h tagRoutes) UpdateTag(ctx context.Context, r api.UpdateTagRequestObject) (api.UpdateTagResponseObject, error) {
	var after *tag.Tag
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) (err error) {
		after, err = h.tags.Change(ctx, tx, id.Tag{UUID: r.ID}, tag.Change{Name: r.Body.Name, Colour: (*string)(r.Body.Colour), Retired: r.Body.Retired})
		return err
	})
	if err != nil {
		return nil, err
	}
	return api.UpdateTag200JSONResponse(tagOf(after)), nil
}

// MergeTag lets another tag take the place of one, and puts it there on every ticket. From the first commit on the one is
// given to no ticket any more; those that have it follow, now or with the upkeep.
func (h tagRoutes) MergeTag(ctx context.Context, r api.MergeTagRequestObject) (api.MergeTagResponseObject, error) {
	var into *tag.Tag
	which := id.Tag{UUID: r.ID}
	err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) (err error) {
		into, err = h.tags.Merge(ctx, tx, which, id.Tag{UUID: r.Body.Into})
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := postgres.InTx(ctx, h.db, func(tx pgx.Tx) error { return h.tickets.ReplaceTag(ctx, tx, which) }); err != nil {
		requestOf(ctx).failed = err
	}
	return api.MergeTag200JSONResponse(tagOf(into)), nil
}

// GetTagUses tells which rules give a tag.
func (h tagRoutes) GetTagUses(ctx context.Context, r api.GetTagUsesRequestObject) (api.GetTagUsesResponseObject, error) {
	rules, err := h.routing.Read(ctx, h.db)
	if err != nil {
		return nil, err
	}
	uses := api.GetTagUses200JSONResponse{Rules: []string{}}
	for _, rule := range rules.Rules {
		if slices.Contains(rule.Then.Tags, id.Tag{UUID: r.ID}) {
			uses.Rules = append(uses.Rules, rule.Name)
		}
	}
	return uses, nil
}

func tagOf(t *tag.Tag) api.Tag {
	return api.Tag{ID: t.ID.UUID, Name: t.Name, Colour: api.TagColour(t.Colour), Retired: t.Retired}
}

func tagIDs(ids *api.TagIds) []id.Tag {
	var tags []id.Tag
	for _, each := range value(ids, nil) {
		tags = append(tags, id.Tag{UUID: each})
	}
	return tags
}

func uuidsOf(tags []id.Tag) []uuid.UUID {
	ids := make([]uuid.UUID, len(tags))
	for i, t := range tags {
		ids[i] = t.UUID
	}
	return ids
}
