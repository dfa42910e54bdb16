package account

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/totp"
)

// withPhone is a fixture whose operator has a second factor.
type withPhone struct {
	fixture
	key      string
	recovery []string
	actor    Actor
	secret   string
}

func (f fixture) actorOf(t *testing.T, secret string) Actor {
	t.Helper()
	actor, err := f.BySession(t.Context(), secret)
	require.NoError(t, err)
	return actor
}

// code is what the phone shows now.
func (f fixture) code(t *testing.T, key string) string {
	t.Helper()
	code, err := totp.Code(key, f.clock.now())
	require.NoError(t, err)
	return code
}

func setupPhone(t *testing.T) withPhone {
	t.Helper()
	f := withPhone{fixture: setup(t)}
	// What has to do with passwords is left out: a hash is dear.
	var err error
	_, f.secret, err = f.openSession(t.Context(), f.pool, f.lucia.ID, "Firefox")
	require.NoError(t, err)
	f.actor = f.actorOf(t, f.secret)
	e, err := f.newKey(t.Context(), f.lucia)
	require.NoError(t, err)
	f.key = e.Key
	f.recovery, err = f.ConfirmFactor(t.Context(), f.actor, "", f.code(t, f.key))
	require.NoError(t, err)
	f.clock.advance(time.Minute)
	return f
}

// challenged returns what is asked behind the right password.
func (f fixture) challenged(t *testing.T) *ChallengeError {
	t.Helper()
	var c *ChallengeError
	require.ErrorAs(t, f.challenge(t.Context(), f.lucia), &c)
	return c
}

func (f fixture) answer(t *testing.T, c *ChallengeError, code string) (SignedIn, error) {
	t.Helper()
	return f.FinishSignIn(t.Context(), Answer{Challenge: c.Secret, Code: code, Place: "10.0.0.1", UserAgent: "Firefox"})
}

// requireKey looks for the key of a refusal on the field "code" or "password".
func requireKey(t *testing.T, err error, key string) {
	t.Helper()
	require.Error(t, err)
	violations := fault.Violations(err)
	require.Len(t, violations, 1, "%v", err)
	require.Equal(t, key, violations[0].Key)
}

func TestSignInInTwoSteps(t *testing.T) {
	t.Parallel()
	f := setupPhone(t)
	_, _, secret, err := f.SignIn(t.Context(), Credentials{Login: "lucia.ferri", Password: goodPassword, Place: "10.0.0.1"})
	var c *ChallengeError
	require.ErrorAs(t, err, &c)
	require.Empty(t, secret)
	require.False(t, c.Enrol)
	_, err = f.BySession(t.Context(), c.Secret)
	require.ErrorIs(t, err, ErrUnauthenticated, "half a sign-in is no session")
	_, err = f.answer(t, c, "000000")
	requireKey(t, err, "wrong_code")
	code := f.code(t, f.key)
	done, err := f.answer(t, c, " "+code[:3]+" "+code[3:])
	require.NoError(t, err)
	require.Equal(t, f.lucia.ID, done.Operator.ID)
	require.Empty(t, done.RecoveryCodes)
	require.Equal(t, f.lucia.ID, f.actorOf(t, done.Secret).Operator)

	_, err = f.answer(t, c, f.code(t, f.key))
	require.ErrorIs(t, err, ErrChallengeOver, "it answers once")
	_, err = f.answer(t, f.challenged(t), code)
	requireKey(t, err, "used_code")
	f.clock.advance(30 * time.Second)
	_, err = f.answer(t, f.challenged(t), f.code(t, f.key))
	require.NoError(t, err)

	var stored string
	require.NoError(t, f.pool.QueryRow(t.Context(), `SELECT (SELECT string_agg(s::text, '') FROM second_factor s) || (SELECT string_agg(r::text, '') FROM recovery_code r)`).Scan(&stored))
	require.NotContains(t, stored, f.key, "a copy of the tables shows no code")
	require.NotContains(t, stored, strings.ReplaceAll(f.recovery[0], "-", ""))
}

