package office_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres/pgtest"
)

func TestOffices(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), office.NewStore()
	urp, err := s.Add(t.Context(), pool, office.Office{Slug: "urp", Name: "URP", Signature: "Ufficio relazioni con il pubblico"})
	require.NoError(t, err)
	_, err = s.Add(t.Context(), pool, office.Office{Slug: "anagrafe", Name: "Anagrafe"})
	require.NoError(t, err)
	_, err = s.Add(t.Context(), pool, office.Office{Slug: "urp", Name: "Un altro"})
	require.Equal(t, fault.CodeConflict, fault.Kind(err))

	list, err := s.List(t.Context(), pool)
	require.NoError(t, err)
	require.Equal(t, []string{"Anagrafe", "URP"}, []string{list[0].Name, list[1].Name})
	got, err := s.Get(t.Context(), pool, urp)
	require.NoError(t, err)
	require.Equal(t, "Ufficio relazioni con il pubblico", got.Signature)
	_, err = s.Get(t.Context(), pool, id.New[id.Office]())
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
}

func TestMembers(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), office.NewStore()
	urp, err := s.Add(t.Context(), pool, office.Office{Slug: "urp", Name: "URP"})
	require.NoError(t, err)
	anna := id.New[id.Operator]()
	_, err = pool.Exec(t.Context(), `INSERT INTO operator (id, login, name, role) VALUES ($1, 'anna', 'Anna', 'first_level')`, anna)
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, s.Join(t.Context(), pool, urp, anna))
	}
	of, err := s.Of(t.Context(), pool, anna)
	require.NoError(t, err)
	require.Equal(t, []id.Office{urp}, of)
}

func TestTown(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), office.NewStore()
	_, err := s.Town(t.Context(), pool)
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
	rome, err := time.LoadLocation("Europe/Rome")
	require.NoError(t, err)
	town := office.Town{Name: "Valdoria", Zone: rome, Languages: []string{"it", "en"}, MailDomains: []string{"comune.valdoria.example"}}
	require.NoError(t, s.PutTown(t.Context(), pool, town))
	town.Name = "Comune di Valdoria"
	require.NoError(t, s.PutTown(t.Context(), pool, town))
	got, err := s.Town(t.Context(), pool)
	require.NoError(t, err)
	require.Equal(t, town.Name, got.Name)
	require.Equal(t, "Europe/Rome", got.Zone.String())
	require.Equal(t, fault.CodeInvalid, fault.Kind(s.PutTown(t.Context(), pool, office.Town{Zone: rome})))
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), office.NewStore()
	urp, err := s.Add(t.Context(), pool, office.Office{Slug: "urp", Name: "URP"})
	require.NoError(t, err)
	o, err := s.Get(t.Context(), pool, urp)
	require.NoError(t, err)
	require.Equal(t, "Comune di Esempio – URP", o.Sender("Comune di Esempio", ""))
	set := func(which id.Office, sender, signature string) error {
		return s.SetIdentity(t.Context(), pool, which, office.Identity{SenderName: sender, Signature: signature}, nil)
	}
	require.NoError(t, set(urp, " Sportello del cittadino ", "URP\r\nPiazza 1\n"))
	o, err = s.Get(t.Context(), pool, urp)
	require.NoError(t, err)
	require.Equal(t, []string{"Sportello del cittadino", "URP\nPiazza 1"}, []string{o.Sender("Comune di Esempio", "sms"), o.On("sms").Signature})
	require.Equal(t, fault.CodeInvalid, fault.Kind(set(urp, "Uno\nBcc: tutti@example.com", "")), "no second line in a header")
	require.Equal(t, fault.CodeInvalid, fault.Kind(set(urp, "", strings.Repeat("x", 2001))))
	require.Equal(t, fault.CodeNotFound, fault.Kind(set(id.New[id.Office](), "", "")))

	all := office.Identity{SenderName: "Sportello", Signature: "URP\nPiazza 1"}
	require.NoError(t, s.SetIdentity(t.Context(), pool, urp, all, map[string]office.Identity{
		"sms": {Signature: " URP "}, "pec": {SenderName: "Protocollo"},
	}))
	o, err = s.Get(t.Context(), pool, urp)
	require.NoError(t, err)
	for kind, signs := range map[string]office.Identity{
		"email": all, "sms": {SenderName: "Sportello", Signature: "URP"}, "pec": {SenderName: "Protocollo"},
	} {
		require.Equal(t, signs, o.On(kind), kind)
	}
	err = s.SetIdentity(t.Context(), pool, urp, all, map[string]office.Identity{"sms": {SenderName: "Uno\nDue"}})
	require.Equal(t, "by_channel.sms.sender_name", fault.Violations(err)[0].Field)
}
