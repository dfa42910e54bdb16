package thread

import (
	"time"

	"sportello.dev/hub/internal/ticket"
)

// Caps on what letters of one sender, or to one ticket, may set off by themselves. What exceeds them waits for a person:
// two machines that answer each other must not fill the inbox.
const (
	beginWindow  = 10 * time.Minute
	maxBegun     = 20
	reopenWindow = time.Hour
	maxReopened  = 5
)

// capped holds a person's message that would begin one ticket too many, or open one again too often, unless an operator
// has looked at it.
func (e *Evidence) capped(d Decision) (Decision, bool) {
	if !e.Class.Human() || e.Reviewed {
		return d, false
	}
	code := ""
	switch d.Outcome {
	case Begin:
		if !e.Sender.IsZero() && e.BegunLately >= maxBegun {
			code = ticket.ReasonManyNew
		}
	case Attach:
		if c := e.Candidates[d.Ticket]; !c.Status.Open() && c.ReopenedLately >= maxReopened {
			code = ticket.ReasonManyReopened
		}
	}
	if code == "" {
		return d, false
	}
	return e.decide(Decision{Outcome: Hold, Confidence: ConfidenceLow}, code, d.Reason.Params), true
}
