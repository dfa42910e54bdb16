package channel_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channel/wire"
	"sportello.dev/plugins-sdk/channelpb"
	"sportello.dev/plugins-sdk/channeltest"
)

const canary = "canary-9f\"secret/+"

type stubConfig struct {
	Secret string `json:"secret,omitempty" secret:"true" it:"Segreto" en:"Secret"`
	Label  string `json:"label,omitempty" it:"Etichetta" en:"Label"`
}

// stub is an adapter whose behaviour each test fills in.
type stub struct {
	profile  channel.Profile
	open     func(channel.Opening) error
	validate func(channel.Check) []channel.Diagnostic
	channel  stubChannel
}

// stubChannel has every method; the profile says which are used.
type stubChannel struct {
	profile   channel.Profile
	opening   channel.Opening
	ingest    func(context.Context, channel.Start, *channel.Sink) error
	send      func(context.Context, channel.Transmission) (channel.Results, error)
	lookup    func(context.Context, channel.Query) (channel.Finding, error)
	interpret func(context.Context, channel.Raw) (channel.Event, error)
	http      channel.HTTPHandler
	close     func(context.Context) error
}

func everything() []channel.Capability {
	return []channel.Capability{
		channel.CapabilityIngest, channel.CapabilitySend, channel.CapabilityHTTP, channel.CapabilityLookup,
		channel.CapabilityInterpret,
	}
}

func (s *stub) Describe() channel.Description {
	return channel.Description{
		Adapter: "stub", Version: "0.1.0", ConfigSchema: channel.Schema[stubConfig](), Capabilities: everything(),
	}
}

func (s *stub) Validate(_ context.Context, check channel.Check) []channel.Diagnostic {
	if s.validate == nil {
		return nil
	}
	return s.validate(check)
}

func (s *stub) Open(_ context.Context, opening channel.Opening) (channel.Channel, error) {
	if s.open != nil {
		if err := s.open(opening); err != nil {
			return nil, err
		}
	}
	opened := s.channel
	opened.opening, opened.profile = opening, s.profile
	if opened.profile.Capabilities == nil {
		opened.profile.Capabilities = everything()
	}
	return &opened, nil
}

func (c *stubChannel) Profile() channel.Profile { return c.profile }

func (c *stubChannel) Close(ctx context.Context) error {
	if c.close == nil {
		return nil
	}
	return c.close(ctx)
}

func (c *stubChannel) Ingest(ctx context.Context, start channel.Start, sink *channel.Sink) error {
	return c.ingest(ctx, start, sink)
}

func (c *stubChannel) Send(ctx context.Context, t channel.Transmission) (channel.Results, error) {
	return c.send(ctx, t)
}

func (c *stubChannel) Lookup(ctx context.Context, q channel.Query) (channel.Finding, error) {
	return c.lookup(ctx, q)
}

func (c *stubChannel) Interpret(ctx context.Context, raw channel.Raw) (channel.Event, error) {
	return c.interpret(ctx, raw)
}

func (c *stubChannel) HandleHTTP(ctx context.Context, r channel.HTTPRequest) (channel.HTTPResponse, error) {
	return c.http.HandleHTTP(ctx, r)
}

func start(t *testing.T, adapter *stub) *channeltest.Harness {
	t.Helper()
	return channeltest.Start(t, adapter)
}

func opened(t *testing.T, adapter *stub) *channeltest.Harness {
	t.Helper()
	h := start(t, adapter)
	_, err := h.Open(channeltest.Opening{Config: json.RawMessage(`{}`), Secrets: map[string]string{"/secret": canary}})
	require.NoError(t, err)
	return h
}

func toOne() channel.Transmission {
	return channel.Transmission{ID: "t", Attempt: 1, Recipients: []channel.Recipient{
		{DeliveryID: "d1", Address: channel.Address{Kind: "email", Value: "a@example.it"}},
	}}
}

func toTwo() channel.Transmission {
	two := toOne()
	two.Recipients = append(two.Recipients, channel.Recipient{DeliveryID: "d2"})
	return two
}

func TestSendErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want channel.Failure
	}{
		"plain":        {errors.New("boom"), channel.Failure{Class: channel.FailureUnknownOutcome, Code: "error", Detail: "boom"}},
		"transient":    {channel.Transient("dial", "refused", nil), channel.Failure{Class: channel.FailureTransient, Code: "dial", Detail: "refused"}},
		"wrapped":      {errors.Join(errors.New("x"), channel.OptedOut("stop", "", nil)), channel.Failure{Class: channel.FailureOptedOut, Code: "stop"}},
		"rate limited": {channel.RateLimited(time.Minute, nil), channel.Failure{Class: channel.FailureRateLimited, Code: "rate_limited", RetryAfter: time.Minute}},
		"provider":     {channel.RecipientRefused("rcpt", "", nil).WithProviderCode("550 5.1.1"), channel.Failure{Class: channel.FailureRecipient, Code: "rcpt", ProviderCode: "550 5.1.1"}},
		"secret":       {channel.Misconfigured("auth", "no: "+canary, nil), channel.Failure{Class: channel.FailureConfig, Code: "auth", Detail: "no: [redacted]"}},
		"context":      {context.Canceled, channel.Failure{Class: channel.FailureUnknownOutcome, Code: "error", Detail: "context canceled"}},
		"long":         {channel.ContentRefused("size", strings.Repeat("è", 900), nil), channel.Failure{Class: channel.FailureContent, Code: "size", Detail: strings.Repeat("è", 500)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := opened(t, &stub{channel: stubChannel{
				send: func(context.Context, channel.Transmission) (channel.Results, error) { return nil, c.err },
			}})
			results, err := h.Send(toTwo())
			require.NoError(t, err)
			require.Equal(t, channel.Results{"d1": {Failure: &c.want}, "d2": {Failure: &c.want}}, results)
		})
	}
}

func TestSendMixesResults(t *testing.T) {
	t.Parallel()
	accepted := channel.Accepted{State: channel.DeliverySent}
	h := opened(t, &stub{channel: stubChannel{
		send: func(context.Context, channel.Transmission) (channel.Results, error) {
			return channel.Results{"d1": {Accepted: &accepted}, "unknown": {Accepted: &accepted}}, nil
		},
	}})
	results, err := h.Send(toTwo())
	require.NoError(t, err)
	require.Len(t, results, 2, "a delivery that nobody asked for is not answered")
	require.Equal(t, &accepted, results["d1"].Accepted)
	require.Equal(t, channel.FailureUnknownOutcome, results["d2"].Failure.Class, "no answer is no proof")
}

func TestPanicsAreErrors(t *testing.T) {
	t.Parallel()
	boom := func() { panic("boom " + canary) }
	adapter := &stub{channel: stubChannel{
		ingest: func(context.Context, channel.Start, *channel.Sink) error { boom(); return nil },
		send:   func(context.Context, channel.Transmission) (channel.Results, error) { boom(); return nil, nil },
		lookup: func(context.Context, channel.Query) (channel.Finding, error) { boom(); return channel.Finding{}, nil },
		interpret: func(context.Context, channel.Raw) (channel.Event, error) {
			boom()
			return channel.Event{}, nil
		},
		http:  channel.HTTP(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { boom() })),
		close: func(context.Context) error { boom(); return nil },
	}}
	h := opened(t, adapter)
	calls := map[string]func() error{
		"ingest":    func() error { return h.Ingest(nil, 1).Ended() },
		"send":      func() error { _, err := h.Send(toOne()); return err },
		"lookup":    func() error { _, err := h.Lookup(channel.Query{}); return err },
		"http":      func() error { _, err := h.HTTP(channeltest.Request{Method: "GET", URL: "https://x/"}); return err },
		"interpret": func() error { return interpret(h) },
		"close":     h.Close,
	}
	for _, name := range []string{"ingest", "send", "lookup", "http", "interpret", "close"} {
		err := calls[name]()
		require.Equal(t, codes.Internal, status.Code(err), name)
		require.NotContains(t, err.Error(), "canary", name)
	}
	require.Contains(t, h.Log(), `"msg":"panic"`)
	require.NotContains(t, h.Log(), "canary")
}

func interpret(h *channeltest.Harness) error {
	_, err := h.Client.Interpret(h.Context(), &channelpb.InterpretRequest{
		ChannelId: channeltest.ChannelID, Raw: &channelpb.Raw{MediaType: "x"},
	})
	return err
}

