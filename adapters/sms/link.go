package sms

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"sportello.dev/adapters/internal/smpp"
	"sportello.dev/plugins-sdk/channel"
)

// maxInbox bounds what waits for the hub; the centre is asked to come back with the rest.
const maxInbox = 1000

// link keeps one session with the centre alive and holds what came on it until it is answered.
type link struct {
	config *SMPP
	pace   pace
	now    func() time.Time
	health *channel.Health
	log    *slog.Logger

	cancel context.CancelFunc
	ended  chan struct{}

	mu      sync.Mutex
	session *smpp.Session
	// bound is closed when there is a session, and made anew when it is lost.
	bound chan struct{}
	// broken is why there is no session.
	broken error
	inbox  []*incoming
	// replied are answers of which it is not known that they arrived, oldest first.
	replied []reply
	// arrived has room for one signal that the inbox grew.
	arrived chan struct{}
}

// incoming is one request of the centre that waits for its answer.
type incoming struct {
	pdu     smpp.PDU
	hash    string
	session *smpp.Session
	at      time.Time
}

// reply is an answer that left on a session.
type reply struct {
	hash    string
	session *smpp.Session
	at      time.Time
}

func startLink(config *SMPP, opening channel.Opening, a *Adapter) *link {
	ctx, cancel := context.WithCancel(context.Background())
	l := &link{
		config: config, pace: a.pace, now: a.now, health: opening.Health, log: opening.Log, cancel: cancel,
		ended: make(chan struct{}), bound: make(chan struct{}), arrived: make(chan struct{}, 1),
		broken: channel.Transient("smpp.connect", "the session is about to be opened", nil),
	}
	l.health.Report(channel.Status{State: channel.HealthConnecting, Backlog: channel.UnknownBacklog})
	go func() {
		defer close(l.ended)
		l.run(ctx)
	}()
	return l
}

// stop says goodbye and ends the link.
func (l *link) stop(ctx context.Context) error {
	l.cancel()
	select {
	case <-l.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run connects again and again until ctx ends.
func (l *link) run(ctx context.Context) {
	wait := l.pace.firstBackoff
	for ctx.Err() == nil {
		began := l.now()
		err := l.connected(ctx)
		if ctx.Err() != nil {
			return
		}
		if l.now().Sub(began) > time.Minute {
			wait = l.pace.firstBackoff
		}
		pause := wait
		failure := channel.AsFailure(err)
		status := channel.Status{State: channel.HealthDegraded, Code: failure.Code, Detail: failure.Detail, Backlog: channel.UnknownBacklog}
		if failure.Class == channel.FailureConfig {
			status.State, pause = channel.HealthMisconfigured, l.pace.refusedBackoff
		}
		l.health.Report(status)
		l.log.Warn("no session with the message centre", "code", failure.Code, "provider_code", failure.ProviderCode, "error", err)
		l.lost(err)
		sleep(ctx, pause/2+time.Duration(rand.Int64N(int64(pause))))
		wait = min(2*wait, l.pace.lastBackoff)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// connected lives through one session and answers why it ended.
func (l *link) connected(ctx context.Context) error {
	conn, err := l.config.connect(ctx, l.pace.dial)
	if err != nil {
		return err
	}
	session := smpp.NewSession(conn, l.pace.answer)
	read := make(chan struct{})
	go func() {
		defer close(read)
		_ = session.Run(func(pdu smpp.PDU) { l.take(session, pdu) }) // why it ended is told below
	}()
	defer func() {
		session.Close()
		<-read
		l.drop(session)
	}()
	if err := l.config.bind(ctx, session, smpp.BindTransceiver, l.pace.answer); err != nil {
		return err
	}
	l.found(session)
	for {
		select {
		case <-ctx.Done():
			l.goodbye(session)
			return ctx.Err()
		case <-session.Done():
			return channel.Transient("smpp.lost", "the message centre ended the session", errors.New("session over"))
		case <-time.After(l.pace.enquire):
			if err := l.alive(ctx, session); err != nil && ctx.Err() == nil {
				return channel.Transient("smpp.silent", "the message centre gives no sign of life", err)
			}
		}
	}
}

// alive asks for a sign of life. All that was answered before it has arrived when it comes.
func (l *link) alive(ctx context.Context, session *smpp.Session) error {
	ctx, cancel := context.WithTimeout(ctx, l.pace.answer)
	defer cancel()
	_, err := session.Call(ctx, smpp.EnquireLink, nil, nil)
	var refused smpp.StatusError
	if errors.As(err, &refused) {
		return nil // whoever refuses is alive
	}
	return err
}

// goodbye waits shortly: a centre that knows of the end lets the next session in at once.
func (l *link) goodbye(session *smpp.Session) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, _ = session.Call(ctx, smpp.Unbind, nil, nil) // it ends either way
}

// take receives a request of the centre.
func (l *link) take(session *smpp.Session, pdu smpp.PDU) {
	switch pdu.Command {
	case smpp.DeliverSM, smpp.DataSM:
		if !l.keep(session, pdu) {
			_ = session.Reply(pdu, smpp.QueueFull, smpp.Text("")) // it comes again
		}
	case smpp.Unbind:
		_ = session.Reply(pdu, smpp.OK, nil) // it ends either way
		session.Close()
	case smpp.AlertNotify: // has no answer
	default:
		_ = session.Reply(pdu, smpp.InvalidCommand, nil) // a lost answer shows at the next read
	}
}

func (l *link) keep(session *smpp.Session, pdu smpp.PDU) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.inbox) >= maxInbox {
		return false
	}
	l.inbox = append(l.inbox, &incoming{pdu: pdu, hash: digest(pdu.Original()), session: session, at: l.now()})
	select {
	case l.arrived <- struct{}{}:
	default:
	}
	return true
}

// waiting is what came and was not answered yet, in its order.
func (l *link) waiting() []*incoming {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]*incoming{}, l.inbox...)
}

