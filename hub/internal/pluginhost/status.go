package pluginhost

import (
	"slices"
	"strings"
	"time"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/pluginhost/internal/logtail"
)

// LogLine is one line of an adapter's log.
type LogLine = logtail.Line

// AdapterStatus is how one supervised process is, on this replica.
type AdapterStatus struct {
	Adapter string
	// Channel is set for a process of one channel.
	Channel id.Channel
	Version string
	State   UnitState
	Since   time.Time
	// PID is 0 when there is no process.
	PID int
	// Restarts since the hub started.
	Restarts int
	// Failure is why it is not ready, or why it last ended.
	Failure string
	// RetryAt is when it will be started again, in back-off and quarantine.
	RetryAt  time.Time
	Channels []ChannelStatus
}

// ChannelStatus is how a channel is, on this replica.
type ChannelStatus struct {
	ID   id.Channel
	Slug string
	Open bool
	// Lease says that this replica ingests from it.
	Lease  bool
	Health channel.Health
	// Backlog is what waits at the provider; -1 unknown.
	Backlog int64
	// Failure is why it is not open.
	Failure string
}

// Status tells how everything is, by adapter.
func (h *Host) Status() []AdapterStatus {
	all := h.all()
	slices.SortFunc(all, func(a, b *unit) int { return strings.Compare(a.name, b.name) })
	out := make([]AdapterStatus, 0, len(all))
	for _, u := range all {
		out = append(out, u.status())
	}
	return out
}

// Logs are the last lines of an adapter's own process, or of the one of a channel, oldest first.
func (h *Host) Logs(adapter string, channelID id.Channel) ([]LogLine, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	u := h.units[adapter]
	if dedicated := h.units[adapter+"/"+channelID.String()]; dedicated != nil {
		u = dedicated
	}
	if u == nil {
		return nil, fault.NotFound("adapter %q is not installed", adapter)
	}
	return u.sink.Tail(), nil
}

func (u *unit) status() AdapterStatus {
	u.mu.Lock()
	defer u.mu.Unlock()
	st := AdapterStatus{
		Adapter: u.entry.Name, Version: u.entry.Version, State: u.state, Since: u.since, Restarts: u.restarts, Failure: u.failure,
	}
	if u.known != nil {
		st.Version = u.known.Version
	}
	if u.state == Backoff || u.state == Quarantined {
		st.RetryAt = u.retryAt
	}
	if u.running != nil {
		st.PID = u.running.PID()
	}
	for channelID, c := range u.wanted {
		if u.dedicated {
			st.Channel = channelID
		}
		cs := ChannelStatus{ID: channelID, Slug: c.Slug, Health: channel.Health{State: channel.Down}, Backlog: -1}
		if u.running != nil && u.running.seats[channelID] != nil {
			u.running.seats[channelID].fill(&cs)
		}
		st.Channels = append(st.Channels, cs)
	}
	slices.SortFunc(st.Channels, func(a, b ChannelStatus) int { return strings.Compare(a.Slug, b.Slug) })
	return st
}

func (s *seat) fill(cs *ChannelStatus) {
	s.mu.Lock()
	cs.Health, cs.Backlog, cs.Failure = s.summary(), s.backlog, s.failure
	o := s.open
	s.mu.Unlock()
	if o != nil {
		cs.Open, cs.Lease = true, o.leads()
	}
}
