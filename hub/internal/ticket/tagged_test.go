package ticket_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/inbox"
	"sportello.dev/hub/internal/tag"
	"sportello.dev/hub/internal/ticket"
	"sportello.dev/hub/internal/ticket/tickettest"
)

// tags makes tags of these names.
func (w *town) tags(names ...string) (made []id.Tag) {
	w.T.Helper()
	for _, name := range names {
		t, err := tag.NewStore(time.Now).Make(w.T.Context(), w.DB, name, "grey")
		require.NoError(w.T, err)
		made = append(made, t.ID)
	}
	return made
}

func (w *town) listed(f inbox.Filter) []ticket.Number {
	w.T.Helper()
	page, err := w.Inbox.List(w.T.Context(), w.DB, w.All, f)
	require.NoError(w.T, err)
	return tickettest.NumbersOf(page.Items)
}

func TestTagsComeAndGoWithTheirNamesOnRecord(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	made := w.Open("uno")
	var names []string
	for i := range 21 {
		names = append(names, fmt.Sprintf("parola %02d", i))
	}
	tags := w.tags(names...)
	w.Exec(`UPDATE tag SET retired_at = now() WHERE id = $1`, tags[20])
	change := func(add, remove []id.Tag) error {
		_, err := w.update(made.ID, ticket.Change{Version: w.Get(made.ID).Version, AddTags: add, RemoveTags: remove})
		return err
	}
	require.Nil(t, storedTags(w, made.ID), "what arrives has no tags, and so stands in no index of them")
	require.NoError(t, change(tags[:2], nil))
	version := w.Get(made.ID).Version
	require.NoError(t, change(tags[:1], tags[5:6]), "what is there, or is not, is no change")
	require.Equal(t, version, w.Get(made.ID).Version)
	require.NoError(t, change(tags[2:3], tags[:1]))
	require.Equal(t, tags[1:3], w.Get(made.ID).Tags)
	require.Equal(t, "tag_retired", fault.Violations(change(tags[20:], nil))[0].Key)
	require.Equal(t, "tag_retired", fault.Violations(change([]id.Tag{id.New[id.Tag]()}, nil))[0].Key)
	require.NoError(t, change(tags[3:20], tags[1:2]))
	require.NoError(t, change(tags[:2], nil))
	w.Exec(`UPDATE tag SET retired_at = NULL WHERE id = $1`, tags[20])
	require.Equal(t, "tags_many", fault.Violations(change(tags[20:], nil))[0].Key)
	history := w.history(made.ID)
	require.Equal(t, map[string]string{"tag": tags[0].String(), "name": "parola 00"}, history[1].Params)
	require.Equal(t, ticket.EventUntagged, history[3].Type)

	// Found by a tag, by the words of its name, and by the tag that takes its place.
	other := w.Open("due")
	require.Equal(t, []ticket.Number{made.Number}, w.listed(inbox.Filter{Queue: inbox.QueueOffice, Offices: []id.Office{w.Office}, Tag: tags[7]}))
	require.Equal(t, []ticket.Number{made.Number}, w.listed(inbox.Filter{Words: "parola 07"}))
	w.Exec(`UPDATE tag SET merged_into = CASE id WHEN $1 THEN $2 ELSE $3 END::uuid WHERE id IN ($1, $2)`, tags[7], tags[8], tags[20])
	w.Must(func(tx pgx.Tx) error { return w.Store.ReplaceTag(t.Context(), tx, tags[7]) })
	w.Must(func(tx pgx.Tx) error { return w.Store.ReplaceTag(t.Context(), tx, tags[8]) })
	w.Must(func(tx pgx.Tx) error { return w.Store.ReplaceTag(t.Context(), tx, tags[20]) })
	require.Len(t, w.Get(made.ID).Tags, 19)
	require.Equal(t, []ticket.Number{made.Number}, w.listed(inbox.Filter{Tag: tags[20]}))
	require.NoError(t, change(nil, w.Get(made.ID).Tags))
	require.Nil(t, storedTags(w, made.ID))
	require.Nil(t, storedTags(w, other.ID))
}

// storedTags is the column as it is: null keeps a ticket out of the index.
func storedTags(w *town, t id.Ticket) (tags []id.Tag) {
	w.T.Helper()
	require.NoError(w.T, w.DB.QueryRow(w.T.Context(), `SELECT tags FROM ticket WHERE id = $1`, t).Scan(&tags))
	var partial bool
	require.NoError(w.T, w.DB.QueryRow(w.T.Context(), `SELECT bool_and(indpred IS NOT NULL) FROM pg_index
		WHERE indexrelid IN ('ticket_tags_idx'::regclass, 'ticket_snoozed_idx'::regclass)`).Scan(&partial))
	require.True(w.T, partial)
	return tags
}
