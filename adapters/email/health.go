package email

import (
	"sync"

	"sportello.dev/plugins-sdk/channel"
)

// healthBoard makes one report of the states of several parts: the folders
// that are read, and sending. The worst one shows.
type healthBoard struct {
	health *channel.Health

	mu      sync.Mutex
	parts   map[string]channel.Status
	backlog map[string]int64
}

func newHealthBoard(health *channel.Health) *healthBoard {
	return &healthBoard{health: health, parts: map[string]channel.Status{}, backlog: map[string]int64{}}
}

func (b *healthBoard) report(part string, status channel.Status) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.parts[part] = status
	b.publish()
}

// waiting notes how many messages of a folder were not delivered yet.
func (b *healthBoard) waiting(part string, messages int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.backlog[part] = messages
	b.publish()
}

// forget removes a part that ended.
func (b *healthBoard) forget(part string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.parts, part)
	delete(b.backlog, part)
}

func (b *healthBoard) publish() {
	worst := channel.Status{State: channel.HealthHealthy}
	for _, status := range b.parts {
		if badness(status.State) > badness(worst.State) {
			worst = status
		}
	}
	worst.Backlog = channel.UnknownBacklog
	if len(b.backlog) > 0 {
		worst.Backlog = 0
		for _, messages := range b.backlog {
			worst.Backlog += messages
		}
	}
	b.health.Report(worst)
}

func badness(state channel.HealthState) int {
	switch state {
	case channel.HealthMisconfigured:
		return 4
	case channel.HealthDown:
		return 3
	case channel.HealthDegraded:
		return 2
	case channel.HealthConnecting:
		return 1
	}
	return 0
}

// broken is the state that an error means. Only what an administrator must
// mend suspends a channel.
func broken(err error) channel.Status {
	failure := channel.AsFailure(err)
	status := channel.Status{State: channel.HealthDegraded, Code: failure.Code, Detail: failure.Detail}
	if failure.Class == channel.FailureConfig {
		status.State = channel.HealthMisconfigured
	}
	return status
}
