package delivery

import "errors"

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
