package contact_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres/pgtest"
)

func TestRelationsAreSeenFromEitherSide(t *testing.T) {
	t.Parallel()
	pool, s, now := pgtest.New(t), contact.NewStore(), time.Date(2026, 6, 17, 10, 0, 0, 0, time.UTC)
	known := map[string]id.Contact{}
	for _, name := range []string{"Ada", "Bruno", "Carla"} {
		known[name] = identify(t, pool, s, contact.Sender{Kind: contact.KindEmail, Value: name + "@posta.example", Name: name})
	}
	relate := func(one string, role contact.Role, other string) error {
		_, err := change(t, pool, s, known[one], func(tx pgx.Tx, c *contact.Contact) error {
			return s.Relate(t.Context(), tx, account.System(), c, contact.Relation{Other: known[other], Role: role}, now)
		})
		return err
	}
	of := func(name string) (seen []string) {
		t.Helper()
		all, err := s.Relations(t.Context(), pool, known[name])
		require.NoError(t, err)
		for _, r := range all {
			seen = append(seen, string(r.Role)+" "+r.Name)
		}
		return seen
	}
	for role, counterpart := range map[contact.Role]contact.Role{
		contact.Household: contact.Household, contact.DelegateOf: contact.HasDelegate, contact.HasGuardian: contact.GuardianOf, contact.Represents: contact.RepresentedBy,
	} {
		require.NoError(t, relate("Ada", role, "Bruno"))
		require.Contains(t, of("Ada"), string(role)+" Bruno")
		require.Contains(t, of("Bruno"), string(counterpart)+" Ada")
		require.Equal(t, fault.CodeConflict, fault.Kind(relate("Ada", role, "Bruno")), "%s twice", role)
		require.Equal(t, fault.CodeConflict, fault.Kind(relate("Bruno", counterpart, "Ada")), "%s from the other side", counterpart)
	}
	require.Equal(t, "relation_self", fault.Violations(relate("Ada", contact.Household, "Ada"))[0].Key)
	for days, wrong := range map[int]string{-3: "past", 365 * 8000: "valid_too_far"} {
		_, err := change(t, pool, s, known["Ada"], func(tx pgx.Tx, c *contact.Contact) error {
			last := now.AddDate(0, 0, days)
			return s.Relate(t.Context(), tx, account.System(), c, contact.Relation{Other: known["Carla"], Role: contact.DelegateOf, ValidUntil: &last}, now)
		})
		require.Equal(t, wrong, fault.Violations(err)[0].Key)
	}

	// Who turn out to be one have no relation with each other, and it is there again when they are parted.
	require.NoError(t, relate("Carla", contact.Household, "Ada"))
	require.NoError(t, inTx(t, pool, func(tx pgx.Tx) error { return s.Merge(t.Context(), tx, account.System(), known["Bruno"], known["Ada"]) }))
	require.Equal(t, []string{"household Carla"}, of("Ada"))
	require.Equal(t, []string{"household Ada"}, of("Carla"))
	require.NoError(t, inTx(t, pool, func(tx pgx.Tx) error { return s.Unmerge(t.Context(), tx, account.System(), known["Bruno"]) }))
	require.Len(t, of("Ada"), 5)

	all, err := s.Relations(t.Context(), pool, known["Carla"])
	require.NoError(t, err)
	end := func(who string, relation uuid.UUID) error {
		_, err := change(t, pool, s, known[who], func(tx pgx.Tx, c *contact.Contact) error {
			return s.Unrelate(t.Context(), tx, account.System(), c, relation, now)
		})
		return err
	}
	require.Equal(t, fault.CodeNotFound, fault.Kind(end("Bruno", all[0].ID)), "somebody else's")
	require.NoError(t, end("Ada", all[0].ID), "either side ends it")
	require.Empty(t, of("Carla"))
	require.NoError(t, relate("Carla", contact.Household, "Ada"), "and it can begin again")
}
