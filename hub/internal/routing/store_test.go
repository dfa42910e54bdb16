package routing_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
	"sportello.dev/hub/internal/routing"
	"sportello.dev/hub/internal/tag"
)

// The rules are read once for each revision, and whatever they depend on raises it: rules, hours, and offices that go.
func TestRulesAreRememberedUntilSomethingChanges(t *testing.T) {
	t.Parallel()
	db, offices := pgtest.New(t), office.NewStore()
	s := routing.NewStore(offices, time.Now)
	require.NoError(t, offices.PutTown(t.Context(), db, office.Town{Name: "Valdoria", Zone: time.UTC}))
	taxes, err := offices.Add(t.Context(), db, office.Office{Slug: "tributi", Name: "Tributi"})
	require.NoError(t, err)
	urp, err := offices.Add(t.Context(), db, office.Office{Slug: "urp", Name: "URP"})
	require.NoError(t, err)
	revision := func() (n int64) {
		require.NoError(t, db.QueryRow(t.Context(), `SELECT revision FROM routing_state`).Scan(&n))
		return n
	}
	letter := routing.Arrival{Office: urp, Subject: "La TARI", At: time.Now()}
	lands := func(want id.Office) {
		t.Helper()
		set, err := s.Current(t.Context(), db, revision())
		require.NoError(t, err)
		require.Equal(t, want, set.Route(letter).Office)
		again, err := s.Current(t.Context(), nil, revision())
		require.NoError(t, err, "nothing is asked of the database")
		require.Same(t, set, again)
	}
	put := func(version int64, rules ...routing.Rule) (r *routing.Rules, err error) {
		err = postgres.InTx(t.Context(), db, func(tx pgx.Tx) error {
			r, err = s.Put(t.Context(), tx, account.System(), version, rules)
			return err
		})
		return r, err
	}
	lands(urp)
	rule := routing.Rule{Name: "Tributi", Enabled: true, When: routing.Condition{Words: []string{"tari"}}, Then: routing.Target{Office: taxes}}
	kept, err := put(0, rule)
	require.NoError(t, err)
	require.EqualValues(t, 1, kept.Version)
	lands(taxes)

	for _, stale := range []int64{0, 7} {
		_, err = put(stale, rule)
		require.Equal(t, fault.CodeConflict, fault.Kind(err), "version %d", stale)
	}
	_, err = put(1, routing.Rule{Name: "Tutto", Then: routing.Target{Office: taxes}})
	require.Equal(t, "rules.0.when", fault.Violations(err)[0].Field)

	_, err = put(1, routing.Rule{Name: "Tipo", When: rule.When, Then: routing.Target{Type: "nothing"}})
	require.Equal(t, "rules.0.type", fault.Violations(err)[0].Field)

	// A tag that rules may give: what changes of it that they do not know changes nothing of what is remembered.
	tags := tag.NewStore(time.Now)
	snow, err := tags.Make(t.Context(), db, "Neve", "blue")
	require.NoError(t, err)
	ice, err := tags.Make(t.Context(), db, "Ghiaccio", "grey")
	require.NoError(t, err)
	rule.Then.Tags = []id.Tag{snow.ID}
	_, err = put(1, rule)
	require.NoError(t, err)
	gives := func(want ...string) {
		t.Helper()
		set, err := s.Current(t.Context(), db, revision())
		require.NoError(t, err)
		var names []string
		for _, each := range set.Route(letter).Tags {
			names = append(names, each.Name)
		}
		require.Equal(t, want, names)
	}
	gives("Neve")
	change := func(which id.Tag, c tag.Change) {
		t.Helper()
		_, err := tags.Change(t.Context(), db, which, c)
		require.NoError(t, err)
	}
	set, err := s.Current(t.Context(), db, revision())
	require.NoError(t, err)
	change(snow.ID, tag.Change{Colour: new("red")})
	again, err := s.Current(t.Context(), nil, revision())
	require.NoError(t, err, "a colour is nothing to a rule")
	require.Same(t, set, again)
	change(snow.ID, tag.Change{Name: new("Neve e gelo")})
	gives("Neve e gelo")
	_, err = tags.Merge(t.Context(), db, snow.ID, ice.ID)
	require.NoError(t, err)
	gives("Ghiaccio")
	now, err := s.Read(t.Context(), db)
	require.NoError(t, err)
	require.Equal(t, []id.Tag{ice.ID}, now.Rules[0].Then.Tags)
	rule.Then.Tags = []id.Tag{snow.ID, ice.ID}
	now, err = put(2, rule)
	require.NoError(t, err, "a draft from before the merge")
	require.Equal(t, []id.Tag{ice.ID}, now.Rules[0].Then.Tags)
	change(ice.ID, tag.Change{Retired: new(true)})
	gives()
	_, err = put(3, rule)
	require.Equal(t, "rules.0.tags", fault.Violations(err)[0].Field)
	rule.Then.Tags = nil

	before := revision()
	require.NoError(t, offices.PutOfficeCalendar(t.Context(), db, office.OwnCalendar{Office: taxes}))
	require.Greater(t, revision(), before)
	_, err = db.Exec(t.Context(), `UPDATE office SET active = false WHERE id = $1`, taxes)
	require.NoError(t, err)
	lands(urp)
	_, err = put(3, rule)
	require.Equal(t, "rule_office_inactive", fault.Violations(err)[0].Key)
}
