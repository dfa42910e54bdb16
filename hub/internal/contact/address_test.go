package contact_test

import (
	"context"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
)

func everybody(context.Context, postgres.Querier, id.Contact) (bool, error) { return true, nil }

// allBut sees everybody but one.
func allBut(hidden id.Contact) contact.Sees {
	return func(_ context.Context, _ postgres.Querier, c id.Contact) (bool, error) { return c != hidden, nil }
}

func reach(t *testing.T, pool *pgxpool.Pool, s *contact.Store, c id.Contact, kind, value string, shared bool, sees contact.Sees) error {
	t.Helper()
	return inTx(t, pool, func(tx pgx.Tx) error {
		return s.Reach(t.Context(), tx, &contact.Contact{ID: c}, kind, value, shared, sees)
	})
}

// What belongs to somebody out of sight is answered as what belongs to nobody, and the owner stays the owner.
func TestAnAddressOfSomebodyOutOfSightStandsAside(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), contact.NewStore()
	proved := ada
	proved.Proved = true
	hidden := identify(t, pool, s, proved)
	bruno := identify(t, pool, s, contact.Sender{Kind: "email", Value: "bruno@posta.example"})
	carla := identify(t, pool, s, contact.Sender{Kind: "email", Value: "carla@posta.example"})
	sees := allBut(hidden)
	card := func(c id.Contact) map[string]contact.Address {
		got, err := s.Get(t.Context(), pool, c)
		require.NoError(t, err)
		all := map[string]contact.Address{}
		for _, a := range got.Addresses {
			all[a.Value] = a
		}
		return all
	}
	require.NoError(t, reach(t, pool, s, bruno, "email", "ADA@posta.example", false, sees))
	require.NoError(t, reach(t, pool, s, bruno, "mobile", "340 7654321", false, sees))
	known, free := card(bruno)["ada@posta.example"], card(bruno)["+393407654321"]
	require.Equal(t, []any{false, true}, []any{known.Shared, known.VerifiedAt == nil})
	require.Equal(t, []any{free.Shared, free.VerifiedAt == nil}, []any{known.Shared, known.VerifiedAt == nil})
	for _, again := range []id.Contact{bruno, carla} {
		require.Equal(t, fault.CodeConflict, fault.Kind(reach(t, pool, s, again, "email", "ada@posta.example", false, sees)), "it is Bruno's, as far as one sees")
	}
	require.Equal(t, hidden, identify(t, pool, s, proved), "who writes from it is whom it belongs to")
	require.Nil(t, card(bruno)["ada@posta.example"].VerifiedAt)

	alike, err := s.Duplicates(t.Context(), pool, bruno)
	require.NoError(t, err)
	require.Equal(t, []any{hidden, contact.SameAddress}, []any{alike[0].Contact, alike[0].Reason}, "for whoever sees both")
	pairs, err := s.Pairs(t.Context(), pool, nil, 10)
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(pairs, func(p contact.Pair) bool { return p.Strength == contact.StrengthAddress }))

	mark := func(what contact.AddressChange) error {
		_, err := change(t, pool, s, bruno, func(tx pgx.Tx, locked *contact.Contact) error {
			return s.ChangeAddress(t.Context(), tx, locked, known.ID, what, sees)
		})
		return err
	}
	for _, what := range []contact.AddressChange{
		{Shared: new(true)}, {Shared: new(false)}, {Value: new("bruno.neri@posta.example")}, {Value: new("ada@posta.example")}, {Usable: new(false)},
	} {
		require.NoError(t, mark(what))
	}
	require.Equal(t, hidden, identify(t, pool, s, proved))
	require.Equal(t, fault.CodeConflict, fault.Kind(mark(contact.AddressChange{Value: new("carla@posta.example")})), "she is in sight")

	// Said to be shared, it is so on all cards that have it; nobody else's any more, it is whose it still is.
	require.NoError(t, reach(t, pool, s, carla, "email", "ada@posta.example", true, sees))
	require.True(t, card(bruno)["ada@posta.example"].Shared)
	require.True(t, identify(t, pool, s, proved).IsZero())
	require.NoError(t, reach(t, pool, s, carla, "email", "dino@posta.example", false, sees))
	dino := contact.Sender{Kind: "email", Value: "dino@posta.example"}
	require.Equal(t, carla, identify(t, pool, s, dino))
	require.NoError(t, reach(t, pool, s, bruno, "email", "dino@posta.example", false, allBut(carla)))
	_, err = pool.Exec(t.Context(), `DELETE FROM contact_address WHERE contact_id = $1 AND value = 'dino@posta.example'`, carla)
	require.NoError(t, err)
	require.Equal(t, bruno, identify(t, pool, s, dino))
}
