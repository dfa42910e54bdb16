package contact_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
)

func TestPairsOfTheTown(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), contact.NewStore()
	exec := func(sql string, args ...any) {
		_, err := pool.Exec(t.Context(), sql, args...)
		require.NoError(t, err)
	}
	names := map[id.Contact]string{}
	person := func(name, fiscal string) id.Contact {
		c := id.New[id.Contact]()
		exec(`INSERT INTO contact (id, name, fiscal_code) VALUES ($1, $2, $3)`, c, name, fiscal)
		names[c] = name
		return c
	}
	reach := func(c id.Contact, kind, value string, shared, proved bool) {
		exec(`INSERT INTO contact_address (id, contact_id, kind, value, display, shared, verified_at)
			VALUES (gen_random_uuid(), $1, $2, $3, $3, $4, CASE WHEN $5 THEN now() END)`, c, kind, value, shared, proved)
	}
	ada, twin, third := person("Ada", "RSSDAA80A41L219X"), person("A. Rossi", "RSSDAA80A41L219X"), person("Ada R.", "RSSDAA80A41L219X")
	bruno, again := person("Bruno", ""), person("Bruno N.", "")
	reach(bruno, "mobile", "+393331234567", false, true)
	reach(again, "fax", "+393331234567", false, false)
	carla, other, same := person("Carla", ""), person("Dario", ""), person("CARLA", "")
	for _, c := range []id.Contact{carla, other, same} {
		reach(c, "email", "famiglia@posta.example", true, false)
	}
	unproved, guess := person("Elsa", ""), person("Fabio", "")
	reach(unproved, "email", "elsa@posta.example", false, false)
	reach(guess, "pec", "elsa@posta.example", false, false)

	all := func() (found [][2]string) {
		var after *contact.Pair
		for {
			page, err := s.Pairs(t.Context(), pool, after, 2)
			require.NoError(t, err)
			if len(page) == 0 {
				return found
			}
			for _, p := range page {
				found = append(found, [2]string{names[p.Low], names[p.High]})
			}
			after = &page[len(page)-1]
		}
	}
	require.Equal(t, [][2]string{{"Ada", "A. Rossi"}, {"Ada", "Ada R."}, {"A. Rossi", "Ada R."}, {"Bruno", "Bruno N."}, {"Carla", "CARLA"}}, all())
	first, err := s.Pairs(t.Context(), pool, nil, 1)
	require.NoError(t, err)
	require.Equal(t, contact.StrengthCode, first[0].Strength)
	require.Equal(t, []string{contact.SameFiscalCode}, first[0].Reasons)
	require.Equal(t, []string{"RSSDAA80A41L219X"}, first[0].Whats)

	tx := func(do func(pgx.Tx) error) { require.NoError(t, postgres.InTx(t.Context(), pool, do)) }
	tx(func(tx pgx.Tx) error { return s.TellApart(t.Context(), tx, account.System(), twin, ada) })
	require.NotContains(t, all(), [2]string{"Ada", "A. Rossi"}, "told apart for good")
	tx(func(tx pgx.Tx) error { return s.Merge(t.Context(), tx, account.System(), third, ada) })
	require.Equal(t, [][2]string{{"Bruno", "Bruno N."}, {"Carla", "CARLA"}}, all(), "who is one is no pair, nor is its other half told apart")
}

// Ten thousand contacts, and one mailbox that hundreds share: pairs grow with the contacts, not with their square.
func TestPairsOfATownOfTenThousand(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), contact.NewStore()
	_, err := pool.Exec(t.Context(), `
		WITH people AS (
		    INSERT INTO contact (id, name, fiscal_code) SELECT gen_random_uuid(), 'Sig. ' || n, CASE WHEN n % 100 = 0 THEN 'CODE' || n / 1000 ELSE '' END
		    FROM generate_series(1, 10000) n RETURNING id, name)
		INSERT INTO contact_address (id, contact_id, kind, value, display, shared)
		SELECT gen_random_uuid(), id, 'email', CASE WHEN name LIKE '%7' THEN 'patronato@posta.example' ELSE id || '@posta.example' END, '', name LIKE '%7' FROM people`)
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), `UPDATE contact SET name = 'Patronato' WHERE name LIKE '%7'`)
	require.NoError(t, err)
	list, err := s.Pairs(t.Context(), pool, nil, 100_000)
	require.NoError(t, err)
	by := map[contact.Strength]int{}
	for _, p := range list {
		by[p.Strength]++
	}
	// 0 to 10 thousand, one in a hundred, ten of each code but 9 and 1 at the ends; a thousand with one name and mailbox.
	require.Equal(t, map[contact.Strength]int{contact.StrengthCode: 9*45 + 36, contact.StrengthName: 999}, by)
}
