package account

import (
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/postgres/pgtest"
)

const goodPassword = "tre civette sul comò"

// fixture is a service on a fresh database, with a clock that the test moves.
type fixture struct {
	*Service
	pool  *pgxpool.Pool
	clock *clock
	lucia Operator
}

type clock struct{ nanos atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(0, c.nanos.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.nanos.Add(int64(d)) }

func setup(t *testing.T) fixture {
	t.Helper()
	c := &clock{}
	c.nanos.Store(noon.UnixNano())
	pool := pgtest.New(t)
	ring, err := keyring.Load(filepath.Join(t.TempDir(), "keys"), true)
	require.NoError(t, err)
	s := New(pool, NewPasswords(2), ring, c.now)
	lucia, err := s.AddOperator(t.Context(), NewOperator{Login: "Lucia.Ferri", Name: "Lucia Ferri", Role: FirstLevel, Password: goodPassword})
	require.NoError(t, err)
	return fixture{Service: s, pool: pool, clock: c, lucia: lucia}
}

func (f fixture) signIn(t *testing.T) (Session, string) {
	t.Helper()
	session, _, secret, err := f.SignIn(t.Context(), Credentials{Login: "lucia.ferri", Password: goodPassword, Place: "10.0.0.1", UserAgent: "Firefox"})
	require.NoError(t, err)
	return session, secret
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	f := setup(t)
	session, op, secret, err := f.SignIn(t.Context(), Credentials{Login: " LUCIA.ferri ", Password: goodPassword, Place: "10.0.0.1", UserAgent: "Firefox"})
	require.NoError(t, err)
	require.Equal(t, f.lucia.ID, op.ID)
	require.Equal(t, noon.Add(SessionMax), session.ExpiresAt.UTC())

	actor, err := f.BySession(t.Context(), secret)
	require.NoError(t, err)
	require.Equal(t, Actor{
		Kind: KindOperator, Operator: f.lucia.ID, Session: session.ID, Name: "Lucia Ferri", Role: FirstLevel, Offices: []id.Office{}, Hidden: []id.Office{},
		Until: &session.ExpiresAt,
	}, actor)

	var stored string
	require.NoError(t, f.pool.QueryRow(t.Context(), `SELECT s::text FROM session s`).Scan(&stored))
	require.NotContains(t, stored, secret, "a copy of the table opens nothing")
}

func TestSignInRefusals(t *testing.T) {
	t.Parallel()
	f := setup(t)
	_, err := f.AddOperator(t.Context(), NewOperator{Login: "senza", Name: "Senza Password", Role: FirstLevel})
	require.NoError(t, err)
	for name, c := range map[string]Credentials{
		"wrong password":   {Login: "lucia.ferri", Password: "tre civette sul como"},
		"empty password":   {Login: "lucia.ferri", Password: ""},
		"unknown login":    {Login: "nessuno", Password: goodPassword},
		"no password set":  {Login: "senza", Password: ""},
		"endless password": {Login: "lucia.ferri", Password: strings.Repeat("a", 100_000)},
	} {
		_, _, secret, err := f.SignIn(t.Context(), c)
		require.ErrorIs(t, err, ErrBadLogin, name)
		require.Empty(t, secret, name)
	}
}

func TestSignInIsThrottled(t *testing.T) {
	t.Parallel()
	f := setup(t)
	wrong := Credentials{Login: "lucia.ferri", Password: "sbagliata davvero", Place: "10.0.0.9"}
	for range 5 {
		_, _, _, err := f.SignIn(t.Context(), wrong)
		require.ErrorIs(t, err, ErrBadLogin)
	}
	var throttled *ThrottledError
	_, _, _, err := f.SignIn(t.Context(), wrong)
	require.ErrorAs(t, err, &throttled)
	wrong.Password = goodPassword
	_, _, _, err = f.SignIn(t.Context(), wrong)
	require.ErrorAs(t, err, &throttled, "the right password does not help the one who guessed it")
	f.signIn(t)
}

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, fixture, Session, string){
		"by signing out": func(t *testing.T, f fixture, _ Session, secret string) {
			require.NoError(t, f.SignOut(t.Context(), secret))
			require.NoError(t, f.SignOut(t.Context(), secret), "twice is no error")
		},
		"by the list": func(t *testing.T, f fixture, s Session, _ string) {
			require.NoError(t, f.EndSession(t.Context(), f.lucia.ID, s.ID))
		},
		"by disuse": func(_ *testing.T, f fixture, _ Session, _ string) { f.clock.advance(SessionIdle + time.Second) },
		"by a new password": func(t *testing.T, f fixture, _ Session, _ string) {
			require.NoError(t, f.SetPassword(t.Context(), f.lucia.ID, "un'altra password"))
		},
		"by leaving service": func(t *testing.T, f fixture, _ Session, _ string) {
			require.NoError(t, f.Deactivate(t.Context(), f.lucia.ID))
		},
		"after a day of use": func(t *testing.T, f fixture, _ Session, secret string) {
			for range 6 {
				f.clock.advance(4*time.Hour - time.Minute)
				_, err := f.BySession(t.Context(), secret)
				require.NoError(t, err, "a session in use lives on")
			}
			f.clock.advance(time.Hour)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			session, secret := f.signIn(t)
			end(t, f, session, secret)
			_, err := f.BySession(t.Context(), secret)
			require.ErrorIs(t, err, ErrUnauthenticated)
			open, err := f.Sessions(t.Context(), f.lucia.ID)
			require.NoError(t, err)
			require.Empty(t, open)
		})
	}
}

