package email

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"sportello.dev/plugins-sdk/channel"
)

const (
	// oauthState is the entry that keeps tokens across restarts and replicas.
	oauthState = "oauth"
	// renewEarly keeps a token from expiring between the check and its use.
	renewEarly = 2 * time.Minute
	// defaultLife of a token whose provider names none.
	defaultLife = 10 * time.Minute
	maxTokenLen = 16 << 10
)

// keptTokens is what the provider gave last. Seed tells for which configured
// refresh token, so that a new configuration starts anew.
type keptTokens struct {
	Seed    string    `json:"seed"`
	Access  string    `json:"access"`
	Refresh string    `json:"refresh"`
	Expires time.Time `json:"expires"`
}

// tokenSource hands out access tokens and renews them when they are due.
type tokenSource struct {
	config *OAuth
	host   *channel.Host // nil in probes, which keep nothing
	now    func() time.Time
	client *http.Client

	mu   sync.Mutex
	kept keptTokens
}

func newTokenSource(config *OAuth, host *channel.Host, now func() time.Time) *tokenSource {
	source := &tokenSource{config: config, host: host, now: now}
	if config != nil && config.Endpoint != "" {
		options := channel.HTTPOptions{}
		if target, err := url.Parse(config.Endpoint); err == nil {
			options.AllowHosts = []string{target.Hostname()}
		}
		source.client = channel.HTTPClient(options)
	}
	return source
}

func (s *tokenSource) close() {
	if s.client != nil {
		s.client.CloseIdleConnections()
	}
}

// token returns an access token that is valid now. refused names one that the
// server did not take, which is then not handed out again.
func (s *tokenSource) token(ctx context.Context, refused string) (string, error) {
	if s.config == nil {
		return "", channel.Misconfigured("oauth.missing", "no OAuth configuration", nil)
	}
	if s.config.RefreshToken == "" || s.client == nil {
		if refused != "" {
			return "", channel.Misconfigured("oauth.access", "the configured access token is refused", nil)
		}
		return s.config.AccessToken, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(ctx); err != nil {
		return "", err
	}
	if s.kept.Access != "" && s.kept.Access != refused && s.now().Add(renewEarly).Before(s.kept.Expires) {
		return s.kept.Access, nil
	}
	if err := s.renew(ctx); err != nil {
		return "", err
	}
	return s.kept.Access, s.save(ctx)
}

func (s *tokenSource) seed() string {
	sum := sha256.Sum256([]byte(s.config.RefreshToken))
	return hex.EncodeToString(sum[:])
}

// load takes what another replica renewed meanwhile.
func (s *tokenSource) load(ctx context.Context) error {
	fresh := keptTokens{Seed: s.seed(), Refresh: s.config.RefreshToken}
	if s.kept.Seed == "" {
		s.kept = fresh
	}
	if s.host == nil {
		return nil
	}
	entry, err := s.host.GetState(ctx, oauthState)
	if err != nil {
		return channel.Transient("oauth.state", "the hub did not hand out the kept tokens", err)
	}
	if entry.Version == 0 {
		return nil
	}
	var stored keptTokens
	readable := json.Unmarshal(entry.Value, &stored) == nil
	if !readable || stored.Seed != fresh.Seed {
		return nil // of another configuration: replaced by the next save
	}
	if stored.Refresh == "" {
		stored.Refresh = s.config.RefreshToken
	}
	s.kept = stored
	return nil
}

// save keeps the tokens; the configured refresh token itself is not repeated.
func (s *tokenSource) save(ctx context.Context) error {
	if s.host == nil {
		return nil
	}
	kept := s.kept
	if kept.Refresh == s.config.RefreshToken {
		kept.Refresh = ""
	}
	err := channel.UpdateState(ctx, s.host, oauthState, func(stored *keptTokens) error {
		*stored = kept
		return nil
	})
	if err != nil {
		return channel.Transient("oauth.state", "the hub did not keep the tokens", err)
	}
	return nil
}

// grant is the answer of a token endpoint (RFC 6749, 5.1 and 5.2).
type grant struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	ExpiresIn    int64  `json:"expires_in"`
	Error        string `json:"error"`
}

func (s *tokenSource) renew(ctx context.Context) error {
	form := url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {s.kept.Refresh}, "client_id": {s.config.ClientID},
	}
	if s.config.ClientSecret != "" {
		form.Set("client_secret", s.config.ClientSecret)
	}
	if s.config.Scope != "" {
		form.Set("scope", s.config.Scope)
	}
	answer, err := s.ask(ctx, form)
	if err != nil {
		return err
	}
	s.kept.Access = answer.AccessToken
	if answer.RefreshToken != "" {
		s.kept.Refresh = answer.RefreshToken
	}
	life := time.Duration(answer.ExpiresIn) * time.Second
	if life <= 0 {
		life = defaultLife
	}
	s.kept.Expires = s.now().Add(life)
	return nil
}

func (s *tokenSource) ask(ctx context.Context, form url.Values) (grant, error) {
	var answer grant
	// The tokens in the exchange are worth as much as the configured secrets
	// and not known to the log's redactor, so it is kept out of the record.
	ctx, cancel := context.WithTimeout(unrecorded{ctx}, dialTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.config.Endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return answer, channel.Misconfigured("oauth.url", "the token address is no URL", err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	response, err := s.client.Do(request)
	if err != nil {
		return answer, channel.Transient("oauth.connect", "no answer from the token address", err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxTokenLen))
	if err != nil {
		return answer, channel.Transient("oauth.connect", "no whole answer from the token address", err)
	}
	decoded := json.Unmarshal(body, &answer)
	switch {
	case response.StatusCode == http.StatusOK && decoded == nil && answer.AccessToken != "":
		return answer, nil
	case response.StatusCode >= 500 || response.StatusCode == http.StatusTooManyRequests:
		return answer, channel.Transient("oauth.server", "the token address answers "+response.Status, nil)
	}
	return answer, channel.Misconfigured("oauth.refused", fmt.Sprintf("renewal refused: %s %s", response.Status, channel.OneLine(answer.Error)),
		errors.New("token not renewed"))
}

// unrecorded hides the recorder of the call, not its other values.
type unrecorded struct{ context.Context }

// Value implements context.Context.
func (unrecorded) Value(any) any { return nil }
