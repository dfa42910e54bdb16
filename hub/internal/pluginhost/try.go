package pluginhost

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/pluginhost/internal/translation"
	"sportello.dev/plugins-sdk/channelpb"
)

const (
	// tryWait bounds a trial: it waits a minute for its letter.
	tryWait = 4 * time.Minute
	// maxReports and maxChoices bound what a screen has to show.
	maxReports = 500
	maxChoices = 200
)

// Try goes through a configuration with the real provider and reports each step. What schema or adapter refuse is not
// tried: ask Validate before. An adapter without trials is probed instead.
func (h *Host) Try(ctx context.Context, c Check, report func(channel.Step)) error {
	judged, wrong, err := h.judge(ctx, c)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return fault.Invalid(wrong[0].Pointer, wrong[0].Code, "trying a configuration: %s", wrong[0].Summary)
	}
	ctx, cancel := context.WithTimeout(ctx, tryWait)
	defer cancel()
	trial, err := h.Channels.BeginTrial(ctx, h.Pool)
	if err != nil {
		return err
	}
	stream, err := judged.API.Try(ctx, &channelpb.TryRequest{
		ConfigJson: judged.config, Secrets: judged.secrets, Language: c.Language, Trial: trial,
	})
	for range maxReports {
		if err != nil {
			break
		}
		var answer *channelpb.TryResponse
		if answer, err = stream.Recv(); err == nil {
			report(judged.unit.step(answer))
		}
	}
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return nil
	case status.Code(err) == codes.Unimplemented:
		return h.probeInstead(ctx, c, report)
	}
	return fault.Unavailable("adapter %s did not finish the trial: %s", c.Adapter, judged.unit.redact.Clean(err.Error()))
}

func (h *Host) probeInstead(ctx context.Context, c Check, report func(channel.Step)) error {
	c.Probe = true
	found, err := h.Validate(ctx, c)
	if err != nil {
		return err
	}
	states := map[Severity]channel.StepState{
		SeverityOK: channel.StepPassed, SeverityWarning: channel.StepWarning, SeverityError: channel.StepFailed,
	}
	for _, d := range found {
		report(channel.Step{
			Name: d.Code, Title: d.Summary, State: states[d.Severity], Pointer: d.Pointer, Code: d.Code, Remedy: d.Remedy, Took: d.Took,
		})
	}
	return nil
}

var stepStates = map[channelpb.TryResponse_State]channel.StepState{
	channelpb.TryResponse_STATE_PLANNED: channel.StepPlanned, channelpb.TryResponse_STATE_RUNNING: channel.StepRunning,
	channelpb.TryResponse_STATE_PASSED: channel.StepPassed, channelpb.TryResponse_STATE_WARNING: channel.StepWarning,
	channelpb.TryResponse_STATE_FAILED: channel.StepFailed, channelpb.TryResponse_STATE_SKIPPED: channel.StepSkipped,
}

func (u *unit) step(in *channelpb.TryResponse) channel.Step {
	finding := in.GetFinding()
	out := channel.Step{
		Name: translation.Text(in.GetStep(), 100), Title: u.redact.Clean(translation.Text(in.GetTitle(), 300)), State: stepStates[in.GetState()],
		Pointer: translation.Text(finding.GetPointer(), 500), Code: translation.Text(finding.GetCode(), 100),
		Summary: u.redact.Clean(translation.Text(finding.GetSummary(), 1000)), Remedy: u.redact.Clean(translation.Text(finding.GetRemedy(), 1000)),
		Said: u.redact.Clean(translation.Text(in.GetSaid(), 1000)), Took: finding.GetTook().AsDuration(),
	}
	if out.State == "" {
		out.State = channel.StepFailed
	}
	for _, choice := range in.GetChoices()[:min(len(in.GetChoices()), maxChoices)] {
		out.Choices = append(out.Choices, u.redact.Clean(translation.Text(choice, 400)))
	}
	return out
}