// Access is looked at whenever somebody comes, whatever was ended when it was taken away.
func TestWhoHasNoAccessDoesNotComeIn(t *testing.T) {
	t.Parallel()
	f := setup(t)
	_, secret := f.signIn(t)
	invitation, err := f.InviteAgain(t.Context(), Actor{}, f.lucia.ID)
	require.NoError(t, err)
	_, err = f.pool.Exec(t.Context(), `UPDATE operator SET active = false`)
	require.NoError(t, err)
	_, err = f.BySession(t.Context(), secret)
	require.ErrorIs(t, err, ErrUnauthenticated)
	_, _, _, err = f.SignIn(t.Context(), Credentials{Login: "lucia.ferri", Password: goodPassword, Place: "10.0.0.1"})
	require.ErrorIs(t, err, ErrBadLogin)
	_, err = f.Redeem(t.Context(), invitation.Secret, goodPassword)
	require.ErrorIs(t, err, ErrNoInvitation)
}

// What an administrator sees of somebody is what still works: sessions in use, a link that is not too old.
func TestPeopleAreShownWithWhatStillWorks(t *testing.T) {
	t.Parallel()
	f := setup(t)
	shown := func() []any {
		p, err := f.Person(t.Context(), f.lucia.ID)
		require.NoError(t, err)
		return []any{p.SignedIn, p.InvitedUntil != nil}
	}
	_, secret := f.signIn(t)
	_, err := f.InviteAgain(t.Context(), Actor{}, f.lucia.ID)
	require.NoError(t, err)
	require.Equal(t, []any{1, true}, shown())
	f.clock.advance(SessionIdle)
	require.Equal(t, []any{0, true}, shown(), "unused for too long")
	f.signIn(t)
	f.clock.advance(InvitationLasts)
	require.Equal(t, []any{0, false}, shown())
	require.NoError(t, f.SignOut(t.Context(), secret))
}

func TestOnlyOwnSessionsCanBeEnded(t *testing.T) {
	t.Parallel()
	f := setup(t)
	session, secret := f.signIn(t)
	err := f.EndSession(t.Context(), id.New[id.Operator](), session.ID)
	require.Equal(t, fault.CodeNotFound, fault.Kind(err))
	_, err = f.BySession(t.Context(), secret)
	require.NoError(t, err)
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	f := setup(t)
	here, secretHere := f.signIn(t)
	_, secretElsewhere := f.signIn(t)
	actor := Actor{Kind: KindOperator, Operator: f.lucia.ID, Session: here.ID}

	err := f.ChangePassword(t.Context(), actor, "10.0.0.1", "sbagliata", "un'altra password")
	require.Equal(t, "current", fault.Violations(err)[0].Field)
	err = f.ChangePassword(t.Context(), actor, "10.0.0.1", goodPassword, "corta")
	require.Equal(t, "new", fault.Violations(err)[0].Field)
	require.NoError(t, f.ChangePassword(t.Context(), actor, "10.0.0.1", goodPassword, "un'altra password"))

	_, err = f.BySession(t.Context(), secretHere)
	require.NoError(t, err, "the session that changed it goes on")
	_, err = f.BySession(t.Context(), secretElsewhere)
	require.ErrorIs(t, err, ErrUnauthenticated, "the others end")
	_, _, _, err = f.SignIn(t.Context(), Credentials{Login: "lucia.ferri", Password: goodPassword})
	require.ErrorIs(t, err, ErrBadLogin)
}