func TestOpenErrorsKeepTheirClass(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		code codes.Code
	}{
		"config":    {channel.Misconfigured("auth", "no "+canary, nil), codes.FailedPrecondition},
		"transient": {channel.Transient("dial", "", nil), codes.Unavailable},
		"plain":     {errors.New("with " + canary), codes.Unknown},
	} {
		h := start(t, &stub{open: func(channel.Opening) error { return c.err }})
		_, err := h.Open(channeltest.Opening{Config: json.RawMessage(`{}`), Secrets: map[string]string{"/secret": canary}})
		require.Equal(t, c.code, status.Code(err), name)
		require.NotContains(t, err.Error(), canary, name)
	}
}

func TestOpenPanicIsAnError(t *testing.T) {
	t.Parallel()
	h := start(t, &stub{open: func(channel.Opening) error { panic("boom") }})
	_, err := h.Open(channeltest.Opening{Config: json.RawMessage(`{}`)})
	require.Equal(t, codes.Internal, status.Code(err))
}

// liar claims to send and has no method for it.
type liar struct{ stub }

type bare struct{ profile channel.Profile }

func (b bare) Profile() channel.Profile    { return b.profile }
func (b bare) Close(context.Context) error { return nil }

func (l *liar) Open(context.Context, channel.Opening) (channel.Channel, error) {
	return bare{profile: l.profile}, nil
}

func TestProfileMustBeTrue(t *testing.T) {
	t.Parallel()
	for _, capability := range append(everything(), channel.CapabilityExclusive) {
		adapter := &liar{stub{profile: channel.Profile{Capabilities: []channel.Capability{capability}}}}
		h := channeltest.Start(t, adapter)
		_, err := h.Open(channeltest.Opening{Config: json.RawMessage(`{}`)})
		require.Error(t, err, "capability %d", capability)
	}
}

func TestUnclaimedCapabilityIsRefused(t *testing.T) {
	t.Parallel()
	h := opened(t, &stub{profile: channel.Profile{Capabilities: []channel.Capability{channel.CapabilityIngest}}})
	_, err := h.Send(toOne())
	require.Equal(t, codes.Unimplemented, status.Code(err))
}

func TestLeaseReopens(t *testing.T) {
	t.Parallel()
	leases := make(chan bool, 4)
	closed := make(chan struct{}, 4)
	h := start(t, &stub{
		open:    func(o channel.Opening) error { leases <- o.LeaseHolder; return nil },
		channel: stubChannel{close: func(context.Context) error { closed <- struct{}{}; return nil }},
	})
	for _, lease := range []bool{false, true, true, false} {
		_, err := h.Open(channeltest.Opening{Config: json.RawMessage(`{}`), NoLease: !lease})
		require.NoError(t, err)
	}
	require.Equal(t, []bool{false, true, false}, []bool{<-leases, <-leases, <-leases})
	require.Len(t, closed, 2)
}

func TestCloseLetsSendsEnd(t *testing.T) {
	t.Parallel()
	begun, finish := make(chan struct{}), make(chan struct{})
	h := opened(t, &stub{channel: stubChannel{
		send: func(_ context.Context, sent channel.Transmission) (channel.Results, error) {
			close(begun)
			<-finish
			return channel.AcceptAll(sent, channel.Accepted{State: channel.DeliverySent}), nil
		},
	}})
	results := make(chan channel.Results, 1)
	go func() {
		answer, err := h.Send(toOne())
		if err == nil {
			results <- answer
		}
		close(results)
	}()
	<-begun
	done := make(chan error, 1)
	go func() { done <- h.Close() }()
	require.Eventually(t, func() bool {
		_, err := h.Send(toOne())
		return status.Code(err) == codes.NotFound || status.Code(err) == codes.Unavailable
	}, 10*time.Second, time.Millisecond, "a closing channel takes no more")
	close(finish)
	require.NotNil(t, (<-results)["d1"].Accepted, "what was under way could end")
	require.NoError(t, <-done)
}

