package contact_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/postgres/pgtest"
)

func TestNormalise(t *testing.T) {
	t.Parallel()
	cases := []struct{ kind, value, want string }{
		{contact.KindEmail, " Ada.Rossi@Posta.Example ", "ada.rossi@posta.example"},
		{contact.KindEmail, "ada@città.example", "ada@xn--citt-3na.example"},
		{contact.KindPEC, "Ada@PEC.example.", "ada@pec.example"},
		{contact.KindEmail, "mailer@mail_1.Example", "mailer@mail_1.example"},
		{contact.KindEmail, "nicolo\u0300@posta.example", "nicol\u00f2@posta.example"},
		{contact.KindEmail, "\u0430da@posta.example", "\u0430da@posta.example"},
		{contact.KindEmail, "ada\u00a0x@posta.example", ""},
		{contact.KindEmail, "ada", ""},
		{contact.KindEmail, "ada@", ""},
		{contact.KindEmail, "ada@posta.example\r\nBcc: x@y.example", ""},
		{contact.KindEmail, "ada@posta.example, bruno@posta.example", ""},
		{contact.KindLandline, "0521/218 111", "+390521218111"},
		{contact.KindMobile, "340 1234567", "+393401234567"},
		{contact.KindMobile, "+39 340-1234567", "+393401234567"},
		{contact.KindFax, "0039 0521 218222", "+390521218222"},
		{contact.KindMobile, "abc", ""},
		{contact.KindShortCode, "48048", "48048"},
		{contact.KindAlphanumeric, "Comune PR", "Comune PR"},
		{contact.KindPostal, " Via  Roma 1,\tParma ", "Via Roma 1, Parma"},
		{"pigeon", "coo", ""},
	}
	for _, c := range cases {
		got, err := contact.Normalise(c.kind, c.value)
		require.Equal(t, c.want, got, "%s %q", c.kind, c.value)
		require.Equal(t, c.want == "", err != nil, "%s %q", c.kind, c.value)
	}
	require.Equal(t, contact.KindMobile, contact.PhoneKind("+393401234567"))
	require.Equal(t, contact.KindLandline, contact.PhoneKind("+390521218111"))
}

func TestNormalFormIsStable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		kind := rapid.SampledFrom(contact.Kinds()).Draw(r, "kind")
		once, err := contact.Normalise(kind, rapid.String().Draw(r, "value"))
		if err != nil {
			return
		}
		twice, err := contact.Normalise(kind, once)
		if err != nil || twice != once {
			r.Fatalf("%q became %q: %v", once, twice, err)
		}
	})
}

func FuzzNormalise(f *testing.F) {
	f.Add("email", "ada@posta.example")
	f.Add("mobile", "+39 340 1234567")
	f.Fuzz(func(t *testing.T, kind, value string) {
		if got, err := contact.Normalise(kind, value); err == nil && got == "" {
			t.Fatal("an empty address is none")
		}
	})
}

func identify(t *testing.T, pool *pgxpool.Pool, s *contact.Store, from contact.Sender) (c id.Contact) {
	t.Helper()
	require.NoError(t, postgres.InTx(t.Context(), pool, func(tx pgx.Tx) (err error) {
		c, err = s.Identify(t.Context(), tx, from)
		return err
	}))
	return c
}

func inTx(t *testing.T, pool *pgxpool.Pool, do func(pgx.Tx) error) error {
	t.Helper()
	return postgres.InTx(t.Context(), pool, do)
}

var ada = contact.Sender{Kind: "email", Value: "ada@posta.example", Display: "Ada@Posta.Example", Name: "Ada Rossi"}

func TestIdentifyKnowsASenderAgain(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), contact.NewStore()
	first := identify(t, pool, s, ada)
	proved := ada
	proved.Proved = true
	require.Equal(t, first, identify(t, pool, s, proved))

	got, err := s.Get(t.Context(), pool, first)
	require.NoError(t, err)
	require.Equal(t, "Ada Rossi", got.Name)
	require.Len(t, got.Addresses, 1)
	require.Equal(t, "Ada@Posta.Example", got.Addresses[0].Display)
	require.NotNil(t, got.Addresses[0].VerifiedAt, "a proof verifies the address")
	require.True(t, identify(t, pool, s, contact.Sender{}).IsZero(), "nobody wrote")
}

