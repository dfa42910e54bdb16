package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/pluginhost/internal/translation"
	"sportello.dev/plugins-sdk/channelpb"
)

// condition is how a channel is: what its adapter says, and what the hub sees. Guarded by the seat's lock.
type condition struct {
	// recording is held while the database is told: of two who tell it at once, the one who knows less could come last.
	recording sync.Mutex

	health  channel.Health
	backlog int64
	// trouble is a fault of the ingest stream that the adapter does not know of.
	trouble string
	// written is what the database knows.
	written channel.Health
}

func newCondition() condition {
	return condition{health: channel.Health{State: channel.Unknown}, backlog: -1}
}

// summary is the worse of both views.
func (c *condition) summary() channel.Health {
	if c.trouble != "" && (c.health.State == channel.Healthy || c.health.State == channel.Unknown) {
		return channel.Health{State: channel.Degraded, Code: c.trouble}
	}
	return c.health
}

// watchHealth follows the adapter's reports until ctx ends.
func (s *seat) watchHealth(ctx context.Context, o *opened) error {
	retry := backoff{least: s.host.Timing.RetryMin, most: s.host.Timing.RetryMax}
	for {
		err := s.followHealth(ctx, o)
		switch {
		case ctx.Err() != nil || errors.Is(err, errReopen):
			return err
		case status.Code(err) == codes.Unimplemented:
			// A channel with nothing to report is taken for well.
			s.setHealth(ctx, o, channel.Health{State: channel.Healthy}, -1)
			<-ctx.Done()
			return nil
		}
		s.log.Debug("health reports ended", "error", s.unit.redact.Clean(fmt.Sprint(err)))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(retry.wait()):
		}
	}
}

func (s *seat) followHealth(ctx context.Context, o *opened) error {
	stream, err := s.proc.API.WatchHealth(ctx, &channelpb.WatchHealthRequest{ChannelId: s.id.String()})
	if err != nil {
		return err
	}
	for {
		report, err := stream.Recv()
		if err != nil {
			return err
		}
		h := translation.Health(report)
		h.Code, h.Detail = s.unit.redact.Clean(h.Code), s.unit.redact.Clean(h.Detail)
		s.setHealth(ctx, o, h, report.GetBacklog())
		if h.State != channel.Misconfigured {
			continue
		}
		if err := s.suspend(ctx, o.revision, h.Code, h.Detail); err != nil {
			return err
		}
		return errReopen
	}
}

func (s *seat) setHealth(ctx context.Context, o *opened, h channel.Health, backlog int64) {
	s.mu.Lock()
	s.health, s.backlog = h, backlog
	s.mu.Unlock()
	s.publish(ctx, o)
}

// setTrouble notes what the hub sees; empty when all is well again.
func (s *seat) setTrouble(ctx context.Context, o *opened, code string) {
	s.mu.Lock()
	changed := s.trouble != code
	s.trouble = code
	s.mu.Unlock()
	if changed {
		s.publish(ctx, o)
	}
}

// publish records the channel's health, on the replica that holds it; it is called again with every renewal of the
// lease, so that a failed attempt is made good.
func (s *seat) publish(ctx context.Context, o *opened) {
	if _, held := o.tenure.current(); !held {
		return
	}
	s.recording.Lock()
	defer s.recording.Unlock()
	s.mu.Lock()
	h, written := s.summary(), s.written
	s.mu.Unlock()
	if h == written {
		return
	}
	if err := s.host.Channels.SetHealth(ctx, s.host.Pool, s.id, o.revision, h); err != nil {
		s.log.Debug("health not recorded", "error", err)
		return
	}
	s.mu.Lock()
	s.written = h
	s.mu.Unlock()
}

// report records the health of a channel that is not open.
func (s *seat) report(ctx context.Context, c *channel.Channel, h channel.Health) {
	s.recording.Lock()
	defer s.recording.Unlock()
	s.mu.Lock()
	s.health, s.backlog, s.trouble, s.written = h, -1, "", channel.Health{}
	s.mu.Unlock()
	if err := s.host.Channels.SetHealth(ctx, s.host.Pool, s.id, c.Revision, h); err != nil {
		s.log.Debug("health not recorded", "error", err)
	}
}
