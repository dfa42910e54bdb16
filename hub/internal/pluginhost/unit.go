package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/pluginhost/internal/logtail"
	"sportello.dev/hub/internal/pluginhost/internal/process"
	"sportello.dev/plugins-sdk/redact"
)

const (
	// pingMisses is how many unanswered pings in a row mean that a process hangs.
	pingMisses = 3
	// crashes within Timing.CrashWindow put a unit into quarantine.
	crashes = 5
)

// UnitState is where a supervised process stands.
type UnitState string

// The states of a unit.
const (
	Stopped  UnitState = "stopped"
	Starting UnitState = "starting"
	Ready    UnitState = "ready"
	// Degraded: it runs, but missed a ping.
	Degraded UnitState = "degraded"
	// Backoff: it ended and will be started again soon.
	Backoff UnitState = "backoff"
	// Quarantined: it ended too often, and is tried only now and then.
	Quarantined UnitState = "quarantined"
)

// unit is one supervised process and the channels that it carries.
type unit struct {
	host  *Host
	entry Entry
	// name is the adapter's, with the channel's slug for a process of one channel.
	name string
	// dedicated to one channel: without it there is nothing to run.
	dedicated bool
	log       *slog.Logger
	sink      *logtail.Sink
	redact    *redact.Redactor
	// retry ends a wait before a restart.
	retry chan struct{}
	// news wakes the unit when its channels changed.
	news chan struct{}

	mu       sync.Mutex
	state    UnitState
	since    time.Time
	failure  string
	restarts int
	retryAt  time.Time
	exits    []time.Time
	wanted   map[id.Channel]*channel.Channel
	running  *running
	// known is the last description, for screens while the process is down.
	known *about
}

// running is one life of a unit's process.
type running struct {
	*process.Process

	about *about
	book  *book
	seats map[id.Channel]*seat
}

func newUnit(h *Host, entry Entry, name string) *unit {
	log := h.Log.With("adapter", name)
	redact := redact.New()
	return &unit{
		host: h, entry: entry, name: name, log: log, redact: redact, sink: logtail.NewSink(log, redact, h.Now),
		retry: make(chan struct{}, 1), news: make(chan struct{}, 1),
		state: Stopped, since: h.Now(), wanted: map[id.Channel]*channel.Channel{},
	}
}

// run supervises the process until ctx ends.
func (u *unit) run(ctx context.Context) {
	wait := backoff{least: u.host.Timing.BackoffMin, most: u.host.Timing.BackoffMax}
	for ctx.Err() == nil {
		if u.idle() {
			u.enter(Stopped, nil)
			select {
			case <-ctx.Done():
			case <-u.news:
			}
			continue
		}
		err := u.live(ctx, &wait)
		if err == nil {
			continue
		}
		pause := u.ended(ctx, err, &wait)
		select {
		case <-ctx.Done():
		case <-u.retry:
		case <-time.After(pause):
		}
	}
	u.enter(Stopped, nil)
}

// idle tells whether there is nothing to run the process for.
func (u *unit) idle() bool {
	if !u.dedicated {
		return false
	}
	for _, c := range u.channels() {
		if c.Wanted() {
			return false
		}
	}
	return true
}

// live is one life of the process: start it, serve it, and see it gone. Nil means that it was stopped on purpose.
func (u *unit) live(ctx context.Context, wait *backoff) error {
	u.enter(Starting, nil)
	r, err := u.start(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer r.Kill()
	u.attach(r)
	defer u.attach(nil)
	u.enter(Ready, nil)
	ready := u.host.Now()
	err = u.serve(ctx, r)
	if u.host.Now().Sub(ready) >= u.host.Timing.Stable || killed(err) {
		wait.reset()
		u.forgive()
	}
	return err
}

// killed tells whether somebody else ended a working program with SIGKILL: an administrator, or the kernel for want of
// memory. That says nothing against the program, and its channels shall not stand still for minutes. A message that
// brings the kernel to it each time is kept apart by the note that the adapter leaves before reading it.
func killed(err error) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

func (u *unit) start(ctx context.Context) (*running, error) {
	spec := process.Spec{
		Path: u.entry.Path, SHA256: u.entry.SHA256, Env: u.host.Env, Dir: u.host.RunDir,
		Output: u.output, StartTimeout: u.host.Timing.Start,
	}
	if as, ok := u.host.RunAs[u.entry.Name]; ok {
		spec.RunAs = &as
	}
	p, err := process.Start(ctx, spec)
	if err != nil {
		return nil, err
	}
	known, err := describe(ctx, p.API, u.entry)
	if err != nil {
		p.Kill()
		return nil, err
	}
	u.log.Info("adapter started", "version", known.Version, "pid", p.PID())
	return &running{Process: p, about: known, book: newBook(), seats: map[id.Channel]*seat{}}, nil
}

// serve seats the channels and returns when the process has ended, when there is nothing left to run it for, or when ctx
// ends: then every channel is closed.
func (u *unit) serve(ctx context.Context, r *running) error {
	// Cancelled for both ends; a seat closes its channel if the process still answers.
	seated, unseat := context.WithCancel(ctx)
	var seats sync.WaitGroup
	defer seats.Wait()
	defer unseat()
	hung := make(chan error, 1)
	seats.Go(func() { u.watch(seated, r, hung) })
	for {
		u.seat(seated, r, &seats)
		select {
		case <-ctx.Done():
			return nil
		case <-r.Done():
			return fmt.Errorf("the program ended: %w", exitError(r.Failure()))
		case err := <-hung:
			return err
		case <-u.news:
			if u.idle() {
				return nil
			}
		}
	}
}

func exitError(err error) error {
	if err == nil {
		return errors.New("without an error")
	}
	return err
}

// watch pings; a process that does not answer is as good as dead.
func (u *unit) watch(ctx context.Context, r *running, hung chan<- error) {
	tick := time.NewTicker(u.host.Timing.Ping)
	defer tick.Stop()
	misses := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		pinging, cancel := context.WithTimeout(ctx, u.host.Timing.Ping)
		err := r.Ping(pinging)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && misses > 0:
			misses = 0
			u.enter(Ready, nil)
		case err != nil:
			misses++
			u.enter(Degraded, err)
		}
		if misses == pingMisses {
			// Told first, so that the end that follows is not taken for somebody else's doing. Killed here, so that no call
			// waits for it any longer.
			hung <- fmt.Errorf("the program did not answer %d pings: %w", misses, err)
			r.Kill()
			return
		}
	}
}