func TestChallengeEnds(t *testing.T) {
	t.Parallel()
	f := setupPhone(t)
	for name, end := range map[string]func(){
		"by time":             func() { f.clock.advance(challengeLasts + time.Second) },
		"by a new password":   func() { require.NoError(t, f.SetPassword(t.Context(), f.lucia.ID, goodPassword)) },
		"by leaving service":  func() { f.exec(t, `UPDATE operator SET active = false`) },
		"by too many guesses": func() { f.exec(t, `UPDATE sign_in_challenge SET tries = 10`) },
	} {
		c := f.challenged(t)
		end()
		_, err := f.answer(t, c, f.code(t, f.key))
		require.ErrorIs(t, err, ErrChallengeOver, name)
		f.exec(t, `UPDATE operator SET active = true`)
	}
	f.clock.advance(time.Hour)
	_, err := f.Prune(t.Context())
	require.NoError(t, err)
	var left int
	require.NoError(t, f.pool.QueryRow(t.Context(), `SELECT count(*) FROM sign_in_challenge`).Scan(&left))
	require.Zero(t, left)
}

// A key is made for a sign-in that must set one up, as long as that lasts, and for no other.
func TestWhoMaySetUpASecondFactorAtSignIn(t *testing.T) {
	t.Parallel()
	f := setupPhone(t)
	_, _, err := f.Enrol(t.Context(), f.challenged(t).Secret)
	require.ErrorIs(t, err, ErrChallengeOver, "there is one already: a password alone must not replace it")
	begin := func() string {
		secret, hash := newSecret("")
		f.exec(t, `INSERT INTO sign_in_challenge (token_hash, operator_id, enrol, expires_at) VALUES ($1, $2, true, $3)`, hash, f.lucia.ID, f.clock.now().Add(enrolmentLasts))
		return secret
	}
	secret := begin()
	_, who, err := f.Enrol(t.Context(), secret)
	require.NoError(t, err)
	require.Equal(t, f.lucia.ID, who)
	f.clock.advance(enrolmentLasts)
	_, _, err = f.Enrol(t.Context(), secret)
	require.ErrorIs(t, err, ErrChallengeOver, "too late")
	secret = begin()
	f.exec(t, `UPDATE operator SET active = false`)
	_, _, err = f.Enrol(t.Context(), secret)
	require.ErrorIs(t, err, ErrChallengeOver, "no access any more")
}

func (f fixture) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	_, err := f.pool.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

func TestCodesAreThrottled(t *testing.T) {
	t.Parallel()
	f := setupPhone(t)
	for range 2 {
		c := f.challenged(t)
		for range 5 {
			_, err := f.answer(t, c, "000000")
			requireKey(t, err, "wrong_code")
		}
	}
	var throttled *ThrottledError
	_, err := f.answer(t, f.challenged(t), f.code(t, f.key))
	require.ErrorAs(t, err, &throttled, "a new sign-in buys no new guesses")
	f.clock.advance(5 * time.Minute)
	_, err = f.answer(t, f.challenged(t), f.code(t, f.key))
	require.NoError(t, err)
}

func TestACodeIsUsedOnceAlsoByTwoAtOnce(t *testing.T) {
	t.Parallel()
	f := setupPhone(t)
	code := f.code(t, f.key)
	challenges := []*ChallengeError{f.challenged(t), f.challenged(t)}
	failures := make([]error, len(challenges))
	var wg sync.WaitGroup
	for i, c := range challenges {
		wg.Go(func() { _, failures[i] = f.answer(t, c, code) })
	}
	wg.Wait()
	require.NotEqual(t, failures[0] == nil, failures[1] == nil, "%v", failures)
}

