package pluginhost

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/pluginhost/internal/translation"
	"sportello.dev/plugins-sdk/channelpb"
)

const (
	// maxDiagnostics bounds what a screen has to show.
	maxDiagnostics = 200
	// judgeWait bounds a judgement without probing; one that dials out may take probeWait.
	judgeWait = 10 * time.Second
	probeWait = time.Minute
)

// Words of package channel, as callers of this one use them.
type (
	// Check is a configuration to judge.
	Check = channel.Check
	// Diagnostic is one judgement on a configuration.
	Diagnostic = channel.Diagnostic
	// Severity says how grave a diagnostic is.
	Severity = channel.Severity
)

// The severities.
const (
	SeverityOK      = channel.SeverityOK
	SeverityWarning = channel.SeverityWarning
	SeverityError   = channel.SeverityError
)

// Validate judges a configuration: first by the schema, then, when that is content, by the adapter.
func (h *Host) Validate(ctx context.Context, c Check) ([]Diagnostic, error) {
	judged, wrong, err := h.judge(ctx, c)
	if err != nil || len(wrong) > 0 {
		return wrong[:min(len(wrong), maxDiagnostics)], err
	}
	wait := judgeWait
	if c.Probe {
		wait = probeWait
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	answer, err := judged.API.Validate(ctx, &channelpb.ValidateRequest{
		ConfigJson: judged.config, Secrets: judged.secrets, Probe: c.Probe, Language: c.Language,
	})
	if err != nil {
		return nil, fault.Unavailable("adapter %s did not judge: %s", c.Adapter, judged.unit.redact.Clean(err.Error()))
	}
	return judged.unit.diagnostics(answer.GetDiagnostics()), nil
}

// judged is a configuration that its schema allows, with the process to ask about it.
type judged struct {
	*running

	unit    *unit
	config  []byte
	secrets map[string]string
}

// judge completes a configuration with defaults and stored secrets and holds it against the schema.
func (h *Host) judge(ctx context.Context, c Check) (judged, []Diagnostic, error) {
	u := h.main(c.Adapter)
	if u == nil {
		return judged{}, nil, fault.NotFound("adapter %q is not installed", c.Adapter)
	}
	r := u.current()
	if r == nil {
		return judged{}, nil, fault.Unavailable("adapter %s is not running", c.Adapter)
	}
	secrets, again, err := h.lend(ctx, c, r.about)
	if err != nil {
		return judged{}, nil, err
	}
	config, err := r.about.complete(c.Config)
	if err != nil {
		return judged{}, nil, fault.Invalid("config", "channel.config", "judging a configuration: %w", err)
	}
	wrong := append(r.about.exposed(config), again...)
	if len(wrong) == 0 {
		wrong = r.about.check(config, secrets)
	}
	u.redact.Learn(secrets)
	return judged{running: r, unit: u, config: config, secrets: secrets}, wrong, nil
}

// lend adds the stored secrets that were not typed again. They are lent to the servers they were given for: where one of
// these changes, each must be typed again, so that nobody reads a secret by sending it to a server of his own.
func (h *Host) lend(ctx context.Context, c Check, known *about) (map[string]string, []Diagnostic, error) {
	secrets := maps.Clone(c.Secrets)
	if secrets == nil {
		secrets = map[string]string{}
	}
	if c.Channel.IsZero() {
		return secrets, nil, nil
	}
	before, err := h.Channels.Get(ctx, h.Pool, c.Channel)
	if err != nil {
		return nil, nil, err
	}
	stored, err := h.Channels.Secrets(ctx, h.Pool, c.Channel)
	if err != nil {
		return nil, nil, err
	}
	elsewhere := known.otherPeers(before.Config, c.Config)
	var again []Diagnostic
	for _, pointer := range slices.Sorted(maps.Keys(stored)) {
		_, typed := secrets[pointer]
		switch {
		case typed || slices.Contains(c.Forget, pointer):
		case elsewhere:
			again = append(again, Diagnostic{
				Severity: SeverityError, Pointer: pointer, Code: "config.secret_again",
				Summary: "A server changed: type this secret again.",
			})
		default:
			secrets[pointer] = stored[pointer]
		}
	}
	return secrets, again, nil
}

func (u *unit) diagnostics(in []*channelpb.Diagnostic) []Diagnostic {
	out := make([]Diagnostic, 0, len(in))
	for _, d := range in[:min(len(in), maxDiagnostics)] {
		severity := SeverityError
		switch d.GetSeverity() {
		case channelpb.Diagnostic_SEVERITY_OK:
			severity = SeverityOK
		case channelpb.Diagnostic_SEVERITY_WARNING:
			severity = SeverityWarning
		}
		out = append(out, Diagnostic{
			Severity: severity, Pointer: translation.Text(d.GetPointer(), 500), Code: translation.Text(d.GetCode(), 100),
			Summary: u.redact.Clean(translation.Text(d.GetSummary(), 1000)),
			Remedy:  u.redact.Clean(translation.Text(d.GetRemedy(), 1000)),
			Took:    d.GetTook().AsDuration(),
		})
	}
	return out
}

// Adapters lists what is installed and has described itself, by name.
func (h *Host) Adapters() []Adapter {
	var all []Adapter
	for _, entry := range h.Catalogue.Entries {
		if known := h.main(entry.Name).description(); known != nil {
			a := known.Adapter
			a.Isolated = h.isolates(a.Name, known)
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(a, b Adapter) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Describe answers for one adapter.
func (h *Host) Describe(adapter string) (Adapter, error) {
	for _, a := range h.Adapters() {
		if a.Name == adapter {
			return a, nil
		}
	}
	if h.main(adapter) == nil {
		return Adapter{}, fault.NotFound("adapter %q is not installed", adapter)
	}
	return Adapter{}, fmt.Errorf("describing an adapter: %w", fault.Unavailable("adapter %s has not started yet", adapter))
}
