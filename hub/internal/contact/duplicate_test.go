package contact_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
)

func TestDuplicatesAreSuggested(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), contact.NewStore()
	names := map[id.Contact]string{}
	person := func(name string, addresses ...contact.Address) id.Contact {
		var c id.Contact
		require.NoError(t, pool.QueryRow(t.Context(), `INSERT INTO contact (id, name) VALUES (gen_random_uuid(), $1) RETURNING id`, name).Scan(&c))
		for _, a := range addresses {
			_, err := pool.Exec(t.Context(), `INSERT INTO contact_address (id, contact_id, kind, value, display, shared, verified_at)
				VALUES (gen_random_uuid(), $1, $2, $3, $3, $4, CASE WHEN $5 THEN now() END)`, c, a.Kind, a.Value, a.Shared, a.Preferred)
			require.NoError(t, err)
		}
		names[c] = name
		return c
	}
	code := func(c id.Contact, card contact.Card) {
		_, err := change(t, pool, s, c, func(tx pgx.Tx, locked *contact.Contact) error { return s.Change(t.Context(), tx, locked, card) })
		require.NoError(t, err)
	}
	const proved = true // stands in Preferred above
	me := person("Ada Rossi", contact.Address{Kind: "mobile", Value: "+393401234567", Preferred: proved}, contact.Address{Kind: "email", Value: "famiglia@posta.example", Shared: true})
	byCode, byVAT := person("A. Rossi"), person("Studio Rossi")
	for _, c := range []id.Contact{me, byCode} {
		code(c, contact.Card{FiscalCode: new("RSSMRA85T10A562S")})
	}
	for _, c := range []id.Contact{me, byVAT} {
		code(c, contact.Card{VATNumber: new("00162210348")})
	}
	person("Rossi A", contact.Address{Kind: "fax", Value: "+393401234567"})
	person("ADA ROSSI", contact.Address{Kind: "email", Value: "famiglia@posta.example", Shared: true})
	person("Bruno Rossi", contact.Address{Kind: "email", Value: "famiglia@posta.example", Shared: true})
	person("Ada Rossi", contact.Address{Kind: "email", Value: "another@posta.example", Preferred: proved})
	suggested := func(c id.Contact) (all []string) {
		found, err := s.Duplicates(t.Context(), pool, c)
		require.NoError(t, err)
		for _, l := range found {
			all = append(all, names[l.Contact]+": "+l.Reason+" "+l.What)
		}
		slices.Sort(all)
		return all
	}
	require.Equal(t, []string{
		"A. Rossi: same_fiscal_code RSSMRA85T10A562S",
		"ADA ROSSI: same_name_and_address famiglia@posta.example",
		"Rossi A: same_address +393401234567",
		"Studio Rossi: same_vat_number 00162210348",
	}, suggested(me), "neither who only shares the mailbox nor who only has the name")

	by := account.Actor{Kind: account.KindSystemJob}
	require.NoError(t, inTx(t, pool, func(tx pgx.Tx) error { return s.TellApart(t.Context(), tx, by, byVAT, me) }))
	require.NoError(t, inTx(t, pool, func(tx pgx.Tx) error { return s.TellApart(t.Context(), tx, by, me, byVAT) }), "twice is no error")
	require.Error(t, inTx(t, pool, func(tx pgx.Tx) error { return s.TellApart(t.Context(), tx, by, me, me) }))
	require.Empty(t, suggested(byVAT), "told apart, seen from both")
	require.NoError(t, inTx(t, pool, func(tx pgx.Tx) error { return s.Merge(t.Context(), tx, by, byCode, me) }))
	require.Len(t, suggested(me), 2, "who is one is no duplicate")
	merged, err := s.MergedInto(t.Context(), pool, me)
	require.NoError(t, err)
	require.Equal(t, "A. Rossi RSSMRA85T10A562S", merged[0].Name+" "+merged[0].FiscalCode)
}

// Any merges, and all of them undone in any order, leave every row as it was; whoever writes in between is himself.
func TestMergesUndoneLeaveNothing(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), contact.NewStore()
	people := make([]id.Contact, 5)
	for i := range people {
		people[i] = identify(t, pool, s, contact.Sender{Kind: "email", Value: fmt.Sprintf("p%d@posta.example", i), Name: fmt.Sprint("P", i)})
	}
	rows := func(r *rapid.T) string {
		var all string
		err := pool.QueryRow(t.Context(), `
			SELECT (SELECT string_agg((to_jsonb(c) - 'updated_at' - 'version')::text, E'\n' ORDER BY id) FROM contact c) || E'\n' ||
			       (SELECT string_agg(a::text, E'\n' ORDER BY id) FROM contact_address a)`).Scan(&all)
		require.NoError(r, err)
		return all
	}
	by := account.Actor{Kind: account.KindSystemJob}
	rapid.Check(t, func(r *rapid.T) {
		before := rows(r)
		var merged []id.Contact
		for range rapid.IntRange(1, 6).Draw(r, "merges") {
			from, into := rapid.SampledFrom(people).Draw(r, "from"), rapid.SampledFrom(people).Draw(r, "into")
			err := postgres.InTx(t.Context(), pool, func(tx pgx.Tx) error { return s.Merge(t.Context(), tx, by, from, into) })
			if err == nil {
				merged = append(merged, from)
			} else if kind := fault.Kind(err); kind != fault.CodeConflict && kind != fault.CodeInvalid {
				r.Fatal(err)
			}
		}
		i := rapid.IntRange(0, len(people)-1).Draw(r, "writer")
		require.Equal(r, people[i], identify(t, pool, s, contact.Sender{Kind: "email", Value: fmt.Sprintf("p%d@posta.example", i)}), "whoever writes is himself")
		for _, c := range rapid.Permutation(merged).Draw(r, "undone") {
			require.NoError(r, postgres.InTx(t.Context(), pool, func(tx pgx.Tx) error { return s.Unmerge(t.Context(), tx, by, c) }))
		}
		require.Equal(r, before, rows(r))
	})
}
