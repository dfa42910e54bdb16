package pluginhost

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"sportello.dev/hub/internal/blob"
	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/id"
)

// Host runs the adapters of one replica.
type Host struct {
	Config

	limiter  *limiter
	recorder *blob.Recorder
	// refresh asks for the table of channels to be read now.
	refresh chan struct{}

	mu    sync.Mutex
	units map[string]*unit
	// missing are channels whose adapter is not in the catalogue.
	missing map[id.Channel]bool
}

// New prepares a host; Run starts it.
func New(cfg Config) (*Host, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	h := &Host{
		Config: cfg, limiter: newLimiter(cfg.Now), recorder: blob.NewRecorder(cfg.Pool), refresh: make(chan struct{}, 1),
		units: map[string]*unit{}, missing: map[id.Channel]bool{},
	}
	for _, entry := range cfg.Catalogue.Entries {
		h.units[entry.Name] = newUnit(h, entry, entry.Name)
	}
	return h, nil
}

// Run keeps the adapters running until ctx ends; then it closes the channels and stops the processes.
func (h *Host) Run(ctx context.Context) error {
	// Units are stopped by a cancellation of their own, so that each is one that this function started.
	running, stop := context.WithCancel(ctx)
	var units sync.WaitGroup
	defer h.removeRunDir()
	defer units.Wait()
	defer stop()
	started := map[*unit]bool{}
	tick := time.NewTicker(h.Timing.Poll)
	defer tick.Stop()
	for {
		for _, u := range h.assign(ctx) {
			if !started[u] {
				started[u] = true
				units.Go(func() { u.run(running) })
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-h.refresh:
		case <-tick.C:
		}
	}
}

// removeRunDir leaves what is not empty; the next start empties it.
func (h *Host) removeRunDir() { _ = os.Remove(h.RunDir) }

// Refresh makes the host look at the channels at once, after one was created, changed or resumed.
func (h *Host) Refresh() { wake(h.refresh) }

// Retry starts the adapter's processes now if they wait to be started again.
func (h *Host) Retry(adapter string) {
	for _, u := range h.all() {
		if u.entry.Name == adapter {
			wake(u.retry)
		}
	}
}

// assign reads the channels, tells each unit which are its own, and answers all units. While the database is away, all
// stays as it is.
func (h *Host) assign(ctx context.Context) []*unit {
	channels, err := h.Channels.List(ctx, h.Pool)
	if err != nil {
		if ctx.Err() == nil {
			h.Log.Warn("channels not read", "error", err)
		}
		return h.all()
	}
	shares := map[*unit]map[id.Channel]*channel.Channel{}
	for _, u := range h.all() {
		shares[u] = map[id.Channel]*channel.Channel{}
	}
	for _, c := range channels {
		u := h.unitFor(c)
		if u == nil {
			h.reportMissing(ctx, c)
			continue
		}
		if shares[u] == nil {
			shares[u] = map[id.Channel]*channel.Channel{}
		}
		shares[u][c.ID] = c
	}
	for u, share := range shares {
		u.want(share)
	}
	return h.all()
}

// unitFor finds the unit of a channel; nil if its adapter is not installed. While the adapter has not said yet whether it
// isolates, the channel belongs to the adapter's own unit, which will not seat it then.
func (h *Host) unitFor(c *channel.Channel) *unit {
	h.mu.Lock()
	defer h.mu.Unlock()
	main := h.units[c.Adapter]
	if main == nil || !h.isolates(main.entry.Name, main.description()) {
		return main
	}
	key := c.Adapter + "/" + c.ID.String()
	if h.units[key] == nil {
		h.units[key] = newUnit(h, main.entry, c.Adapter+"/"+c.Slug)
		h.units[key].dedicated = true
	}
	return h.units[key]
}

// isolates tells whether each channel of an adapter has a process of its own.
func (h *Host) isolates(adapter string, known *about) bool {
	if isolate, ok := h.Isolate[adapter]; ok {
		return isolate
	}
	return known != nil && known.Isolated
}

func (h *Host) reportMissing(ctx context.Context, c *channel.Channel) {
	h.mu.Lock()
	known := h.missing[c.ID]
	h.missing[c.ID] = true
	h.mu.Unlock()
	if known || !c.Wanted() {
		return
	}
	h.Log.Error("a channel's adapter is not installed", "channel_id", c.ID.String(), "adapter", c.Adapter)
	health := channel.Health{State: channel.Down, Code: "adapter.missing", Detail: c.Adapter}
	if err := h.Channels.SetHealth(ctx, h.Pool, c.ID, c.Revision, health); err != nil {
		h.Log.Warn("health not recorded", "channel_id", c.ID.String(), "error", err)
	}
}

func (h *Host) all() []*unit {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*unit, 0, len(h.units))
	for _, u := range h.units {
		all = append(all, u)
	}
	return all
}

// main is the unit of an adapter as such.
func (h *Host) main(adapter string) *unit {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.units[adapter]
}

// openChannel finds a channel that is open on this replica.
func (h *Host) openChannel(channelID id.Channel) *opened {
	for _, u := range h.all() {
		if s := u.seatOf(channelID); s != nil {
			if o := s.usable(); o != nil {
				return o
			}
		}
	}
	return nil
}

func (h *Host) publicURL(adapter, slug string) string {
	return fmt.Sprintf("%s/c/%s/%s/", h.publicOrigin(), adapter, slug)
}
