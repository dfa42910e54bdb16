package ticket

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// MaxTags is how many tags a ticket has at most.
const MaxTags = 20

// Tag is one with its name, as it stands in histories.
type Tag struct {
	ID   id.Tag
	Name string
}

// storedTags is a list of tags as one value in an array of rows; nothing when there is none.
func storedTags(tags []id.Tag) *string {
	if len(tags) == 0 {
		return nil
	}
	words := make([]string, len(tags))
	for i, t := range tags {
		words[i] = t.String()
	}
	text := "{" + strings.Join(words, ",") + "}"
	return &text
}

// changeTags adds tags that are offered and takes others away. What is there already, or is not, is no change.
func (w *writer) changeTags(ctx context.Context, db postgres.Querier, by account.Actor, c Change) error {
	if len(c.AddTags)+len(c.RemoveTags) == 0 {
		return nil
	}
	names, err := tagNames(ctx, db, append(slices.Clone(c.AddTags), c.RemoveTags...))
	if err != nil {
		return err
	}
	t := w.ticket
	for _, tag := range c.RemoveTags {
		if i := slices.Index(t.Tags, tag); i >= 0 {
			t.Tags = slices.Delete(slices.Clone(t.Tags), i, i+1)
			w.record(actorOf(by), EventUntagged, map[string]string{"tag": tag.String(), "name": names[tag].name})
		}
	}
	for _, tag := range c.AddTags {
		if slices.Contains(t.Tags, tag) {
			continue
		}
		if named, known := names[tag]; !known || named.retired {
			return fault.Invalid("add_tags", "tag_retired", "no such tag is offered")
		}
		if len(t.Tags) == MaxTags {
			return fault.Invalid("add_tags", "tags_many", "a ticket has at most %d tags", MaxTags)
		}
		t.Tags = append(slices.Clone(t.Tags), tag)
		w.record(actorOf(by), EventTagged, map[string]string{"tag": tag.String(), "name": names[tag].name})
	}
	return nil
}

type namedTag struct {
	name    string
	retired bool
}

func tagNames(ctx context.Context, db postgres.Querier, tags []id.Tag) (map[id.Tag]namedTag, error) {
	names := map[id.Tag]namedTag{}
	rows, err := db.Query(ctx, `SELECT id, name, retired_at IS NOT NULL OR merged_into IS NOT NULL FROM tag WHERE id = ANY($1)`, tags)
	if err != nil {
		return nil, fmt.Errorf("reading tags: %w", err)
	}
	var tag id.Tag
	var named namedTag
	if _, err := pgx.ForEachRow(rows, []any{&tag, &named.name, &named.retired}, func() error { names[tag] = named; return nil }); err != nil {
		return nil, fmt.Errorf("reading tags: %w", err)
	}
	return names, nil
}

// ReplaceTag puts one tag in the place of another wherever that stands. It is no change of the tickets: their versions
// and histories stay, and nobody is told.
func (s *Store) ReplaceTag(ctx context.Context, db postgres.Querier, old, by id.Tag) error {
	const query = `
		WITH quiet AS (SELECT set_config('sportello.quiet', 'on', true)),
		tagged AS (SELECT t.id FROM ticket t, quiet WHERE t.tags @> ARRAY[$1::uuid] ORDER BY t.id FOR NO KEY UPDATE OF t)
		UPDATE ticket t SET tags = CASE WHEN t.tags @> ARRAY[$2::uuid] THEN array_remove(t.tags, $1) ELSE array_replace(t.tags, $1, $2) END
		FROM tagged WHERE t.id = tagged.id`
	if _, err := db.Exec(ctx, query, old, by); err != nil {
		return fmt.Errorf("replacing a tag: %w", err)
	}
	return nil
}
