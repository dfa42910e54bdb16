package email

import (
	"context"
	"strings"
	"time"

	"sportello.dev/adapters/internal/reader"
	"sportello.dev/plugins-sdk/channel"
)

// version is the semantic version of the adapter.
const version = "1.0.0"

// Adapter makes channels of mailboxes.
type Adapter struct {
	schema []byte
	now    func() time.Time
	pace   pace
	// readers read foreign mail in processes of their own.
	readers *reader.Pool
}

// New returns the adapter; now is its clock. It reads mail only in a program whose main begins with reader.Become.
func New(now func() time.Time) *Adapter {
	return &Adapter{schema: channel.Schema[Config](), now: now, pace: ordinaryPace(), readers: reader.NewPool(reader.DefaultBounds())}
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
	return newProber(config, check.Language, a.now).run(ctx)
}

// Open makes a mailbox ready. It connects to nothing yet.
func (a *Adapter) Open(_ context.Context, opening channel.Opening) (channel.Channel, error) {
	config, err := decode(channel.Check{Config: opening.Config, Secrets: opening.Secrets})
	if err != nil {
		return nil, err
	}
	if wrong := config.mistakes(); len(wrong) > 0 {
		return nil, channel.Misconfigured(wrong[0].code, wrong[0].pointer+" "+wrong[0].en, nil)
	}
	return newMailbox(config, opening, a.now, a.pace, a.readers)
}

func inLanguage(language, it, en string) string {
	if strings.HasPrefix(language, "en") {
		return en
	}
	return it
}
