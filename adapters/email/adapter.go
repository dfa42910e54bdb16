package email

import (
	"context"
	"net"
	"strings"
	"time"

	"sportello.dev/adapters/internal/reader"
	"sportello.dev/plugins-sdk/channel"
)

// version is the semantic version of the adapter.
const version = "1.0.0"

// Adapter makes channels of mailboxes.
type Adapter struct {
	schema   []byte
	now      func() time.Time
	pace     pace
	patience patience
	// lookupTXT asks the DNS for text records.
	lookupTXT func(ctx context.Context, name string) ([]string, error)
	// readers read foreign mail in processes of their own.
	readers *reader.Pool
}

// New returns the adapter; now is its clock. It reads mail only in a program whose main begins with reader.Become.
func New(now func() time.Time) *Adapter {
	return &Adapter{
		schema: schema(), now: now, pace: ordinaryPace(), patience: ordinaryPatience(),
		lookupTXT: net.DefaultResolver.LookupTXT, readers: reader.NewPool(reader.DefaultBounds()),
	}
}

// Describe says what a mailbox can ever do.
func (a *Adapter) Describe() channel.Description {
	return channel.Description{
		Adapter:      "email",
		Version:      version,
		ConfigSchema: a.schema,
		Capabilities: []channel.Capability{
			channel.CapabilityIngest, channel.CapabilitySend, channel.CapabilityLookup,
			channel.CapabilityInterpret, channel.CapabilityReports,
		},
		AddressKinds: []string{kindEmail},
		DisplayName:  map[string]string{"it": "Posta elettronica", "en": "E-mail"},
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
	a.trial(config, check, false, func(step channel.Step) {
		if finding, ended := step.Finding(); ended {
			findings = append(findings, finding)
		}
	}).run(ctx)
	return findings
}

// Try goes through each step, from the servers' names to a letter that the
// mailbox writes to itself.
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
	a.trial(config, check, true, report).run(ctx)
}

func (a *Adapter) trial(config Config, check channel.Check, letter bool, report func(channel.Step)) *trial {
	return &trial{
		config: config, language: check.Language, id: check.Trial, letter: letter, now: a.now, patience: a.patience,
		report: report, lookupTXT: a.lookupTXT,
	}
}

// Open makes a mailbox ready. It asks the outgoing server how large a message may be, and connects to nothing else yet.
func (a *Adapter) Open(ctx context.Context, opening channel.Opening) (channel.Channel, error) {
	config, err := decode(channel.Check{Config: opening.Config, Secrets: opening.Secrets})
	if err != nil {
		return nil, err
	}
	if wrong := config.mistakes(); len(wrong) > 0 {
		return nil, channel.Misconfigured(wrong[0].code, wrong[0].pointer+" "+wrong[0].en, nil)
	}
	return newMailbox(ctx, config, opening, a)
}

func inLanguage(language, it, en string) string {
	if strings.HasPrefix(language, "en") {
		return en
	}
	return it
}
