package channel

import (
	"sync"
	"time"
)

// HealthState is how a channel is.
type HealthState int32

// The states.
const (
	HealthConnecting HealthState = 1
	HealthHealthy    HealthState = 2
	// HealthDegraded: working with trouble.
	HealthDegraded HealthState = 3
	// HealthMisconfigured: refused credentials or settings; the hub suspends the channel.
	HealthMisconfigured HealthState = 4
	HealthDown          HealthState = 5
)

// Status is one report of a channel's health.
type Status struct {
	State HealthState
	// Code is stable: "imap.auth".
	Code string
	// Detail for the administrator, without secrets.
	Detail string
	// Since when; now if zero.
	Since time.Time
	// Backlog is the number of items waiting on the provider's side; UnknownBacklog if it cannot be known.
	Backlog int64
}

// UnknownBacklog says that the provider does not tell.
const UnknownBacklog = -1

// Health takes the reports of one channel. It is safe for concurrent use.
type Health struct {
	mu      sync.Mutex
	status  Status
	changed chan struct{}
}

// NewHealth starts as healthy, for channels that have nothing to report.
func NewHealth() *Health {
	return &Health{
		status:  Status{State: HealthHealthy, Since: time.Now(), Backlog: UnknownBacklog},
		changed: make(chan struct{}),
	}
}

// Report says how the channel is now. Repeating the same state keeps the time of the first.
func (h *Health) Report(status Status) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if status.Since.IsZero() {
		status.Since = time.Now()
		if status.State == h.status.State && status.Code == h.status.Code {
			status.Since = h.status.Since
		}
	}
	if status == h.status {
		return
	}
	h.status = status
	close(h.changed)
	h.changed = make(chan struct{})
}

// Status is the last report, and a channel that closes when there is another.
func (h *Health) Status() (Status, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.status, h.changed
}