func TestConcurrentSendersAreOne(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), contact.NewStore()
	var wg sync.WaitGroup
	found := make([]id.Contact, 8)
	for i := range found {
		wg.Go(func() {
			_ = postgres.InTx(t.Context(), pool, func(tx pgx.Tx) (err error) {
				found[i], err = s.Identify(t.Context(), tx, ada)
				return err
			})
		})
	}
	wg.Wait()
	for _, c := range found {
		require.Equal(t, found[0], c)
	}
	require.False(t, found[0].IsZero())
}

func TestASharedAddressIdentifiesNobody(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), contact.NewStore()
	desk := contact.Sender{Kind: "landline", Value: "+390521218111", Name: "Ada"}
	mother := identify(t, pool, s, desk)
	son := identify(t, pool, s, contact.Sender{Kind: "email", Value: "bruno@posta.example"})
	add := func(c id.Contact) error {
		return reach(t, pool, s, c, "landline", "0521 218111", true, everybody)
	}
	require.NoError(t, add(son))
	for range 2 {
		require.True(t, identify(t, pool, s, desk).IsZero(), "it could be either")
	}
	for _, c := range []id.Contact{mother, son} {
		got, err := s.Get(t.Context(), pool, c)
		require.NoError(t, err)
		require.True(t, got.Addresses[len(got.Addresses)-1].Shared)
	}
	require.Equal(t, fault.CodeConflict, fault.Kind(add(son)), "once is enough")
	require.Equal(t, fault.CodeNotFound, fault.Kind(add(id.New[id.Contact]())))
}

func TestWhatIsKnownOfASenderStays(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), contact.NewStore()
	unnamed := contact.Sender{Kind: "email", Value: "ada@posta.example"}
	c := identify(t, pool, s, unnamed)
	named := ada
	named.Language = "it"
	identify(t, pool, s, named)
	named.Name, named.Language = "Qualcun altro", "en"
	identify(t, pool, s, named)
	got, err := s.Get(t.Context(), pool, c)
	require.NoError(t, err)
	require.Equal(t, "Ada Rossi", got.Name)
	require.Equal(t, "it", got.Language)
}

func TestAnAddressBelongsToOneContact(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), contact.NewStore()
	identify(t, pool, s, ada)
	bruno := identify(t, pool, s, contact.Sender{Kind: "email", Value: "bruno@posta.example"})
	require.Equal(t, fault.CodeConflict, fault.Kind(reach(t, pool, s, bruno, "email", "ADA@posta.example", false, everybody)))
}

func TestPreferenceIsOne(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), contact.NewStore()
	c := identify(t, pool, s, ada)
	for _, number := range []string{"340 1234567", "340 7654321"} {
		require.NoError(t, reach(t, pool, s, c, "mobile", number, false, everybody))
		require.NoError(t, inTx(t, pool, func(tx pgx.Tx) error {
			known, err := s.Get(t.Context(), tx, c)
			if err != nil {
				return err
			}
			at := slices.IndexFunc(known.Addresses, func(a contact.Address) bool { return strings.HasSuffix(number, a.Value[len(a.Value)-4:]) })
			return s.Prefer(t.Context(), tx, c, known.Addresses[at].ID, id.Operator{})
		}))
	}
	got, err := s.Get(t.Context(), pool, c)
	require.NoError(t, err)
	require.Equal(t, "+393407654321", got.Addresses[0].Value)
	require.False(t, got.Addresses[1].Preferred)
	require.Equal(t, fault.CodeNotFound, fault.Kind(inTx(t, pool, func(tx pgx.Tx) error {
		return s.Prefer(t.Context(), tx, c, id.New[id.Address](), id.Operator{})
	})))
}

