package sms

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"sportello.dev/plugins-sdk/channel"
)

// maxAnswer bounds what is read of a provider's answer.
const maxAnswer = 256 << 10

// httpAtOnce is how many messages may be with an HTTP provider at once.
const httpAtOnce = 8

// provider is a provider's HTTP interface.
type provider struct {
	client *http.Client
	health *channel.Health
	now    func() time.Time
}

func newProvider(address string, pace pace, health *channel.Health, now func() time.Time, secretHeaders ...string) *provider {
	host := ""
	if target, err := url.Parse(address); err == nil {
		host = target.Hostname()
	}
	return &provider{health: health, now: now, client: channel.HTTPClient(channel.HTTPOptions{
		Timeout: pace.submit, MaxResponse: maxAnswer, AllowHosts: []string{host}, SecretHeaders: secretHeaders,
	})}
}

func (p *provider) close() { p.client.CloseIdleConnections() }

// answer is a provider's answer.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// call makes one request. A failure says whether the request had begun to leave.
func (p *provider) call(request *http.Request) (answer, error) {
	var left atomic.Bool
	trace := &httptrace.ClientTrace{WroteHeaders: func() { left.Store(true) }}
	response, err := p.client.Do(request.WithContext(httptrace.WithClientTrace(request.Context(), trace)))
	if err != nil {
		if !left.Load() {
			return answer{}, channel.Transient("http.connect", "no connection to the provider", err)
		}
		return answer{}, channel.UnknownOutcome("http.no_answer", "the request left and the provider did not answer", err)
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close() // it was read to its end, or the error says why not
	if err != nil && response.StatusCode/100 == 2 {
		return answer{}, channel.UnknownOutcome("http.answer", "the provider's answer broke off", err)
	}
	return answer{response.StatusCode, response.Header, body}, nil
}

// failure is what an HTTP status alone means for a message; nil for a positive one.
func (r answer) failure(now time.Time) *channel.Failure {
	cause := errors.New("HTTP status " + strconv.Itoa(r.status))
	code := strconv.Itoa(r.status)
	switch {
	case r.status/100 == 2:
		return nil
	case r.status == http.StatusTooManyRequests:
		return channel.RateLimited(r.retryAfter(now), cause).WithProviderCode(code)
	case r.status == http.StatusServiceUnavailable:
		failure := channel.Transient("http.unavailable", "the provider is not available", cause).WithProviderCode(code)
		failure.RetryAfter = r.retryAfter(now)
		return failure
	case r.status == http.StatusUnauthorized || r.status == http.StatusForbidden:
		return channel.Misconfigured("http.auth", "the provider refuses the credentials", cause).WithProviderCode(code)
	case r.status == http.StatusNotFound || r.status == http.StatusMethodNotAllowed || r.status/100 == 3:
		return channel.Misconfigured("http.address", "the provider has nothing at this address", cause).WithProviderCode(code)
	case r.status/100 == 4:
		return channel.ContentRefused("http.refused", "the provider refuses the message", cause).WithProviderCode(code)
	}
	return channel.UnknownOutcome("http.error", "the provider failed in the middle", cause).WithProviderCode(code)
}

// maxRetryAfter bounds what a provider may ask for.
const maxRetryAfter = time.Hour

func (r answer) retryAfter(now time.Time) time.Duration {
	value := r.header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return min(max(time.Duration(seconds)*time.Second, 0), maxRetryAfter)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return 0
}

// judge tells the hub how the channel is after an attempt.
func (p *provider) judge(err error) {
	status := channel.Status{State: channel.HealthHealthy, Backlog: channel.UnknownBacklog}
	if err != nil {
		failure := channel.AsFailure(err)
		switch failure.Class {
		case channel.FailureConfig:
			status.State = channel.HealthMisconfigured
		case channel.FailureTransient, channel.FailureUnknownOutcome:
			status.State = channel.HealthDegraded
		}
		if status.State != channel.HealthHealthy {
			status.Code, status.Detail = failure.Code, failure.Detail
		}
	}
	p.health.Report(status)
}

// one checks a transmission and answers recipient and text.
func (c *Config) one(t channel.Transmission) (to, text string, err error) {
	if len(t.Recipients) != 1 {
		return "", "", channel.ContentRefused("sms.recipients", "one recipient each", nil)
	}
	to, refused := reachable(t.Recipients[0].Address)
	if refused != nil {
		return "", "", refused
	}
	text, err = c.short(t.Content)
	return to, text, err
}

// hooked is the profile of a channel that is called by its provider.
func (c *Config) hooked(reports, called bool) channel.Profile {
	profile := channel.Profile{
		Capabilities: []channel.Capability{channel.CapabilitySend, channel.CapabilityInterpret},
		Limits:       limits(*c, httpAtOnce), Reconcile: channel.ReconcileNone, OwnAddress: c.own(),
	}
	if called {
		profile.Capabilities = append(profile.Capabilities, channel.CapabilityHTTP)
	}
	if reports {
		profile.Capabilities = append(profile.Capabilities, channel.CapabilityReports)
		profile.Reconcile = channel.ReconcileReceipts
	}
	return profile
}

// finished is the result of an attempt that the provider took.
func finished(t channel.Transmission, id string) channel.Results {
	return channel.AcceptAll(t, channel.Accepted{State: channel.DeliveryAccepted, ExternalIDs: externalIDs(id)})
}

// within bounds an attempt.
func within(ctx context.Context, p pace) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, p.submit)
}
