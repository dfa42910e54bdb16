package requesttype

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
)

func TestCodesAreMadeOfNames(t *testing.T) {
	t.Parallel()
	all := []Type{{Code: "verde"}, {Code: "verde_2"}}
	for name, want := range map[string]string{
		"Città, verde e decoro": "citta_verde_e_decoro", "Verde": "verde_3", "5G e antenne": "g_e_antenne", strings.Repeat("a", 40): strings.Repeat("a", 36),
	} {
		require.Equal(t, want, newCode(name, all), name)
	}
	require.Empty(t, stem(" 112 !"))
}

func TestTypesAreMadeRenamedRetiredAndOrdered(t *testing.T) {
	t.Parallel()
	db, s := pgtest.New(t), NewStore(time.Now)
	in := func(do func(tx pgx.Tx) (*Type, error)) (made *Type, err error) {
		err = postgres.InTx(t.Context(), db, func(tx pgx.Tx) (err error) { made, err = do(tx); return err })
		return made, err
	}
	making := func(it, en string) (*Type, error) {
		return in(func(tx pgx.Tx) (*Type, error) { return s.Make(t.Context(), tx, map[string]string{"it": it, "en": en}) })
	}
	changing := func(code string, c Change) (*Type, error) {
		return in(func(tx pgx.Tx) (*Type, error) { return s.Change(t.Context(), tx, code, c) })
	}
	made, err := making("  Occupazione \n suolo ", "Use of public ground")
	require.NoError(t, err)
	require.Equal(t, Type{Code: "occupazione_suolo", Labels: map[string]string{"it": "Occupazione suolo", "en": "Use of public ground"}}, *made)
	for names, want := range map[[2]string]string{
		{"RECLAMO", "Other words"}: "labels.it name_taken", {"Nuovo", "praise"}: "labels.en name_taken", {"Nuovo", " "}: "labels.en required",
		{strings.Repeat("a", 41), "New"}: "labels.it too_long",
	} {
		_, err := making(names[0], names[1])
		require.Error(t, err)
		v := fault.Violations(err)[0]
		require.Equal(t, want, v.Field+" "+v.Key)
	}
	yes, no := true, false
	got, err := changing(made.Code, Change{Labels: map[string]string{"it": "Suolo pubblico", "en": "Use of public ground"}, Retired: &yes})
	require.NoError(t, err)
	require.Equal(t, Type{Code: made.Code, Labels: map[string]string{"it": "Suolo pubblico", "en": "Use of public ground"}, Retired: true}, *got)
	got, err = changing(made.Code, Change{Retired: &no})
	require.NoError(t, err)
	require.Equal(t, []any{false, "Suolo pubblico"}, []any{got.Retired, got.Labels["it"]})
	_, err = changing("boh", Change{Retired: &yes})
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))

	codes := func() (codes []string) {
		all, err := s.All(t.Context(), db)
		require.NoError(t, err)
		for _, each := range all {
			codes = append(codes, each.Code)
		}
		return codes
	}
	order := codes()
	require.Equal(t, made.Code, order[len(order)-1], "what is new stands last")
	slices.Reverse(order)
	require.NoError(t, postgres.InTx(t.Context(), db, func(tx pgx.Tx) error { return s.Arrange(t.Context(), tx, order) }))
	require.Equal(t, order, codes())
	err = postgres.InTx(t.Context(), db, func(tx pgx.Tx) error { return s.Arrange(t.Context(), tx, order[1:]) })
	require.Equal(t, fault.CodeConflict, fault.Kind(err))
}

func TestOnlyTypesInUseCountAgainstTheMost(t *testing.T) {
	t.Parallel()
	used, gone := make([]Type, mostTypes), Type{Code: "vecchio", Retired: true}
	require.True(t, full(append(used, gone)))
	require.False(t, full(append(used[1:], gone, gone)))
}