func TestRecoveryCodes(t *testing.T) {
	t.Parallel()
	f := setupPhone(t)
	require.Len(t, f.recovery, recoveryCodes)
	_, err := f.answer(t, f.challenged(t), strings.ToUpper(f.recovery[3]))
	require.NoError(t, err)
	_, err = f.answer(t, f.challenged(t), f.recovery[3])
	requireKey(t, err, "wrong_code")
	state, err := f.Factor(t.Context(), f.actor)
	require.NoError(t, err)
	require.True(t, state.Active)
	require.Equal(t, recoveryCodes-1, state.RecoveryCodes)

	fresh, err := f.NewRecoveryCodes(t.Context(), f.actor, Proof{Password: goodPassword, Code: f.code(t, f.key)})
	require.NoError(t, err)
	require.Len(t, fresh, recoveryCodes)
	_, err = f.answer(t, f.challenged(t), f.recovery[0])
	requireKey(t, err, "wrong_code")
	_, err = f.answer(t, f.challenged(t), fresh[0])
	require.NoError(t, err)
}

func TestChangingTheSecondFactor(t *testing.T) {
	t.Parallel()
	f := setupPhone(t)
	_, err := f.BeginFactor(t.Context(), f.actor, Proof{Password: "sbagliata davvero", Code: f.code(t, f.key)})
	requireKey(t, err, "wrong")
	_, err = f.BeginFactor(t.Context(), f.actor, Proof{Password: goodPassword})
	requireKey(t, err, "wrong_code")
	next, err := f.BeginFactor(t.Context(), f.actor, Proof{Password: goodPassword, Code: f.code(t, f.key)})
	require.NoError(t, err)
	f.clock.advance(time.Minute)
	_, err = f.answer(t, f.challenged(t), f.code(t, f.key))
	require.NoError(t, err, "the old phone works until the new one is confirmed")
	_, err = f.ConfirmFactor(t.Context(), f.actor, "", f.code(t, f.key))
	requireKey(t, err, "wrong_code")
	f.clock.advance(time.Minute)
	_, err = f.ConfirmFactor(t.Context(), f.actor, "", f.code(t, next.Key))
	require.NoError(t, err)
	open, err := f.Sessions(t.Context(), f.lucia.ID)
	require.NoError(t, err)
	require.Len(t, open, 1, "the others end")
	f.clock.advance(time.Minute)
	_, err = f.answer(t, f.challenged(t), f.code(t, f.key))
	requireKey(t, err, "wrong_code")

	require.NoError(t, f.EndFactor(t.Context(), f.actor, Proof{Password: goodPassword, Code: f.code(t, next.Key)}))
	f.signIn(t)
}

func TestRequiredSecondFactor(t *testing.T) {
	t.Parallel()
	f := setupPhone(t)
	f.exec(t, `INSERT INTO town (name) VALUES ('Comune di Borgo Sereno')`)
	require.Error(t, f.PutFactorPolicy(t.Context(), "somebody"))
	require.NoError(t, f.PutFactorPolicy(t.Context(), FactorAdministrators))
	require.NoError(t, f.ResetFactor(t.Context(), f.lucia.ID))
	_, err := f.BySession(t.Context(), f.secret)
	require.ErrorIs(t, err, ErrUnauthenticated, "a reset signs out")
	require.NoError(t, f.challenge(t.Context(), f.lucia))
	require.NoError(t, f.PutFactorPolicy(t.Context(), FactorAll))

	c, late := f.challenged(t), f.challenged(t)
	require.True(t, c.Enrol)
	_, err = f.answer(t, c, "000000")
	require.Equal(t, fault.CodeConflict, fault.Kind(err), "no key was made")
	e, _, err := f.Enrol(t.Context(), c.Secret)
	require.NoError(t, err)
	require.Contains(t, e.URI, "Borgo%20Sereno")
	done, err := f.answer(t, c, f.code(t, e.Key))
	require.NoError(t, err)
	require.Len(t, done.RecoveryCodes, recoveryCodes)
	_, _, err = f.Enrol(t.Context(), late.Secret)
	require.ErrorIs(t, err, ErrChallengeOver, "who began with the password alone cannot take the place of the phone")
	require.False(t, f.challenged(t).Enrol)
	f.clock.advance(time.Minute)
	err = f.EndFactor(t.Context(), f.actorOf(t, done.Secret), Proof{Password: goodPassword, Code: f.code(t, e.Key)})
	require.Equal(t, fault.CodeConflict, fault.Kind(err))
	require.Error(t, f.ResetFactor(t.Context(), Actor{}.Operator))
}
