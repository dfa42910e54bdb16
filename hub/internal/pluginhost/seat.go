package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/pluginhost/internal/translation"
	"sportello.dev/plugins-sdk/channelpb"
)

// errReopen ends a session whose channel must be opened anew; it is no failure.
var errReopen = errors.New("the channel is to be opened anew")

// seat is a channel's place in a running process.
type seat struct {
	unit *unit
	proc *running
	host *Host
	id   id.Channel
	log  *slog.Logger
	// news wakes the seat when its channel changed.
	news chan struct{}

	mu   sync.Mutex
	want *channel.Channel
	open *opened
	// failure is why the channel is not open.
	failure string
	condition
}

func newSeat(u *unit, r *running, c *channel.Channel) *seat {
	return &seat{
		unit: u, proc: r, host: u.host, id: c.ID, log: u.log.With("channel_id", c.ID.String()),
		news: make(chan struct{}, 1), want: c, condition: newCondition(),
	}
}

// update tells the seat what its channel should be; nil: nothing any more.
func (s *seat) update(c *channel.Channel) {
	s.mu.Lock()
	changed := c == nil || s.want == nil || c.Revision != s.want.Revision || c.Wanted() != s.want.Wanted()
	s.want = c
	s.mu.Unlock()
	if changed {
		wake(s.news)
	}
}

func (s *seat) wanted() *channel.Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.want
}

// run keeps the channel open, as long as it is wanted, until ctx ends.
func (s *seat) run(ctx context.Context) {
	retry := backoff{least: s.host.Timing.RetryMin, most: s.host.Timing.RetryMax}
	for ctx.Err() == nil {
		c := s.wanted()
		if c == nil {
			return
		}
		var again <-chan time.Time
		if c.Wanted() {
			began := s.host.Now()
			err := s.session(ctx, c)
			if err == nil || ctx.Err() != nil {
				continue
			}
			if s.host.Now().Sub(began) > s.host.Timing.RetryMax {
				retry.reset()
			}
			pause := retry.wait()
			again = time.After(pause)
			s.failed(ctx, c, err, pause)
		}
		select {
		case <-ctx.Done():
		case <-s.news:
			retry.reset()
		case <-again:
		}
	}
}

func (s *seat) failed(ctx context.Context, c *channel.Channel, err error, pause time.Duration) {
	text := s.unit.redact.Clean(err.Error())
	s.mu.Lock()
	s.failure = text
	s.mu.Unlock()
	s.log.Warn("channel not open", "error", text, "retry_in", pause.Round(time.Millisecond).String())
	s.report(ctx, c, channel.Health{State: channel.Down, Code: "channel.open", Detail: translation.Text(text, 500)})
}

// session opens the channel, and closes it when it is to change or ctx ends. Nil means that the channel should be looked
// at again at once.
func (s *seat) session(ctx context.Context, c *channel.Channel) error {
	t := &tenure{seat: s}
	if err := t.acquire(ctx); err != nil {
		return err
	}
	o, err := s.openChannel(ctx, c, t)
	if err != nil {
		t.release(ctx)
		return s.judge(ctx, c.Revision, err)
	}
	s.setOpen(o)
	err = s.hold(ctx, o, t)
	s.setOpen(nil)
	// The lease goes last: another replica may connect as soon as it is free.
	if closed := o.close(ctx); closed {
		t.release(ctx)
	}
	if errors.Is(err, errReopen) {
		return nil
	}
	return err
}

// hold keeps the open channel until something must change.
func (s *seat) hold(ctx context.Context, o *opened, t *tenure) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	var work sync.WaitGroup
	work.Go(func() { end(s.watchHealth(ctx, o)) })
	work.Go(func() { end(t.run(ctx, o)) })
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-s.news:
			if c := s.wanted(); c == nil || !c.Wanted() || c.Revision != o.revision {
				end(errReopen)
			}
		}
	}
	work.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// judge suspends the channel, and answers nil, when the error is a refusal that only an administrator can end; any other
// error comes back.
func (s *seat) judge(ctx context.Context, revision int64, err error) error {
	failure := failureIn(err)
	if failure == nil || failure.Class != delivery.ConfigFault {
		return err
	}
	return s.suspend(ctx, revision, failure.Code, failure.Detail)
}

// failureIn finds the Failure that an adapter put into its error.
func failureIn(err error) *delivery.Failure {
	var refused *refusal
	if errors.As(err, &refused) {
		return refused.failure
	}
	answer, ok := status.FromError(err)
	if !ok {
		return nil
	}
	for _, detail := range answer.Details() {
		if f, ok := detail.(*channelpb.Failure); ok {
			return translation.Failure(f)
		}
	}
	return nil
}

