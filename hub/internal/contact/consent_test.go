package contact_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/postgres/pgtest"
)

func TestWhatMayBeSent(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	good, dead, stopped := contact.Address{}, contact.Address{UndeliverableSince: &since}, contact.Address{SuppressedSince: &since}
	yes := func(c contact.Category) contact.Consent { return contact.Consent{Category: c, Given: true} }
	no := func(c contact.Category) contact.Consent { return contact.Consent{Category: c} }
	about := contact.About(contact.Events)
	for _, c := range []struct {
		name string
		p    contact.Purpose
		// said is the latest word first.
		said []contact.Consent
		at   contact.Address
		may  bool
		why  string
	}{
		{"an answer needs nothing", contact.Answer(), nil, good, true, contact.WhyAnswer},
		{"an answer reaches who wants no contact", contact.Answer(), []contact.Consent{no(contact.Anything)}, stopped, true, contact.WhyAnswer},
		{"nothing goes where nothing arrives", contact.Answer(), nil, dead, false, contact.WhyUndeliverable},
		{"an emergency reaches everybody", contact.Emergency(), []contact.Consent{no(contact.Anything)}, stopped, true, contact.WhyEmergency},
		{"but who cannot be reached", contact.Emergency(), nil, dead, false, contact.WhyUndeliverable},
		{"a practice needs no consent", contact.Practice(), []contact.Consent{no(contact.Events)}, good, true, contact.WhyPractice},
		{"a practice of who wants no contact", contact.Practice(), []contact.Consent{no(contact.Anything)}, good, false, contact.WhyDoNotContact},
		{"a practice to a telephone that said stop", contact.Practice(), nil, stopped, false, contact.WhyStopped},
		{"nobody was asked", about, nil, good, false, contact.WhyNotAsked},
		{"asked about something else", about, []contact.Consent{yes(contact.Notices)}, good, false, contact.WhyNotAsked},
		{"consented", about, []contact.Consent{yes(contact.Events)}, good, true, contact.WhyConsented},
		{"taken back", about, []contact.Consent{no(contact.Events), yes(contact.Events)}, good, false, contact.WhyRefused},
		{"given again", about, []contact.Consent{yes(contact.Events), no(contact.Events)}, good, true, contact.WhyConsented},
		{"no contact beats a consent, whenever given", about, []contact.Consent{yes(contact.Events), no(contact.Anything)}, good, false, contact.WhyDoNotContact},
		{"no contact taken back", about, []contact.Consent{yes(contact.Anything), no(contact.Anything), yes(contact.Events)}, good, true, contact.WhyConsented},
		{"that contact is welcome is no consent", about, []contact.Consent{yes(contact.Anything)}, good, false, contact.WhyNotAsked},
		{"stop beats a consent", about, []contact.Consent{yes(contact.Events)}, stopped, false, contact.WhyStopped},
		{"anything is no category to write about", contact.About(contact.Anything), []contact.Consent{yes(contact.Anything)}, good, false, contact.WhyNotAsked},
	} {
		may, why := contact.MayReceive(c.p, c.said, c.at)
		require.Equal(t, c.may, may, c.name)
		require.Equal(t, c.why, why, c.name)
	}
}

// Words are kept with who noted them, and follow whoever turns out to be one person, and back.
func TestConsentsAreKeptAndFollowMerges(t *testing.T) {
	t.Parallel()
	pool, s, now := pgtest.New(t), contact.NewStore(), time.Date(2026, 6, 17, 10, 0, 0, 0, time.UTC)
	one := identify(t, pool, s, ada)
	other := identify(t, pool, s, contact.Sender{Kind: contact.KindMobile, Value: "+393401234567", Display: "340 1234567"})
	said := contact.Consent{Category: contact.Events, Given: true, Source: "counter", Wording: "Vuole sapere delle iniziative della biblioteca", SaidOn: now.AddDate(0, -1, 0)}
	say := func(c contact.Consent) error {
		_, err := change(t, pool, s, one, func(tx pgx.Tx, locked *contact.Contact) error {
			return s.Say(t.Context(), tx, account.System(), locked, c, now)
		})
		return err
	}
	require.NoError(t, say(said))
	for _, bad := range []struct {
		field, key string
		with       func(*contact.Consent)
	}{
		{"wording", "required", func(c *contact.Consent) { c.Wording = "  " }},
		{"said_on", "future", func(c *contact.Consent) { c.SaidOn = now.AddDate(0, 0, 2) }},
		{"said_on", "too_old", func(c *contact.Consent) { c.SaidOn = now.AddDate(-31, 0, 0) }},
	} {
		c := said
		bad.with(&c)
		err := say(c)
		require.Len(t, fault.Violations(err), 1, bad.key)
		require.Equal(t, bad.field+" "+bad.key, fault.Violations(err)[0].Field+" "+fault.Violations(err)[0].Key)
	}
	said.Given, said.Wording, said.Source, said.SaidOn = false, "", "phone", now
	require.NoError(t, say(said), "who takes a consent back need not say why")

	all, err := s.Consents(t.Context(), pool, one)
	require.NoError(t, err)
	require.Len(t, all, 2, "nothing is overwritten")
	require.False(t, contact.Latest(all)[contact.Events].Given)

	of := func() int {
		t.Helper()
		all, err := s.Consents(t.Context(), pool, other)
		require.NoError(t, err)
		return len(all)
	}
	require.Zero(t, of())
	require.NoError(t, inTx(t, pool, func(tx pgx.Tx) error { return s.Merge(t.Context(), tx, account.System(), other, one) }))
	require.Equal(t, 2, of(), "one person said it")
	require.NoError(t, inTx(t, pool, func(tx pgx.Tx) error { return s.Unmerge(t.Context(), tx, account.System(), other) }))
	require.Zero(t, of())
}
