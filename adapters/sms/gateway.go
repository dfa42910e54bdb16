package sms

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sportello.dev/plugins-sdk/channel"
)

// Gateway is an open channel to a provider that the configuration describes.
type Gateway struct {
	channel.HTTPHandler

	config    Config
	publicURL string
	pace      pace
	now       func() time.Time
	host      *channel.Host
	provider  *provider
	states    map[string]channel.DeliveryState
}

func openGateway(config Config, opening channel.Opening, a *Adapter) *Gateway {
	g := &Gateway{
		config: config, publicURL: opening.PublicURL, pace: a.pace, now: a.now, host: opening.Host,
		provider: newProvider(config.HTTP.plainURL(), a.pace, opening.Health, a.now, config.HTTP.HeaderName),
		states:   config.HTTP.states(),
	}
	g.HTTPHandler = channel.HTTP(&hook{
		host: opening.Host, log: opening.Log, now: a.now, proved: g.proved, read: g.read,
		thanks: func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) },
	})
	return g
}

// Profile says what this channel can do; without a secret for its calls it only sends.
func (g *Gateway) Profile() channel.Profile {
	called := g.config.HTTP.WebhookSecret != ""
	return g.config.hooked(called, called)
}

// Close releases idle connections.
func (g *Gateway) Close(context.Context) error {
	g.provider.close()
	return nil
}

// Send makes one attempt.
func (g *Gateway) Send(ctx context.Context, t channel.Transmission) (channel.Results, error) {
	to, text, err := g.config.one(t)
	if err != nil {
		return nil, err
	}
	ctx, cancel := within(ctx, g.pace)
	defer cancel()
	callback := ""
	if g.publicURL != "" {
		callback = g.publicURL + routeStatus
	}
	id, err := g.config.HTTP.create(ctx, g.provider, map[string]string{
		"to": to, "from": g.config.sender(), "text": text, "id": t.ID, "callback": callback,
	})
	g.provider.judge(err)
	if err != nil {
		return nil, err
	}
	return finished(t, id), nil
}

// create hands a message over and answers its id.
func (c *HTTP) create(ctx context.Context, p *provider, values map[string]string) (id string, err error) {
	request, err := c.request(ctx, values)
	if err != nil {
		return "", channel.Misconfigured("http.address", "the address of the provider is none", err)
	}
	got, err := p.call(request)
	if err != nil {
		return "", err
	}
	if failure := got.failure(p.now()); failure != nil {
		return "", failure
	}
	said := fieldsOf(got.body, got.header.Get("Content-Type"))
	if wrong := said.at(c.ErrorPath); c.ErrorPath != "" && wrong != "" {
		return "", channel.ContentRefused("http.refused", "the provider refuses the message", errors.New("an error in the answer")).
			WithProviderCode(channel.OneLine(clip(wrong, maxProviderWords)))
	}
	return said.at(c.IDPath), nil
}

// maxProviderWords bounds what is shown of a provider's words, in bytes.
const maxProviderWords = 200

// clip shortens text to a number of bytes without breaking a character.
func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "")
}

func (c *HTTP) request(ctx context.Context, values map[string]string) (*http.Request, error) {
	address := c.fill(c.URL, url.QueryEscape, values)
	escape, mediaType := escapeJSON, "application/json"
	if c.ContentType == bodyForm {
		escape, mediaType = url.QueryEscape, formType
	}
	secret := map[string]string{"username": c.Username, "password": c.Password}
	for name, value := range values {
		secret[name] = value
	}
	request, err := http.NewRequestWithContext(ctx, c.Method, address, strings.NewReader(c.fill(c.Body, escape, secret)))
	if err != nil {
		return nil, err
	}
	if c.Body != "" {
		request.Header.Set("Content-Type", mediaType)
	}
	if c.Username != "" && !strings.Contains(c.Body, "{username}") {
		request.SetBasicAuth(c.Username, c.Password)
	}
	if c.HeaderName != "" {
		request.Header.Set(c.HeaderName, c.HeaderValue)
	}
	return request, nil
}

