package tag

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/postgres/pgtest"
)

func TestNamesAreTheSameWhateverSpacesCapitalsAndAccents(t *testing.T) {
	t.Parallel()
	for given, want := range map[string][2]string{
		"  Città\u00a0 Vecchia\n": {"Città Vecchia", "citta vecchia"},
		"citta vecchia":           {"citta vecchia", "citta vecchia"},
		"PNRR":                    {"PNRR", "pnrr"},
		"Città":                   {"Città", "citta"},
	} {
		clean, key, err := named(given)
		require.NoError(t, err, given)
		require.Equal(t, want, [2]string{clean, key}, given)
	}
	for given, code := range map[string]string{"  ": "required", "!!!": "required", strings.Repeat("a", 41): "too_long"} {
		_, _, err := named(given)
		require.Equal(t, code, fault.Violations(err)[0].Key, given)
	}
}

func TestTagsAreMadeRenamedRetiredAndMerged(t *testing.T) {
	t.Parallel()
	db, s := pgtest.New(t), NewStore(time.Now)
	refused := func(_ *Tag, err error) string {
		t.Helper()
		require.Error(t, err)
		v := fault.Violations(err)[0]
		return v.Field + " " + v.Key
	}
	roads, err := s.Make(t.Context(), db, "Buche stradali", "amber")
	require.NoError(t, err)
	snow, err := s.Make(t.Context(), db, "Neve", "blue")
	require.NoError(t, err)
	require.Equal(t, "name name_taken", refused(s.Make(t.Context(), db, " NÈVE ", "grey")))
	require.Equal(t, "colour unknown", refused(s.Make(t.Context(), db, "Rosa", "pink")))
	name, taken, yes := "Strade", "strade", true
	_, err = s.Change(t.Context(), db, roads.ID, Change{Name: &name, Retired: &yes})
	require.NoError(t, err)
	require.Equal(t, "name name_taken", refused(s.Change(t.Context(), db, snow.ID, Change{Name: &taken})))

	require.Equal(t, "into tag_itself", refused(s.Merge(t.Context(), db, snow.ID, snow.ID)))
	into, err := s.Merge(t.Context(), db, snow.ID, roads.ID)
	require.NoError(t, err)
	require.Equal(t, Tag{ID: roads.ID, Name: "Strade", Colour: "amber", Retired: true}, *into)
	require.Equal(t, "into unknown", refused(s.Merge(t.Context(), db, roads.ID, snow.ID)))
	_, err = s.Merge(t.Context(), db, snow.ID, roads.ID)
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
	all, err := s.All(t.Context(), db)
	require.NoError(t, err)
	require.Len(t, all, 1)
	again, err := s.Make(t.Context(), db, "Neve", "grey")
	require.NoError(t, err, "a name is free again once its tag is merged")

	// Two are merged crosswise at once: one wins, the other has nothing to take its place.
	won := make(chan error, 2)
	for _, pair := range [][2]*Tag{{roads, again}, {again, roads}} {
		go func() {
			won <- pgx.BeginFunc(t.Context(), db, func(tx pgx.Tx) error {
				_, err := s.Merge(t.Context(), tx, pair[0].ID, pair[1].ID)
				return err
			})
		}()
	}
	first, second := <-won, <-won
	require.NotEqual(t, first == nil, second == nil, "%v, %v", first, second)
}
