package sms

import (
	"context"
	"time"

	"sportello.dev/plugins-sdk/channel"
)

// version is the semantic version of the adapter.
const version = "1.0.0"

// Adapter makes channels of text messages.
type Adapter struct {
	schema []byte
	now    func() time.Time
	pace   pace
}

// pace is how long to wait for what.
type pace struct {
	// dial, answer and submit bound a connection, a bind or a sign of life, and the answer to a message.
	dial, answer, submit time.Duration
	// enquire is the pause between signs of life.
	enquire time.Duration
	// Between attempts to connect.
	firstBackoff, lastBackoff, refusedBackoff time.Duration
	// bound is how long a send waits for the session that is about to come.
	bound time.Duration
	// barrier is how often it is made sure that the centre has our answers.
	barrier time.Duration
	// repeated is after how long the same message in the same session is a repetition, because the centre got no answer.
	repeated time.Duration
	// parts is how long the rest of a long message is waited for.
	parts time.Duration
	// throttled is the pause when the centre refuses a later part because of too many messages.
	throttled time.Duration
}

func ordinaryPace() pace {
	return pace{
		dial: 20 * time.Second, answer: 15 * time.Second, submit: 30 * time.Second, enquire: 30 * time.Second,
		firstBackoff: time.Second, lastBackoff: 2 * time.Minute, refusedBackoff: 10 * time.Minute, bound: 5 * time.Second,
		barrier: time.Second, repeated: 20 * time.Second, parts: 30 * time.Minute, throttled: time.Second,
	}
}

// New returns the adapter; now is its clock.
func New(now func() time.Time) *Adapter {
	return &Adapter{schema: schema(), now: now, pace: ordinaryPace()}
}

// Describe says what a channel of text messages can ever do.
func (a *Adapter) Describe() channel.Description {
	return channel.Description{
		Adapter:      "sms",
		Version:      version,
		ConfigSchema: a.schema,
		Capabilities: []channel.Capability{
			channel.CapabilityIngest, channel.CapabilitySend, channel.CapabilityExclusive,
			channel.CapabilityInterpret, channel.CapabilityReports, channel.CapabilityHTTP,
		},
		Routes: []channel.Route{
			{Pattern: routeInbound, Action: routeInbound, MaxBodyBytes: maxCall},
			{Pattern: routeStatus, Action: routeStatus, MaxBodyBytes: maxCall},
		},
		AddressKinds: []string{kindMobile},
		DisplayName:  map[string]string{"it": "SMS", "en": "Text messages (SMS)"},
	}
}

// Validate judges what the schema cannot, and with Probe tries each step.
func (a *Adapter) Validate(ctx context.Context, check channel.Check) []channel.Diagnostic {
	config, err := decode(check)
	if err != nil {
		return []channel.Diagnostic{{Severity: channel.SeverityError, Code: "config.decode", Summary: err.Error()}}
	}
	var findings []channel.Diagnostic
	for _, m := range config.mistakes() {
		findings = append(findings, channel.Diagnostic{
			Severity: channel.SeverityError, Pointer: m.pointer, Code: m.code, Summary: inLanguage(check.Language, m.it, m.en),
		})
	}
	if len(findings) > 0 || !check.Probe {
		return findings
	}
	a.trial(config, check.Language, false, func(step channel.Step) {
		if finding, ended := step.Finding(); ended {
			findings = append(findings, finding)
		}
	}).run(ctx)
	return findings
}

// Try goes through each step, up to a message from the channel to itself.
func (a *Adapter) Try(ctx context.Context, check channel.Check, report func(channel.Step)) {
	config, err := decode(check)
	if err != nil {
		report(channel.Step{Name: "config", State: channel.StepFailed, Code: "config.decode", Summary: err.Error()})
		return
	}
	if wrong := config.mistakes(); len(wrong) > 0 {
		report(channel.Step{
			Name: "config", State: channel.StepFailed, Pointer: wrong[0].pointer, Code: wrong[0].code,
			Summary: inLanguage(check.Language, wrong[0].it, wrong[0].en),
		})
		return
	}
	a.trial(config, check.Language, true, report).run(ctx)
}

// Open makes a channel ready.
func (a *Adapter) Open(_ context.Context, opening channel.Opening) (channel.Channel, error) {
	config, err := decode(channel.Check{Config: opening.Config, Secrets: opening.Secrets})
	if err != nil {
		return nil, err
	}
	if wrong := config.mistakes(); len(wrong) > 0 {
		return nil, channel.Misconfigured(wrong[0].code, wrong[0].pointer+" "+wrong[0].en, nil)
	}
	switch config.Driver {
	case driverTwilio:
		return openTwilio(config, opening, a), nil
	case driverHTTP:
		return openGateway(config, opening, a), nil
	}
	return openCentre(config, opening, a)
}
