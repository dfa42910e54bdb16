package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/id"
)

const (
	// trialWait bounds one write to somebody who watches a trial.
	trialWait = 10 * time.Second
	// trialBeat keeps proxies from closing a line on which a step takes long.
	trialBeat = 15 * time.Second
	// recordWait bounds keeping the outcome after the watcher has gone.
	recordWait = 5 * time.Second
)

// TryChannel goes through settings while somebody watches.
func (h setupRoutes) TryChannel(ctx context.Context, r api.TryChannelRequestObject) (api.TryChannelResponseObject, error) {
	in := r.Body
	check := channel.Check{
		Adapter: in.Adapter, Config: in.Settings, Secrets: value(in.Secrets, nil), Forget: value(in.Forget, nil),
		Language: string(value(in.Language, api.LanguageIt)),
	}
	if in.Channel != nil {
		check.Channel = id.Channel{UUID: *in.Channel}
		known, err := h.channels.Get(ctx, h.db, check.Channel)
		if err != nil {
			return nil, err
		}
		if known.Adapter != check.Adapter {
			return nil, fault.Invalid("adapter", "unknown", "channel %s has another adapter", check.Channel)
		}
	}
	if err := h.accept(ctx, check); err != nil {
		return nil, err
	}
	return trialStream{ctx: ctx, routes: h, check: check}, nil
}

// trialStream is an answer that lasts as long as the trial. It keeps the request's context because the generated
// interface hands over no other.
type trialStream struct {
	ctx    context.Context
	routes setupRoutes
	check  channel.Check
}

// VisitTryChannelResponse tries and tells. Whoever leaves ends the trial: nobody is left to read it.
func (s trialStream) VisitTryChannelResponse(w http.ResponseWriter) error {
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // nginx would hold events back
	w.WriteHeader(http.StatusOK)
	ctx, cancel := context.WithCancel(s.ctx)
	steps, done := make(chan channel.Step), make(chan error, 1)
	go func() {
		done <- s.routes.adapters.Try(ctx, s.check, func(step channel.Step) {
			select {
			case steps <- step:
			case <-ctx.Done():
			}
		})
	}()
	var trial channel.Trial
	over, err := s.tell(w, steps, done, &trial)
	cancel()
	if !over {
		<-done //nolint:errcheck // the watcher left: nobody is left to be told
		return nil
	}
	s.keep(trial)
	end := api.TrialEnd{Passed: err == nil && trial.Passed()}
	if err != nil {
		end.Problem = optional(sentence(err.Error()))
	}
	_ = event(w, "end", end) // nobody is left to be told
	return nil
}

// tell passes the steps on; over is false when the watcher left first.
func (s trialStream) tell(w http.ResponseWriter, steps <-chan channel.Step, done <-chan error, trial *channel.Trial) (over bool, err error) {
	beat := time.NewTicker(trialBeat)
	defer beat.Stop()
	for {
		var failed error
		select {
		case step := <-steps:
			trial.Report(step)
			failed = event(w, "step", stepOf(step))
		case <-beat.C:
			failed = write(w, []byte(": still here\n\n"))
		case err := <-done:
			return true, err
		case <-s.ctx.Done():
			failed = s.ctx.Err()
		}
		if failed != nil {
			return false, failed
		}
	}
}

// keep records the outcome on the channel. A failure to do so costs the record, not the trial.
func (s trialStream) keep(trial channel.Trial) {
	if s.check.Channel.IsZero() {
		return
	}
	record, err := json.Marshal(trial)
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), recordWait)
	defer cancel()
	_ = s.routes.channels.SetTrial(ctx, s.routes.db, s.check.Channel, record)
}

func event(w http.ResponseWriter, name string, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return write(w, fmt.Appendf(nil, "event: %s\ndata: %s\n\n", name, text))
}

func write(w http.ResponseWriter, text []byte) error {
	rc := http.NewResponseController(w)
	_ = rc.SetWriteDeadline(time.Now().Add(trialWait)) // a recorder of tests has none
	if _, err := w.Write(text); err != nil {
		return err
	}
	return rc.Flush()
}

func stepsOf(steps []channel.Step) []api.TrialStep {
	out := make([]api.TrialStep, len(steps))
	for i, step := range steps {
		out[i] = stepOf(step)
	}
	return out
}

func stepOf(step channel.Step) api.TrialStep {
	out := api.TrialStep{
		Name: step.Name, Title: step.Title, State: api.TrialStepState(step.State), Pointer: optional(step.Pointer), Code: optional(step.Code),
		Summary: optional(step.Summary), Remedy: optional(step.Remedy), Said: optional(step.Said),
	}
	if len(step.Choices) > 0 {
		out.Choices = &step.Choices
	}
	if step.Took > 0 {
		out.TookMs = new(step.Took.Milliseconds())
	}
	return out
}