// refusal is a failure that the hub itself found before asking the adapter.
type refusal struct{ failure *delivery.Failure }

// Error implements error.
func (r *refusal) Error() string { return r.failure.Code + ": " + r.failure.Detail }

// suspend records that an administrator must act, and keeps the seat from trying again before that.
func (s *seat) suspend(ctx context.Context, revision int64, code, detail string) error {
	code, detail = s.unit.redact.Clean(code), s.unit.redact.Clean(detail)
	done, err := s.host.Channels.Suspend(ctx, s.host.Pool, s.id, revision, code, detail)
	if err != nil {
		return err
	}
	if done {
		s.log.Error("channel suspended: an administrator must act", "code", code)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.want != nil && s.want.Revision == revision {
		c := *s.want
		c.Suspension = &channel.Suspension{Code: code, Detail: detail, Since: s.host.Now()}
		s.want = &c
		wake(s.news)
	}
	return nil
}

func (s *seat) setOpen(o *opened) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = o
	if o != nil {
		s.failure = ""
		// A new revision begins with nothing recorded.
		s.written = channel.Health{}
	}
}

// usable is the open channel, or nil.
func (s *seat) usable() *opened {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open
}

// opened is a channel that its adapter has opened.
type opened struct {
	seat     *seat
	revision int64
	slug     string
	ability  channel.Ability
	tenure   *tenure
	// connected says that it was opened with the lease; without it an exclusive channel does nothing.
	connected bool
	service   *hostService
	// sends holds a token for each transmission under way; nil when the channel has no limit of its own.
	sends chan struct{}
}

// leads tells whether the channel works here as the lease holder's.
func (o *opened) leads() bool {
	_, held := o.tenure.current()
	return held && (o.connected || !o.ability.Can(channel.Exclusive))
}

func (s *seat) openChannel(ctx context.Context, c *channel.Channel, t *tenure) (*opened, error) {
	request, err := s.request(ctx, c)
	if err != nil {
		return nil, err
	}
	_, request.LeaseHolder = t.current()
	o := &opened{seat: s, revision: c.Revision, slug: c.Slug, tenure: t, connected: request.LeaseHolder}
	o.service = serve(s.proc, newHostService(s))
	request.HostBrokerId = o.service.broker
	opening, cancel := context.WithTimeout(ctx, s.host.Timing.Open)
	defer cancel()
	answer, err := s.proc.API.Open(opening, request)
	if err != nil {
		// It may have opened all the same, bound to a service that ends here.
		o.close(ctx)
		return nil, err
	}
	o.ability = translation.Ability(answer)
	if n := o.ability.Limits.Concurrency; n > 0 {
		o.sends = make(chan struct{}, min(n, 1000))
	}
	if err := s.host.Channels.SetAbility(ctx, s.host.Pool, s.id, c.Revision, o.ability); err != nil {
		o.close(ctx)
		return nil, err
	}
	s.log.Info("channel open", "revision", c.Revision)
	return o, nil
}

// request prepares Open: settings valid and complete, secrets opened and known to the redactor.
func (s *seat) request(ctx context.Context, c *channel.Channel) (*channelpb.OpenRequest, error) {
	secrets, err := s.host.Channels.Secrets(ctx, s.host.Pool, c.ID)
	if err != nil {
		return nil, err
	}
	s.unit.redact.Learn(secrets)
	config, err := s.proc.about.complete(c.Config)
	if err != nil {
		return nil, err
	}
	if wrong := s.proc.about.check(config, secrets); len(wrong) > 0 {
		return nil, &refusal{&delivery.Failure{
			Class: delivery.ConfigFault, Code: wrong[0].Code, Detail: fmt.Sprintf("%s: %s", wrong[0].Pointer, wrong[0].Summary),
		}}
	}
	return &channelpb.OpenRequest{
		ChannelId: c.ID.String(), ConfigRevision: uint64(c.Revision), ConfigJson: config, Secrets: secrets,
		PublicBaseUrl: s.host.publicURL(c.Adapter, c.Slug),
	}, nil
}

// close lets the adapter release the channel; true means that nothing of it is left.
func (o *opened) close(ctx context.Context) bool {
	defer o.service.stop()
	run := o.seat.proc
	select {
	case <-run.Done():
		return true
	default:
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.seat.host.Timing.Close)
	defer cancel()
	_, err := run.API.Close(closing, &channelpb.CloseRequest{ChannelId: o.seat.id.String()})
	switch status.Code(err) {
	case codes.OK, codes.NotFound, codes.Unimplemented:
		return true
	}
	o.seat.log.Warn("channel did not close", "error", o.seat.unit.redact.Clean(err.Error()))
	select {
	case <-run.Done():
		return true
	default:
		return false
	}
}
