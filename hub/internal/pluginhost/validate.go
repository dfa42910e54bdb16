package pluginhost

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
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

// Severity says how grave a diagnostic is.
type Severity string

// The severities.
const (
	SeverityOK      Severity = "ok"
	SeverityWarning Severity = "warning"
	SeverityError   Severity = "error"
)

// Diagnostic is one judgement on a configuration.
type Diagnostic struct {
	Severity Severity
	// Pointer is the JSON pointer of the field; empty for the whole.
	Pointer string
	// Code is stable, for translation: "imap.auth".
	Code    string
	Summary string
	// Remedy says what to do about it.
	Remedy string
	// Took is how long a step of a probe lasted.
	Took time.Duration
}

// Check is a configuration to judge.
type Check struct {
	Adapter string
	// Channel lends the secrets that are stored and were not typed again; optional.
	Channel id.Channel
	Config  json.RawMessage
	// Secrets by JSON pointer.
	Secrets map[string]string
	// Probe dials out and tries each step.
	Probe bool
	// Language tag of the answers.
	Language string
}

// Validate judges a configuration: first by the schema, then, when that is content, by the adapter.
func (h *Host) Validate(ctx context.Context, c Check) ([]Diagnostic, error) {
	u := h.main(c.Adapter)
	if u == nil {
		return nil, fault.NotFound("adapter %q is not installed", c.Adapter)
	}
	r := u.current()
	if r == nil {
		return nil, fault.Unavailable("adapter %s is not running", c.Adapter)
	}
	secrets := maps.Clone(c.Secrets)
	if !c.Channel.IsZero() {
		stored, err := h.Channels.Secrets(ctx, h.Pool, c.Channel)
		if err != nil {
			return nil, err
		}
		maps.Copy(stored, secrets)
		secrets = stored
	}
	config, err := r.about.complete(c.Config)
	if err != nil {
		return nil, fault.Invalid("config", "channel.config", "judging a configuration: %w", err)
	}
	if wrong := r.about.check(config, secrets); len(wrong) > 0 {
		return wrong[:min(len(wrong), maxDiagnostics)], nil
	}
	u.redact.Learn(secrets)
	wait := judgeWait
	if c.Probe {
		wait = probeWait
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	answer, err := r.API.Validate(ctx, &channelpb.ValidateRequest{
		ConfigJson: config, Secrets: secrets, Probe: c.Probe, Language: c.Language,
	})
	if err != nil {
		return nil, fault.Unavailable("adapter %s did not judge: %s", c.Adapter, u.redact.Clean(err.Error()))
	}
	return u.diagnostics(answer.GetDiagnostics()), nil
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
