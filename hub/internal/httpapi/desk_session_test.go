package httpapi

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/httpapi/api"
)

func TestSigningInAndOut(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	w := d.ask("POST", "/api/v1/session", `{"login":"LUCIA","password":"`+deskPassword+`"}`, "User-Agent: Firefox")
	session := decode[api.Session](t, w, 200)
	require.True(t, session.Current)
	require.Equal(t, "Firefox", *session.UserAgent)
	require.Equal(t, "Lucia Ferri", session.Operator.Name)
	require.Equal(t, []api.OfficeRef{{ID: d.urp.UUID, Name: "URP"}}, session.Operator.Offices)
	require.Contains(t, session.Operator.Actions, "ticket.reply")
	require.NotContains(t, session.Operator.Actions, "token.manage")
	cookie := w.Header().Get("Set-Cookie")
	require.Contains(t, cookie, "HttpOnly")
	require.Contains(t, cookie, "SameSite=Strict")
	require.NotContains(t, w.Body.String(), strings.Split(strings.Split(cookie, "=")[1], ";")[0], "the secret is in the cookie alone")

	me := "Cookie: " + strings.Split(cookie, ";")[0]
	require.Equal(t, session.ID, decode[api.Session](t, d.ask("GET", "/api/v1/session", "", me), 200).ID)
	out := d.ask("DELETE", "/api/v1/session", "", me)
	require.Equal(t, 204, out.Code)
	require.Contains(t, out.Header().Get("Set-Cookie"), "Max-Age=0")
	require.Equal(t, 401, d.ask("GET", "/api/v1/session", "", me).Code)
	require.Equal(t, 204, d.ask("DELETE", "/api/v1/session", "", me).Code, "twice is no error")
}

func TestWrongPasswordsAreToldAlikeAndThrottled(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	wrong := func(login string) string {
		w := d.ask("POST", "/api/v1/session", `{"login":"`+login+`","password":"sbagliata sbagliata"}`)
		require.Equal(t, 401, w.Code)
		p := problem(t, w)
		return p.Code + *p.Detail
	}
	require.Equal(t, wrong("lucia"), wrong("nessuno"))
	for range 4 {
		wrong("lucia")
	}
	w := d.ask("POST", "/api/v1/session", `{"login":"lucia","password":"`+deskPassword+`"}`)
	require.Equal(t, 429, w.Code)
	require.Equal(t, codeRateLimited, problem(t, w).Code)
	require.NotEmpty(t, w.Header().Get("Retry-After"))
	d.clock.advance(2 * time.Minute)
	d.signIn(t, "lucia")
}

func TestOwnSettingsAndSessions(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	here, there := d.signIn(t, "lucia"), d.signIn(t, "lucia")
	me := decode[api.Me](t, d.ask("PATCH", "/api/v1/me", `{"language":"en","theme":"dark"}`, here), 200)
	require.Equal(t, api.LanguageEn, me.Language)
	require.Equal(t, me, decode[api.Me](t, d.ask("GET", "/api/v1/me", "", there), 200))
	require.Equal(t, 422, d.ask("PATCH", "/api/v1/me", `{}`, here).Code)
	require.Equal(t, 422, d.ask("PATCH", "/api/v1/me", `{"role":"administrator"}`, here).Code, "nobody promotes himself")

	list := decode[api.SessionList](t, d.ask("GET", "/api/v1/sessions", "", here), 200).Items
	require.Len(t, list, 2)
	for _, s := range list {
		if !s.Current {
			require.Equal(t, 204, d.ask("DELETE", "/api/v1/sessions/"+s.ID.String(), "", here).Code)
		}
	}
	require.Equal(t, 401, d.ask("GET", "/api/v1/me", "", there).Code)
	others := d.signIn(t, "capo")
	require.Equal(t, 404, d.ask("DELETE", "/api/v1/sessions/"+list[0].ID.String(), "", others).Code, "nobody ends another's session")
}

