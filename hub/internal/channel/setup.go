package channel

import (
	"encoding/json"
	"time"

	"sportello.dev/hub/internal/id"
)

// Adapter is what a kind of adapter says of itself.
type Adapter struct {
	Name    string
	Version string
	// Schema is the JSON Schema of a channel's configuration; secrets are marked writeOnly.
	Schema       json.RawMessage
	Capabilities []Capability
	AddressKinds []string
	// DisplayName by language tag.
	DisplayName map[string]string
	// Isolated says that each channel gets a process of its own.
	Isolated bool
}

// Check is a configuration to judge.
type Check struct {
	Adapter string
	// Channel lends the secrets that are stored and were not typed again; optional.
	Channel id.Channel
	Config  json.RawMessage
	// Secrets by JSON pointer.
	Secrets map[string]string
	// Forget names stored secrets that are not to be lent.
	Forget []string
	// Probe dials out and tries each step.
	Probe bool
	// Language tag of the answers.
	Language string
}

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

// StepState is how far a step is.
type StepState string

// The states of a step.
const (
	StepPlanned StepState = "planned"
	StepRunning StepState = "running"
	StepPassed  StepState = "passed"
	StepWarning StepState = "warning"
	StepFailed  StepState = "failed"
	// StepSkipped was not tried, because a step before it failed.
	StepSkipped StepState = "skipped"
)

// Step is one step of a trial; a later report of the same name replaces it.
type Step struct {
	Name    string    `json:"name"`
	Title   string    `json:"title"`
	State   StepState `json:"state"`
	Pointer string    `json:"pointer,omitempty"`
	Code    string    `json:"code,omitempty"`
	Summary string    `json:"summary,omitempty"`
	Remedy  string    `json:"remedy,omitempty"`
	// Said is what the provider said, word for word.
	Said string `json:"said,omitempty"`
	// Choices are values that the field at Pointer could have.
	Choices []string      `json:"choices,omitempty"`
	Took    time.Duration `json:"took,omitempty"`
}

// Trial keeps the last word on each step, in the order of their first report.
type Trial []Step

// Report takes a step.
func (t *Trial) Report(step Step) {
	for i := range *t {
		if (*t)[i].Name == step.Name {
			(*t)[i] = step
			return
		}
	}
	*t = append(*t, step)
}

// Passed says that something was tried and nothing failed.
func (t *Trial) Passed() bool {
	for _, step := range *t {
		if step.State == StepFailed {
			return false
		}
	}
	return len(*t) > 0
}
