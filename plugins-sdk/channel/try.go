package channel

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/plugins-sdk/channelpb"
)

// Trier is an Adapter that goes through a configuration with the real provider, step by step, for an administrator who
// watches. Unlike a probe it may send one test message from the channel's own address to itself, and removes it again. The
// message carries Check.Trial, and whoever takes it in puts that into InboundMessage.Trial.
type Trier interface {
	// Try reports each step first as planned, then when it begins and when it ends. The SDK has checked the schema and
	// asked the Validator before. It returns when nothing more will be reported or ctx is done.
	Try(ctx context.Context, check Check, report func(Step))
}

// Step is the state of one step of a trial; a later report of the same Name replaces it.
type Step struct {
	// Name is stable: "imap.tls".
	Name string
	// Title is what is tried, in the language asked for.
	Title string
	State StepState
	// Pointer is the JSON pointer (RFC 6901) of the field concerned, empty for the whole.
	Pointer string
	// Code is stable, for translation: "imap.auth".
	Code string
	// Summary is one sentence about the outcome, Remedy what to do about it, in the language asked for.
	Summary string
	Remedy  string
	// Said is what the provider said, word for word.
	Said string
	// Choices are values that the field could have: the folders that there are.
	Choices []string
	Took    time.Duration
}

// StepState is how far a step is.
type StepState int32

// The states of a step.
const (
	StepPlanned StepState = 1
	StepRunning StepState = 2
	StepPassed  StepState = 3
	// StepWarning: it works, with something to know.
	StepWarning StepState = 4
	StepFailed  StepState = 5
	// StepSkipped was not tried, because a step before it failed.
	StepSkipped StepState = 6
)

// Finding is what a step that ended says of the configuration; a step that did not end, or was skipped, says nothing.
func (s Step) Finding() (finding Diagnostic, ended bool) {
	severity := s.State.severity()
	return Diagnostic{Severity: severity, Pointer: s.Pointer, Code: s.Code, Summary: s.Summary, Remedy: s.Remedy, Took: s.Took}, severity != 0
}

// severity of a step that ended; zero for one that did not.
func (s StepState) severity() Severity {
	switch s {
	case StepPassed:
		return SeverityOK
	case StepWarning:
		return SeverityWarning
	case StepFailed:
		return SeverityError
	}
	return 0
}

// Try goes through a configuration; one that the schema or the adapter refuses is not tried.
func (s *Server) Try(request *channelpb.TryRequest, stream grpc.ServerStreamingServer[channelpb.TryResponse]) error {
	trier, ok := s.adapter.(Trier)
	if !ok {
		return status.Error(codes.Unimplemented, "this adapter has no trial")
	}
	s.redactor.Learn(request.GetSecrets())
	check := Check{Config: request.GetConfigJson(), Secrets: request.GetSecrets(), Probe: true, Language: request.GetLanguage(), Trial: request.GetTrial()}
	if findings := s.judge.check(check); len(findings) > 0 {
		return status.Error(codes.InvalidArgument, s.redactor.Clean(findings[0].Pointer+" "+findings[0].Summary))
	}
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	var mu sync.Mutex
	var failed error
	trier.Try(ctx, check, func(step Step) {
		mu.Lock()
		defer mu.Unlock()
		if failed != nil {
			return
		}
		if failed = stream.Send(s.stepToProto(step)); failed != nil {
			cancel()
		}
	})
	mu.Lock()
	defer mu.Unlock()
	return failed
}

func (s *Server) stepToProto(step Step) *channelpb.TryResponse {
	finding, _ := step.Finding()
	finding.Summary, finding.Remedy = s.redactor.Clean(finding.Summary), s.redactor.Clean(finding.Remedy)
	out := &channelpb.TryResponse{
		Step: step.Name, Title: step.Title, State: channelpb.TryResponse_State(step.State),
		Said: s.redactor.Clean(step.Said), Choices: step.Choices, Finding: diagnosticToProto(finding),
	}
	sanitize(out)
	return out
}

// StepFromProto maps a step from the wire.
func StepFromProto(in *channelpb.TryResponse) Step {
	finding := in.GetFinding()
	return Step{
		Name: in.GetStep(), Title: in.GetTitle(), State: StepState(in.GetState()), Pointer: finding.GetPointer(),
		Code: finding.GetCode(), Summary: finding.GetSummary(), Remedy: finding.GetRemedy(), Said: in.GetSaid(),
		Choices: in.GetChoices(), Took: durationFromProto(finding.GetTook()),
	}
}