func TestChangingThePassword(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me := d.signIn(t, "lucia")
	change := func(current, next string) int {
		body, err := json.Marshal(map[string]string{"current": current, "new": next})
		require.NoError(t, err)
		return d.ask("POST", "/api/v1/me/password", string(body), me).Code
	}
	require.Equal(t, 422, change("sbagliata", "una nuova password"))
	require.Equal(t, 422, change(deskPassword, "corta"))
	require.Equal(t, 204, change(deskPassword, "una nuova password"))
	require.Equal(t, 200, d.ask("GET", "/api/v1/me", "", me).Code)
	require.Equal(t, 401, d.ask("POST", "/api/v1/session", `{"login":"lucia","password":"`+deskPassword+`"}`).Code)
}

func TestTokensOfScripts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	admin := d.signIn(t, "capo")
	made := decode[api.NewToken](t, d.ask("POST", "/api/v1/tokens", `{"name":"cruscotto","role":"first_level","lasts":"30d"}`, admin), 201)
	script := "Authorization: Bearer " + made.Secret
	me := decode[api.Me](t, d.ask("GET", "/api/v1/me", "", script), 200)
	require.Equal(t, api.MeKindToken, me.Kind)
	require.Equal(t, "cruscotto", me.Name)
	require.Equal(t, 403, d.ask("GET", "/api/v1/session", "", script).Code)
	require.Equal(t, 403, d.ask("GET", "/api/v1/tokens", "", script).Code)

	w := d.ask("GET", "/api/v1/tokens", "", admin)
	list := decode[api.TokenList](t, w, 200).Items
	require.Len(t, list, 1)
	require.NotNil(t, list[0].LastUsedAt)
	require.NotContains(t, w.Body.String(), made.Secret)
	require.Equal(t, 204, d.ask("DELETE", "/api/v1/tokens/"+made.ID.String(), "", admin).Code)
	require.Equal(t, 401, d.ask("GET", "/api/v1/me", "", script).Code)
	require.Equal(t, 403, d.ask("POST", "/api/v1/tokens", `{"name":"x","role":"administrator","lasts":"30d"}`, d.signIn(t, "lucia")).Code)
}

// A script is told in time that its token ends, and why it is refused afterwards.
func TestTokensOfScriptsEnd(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	admin := d.signIn(t, "capo")
	for body, field := range map[string]string{
		`{"name":"x","role":"first_level"}`:                                      "lasts",
		`{"name":"x","role":"first_level","lasts":"7d"}`:                         "lasts",
		`{"name":"x","role":"first_level","lasts":"never"}`:                      "never_because",
		`{"name":"x","role":"first_level","lasts":"never","never_because":"  "}`: "never_because",
	} {
		require.Equal(t, field, (*decode[api.Problem](t, d.ask("POST", "/api/v1/tokens", body, admin), 422).Fields)[0].Field, body)
	}
	ever := decode[api.NewToken](t, d.ask("POST", "/api/v1/tokens", `{"name":"protocollo","role":"first_level","lasts":"never","never_because":"Lo chiede il protocollo"}`, admin), 201)
	require.Equal(t, "Lo chiede il protocollo", *ever.NeverBecause)
	made := decode[api.NewToken](t, d.ask("POST", "/api/v1/tokens", `{"name":"cruscotto","role":"first_level","lasts":"30d"}`, admin), 201)
	me := func() *httptest.ResponseRecorder {
		return d.ask("GET", "/api/v1/me", "", "Authorization: Bearer "+made.Secret)
	}
	require.Empty(t, me().Header().Get(tokenEndHeader))
	d.clock.advance(17 * 24 * time.Hour)
	require.Equal(t, made.ExpiresAt.UTC().Format(time.RFC3339), me().Header().Get(tokenEndHeader))
	d.clock.advance(13*24*time.Hour + time.Minute)
	require.Equal(t, codeTokenExpired, decode[api.Problem](t, me(), 401).Code)
	list := decode[api.TokenList](t, d.ask("GET", "/api/v1/tokens", "", d.signIn(t, "capo")), 200).Items
	require.Len(t, list, 2)
	require.NotNil(t, list[0].ExpiresAt)
	require.Nil(t, list[1].ExpiresAt)
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	town := decode[api.Town](t, d.ask("GET", "/api/v1/town", ""), 200)
	require.Equal(t, api.Town{Name: "Comune di Borgo Sereno", TimeZone: "UTC", Languages: []api.Language{"it", "en"}}, town)
	me := d.signIn(t, "lucia")
	offices := decode[api.OfficeList](t, d.ask("GET", "/api/v1/offices", "", me), 200).Items
	require.Equal(t, []api.Office{{ID: d.taxes.UUID, Name: "Tributi", Workable: true}, {ID: d.urp.UUID, Name: "URP", Mine: true, Workable: true}}, offices)
	operators := decode[api.OperatorList](t, d.ask("GET", "/api/v1/operators", "", me), 200).Items
	require.Len(t, operators, 2)
	require.Equal(t, "Carlo Capo", operators[0].Name)
}