func TestUndeliverableMarkComesAndGoes(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), contact.NewStore()
	c := identify(t, pool, s, ada)
	require.NoError(t, inTx(t, pool, func(tx pgx.Tx) error {
		return s.MarkUndeliverable(t.Context(), tx, ada.Kind, ada.Value, "550 5.1.1")
	}))
	got, err := s.Get(t.Context(), pool, c)
	require.NoError(t, err)
	require.NotNil(t, got.Addresses[0].UndeliverableSince)
	require.Equal(t, "550 5.1.1", got.Addresses[0].UndeliverableWhy)
	for _, c := range []struct {
		said string
		from contact.Sender
		dead bool
	}{
		{"somebody names the address", ada, true},
		{"a letter that was on its way when the mark was made", contact.Sender{Kind: ada.Kind, Value: ada.Value, WroteAt: got.Addresses[0].UndeliverableSince.Add(-time.Second)}, true},
		{"a letter of a later day", contact.Sender{Kind: ada.Kind, Value: ada.Value, WroteAt: got.Addresses[0].UndeliverableSince.Add(time.Second)}, false},
	} {
		require.Equal(t, got.ID, identify(t, pool, s, c.from), c.said)
		now, err := s.Get(t.Context(), pool, got.ID)
		require.NoError(t, err)
		require.Equal(t, c.dead, now.Addresses[0].UndeliverableSince != nil, c.said)
		require.Equal(t, c.dead, now.Addresses[0].UndeliverableWhy != "", c.said)
	}
}

func TestMergeIsFollowedAndUndone(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), contact.NewStore()
	byMobile := contact.Sender{Kind: "mobile", Value: "+393401234567", Name: "Ada R."}
	old, other, third := identify(t, pool, s, ada), identify(t, pool, s, byMobile), identify(t, pool, s, contact.Sender{Kind: "fax", Value: "+390521218222"})
	lucia := account.Actor{Kind: account.KindOperator, Operator: id.New[id.Operator]()}
	_, err := pool.Exec(t.Context(), `INSERT INTO operator (id, login, name, role) VALUES ($1, 'lucia', 'Lucia', 'first_level')`, lucia.Operator)
	require.NoError(t, err)
	merge := func(from, into id.Contact) error {
		return inTx(t, pool, func(tx pgx.Tx) error { return s.Merge(t.Context(), tx, lucia, from, into) })
	}
	unmerge := func(from id.Contact) error {
		return inTx(t, pool, func(tx pgx.Tx) error { return s.Unmerge(t.Context(), tx, lucia, from) })
	}
	require.NoError(t, merge(old, other))
	require.NoError(t, merge(other, third))
	got, err := s.Get(t.Context(), pool, old)
	require.NoError(t, err)
	require.Equal(t, third, got.ID)
	require.Len(t, got.Addresses, 3, "all addresses are those of one person now")
	require.NoError(t, inTx(t, pool, func(tx pgx.Tx) error { return s.Prefer(t.Context(), tx, third, got.Addresses[0].ID, id.Operator{}) }))
	require.Equal(t, old, identify(t, pool, s, ada), "what comes is filed under the owner of the address")

	require.Equal(t, fault.CodeConflict, fault.Kind(merge(third, old)), "no rings")
	require.Equal(t, fault.CodeConflict, fault.Kind(merge(old, third)))
	require.Equal(t, fault.CodeInvalid, fault.Kind(merge(other, other)))
	require.Equal(t, fault.CodeNotFound, fault.Kind(merge(third, id.New[id.Contact]())))

	require.NoError(t, unmerge(other))
	got, err = s.Get(t.Context(), pool, old)
	require.NoError(t, err)
	require.Equal(t, other, got.ID, "what was merged before stays merged")
	require.NoError(t, unmerge(old))
	require.Equal(t, fault.CodeConflict, fault.Kind(unmerge(old)))
	require.Equal(t, fault.CodeNotFound, fault.Kind(unmerge(id.New[id.Contact]())))
	for _, c := range []id.Contact{old, other, third} {
		got, err = s.Get(t.Context(), pool, c)
		require.NoError(t, err)
		require.Equal(t, c, got.ID)
		require.Len(t, got.Addresses, 1)
	}
	var recorded int
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM contact_merge WHERE undone_by = $1 AND merged_by = $1`, lucia.Operator).Scan(&recorded))
	require.Equal(t, 2, recorded)
	_, err = s.Get(t.Context(), pool, id.New[id.Contact]())
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
}