func TestAddOperatorChecks(t *testing.T) {
	t.Parallel()
	f := setup(t)
	_, err := f.AddOperator(t.Context(), NewOperator{Login: "LUCIA.FERRI", Name: "Un'altra", Role: FirstLevel})
	require.Equal(t, fault.CodeConflict, fault.Kind(err))
	for field, n := range map[string]NewOperator{
		"login":    {Login: "  ", Name: "x", Role: Administrator},
		"name":     {Login: "x", Name: " ", Role: Administrator},
		"role":     {Login: "x", Name: "x", Role: "king"},
		"password": {Login: "x", Name: "x", Role: Administrator, Password: "corta"},
	} {
		_, err := f.AddOperator(t.Context(), n)
		require.Len(t, fault.Violations(err), 1, field)
		require.Equal(t, field, fault.Violations(err)[0].Field)
	}
}

func TestChooseAndOperators(t *testing.T) {
	t.Parallel()
	f := setup(t)
	english := "en"
	op, err := f.Choose(t.Context(), f.lucia.ID, Settings{Language: &english})
	require.NoError(t, err)
	require.Equal(t, "en", op.Language)
	require.Equal(t, "system", op.Theme)

	marco, err := f.AddOperator(t.Context(), NewOperator{Login: "marco", Name: "Antonio Marco", Role: Administrator})
	require.NoError(t, err)
	list, err := f.Operators(t.Context())
	require.NoError(t, err)
	require.Equal(t, []id.Operator{marco.ID, f.lucia.ID}, []id.Operator{list[0].ID, list[1].ID})
	require.NoError(t, f.Deactivate(t.Context(), marco.ID))
	list, err = f.Operators(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, fault.CodeNotFound, fault.Kind(f.Deactivate(t.Context(), id.New[id.Operator]())))
}

func TestTokens(t *testing.T) {
	t.Parallel()
	f := setup(t)
	token, secret, err := f.AddToken(t.Context(), NewToken{Name: "cruscotto", Role: FirstLevel, Lasts: Year})
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(secret, tokenPrefix))
	actor, err := f.ByToken(t.Context(), secret)
	require.NoError(t, err)
	require.Equal(t, Actor{Kind: KindToken, Token: token.ID, Name: "cruscotto", Role: FirstLevel, Hidden: []id.Office{}, Until: token.ExpiresAt}, actor)
	list, err := f.Tokens(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.NotNil(t, list[0].LastUsedAt)

	_, newer, err := f.ReplaceToken(t.Context(), NewToken{Name: "cruscotto", Role: Administrator, Lasts: Year})
	require.NoError(t, err)
	_, err = f.ByToken(t.Context(), secret)
	require.ErrorIs(t, err, ErrUnauthenticated)
	actor, err = f.ByToken(t.Context(), newer)
	require.NoError(t, err)
	require.NoError(t, f.EndToken(t.Context(), actor.Token))
	_, err = f.ByToken(t.Context(), newer)
	require.ErrorIs(t, err, ErrUnauthenticated)
	require.Equal(t, fault.CodeNotFound, fault.Kind(f.EndToken(t.Context(), actor.Token)))

	_, session := f.signIn(t)
	_, err = f.ByToken(t.Context(), session)
	require.ErrorIs(t, err, ErrUnauthenticated, "a cookie is not a token")
	_, _, err = f.AddToken(t.Context(), NewToken{Name: " ", Role: FirstLevel, Lasts: Year})
	require.Equal(t, fault.CodeInvalid, fault.Kind(err))
	_, _, err = f.AddToken(t.Context(), NewToken{Name: "x", Role: "king", Lasts: Year})
	require.Equal(t, fault.CodeInvalid, fault.Kind(err))
}

