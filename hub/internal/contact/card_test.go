package contact_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres/pgtest"
)

// change does something to a contact and gives it as it is afterwards.
func change(t *testing.T, pool *pgxpool.Pool, s *contact.Store, c id.Contact, do func(pgx.Tx, *contact.Contact) error) (*contact.Contact, error) {
	t.Helper()
	err := inTx(t, pool, func(tx pgx.Tx) error {
		locked, err := s.Lock(t.Context(), tx, c)
		if err != nil {
			return err
		}
		return do(tx, locked)
	})
	after, readErr := s.Get(t.Context(), pool, c)
	require.NoError(t, readErr)
	return after, err
}

func TestACardIsWritten(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), contact.NewStore()
	c := identify(t, pool, s, ada)
	write := func(card contact.Card) (*contact.Contact, error) {
		return change(t, pool, s, c, func(tx pgx.Tx, locked *contact.Contact) error { return s.Change(t.Context(), tx, locked, card) })
	}
	got, err := write(contact.Card{Kind: new("organisation"), FiscalCode: new("rss mra 85t10 a562s"), VATNumber: new("IT 00162210348"), Notes: new(" chiamare la mattina "), Language: new("DE")})
	require.NoError(t, err)
	require.Equal(t, []any{"Ada Rossi", "organisation", "RSSMRA85T10A562S", "00162210348", "chiamare la mattina", "de", int64(2)},
		[]any{got.Name, got.Kind, got.FiscalCode, got.VATNumber, got.Notes, got.Language, got.Version})

	got, err = write(contact.Card{Name: new("Ada"), FiscalCode: new("RSSMRA85T10A562T"), VATNumber: new("123"), Language: new("not a language")})
	var wrong []string
	for _, v := range fault.Violations(err) {
		wrong = append(wrong, v.Field+"="+v.Key)
	}
	require.Equal(t, []string{"language=format", "fiscal_code=fiscal_check", "vat_number=vat_shape"}, wrong, "all at once")
	require.Equal(t, "Ada Rossi", got.Name, "nothing of it is kept")

	got, err = write(contact.Card{FiscalCode: new(""), VATNumber: new("")})
	require.NoError(t, err)
	require.Empty(t, got.FiscalCode+got.VATNumber)
	require.Equal(t, int64(3), got.Version)
}

func TestAddressesAreCorrectedAndMarked(t *testing.T) {
	t.Parallel()
	pool, s := pgtest.New(t), contact.NewStore()
	proved := ada
	proved.Proved = true
	c := identify(t, pool, s, proved)
	bruno := identify(t, pool, s, contact.Sender{Kind: "email", Value: "bruno@posta.example"})
	mark := func(a id.Address, what contact.AddressChange) (*contact.Contact, error) {
		return change(t, pool, s, c, func(tx pgx.Tx, locked *contact.Contact) error {
			return s.ChangeAddress(t.Context(), tx, locked, a, what, everybody)
		})
	}
	first, err := s.Get(t.Context(), pool, c)
	require.NoError(t, err)
	a := first.Addresses[0].ID

	got, err := mark(a, contact.AddressChange{Usable: new(false)})
	require.NoError(t, err)
	require.NotNil(t, got.Addresses[0].UndeliverableSince)
	got, err = mark(a, contact.AddressChange{Usable: new(true), Shared: new(true)})
	require.NoError(t, err)
	require.Nil(t, got.Addresses[0].UndeliverableSince)
	require.True(t, got.Addresses[0].Shared)
	require.True(t, identify(t, pool, s, ada).IsZero(), "a shared address identifies nobody")

	got, err = mark(a, contact.AddressChange{Shared: new(false), Value: new("Ada.Rossi@posta.example")})
	require.NoError(t, err)
	require.Equal(t, "ada.rossi@posta.example", got.Addresses[0].Value)
	require.Nil(t, got.Addresses[0].VerifiedAt, "what was proved of the wrong one is not proved of this")

	_, err = mark(a, contact.AddressChange{Value: new("bruno@posta.example")})
	require.Equal(t, fault.CodeConflict, fault.Kind(err), "it is Bruno's")
	_, err = mark(a, contact.AddressChange{Value: new("bruno")})
	require.Equal(t, fault.CodeInvalid, fault.Kind(err))
	_, err = mark(id.New[id.Address](), contact.AddressChange{Shared: new(true)})
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))

	// The household's mailbox: Bruno's until somebody says that both use it.
	reach := func(shared bool) (*contact.Contact, error) {
		return change(t, pool, s, c, func(tx pgx.Tx, locked *contact.Contact) error {
			return s.Reach(t.Context(), tx, locked, "email", "bruno@posta.example", shared, everybody)
		})
	}
	_, err = reach(false)
	require.Equal(t, fault.CodeConflict, fault.Kind(err))
	got, err = reach(true)
	require.NoError(t, err)
	require.Len(t, got.Addresses, 2)
	his, err := s.Get(t.Context(), pool, bruno)
	require.NoError(t, err)
	require.True(t, his.Addresses[0].Shared)
}