func TestChannelsTellHowTheyAre(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	me, admin := d.signIn(t, "lucia"), d.signIn(t, "capo")
	path := "/api/v1/channels/" + d.channel.String()
	c := decode[api.Channel](t, d.ask("GET", path, "", me), 200)
	require.Equal(t, api.ChannelStateRunning, c.State)
	require.True(t, c.Sends && c.Receives && c.Authenticates)
	require.Equal(t, "urp@comune.example", *c.Address)
	require.Equal(t, "ok", string(decode[api.Health](t, d.ask("GET", "/api/v1/health", ""), 200).Status))

	suspended, err := d.stores.Channels.Suspend(t.Context(), d.pool, d.channel, 1, "auth.password", "535 5.7.8 wrong password")
	require.NoError(t, err)
	require.True(t, suspended)
	list := decode[api.ChannelList](t, d.ask("GET", "/api/v1/channels", "", me), 200).Items
	require.Equal(t, api.ChannelStateSuspended, list[0].State)
	require.Equal(t, "auth.password", list[0].Problem.Code)
	require.Equal(t, "535 5.7.8 wrong password", *list[0].ProblemText)
	health := decode[api.Health](t, d.ask("GET", "/api/v1/health", ""), 200)
	require.Equal(t, api.HealthStateDegraded, health.Status)
	require.NotContains(t, d.ask("GET", "/api/v1/health", "").Body.String(), "Posta", "health is open to all and names nothing")

	require.Equal(t, 403, d.ask("POST", path+"/resume", "", me).Code)
	require.Equal(t, api.ChannelStateRunning, decode[api.Channel](t, d.ask("POST", path+"/resume", "", admin), 200).State)
	require.Equal(t, api.ChannelStatePaused, decode[api.Channel](t, d.ask("POST", path+"/pause", "", admin), 200).State)
	require.Equal(t, api.ChannelStateRunning, decode[api.Channel](t, d.ask("POST", path+"/resume", "", admin), 200).State)
	require.Equal(t, 404, d.ask("GET", "/api/v1/channels/0190c9b0-0000-7000-8000-000000000001", "", me).Code)
}

func TestHealthWithoutDatabase(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.pool.Close()
	w := d.ask("GET", "/api/v1/health", "")
	require.Equal(t, 503, w.Code)
	require.Equal(t, api.HealthStateFailing, decode[api.Health](t, w, 503).Status)
	w = d.ask("GET", "/api/v1/town", "")
	require.GreaterOrEqual(t, w.Code, 500)
	problem(t, w)
}

func TestAccountsOfTheDeskAreReal(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, err := d.stores.Accounts.ByToken(t.Context(), "spt_nothing")
	require.ErrorIs(t, err, account.ErrUnauthenticated)
}