// seat gives each wanted channel its seat.
func (u *unit) seat(ctx context.Context, r *running, seats *sync.WaitGroup) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for channelID, s := range r.seats {
		s.update(u.wanted[channelID])
		if u.wanted[channelID] == nil {
			delete(r.seats, channelID)
		}
	}
	if !u.dedicated && u.host.isolates(u.entry.Name, r.about) {
		return
	}
	for channelID, c := range u.wanted {
		if r.seats[channelID] != nil {
			continue
		}
		s := newSeat(u, r, c)
		r.seats[channelID] = s
		seats.Go(func() { s.run(ctx) })
	}
}

// ended notes why the process is gone and says how long to wait.
func (u *unit) ended(ctx context.Context, err error, wait *backoff) time.Duration {
	now := u.host.Now()
	pause := wait.wait()
	u.mu.Lock()
	u.restarts++
	u.exits = append(u.exits, now)
	recent := 0
	for _, at := range u.exits {
		if now.Sub(at) <= u.host.Timing.CrashWindow {
			u.exits[recent] = at
			recent++
		}
	}
	u.exits = u.exits[:recent]
	state := Backoff
	if recent >= crashes {
		state, pause = Quarantined, u.host.Timing.Quarantine
	}
	u.retryAt = now.Add(pause)
	u.mu.Unlock()
	u.enter(state, err)
	u.log.Error("adapter ended", "state", string(state), "retry_in", pause.Round(time.Millisecond).String(), "error", err)
	if state == Quarantined {
		u.markDown(ctx)
	}
	return pause
}

// markDown tells those who look at the channels that nothing moves.
func (u *unit) markDown(ctx context.Context) {
	for _, c := range u.channels() {
		if !c.Wanted() {
			continue
		}
		h := channel.Health{State: channel.Down, Code: "adapter.quarantined"}
		if err := u.host.Channels.SetHealth(ctx, u.host.Pool, c.ID, c.Revision, h); err != nil {
			u.log.Warn("health not recorded", "channel_id", c.ID.String(), "error", err)
		}
	}
}

func (u *unit) output() io.Writer { return u.sink.Writer() }

func (u *unit) forgive() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.exits = nil
}

func (u *unit) attach(r *running) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.running = r
	if r == nil {
		return
	}
	if u.known == nil {
		// Only now is it known whose the channels are.
		u.host.Refresh()
	}
	u.known = r.about
}

func (u *unit) enter(state UnitState, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if state != u.state {
		u.state, u.since = state, u.host.Now()
	}
	if err != nil {
		u.failure = u.redact.Clean(err.Error())
	} else if state == Ready {
		u.failure = ""
	}
}

// want sets the channels; the seats follow.
func (u *unit) want(channels map[id.Channel]*channel.Channel) {
	u.mu.Lock()
	u.wanted = channels
	u.mu.Unlock()
	wake(u.news)
}

func (u *unit) channels() []*channel.Channel {
	u.mu.Lock()
	defer u.mu.Unlock()
	all := make([]*channel.Channel, 0, len(u.wanted))
	for _, c := range u.wanted {
		all = append(all, c)
	}
	return all
}

func (u *unit) description() *about {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.known
}

// current is the running process, or nil.
func (u *unit) current() *running {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.running
}

func (u *unit) seatOf(channelID id.Channel) *seat {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.running == nil {
		return nil
	}
	return u.running.seats[channelID]
}

// wake leaves a note in a channel of capacity one.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
