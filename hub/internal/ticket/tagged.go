package ticket

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

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

// changeTags adds tags that are offered and takes others away. What is there already, or is not, is no change; of a tag
// that another has taken the place of, that one is meant.
func (w *writer) changeTags(ctx context.Context, db postgres.Querier, by account.Actor, c Change) error {
	if len(c.AddTags)+len(c.RemoveTags) == 0 {
		return nil
	}
	stand, err := holdTags(ctx, db, append(slices.Clone(c.AddTags), c.RemoveTags...))
	if err != nil {
		return err
	}
	t := w.ticket
	for _, named := range c.RemoveTags {
		tag := stand.of(named)
		if i := slices.Index(t.Tags, tag.ID); i >= 0 {
			t.Tags = slices.Delete(slices.Clone(t.Tags), i, i+1)
			w.record(actorOf(by), EventUntagged, map[string]string{"tag": tag.ID.String(), "name": tag.Name})
		}
	}
	for _, named := range c.AddTags {
		tag := stand.of(named)
		if slices.Contains(t.Tags, tag.ID) {
			continue
		}
		if !tag.offered {
			return fault.Invalid("add_tags", "tag_retired", "no such tag is offered")
		}
		if len(t.Tags) == MaxTags {
			return fault.Invalid("add_tags", "tags_many", "a ticket has at most %d tags", MaxTags)
		}
		t.Tags = append(slices.Clone(t.Tags), tag.ID)
		w.record(actorOf(by), EventTagged, map[string]string{"tag": tag.ID.String(), "name": tag.Name})
	}
	return nil
}

// Held are tags as they are until the transaction ends, by id.
type Held map[id.Tag]heldTag

type heldTag struct {
	Tag
	offered bool
	into    id.Tag
}

// of is the tag that stands in the place of one; that tag itself, and not offered, where there is none.
func (h Held) of(tag id.Tag) heldTag {
	for !h[tag].into.IsZero() {
		tag = h[tag].into
	}
	if found, known := h[tag]; known {
		return found
	}
	return heldTag{Tag: Tag{ID: tag}}
}

// holdTags reads tags and those that took their place, and keeps any from being merged or retired while the transaction
// puts them on tickets. Whoever merges a tag holds no ticket meanwhile, so that neither waits for the other.
func holdTags(ctx context.Context, db postgres.Querier, tags []id.Tag) (Held, error) {
	found := Held{}
	for len(tags) > 0 {
		rows, err := db.Query(ctx, `SELECT id, name, retired_at IS NULL AND merged_into IS NULL, merged_into FROM tag
			WHERE id = ANY($1) ORDER BY id FOR SHARE`, tags)
		if err != nil {
			return nil, fmt.Errorf("reading tags: %w", err)
		}
		tags = nil
		var each heldTag
		_, err = pgx.ForEachRow(rows, []any{&each.ID, &each.Name, &each.offered, &each.into}, func() error {
			found[each.ID] = each
			if _, known := found[each.into]; !each.into.IsZero() && !known {
				tags = append(tags, each.into)
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("reading tags: %w", err)
		}
	}
	return found, nil
}

// HoldTags holds the tags that new tickets may be given; see Given.
func (s *Store) HoldTags(ctx context.Context, tx pgx.Tx, named []Tag) (Held, error) {
	ids := make([]id.Tag, len(named))
	for i, tag := range named {
		ids[i] = tag.ID
	}
	return holdTags(ctx, tx, ids)
}

// Given are the tags that a new ticket gets where a rule names these: what has taken their place by now, each once, and
// none that is offered no more.
func (h Held) Given(named []Tag) (given []Tag) {
	for _, tag := range named {
		if now := h.of(tag.ID); now.offered && !slices.Contains(given, now.Tag) {
			given = append(given, now.Tag)
		}
	}
	return given
}

// ReplaceTag puts what has taken the place of a tag there wherever that still stands. It is no change of the tickets:
// their versions and histories stay, and nobody is told.
func (s *Store) ReplaceTag(ctx context.Context, tx pgx.Tx, old id.Tag) error {
	stand, err := holdTags(ctx, tx, []id.Tag{old})
	if err != nil {
		return err
	}
	by := stand.of(old).ID
	if by == old {
		return nil
	}
	const query = `
		WITH quiet AS (SELECT set_config('sportello.quiet', 'on', true)),
		tagged AS (SELECT t.id FROM ticket t, quiet WHERE t.tags @> ARRAY[$1::uuid] ORDER BY t.id FOR NO KEY UPDATE OF t)
		UPDATE ticket t SET tags = CASE WHEN t.tags @> ARRAY[$2::uuid] THEN array_remove(t.tags, $1) ELSE array_replace(t.tags, $1, $2) END
		FROM tagged WHERE t.id = tagged.id`
	if _, err := tx.Exec(ctx, query, old, by); err != nil {
		return fmt.Errorf("replacing a tag: %w", err)
	}
	return nil
}

// ReplaceMerged does it for every merged tag that still stands anywhere: whoever merged it may have been cut off.
func (s *Store) ReplaceMerged(ctx context.Context, pool *pgxpool.Pool) error {
	rows, err := pool.Query(ctx, `SELECT g.id FROM tag g
		WHERE g.merged_into IS NOT NULL AND EXISTS (SELECT FROM ticket t WHERE t.tags @> ARRAY[g.id]) ORDER BY g.id`)
	if err != nil {
		return fmt.Errorf("looking for merged tags: %w", err)
	}
	merged, err := pgx.CollectRows(rows, pgx.RowTo[id.Tag])
	if err != nil {
		return fmt.Errorf("looking for merged tags: %w", err)
	}
	for _, tag := range merged {
		if err := postgres.InTx(ctx, pool, func(tx pgx.Tx) error { return s.ReplaceTag(ctx, tx, tag) }); err != nil {
			return err
		}
	}
	return nil
}
