package httpapi

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/totp"
)

// post sends a body and returns the answer's code and itself.
func (d *desk) post(t *testing.T, path string, body map[string]string, who ...string) (int, []byte, string) {
	t.Helper()
	raw, err := json.Marshal(body)
	require.NoError(t, err)
	w := d.ask("POST", "/api/v1"+path, string(raw), who...)
	cookie, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
	return w.Code, w.Body.Bytes(), "Cookie: " + cookie
}

func read[T any](t *testing.T, raw []byte) (value T) {
	t.Helper()
	require.NoError(t, json.Unmarshal(raw, &value), "%s", raw)
	return value
}

// A day of the second factor: set up in the settings, asked for at the next sign-in, taken off by an administrator,
// required by the town, set up again on the way in.
func TestSecondFactor(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me, chief := d.signIn(t, "lucia"), d.signIn(t, "capo")
	login := map[string]string{"login": "lucia", "password": deskPassword}
	now := func(key string) string {
		d.clock.advance(time.Minute)
		code, err := totp.Code(key, d.clock.now())
		require.NoError(t, err)
		return code
	}
	require.Equal(t, api.Factor{}, decode[api.Factor](t, d.ask("GET", "/api/v1/me/second-factor", "", me), 200))
	code, _, _ := d.post(t, "/me/second-factor", map[string]string{"password": "sbagliata davvero"}, me)
	require.Equal(t, 422, code)
	code, raw, _ := d.post(t, "/me/second-factor", map[string]string{"password": deskPassword}, me)
	require.Equal(t, 200, code, "%s", raw)
	key := read[api.FactorKey](t, raw)
	require.Contains(t, key.URI, "Borgo%20Sereno:lucia")
	require.NotEmpty(t, key.Drawing.Path)
	code, raw, _ = d.post(t, "/me/second-factor/confirm", map[string]string{"code": now(key.Key)}, me)
	require.Equal(t, 200, code, "%s", raw)
	recovery := read[api.RecoveryCodes](t, raw).Codes
	require.Len(t, recovery, 10)

	code, raw, cookie := d.post(t, "/session", login)
	require.Equal(t, 202, code)
	require.Equal(t, "Cookie: ", cookie)
	step := read[api.Challenge](t, raw)
	require.Equal(t, api.ChallengeStepCode, step.Step)
	code, raw, _ = d.post(t, "/session/code", map[string]string{"challenge": step.Challenge, "code": "000000"})
	require.Equal(t, 422, code)
	require.Equal(t, "wrong_code", (*read[api.Problem](t, raw).Fields)[0].Code)
	code, _, _ = d.post(t, "/session/second-factor", map[string]string{"challenge": step.Challenge})
	require.Equal(t, 404, code, "who has a second factor gets no other one for the password")
	code, raw, me = d.post(t, "/session/code", map[string]string{"challenge": step.Challenge, "code": now(key.Key)})
	require.Equal(t, 200, code, "%s", raw)
	require.Nil(t, read[api.SignedIn](t, raw).RecoveryCodes)
	require.True(t, decode[api.Session](t, d.ask("GET", "/api/v1/session", "", me), 200).Current)
	code, _, _ = d.post(t, "/session/code", map[string]string{"challenge": step.Challenge, "code": now(key.Key)})
	require.Equal(t, 404, code)
	code, raw, _ = d.post(t, "/me/second-factor/recovery-codes", map[string]string{"password": deskPassword, "code": recovery[0]}, me)
	require.Equal(t, 200, code, "%s", raw)

	person := "/api/v1/people/" + d.lucia.ID.String()
	require.Equal(t, 403, d.ask("DELETE", person+"/second-factor", "", me).Code)
	require.Equal(t, 204, d.ask("DELETE", person+"/second-factor", "", chief).Code)
	require.Equal(t, 401, d.ask("GET", "/api/v1/me", "", me).Code)
	require.Equal(t, 403, d.ask("PUT", "/api/v1/sign-in-policy", `{"second_factor":"nobody"}`, d.signIn(t, "lucia")).Code)
	require.Equal(t, 422, d.ask("PUT", "/api/v1/sign-in-policy", `{"second_factor":"somebody"}`, chief).Code)
	require.Equal(t, 200, d.ask("PUT", "/api/v1/sign-in-policy", `{"second_factor":"all"}`, chief).Code)
	require.Equal(t, api.SignInPolicySecondFactorAll, decode[api.SignInPolicy](t, d.ask("GET", "/api/v1/sign-in-policy", "", chief), 200).SecondFactor)

	_, raw, _ = d.post(t, "/session", login)
	step = read[api.Challenge](t, raw)
	require.Equal(t, api.ChallengeStepEnrol, step.Step)
	_, raw, _ = d.post(t, "/session/second-factor", map[string]string{"challenge": step.Challenge})
	key = read[api.FactorKey](t, raw)
	code, raw, me = d.post(t, "/session/code", map[string]string{"challenge": step.Challenge, "code": now(key.Key)})
	require.Equal(t, 200, code, "%s", raw)
	require.Len(t, *read[api.SignedIn](t, raw).RecoveryCodes, 10)
	code, _, _ = d.post(t, "/me/second-factor/end", map[string]string{"password": deskPassword, "code": now(key.Key)}, me)
	require.Equal(t, 409, code, "the town requires it")
	d.requireFactorAudited(t)
}

// requireFactorAudited finds each step in the log, told of the person also when it failed.
func (d *desk) requireFactorAudited(t *testing.T) {
	t.Helper()
	var rows []string
	for _, r := range d.audited(t) {
		if strings.HasPrefix(r.Act, "factor.") || strings.Contains(r.Object, "sign-in-policy") || r.Act == "people.manage" ||
			r.Act == "session.open" && r.Actor == "operator:"+d.lucia.ID.String() {
			rows = append(rows, r.Act+" "+r.Object+" "+r.Outcome)
		}
	}
	lucia := "people/" + d.lucia.ID.String()
	require.Equal(t, []string{
		"session.open session done",
		"factor.update me done", "factor.update me done",
		"session.open session asked", "session.open session failed", "session.open session done",
		"factor.update me done", "people.manage " + lucia + " done", "session.open session done", "people.manage sign-in-policy done",
		"session.open session asked", "session.open session asked", "session.open session done",
	}, rows)
}
