package office_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
)

func TestMailPolicy(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), office.NewStore()
	_, err := s.MailPolicy(t.Context(), pool)
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
	require.NoError(t, s.PutTown(t.Context(), pool, office.Town{Name: "Valdoria", Zone: time.UTC, Languages: []string{"it"}}))
	urp, err := s.Add(t.Context(), pool, office.Office{Slug: "urp", Name: "URP"})
	require.NoError(t, err)
	_, err = s.Add(t.Context(), pool, office.Office{Slug: "tributi", Name: "Tributi"})
	require.NoError(t, err)
	put := func(p office.MailPolicy) error {
		return postgres.InTx(t.Context(), pool, func(tx pgx.Tx) error { return s.PutMailPolicy(t.Context(), tx, p) })
	}

	got, err := s.MailPolicy(t.Context(), pool)
	require.NoError(t, err)
	require.Equal(t, 30, got.ReopenDays)
	require.Nil(t, got.Offices[0].ReopenDays)

	never := 0
	require.NoError(t, put(office.MailPolicy{
		ReopenDays: 14, MailDomains: []string{" @Comune.Valdoria.example", "comune.valdoria.example"},
		Offices: []office.ReopenPolicy{{Office: urp, ReopenDays: &never}},
	}))
	got, err = s.MailPolicy(t.Context(), pool)
	require.NoError(t, err)
	require.Equal(t, []string{"comune.valdoria.example"}, got.MailDomains)
	require.Equal(t, "URP", got.Offices[1].Name)
	require.Equal(t, &never, got.Offices[1].ReopenDays)
	require.NoError(t, put(office.MailPolicy{ReopenDays: 14}))
	got, err = s.MailPolicy(t.Context(), pool)
	require.NoError(t, err)
	require.Nil(t, got.Offices[1].ReopenDays, "an office that is not named follows the town")

	tooMany := 4000
	for name, p := range map[string]office.MailPolicy{
		"days":         {ReopenDays: -1},
		"an office":    {Offices: []office.ReopenPolicy{{Office: urp, ReopenDays: &tooMany}}},
		"no domain":    {MailDomains: []string{"comune"}},
		"an address":   {MailDomains: []string{"a@b.example"}},
		"a line break": {MailDomains: []string{"a.example\nb.example"}},
		"empty":        {MailDomains: []string{""}},
	} {
		require.Equal(t, fault.CodeInvalid, fault.Kind(put(p)), name)
	}
}