// placeholders in the order of their names.
var placeholders = []string{"to", "from", "text", "id", "callback", "username", "password"}

// fill puts values in the place of {to} and the like, in one pass: a text that contains {password} stays what it is.
func (c *HTTP) fill(template string, escape func(string) string, values map[string]string) string {
	pairs := make([]string, 0, 2*len(placeholders))
	for _, name := range placeholders {
		pairs = append(pairs, "{"+name+"}", escape(values[name]))
	}
	return strings.NewReplacer(pairs...).Replace(template)
}

// plainURL is the address with nothing filled in.
func (c *HTTP) plainURL() string { return c.fill(c.URL, url.QueryEscape, map[string]string{}) }

// escapeJSON makes a text fit between quotation marks.
func escapeJSON(text string) string {
	encoded, err := json.Marshal(text)
	if err != nil {
		return "" // a string always encodes
	}
	return string(encoded[1 : len(encoded)-1])
}

// proved knows the provider by the signature of the raw body, or by the secret itself.
func (g *Gateway) proved(r *http.Request, body []byte) bool {
	secret := g.config.HTTP.WebhookSecret
	if secret == "" {
		return false
	}
	if g.config.HTTP.WebhookAuth == webhookHMAC {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		given := strings.TrimPrefix(strings.ToLower(r.Header.Get(g.config.HTTP.SignedBy)), "sha256=")
		return len(body) > 0 && hmac.Equal([]byte(given), []byte(hex.EncodeToString(mac.Sum(nil))))
	}
	given := r.Header.Get("X-Webhook-Token")
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); given == "" && ok {
		given = bearer
	}
	if given == "" {
		given = r.URL.Query().Get(tokenName)
	}
	return subtle.ConstantTimeCompare([]byte(given), []byte(secret)) == 1
}

func (g *Gateway) read(c call) (id string, event func() (channel.Body, error)) {
	said := fieldsOf(c.data, c.mediaType)
	unique := said.at(g.config.HTTP.InboundID)
	if c.action == routeStatus {
		unique = said.at(g.config.HTTP.StatusID)
		if unique != "" {
			unique += "/" + said.at(g.config.HTTP.StatusPath)
		}
	}
	return c.eventID(unique), func() (channel.Body, error) { return g.body(c.action, said) }
}

func (g *Gateway) body(action string, said fields) (channel.Body, error) {
	c := g.config.HTTP
	if action == routeInbound {
		return g.config.written(said.at(c.FromPath), "", said.at(c.TextPath), said.at(c.InboundID), 1)
	}
	word := said.at(c.StatusPath)
	state, known := g.states[strings.ToLower(word)]
	if !known || said.at(c.StatusID) == "" {
		return nil, &channel.Unparsed{Code: "http.status", Detail: "an outcome without message, or of a meaning that is not known"}
	}
	report := &channel.DeliveryReport{ExternalIDs: externalIDs(said.at(c.StatusID)), State: state, EvidenceKind: evidenceReceipt}
	if state == channel.DeliveryFailed || state == channel.DeliveryExpired {
		report.Failure = channel.Transient("http.undelivered", "the network could not deliver it", nil).
			WithProviderCode(channel.OneLine(clip(word, maxProviderWords)))
	}
	return report, nil
}

// Interpret reads a call again. Which route it came by is told by what it has.
func (g *Gateway) Interpret(ctx context.Context, raw channel.Raw) (channel.Event, error) {
	data, err := readAgain(ctx, g.host, raw)
	if err != nil {
		return channel.Event{}, err
	}
	body, err := channel.Guard(func() (channel.Body, error) {
		said := fieldsOf(data, raw.MediaType)
		if said.at(g.config.HTTP.FromPath) != "" && said.at(g.config.HTTP.TextPath) != "" {
			return g.body(routeInbound, said)
		}
		return g.body(routeStatus, said)
	})
	return channel.Event{OccurredAt: g.now(), Raw: raw, Body: body}, err
}