// answer tells the centre what became of a request. It is no longer waiting then, also where the session is over: the
// centre sends it again.
func (l *link) answer(in *incoming, status smpp.Status) error {
	l.mu.Lock()
	for at, waiting := range l.inbox {
		if waiting == in {
			l.inbox = append(l.inbox[:at], l.inbox[at+1:]...)
			break
		}
	}
	l.replied = append(l.replied, reply{in.hash, in.session, l.now()})
	l.replied = l.replied[max(len(l.replied)-maxOpen, 0):]
	l.mu.Unlock()
	return in.session.Reply(in.pdu, status, smpp.Text(""))
}

// arrivedBy forgets the answers of a session that left before it gave a sign of life.
func (l *link) arrivedBy(session *smpp.Session, before time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.replied = slices.DeleteFunc(l.replied, func(r reply) bool { return r.session == session && !r.at.After(before) })
}

// replies are the answers that have not surely arrived.
func (l *link) replies() []reply {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.replied)
}

// drop forgets what came on a session that is over: the centre sends it again.
func (l *link) drop(session *smpp.Session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := l.inbox[:0]
	for _, in := range l.inbox {
		if in.session != session {
			kept = append(kept, in)
		}
	}
	clear(l.inbox[len(kept):])
	l.inbox = kept
	l.replied = slices.DeleteFunc(l.replied, func(r reply) bool { return r.session == session })
}

func (l *link) found(session *smpp.Session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.session = session
	close(l.bound)
	l.health.Report(channel.Status{State: channel.HealthHealthy, Backlog: channel.UnknownBacklog})
}

func (l *link) lost(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.session != nil {
		l.session, l.bound = nil, make(chan struct{})
	}
	l.broken = err
}

// current waits a little for a session; without one it says why. A session that has just ended is none.
func (l *link) current(ctx context.Context) (*smpp.Session, error) {
	ctx, cancel := context.WithTimeout(ctx, l.pace.bound)
	defer cancel()
	for {
		l.mu.Lock()
		session, bound, broken := l.session, l.bound, l.broken
		l.mu.Unlock()
		if session != nil {
			select {
			case <-session.Done():
				sleep(ctx, 10*time.Millisecond)
			default:
				return session, nil
			}
		}
		if channel.AsFailure(broken).Class == channel.FailureConfig && session == nil {
			return nil, broken
		}
		if ctx.Err() != nil {
			return nil, channel.Transient("smpp.connect", "no session with the message centre", broken)
		}
		select {
		case <-bound:
		case <-l.ended:
			return nil, channel.Transient("smpp.closing", "the channel is closing", nil)
		case <-ctx.Done():
		}
	}
}

// running is the session, if there is one.
func (l *link) running() *smpp.Session {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.session
}
