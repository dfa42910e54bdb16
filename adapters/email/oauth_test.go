package email_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/email"
	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channelpb"
	"sportello.dev/plugins-sdk/channeltest"
)

// tokenServer renews access tokens.
type tokenServer struct {
	*httptest.Server

	mu    sync.Mutex
	forms []map[string][]string
	// status and answer of the next renewals.
	status int
	answer object
}

func newTokenServer(t *testing.T) *tokenServer {
	t.Helper()
	s := &tokenServer{status: http.StatusOK, answer: object{"access_token": "fresh", "expires_in": 3600, "refresh_token": "rotated"}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		_ = r.ParseForm()
		s.forms = append(s.forms, maps.Clone(r.PostForm))
		w.WriteHeader(s.status)
		_ = json.NewEncoder(w).Encode(s.answer)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *tokenServer) renewals() []map[string][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.forms
}

func oauthConfig(w *mailWorld, endpoint string) json.RawMessage {
	return w.config(func(top, _, out object) {
		delete(top, "imap")
		out["auth"] = "xoauth2"
		top["oauth"] = object{"endpoint": endpoint, "client_id": "sportello", "scope": "mail"}
	})
}

func oauthSecrets() map[string]string {
	return map[string]string{"/oauth/refresh_token": "primo-rinnovo", "/oauth/client_secret": "segreto-app"}
}

func TestAccessTokenIsRenewedOnceAndKept(t *testing.T) {
	t.Parallel()
	w, provider := newMailWorld(t), newTokenServer(t)
	host := channeltest.NewHost()
	opening := channeltest.Opening{Config: oauthConfig(w, provider.URL), Secrets: oauthSecrets()}
	h := channeltest.Start(t, email.New(time.Now), channeltest.OnHost(host))
	_, err := h.Open(opening)
	require.NoError(t, err)
	for n := range 3 {
		results, err := h.Send(transmission(n))
		require.NoError(t, err)
		require.NotNil(t, results[transmission(n).Recipients[0].DeliveryID].Accepted, "%+v", results)
	}
	renewals := provider.renewals()
	require.Len(t, renewals, 1)
	require.Equal(t, []string{"primo-rinnovo"}, renewals[0]["refresh_token"])
	require.Equal(t, []string{"segreto-app"}, renewals[0]["client_secret"])
	require.Equal(t, []string{"sportello"}, renewals[0]["client_id"])
	require.Equal(t, []string{"mail"}, renewals[0]["scope"])

	// Another process finds the token that the first one kept.
	h.Kill()
	h = channeltest.Start(t, email.New(time.Now), channeltest.OnHost(host))
	_, err = h.Open(opening)
	require.NoError(t, err)
	_, err = h.Send(transmission(4))
	require.NoError(t, err)
	require.Len(t, provider.renewals(), 1)

	// Near its end it is renewed, by the refresh token that the provider gave last.
	later := func() time.Time { return time.Now().Add(59 * time.Minute) }
	h.Kill()
	h = channeltest.Start(t, email.New(later), channeltest.OnHost(host))
	_, err = h.Open(opening)
	require.NoError(t, err)
	_, err = h.Send(transmission(5))
	require.NoError(t, err)
	require.Equal(t, []string{"rotated"}, provider.renewals()[1]["refresh_token"])

	// A new configured token starts anew.
	secrets := oauthSecrets()
	secrets["/oauth/refresh_token"] = "secondo-rinnovo"
	_, err = h.Open(channeltest.Opening{Config: opening.Config, Secrets: secrets, Revision: 2})
	require.NoError(t, err)
	_, err = h.Send(transmission(6))
	require.NoError(t, err)
	require.Equal(t, []string{"secondo-rinnovo"}, provider.renewals()[2]["refresh_token"])
	for _, entry := range host.Entries() {
		require.NotContains(t, string(entry.Value), "rinnovo")
	}
	require.NotContains(t, h.Log(), "fresh")
}

func TestRefusedTokenIsRenewed(t *testing.T) {
	t.Parallel()
	w, provider := newMailWorld(t), newTokenServer(t)
	provider.answer["access_token"] = "stale"
	h := channeltest.Start(t, email.New(time.Now))
	_, err := h.Open(channeltest.Opening{Config: oauthConfig(w, provider.URL), Secrets: oauthSecrets()})
	require.NoError(t, err)
	results, err := h.Send(transmission(1))
	require.NoError(t, err)
	require.Equal(t, channel.FailureTransient, results["delivery-1"].Failure.Class, "%v", results["delivery-1"].Failure)
	require.Empty(t, w.out.mails())
	provider.mu.Lock()
	provider.answer["access_token"] = "fresh"
	provider.mu.Unlock()
	require.Eventually(t, func() bool {
		results, err := h.Send(transmission(2))
		return err == nil && results["delivery-2"].Accepted != nil
	}, 5*time.Second, 10*time.Millisecond, "the next token is taken")
}

func TestRefusedRenewalIsForTheAdministrator(t *testing.T) {
	t.Parallel()
	w, provider := newMailWorld(t), newTokenServer(t)
	provider.status, provider.answer = http.StatusBadRequest, object{"error": "invalid_grant"}
	h := channeltest.Start(t, email.New(time.Now))
	_, err := h.Open(channeltest.Opening{Config: oauthConfig(w, provider.URL), Secrets: oauthSecrets()})
	require.NoError(t, err)
	results, err := h.Send(transmission(1))
	require.NoError(t, err)
	failure := results["delivery-1"].Failure
	require.Equal(t, channel.FailureConfig, failure.Class)
	require.Contains(t, failure.Detail, "invalid_grant")
	report, err := h.Health(func(r *channelpb.WatchHealthResponse) bool {
		return r.GetState() == channelpb.WatchHealthResponse_STATE_MISCONFIGURED
	})
	require.NoError(t, err)
	require.Equal(t, "oauth.refused", report.GetCode())

	provider.mu.Lock()
	provider.status = http.StatusBadGateway
	provider.mu.Unlock()
	results, err = h.Send(transmission(2))
	require.NoError(t, err)
	require.Equal(t, channel.FailureTransient, results["delivery-2"].Failure.Class)
}