// TestTokensEnd: whoever makes one says how long it works, and from its end on it is refused with a code of its own.
func TestTokensEnd(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for lasts, days := range map[Lasting]int{Month: 30, Quarter: 90, Year: 365} {
		token, _, err := f.AddToken(t.Context(), NewToken{Name: string(lasts), Role: FirstLevel, Lasts: lasts, Because: "ignored"})
		require.NoError(t, err)
		require.WithinDuration(t, f.clock.now().AddDate(0, 0, days), *token.ExpiresAt, time.Minute)
		require.Empty(t, token.NeverBecause)
	}
	for _, c := range []struct {
		lasts   Lasting
		because string
		field   string
	}{{"", "", "lasts"}, {"5d", "", "lasts"}, {Forever, " ", "never_because"}, {Forever, strings.Repeat("a", 301), "never_because"}} {
		_, _, err := f.AddToken(t.Context(), NewToken{Name: "x", Role: FirstLevel, Lasts: c.lasts, Because: c.because})
		require.Equal(t, c.field, fault.Violations(err)[0].Field)
	}
	ever, kept, err := f.AddToken(t.Context(), NewToken{Name: "protocollo", Role: FirstLevel, Lasts: Forever, Because: " Legge 241 "})
	require.NoError(t, err)
	require.Nil(t, ever.ExpiresAt)
	require.Equal(t, "Legge 241", ever.NeverBecause)
	short, secret, err := f.AddToken(t.Context(), NewToken{Name: "prova", Role: FirstLevel, Lasts: Month})
	require.NoError(t, err)
	require.False(t, short.Soon(f.clock.now()))
	f.clock.advance(20 * 24 * time.Hour)
	require.True(t, short.Soon(f.clock.now()))
	actor, err := f.ByToken(t.Context(), secret)
	require.NoError(t, err)
	f.clock.advance(10 * 24 * time.Hour)
	require.True(t, short.Expired(*short.ExpiresAt), "its end is no part of it")
	f.clock.advance(time.Second)
	require.True(t, short.Expired(f.clock.now()))
	require.False(t, short.Soon(f.clock.now()))
	_, err = f.ByToken(t.Context(), secret)
	require.ErrorIs(t, err, ErrTokenExpired)
	_, err = f.Again(t.Context(), actor)
	require.ErrorIs(t, err, ErrUnauthenticated, "an open stream ends too")
	_, err = f.ByToken(t.Context(), kept)
	require.NoError(t, err)
	list, err := f.Tokens(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 5, "who looks sees which one has ended")
}

func TestPrune(t *testing.T) {
	t.Parallel()
	f := setup(t)
	_, secret := f.signIn(t)
	require.NoError(t, f.SignOut(t.Context(), secret))
	n, err := f.Prune(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
	f.clock.advance(31 * 24 * time.Hour)
	n, err = f.Prune(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
}

// Offices come with the session and with the token: the actor's own, and the confidential ones that are not.
func TestActorsCarryTheirOffices(t *testing.T) {
	t.Parallel()
	f := setup(t)
	social, tax := id.New[id.Office](), id.New[id.Office]()
	exec := func(sql string, args ...any) {
		_, err := f.pool.Exec(t.Context(), sql, args...)
		require.NoError(t, err)
	}
	exec(`INSERT INTO office (id, slug, name, confidential) VALUES ($1, 'sociale', 'Servizi sociali', true), ($2, 'tributi', 'Tributi', false)`, social, tax)
	exec(`INSERT INTO office_member VALUES ($1, $2)`, tax, f.lucia.ID)
	_, _, secret, err := f.SignIn(t.Context(), Credentials{Login: "lucia.ferri", Password: goodPassword})
	require.NoError(t, err)
	seen := func() Scope {
		actor, err := f.BySession(t.Context(), secret)
		require.NoError(t, err)
		scope, err := Allow(actor, TicketList, Object{})
		require.NoError(t, err)
		return scope
	}
	scope := seen()
	require.True(t, scope.Covers(tax))
	require.False(t, scope.Covers(social), "confidential")
	require.True(t, scope.CoversShare(tax))
	exec(`INSERT INTO office_member VALUES ($1, $2)`, social, f.lucia.ID)
	require.True(t, seen().Covers(social), "a member by now")
	exec(`UPDATE operator SET role = 'back_office' WHERE id = $1`, f.lucia.ID)
	require.False(t, seen().AllBut())
	require.True(t, seen().Covers(tax))

	_, secret, err = f.AddToken(t.Context(), NewToken{Name: "sociale", Role: BackOffice, Office: social, Lasts: Year})
	require.NoError(t, err)
	actor, err := f.ByToken(t.Context(), secret)
	require.NoError(t, err)
	require.Equal(t, []id.Office{social}, actor.Offices)
	require.Empty(t, actor.Hidden)
	_, _, err = f.AddToken(t.Context(), NewToken{Name: "nessuno", Role: BackOffice, Office: id.New[id.Office](), Lasts: Year})
	require.Equal(t, fault.CodeInvalid, fault.Kind(err))
}