func TestValidateAsksTheAdapterOnlyWhatTheSchemaAllows(t *testing.T) {
	t.Parallel()
	asked := 0
	h := start(t, &stub{validate: func(check channel.Check) []channel.Diagnostic {
		asked++
		return []channel.Diagnostic{{
			Severity: channel.SeverityError, Pointer: "/label", Code: "x", Summary: "not " + canary, Remedy: canary,
		}}
	}})
	secrets := map[string]string{"/secret": canary}
	findings, err := h.Validate(json.RawMessage(`{"wrong":1}`), secrets, false)
	require.NoError(t, err)
	require.Len(t, findings, 1)
	require.Zero(t, asked)
	findings, err = h.Validate(json.RawMessage(`{}`), secrets, true)
	require.NoError(t, err)
	require.Equal(t, 1, asked)
	require.Equal(t, "not [redacted]", findings[0].Summary)
	require.Equal(t, "[redacted]", findings[0].Remedy)
}

func TestHealthStream(t *testing.T) {
	t.Parallel()
	var health *channel.Health
	h := opened(t, &stub{open: func(o channel.Opening) error { health = o.Health; return nil }})
	watch, err := h.Client.WatchHealth(h.Context(), &channelpb.WatchHealthRequest{ChannelId: channeltest.ChannelID})
	require.NoError(t, err)
	report, err := watch.Recv()
	require.NoError(t, err)
	require.Equal(t, channelpb.WatchHealthResponse_STATE_HEALTHY, report.GetState())
	require.EqualValues(t, channel.UnknownBacklog, report.GetBacklog())
	health.Report(channel.Status{State: channel.HealthMisconfigured, Code: "auth", Detail: "password " + canary})
	report, err = watch.Recv()
	require.NoError(t, err)
	require.Equal(t, channelpb.WatchHealthResponse_STATE_MISCONFIGURED, report.GetState())
	require.Equal(t, "password [redacted]", report.GetDetail())
	require.NoError(t, h.Close())
	_, err = watch.Recv()
	require.Error(t, err, "a closed channel has no health")
}

func TestLogHasTheChannelAndNoSecrets(t *testing.T) {
	t.Parallel()
	h := opened(t, &stub{open: func(o channel.Opening) error {
		o.Log.Info("connecting", "password", o.Secrets["/secret"], "error", errors.New("bad "+canary))
		o.Log.Warn("long", "text", strings.Repeat("x", 100_000))
		return nil
	}})
	lines := strings.Split(strings.TrimSpace(h.Log()), "\n")
	require.Len(t, lines, 2)
	var fields map[string]any
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &fields))
	require.Equal(t, channeltest.ChannelID, fields["channel_id"])
	require.Equal(t, "connecting", fields["msg"])
	require.Equal(t, "INFO", fields["level"])
	require.Equal(t, "[redacted]", fields["password"])
	require.Equal(t, "bad [redacted]", fields["error"])
	require.Less(t, len(lines[1]), 200)
}

func TestLookupUnknown(t *testing.T) {
	t.Parallel()
	h := opened(t, &stub{channel: stubChannel{
		lookup: func(ctx context.Context, q channel.Query) (channel.Finding, error) {
			channel.Record(ctx, channel.Exchange{Protocol: "test", Request: "find " + q.TransmissionID + " " + canary})
			return channel.Finding{Verdict: channel.VerdictUnknown}, nil
		},
	}})
	answer, err := h.Client.LookupDelivery(h.Context(), channel.QueryToProto(channeltest.ChannelID, channel.Query{
		TransmissionID: "t", Recipients: toOne().Recipients,
	}))
	require.NoError(t, err)
	require.Empty(t, answer.GetResults())
	require.Equal(t, "find t [redacted]", answer.GetExchanges()[0].GetRequest())
}

func TestMessageLimitIsOursNotTheDefault(t *testing.T) {
	t.Parallel()
	h := opened(t, &stub{channel: stubChannel{
		send: func(_ context.Context, sent channel.Transmission) (channel.Results, error) {
			return channel.AcceptAll(sent, channel.Accepted{
				State: channel.DeliverySent, Evidence: &channel.Raw{Inline: make([]byte, len(sent.Content.Text))},
			}), nil
		},
	}})
	sent := toOne()
	sent.Content.Text = strings.Repeat("x", 8<<20)
	results, err := h.Send(sent)
	require.NoError(t, err)
	require.Len(t, results["d1"].Accepted.Evidence.Inline, 8<<20)
	sent.Content.Text = strings.Repeat("x", wire.MaxMessage)
	_, err = h.Send(sent)
	require.Equal(t, codes.ResourceExhausted, status.Code(err))
}
