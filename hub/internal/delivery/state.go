package delivery

import (
	"errors"
	"slices"
)

// State is where a delivery stands; the database constrains it to these words.
type State string

// The states of a delivery. Uncertain means that an attempt was made and nothing proves how it ended.
const (
	Queued    State = "queued"
	Sending   State = "sending"
	Accepted  State = "accepted"
	Sent      State = "sent"
	Delivered State = "delivered"
	Read      State = "read"
	Failed    State = "failed"
	Expired   State = "expired"
	Cancelled State = "cancelled"
	Uncertain State = "uncertain"
)

// ErrNotAttempted says that the provider was certainly not called: no adapter, channel closed, not the lease holder.
var ErrNotAttempted = errors.New("not attempted")

// Cause is who or what moves a delivery from one state to another.
type Cause string

// The causes of a transition. Proof is a look-up or receipt; SameKey a repetition that the provider recognises. Answer and
// Withdrawal are what ended the question that a letter asks; the database takes the letter back, see take_back_letters.
const (
	ByWorker   Cause = "worker"
	ByReport   Cause = "report"
	ByProof    Cause = "proof"
	BySameKey  Cause = "same_key"
	ByOperator Cause = "operator"
	ByClock    Cause = "clock"

	ByAnswer     Cause = "ask_answered"
	ByWithdrawal Cause = "ask_withdrawn"
)

// transition is one allowed step and the causes that allow it.
type transition struct {
	from, to State
	causes   []Cause
}

// transitions is the whole life of a delivery; what is not here does not happen. A state moves forward by reports,
// and a later report may turn sent into failed. Uncertain leaves only by proof, by the same key, or by an operator.
var transitions = []transition{
	{Queued, Sending, []Cause{ByWorker}},
	{Queued, Cancelled, []Cause{ByOperator, ByAnswer, ByWithdrawal}},
	{Queued, Expired, []Cause{ByClock}},
	{Queued, Failed, []Cause{ByWorker, ByOperator}},
	{Sending, Queued, []Cause{ByWorker, ByProof, BySameKey}},
	{Sending, Accepted, []Cause{ByWorker, ByProof, ByReport}},
	{Sending, Sent, []Cause{ByWorker, ByProof, ByReport}},
	{Sending, Delivered, []Cause{ByWorker, ByProof, ByReport}},
	{Sending, Failed, []Cause{ByWorker, ByReport}},
	{Sending, Uncertain, []Cause{ByWorker, ByClock}},
	{Accepted, Sent, []Cause{ByReport}},
	{Accepted, Delivered, []Cause{ByReport}},
	{Accepted, Read, []Cause{ByReport}},
	{Accepted, Failed, []Cause{ByReport}},
	{Accepted, Expired, []Cause{ByReport}},
	{Sent, Delivered, []Cause{ByReport}},
	{Sent, Read, []Cause{ByReport}},
	{Sent, Failed, []Cause{ByReport}},
	{Sent, Expired, []Cause{ByReport}},
	{Delivered, Read, []Cause{ByReport}},
	{Delivered, Failed, []Cause{ByReport}},
	{Uncertain, Accepted, []Cause{ByProof, ByReport, ByOperator}},
	{Uncertain, Sent, []Cause{ByProof, ByReport, ByOperator}},
	{Uncertain, Delivered, []Cause{ByProof, ByReport}},
	{Uncertain, Read, []Cause{ByReport}},
	{Uncertain, Failed, []Cause{ByProof, ByReport, ByOperator}},
	{Uncertain, Queued, []Cause{ByProof, BySameKey}},
}

// May tells whether cause may move a delivery from s to the other state.
func (s State) May(to State, cause Cause) bool {
	return slices.ContainsFunc(transitions, func(t transition) bool {
		return t.from == s && t.to == to && slices.Contains(t.causes, cause)
	})
}

// Final tells whether nothing more is expected to happen by itself.
func (s State) Final() bool {
	return slices.Contains([]State{Read, Failed, Expired, Cancelled}, s)
}
