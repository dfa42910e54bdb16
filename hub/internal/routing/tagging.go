package routing

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// Tag is one that rules can give.
type Tag struct {
	Name string
	// Retired tags are given no more.
	Retired bool
	// Into is the one that took its place, where one did.
	Into id.Tag
}

// readTags reads all tags, those that others took the place of too.
func readTags(ctx context.Context, q postgres.Querier) (map[id.Tag]Tag, error) {
	rows, err := q.Query(ctx, `SELECT id, name, retired_at IS NOT NULL, merged_into FROM tag`)
	if err != nil {
		return nil, fmt.Errorf("reading tags: %w", err)
	}
	tags := map[id.Tag]Tag{}
	var which id.Tag
	var t Tag
	_, err = pgx.ForEachRow(rows, []any{&which, &t.Name, &t.Retired, &t.Into}, func() error { tags[which] = t; return nil })
	if err != nil {
		return nil, fmt.Errorf("reading tags: %w", err)
	}
	return tags, nil
}

// follow lets rules name what took the place of the tags that they name, each once.
func follow(rules []Rule, tags map[id.Tag]Tag) {
	for i := range rules {
		r := &rules[i]
		var named []id.Tag
		for _, tag := range r.Then.Tags {
			for into := tags[tag].Into; !into.IsZero(); into = tags[tag].Into {
				tag = into
			}
			if !slices.Contains(named, tag) {
				named = append(named, tag)
			}
		}
		r.Then.Tags = named
	}
}

// given are the tags of a target that tickets can have, with their names.
func (t *Town) given(by Target) []ticket.Tag {
	var tags []ticket.Tag
	for _, tag := range by.Tags {
		if known, ok := t.Tags[tag]; ok && !known.Retired {
			tags = append(tags, ticket.Tag{ID: tag, Name: known.Name})
		}
	}
	return tags
}

func (c *checking) tags(named []id.Tag) {
	var unknown, retired bool
	for _, tag := range named {
		known, ok := c.known.Tags[tag]
		unknown, retired = unknown || !ok, retired || known.Retired
	}
	c.refuse(len(named) > ticket.MaxTags, "tags", "tags_many")
	c.refuse(unknown, "tags", "unknown")
	c.refuse(retired, "tags", "tag_retired")
}
