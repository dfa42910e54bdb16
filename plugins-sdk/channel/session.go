package channel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/plugins-sdk/channelpb"
)

// closeReserve is kept of the deadline of Close for the channel itself when running calls do not end.
const closeReserve = time.Second

// session is one open channel.
type session struct {
	id       string
	revision uint64
	lease    bool
	channel  Channel
	answer   *channelpb.OpenResponse
	host     *Host
	unlink   func()
	health   *Health
	log      *slog.Logger

	// closing ends when no more is to be fetched; cut ends when running calls must give up.
	closing, cut         context.Context
	beginClose, cutCalls context.CancelFunc

	mu     sync.Mutex
	closed bool
	calls  sync.WaitGroup
	// ingest is the running stream.
	ingest *ingestRun
}

type ingestRun struct {
	cancel context.CancelCauseFunc
	done   chan struct{}
}

func newSession(opening Opening) *session {
	s := &session{
		id: opening.ChannelID, revision: opening.Revision, lease: opening.LeaseHolder,
		host: opening.Host, health: opening.Health, log: opening.Log,
	}
	s.closing, s.beginClose = context.WithCancel(context.Background())
	s.cut, s.cutCalls = context.WithCancel(context.Background())
	return s
}

// same says whether the opening asks for what is open already.
func (s *session) same(request *channelpb.OpenRequest) bool {
	return s.revision == request.GetConfigRevision() && s.lease == request.GetLeaseHolder()
}

// enter counts a call in; the context ends when the channel cannot wait any longer.
func (s *session) enter(ctx context.Context) (context.Context, func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, nil, status.Errorf(codes.Unavailable, "channel %s is closing", s.id)
	}
	s.calls.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	unhook := context.AfterFunc(s.cut, cancel)
	return ctx, func() {
		unhook()
		cancel()
		s.calls.Done()
	}, nil
}

// takeIngest ends the stream before this one, waits for it, and makes this one the channel's.
func (s *session) takeIngest(ctx context.Context, cancel context.CancelCauseFunc) (*ingestRun, error) {
	run := &ingestRun{cancel: cancel, done: make(chan struct{})}
	s.mu.Lock()
	before := s.ingest
	s.ingest = run
	s.mu.Unlock()
	if before == nil {
		return run, nil
	}
	before.cancel(errReplaced)
	select {
	case <-before.done:
		return run, nil
	case <-ctx.Done():
		close(run.done)
		return nil, ctx.Err()
	}
}

var errReplaced = errors.New("another stream took over")

// close stops fetching, waits for running calls as long as the deadline allows, and releases the channel.
func (s *session) close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.beginClose()
	defer s.cutCalls()
	defer s.unlink()
	s.waitForCalls(ctx)
	done := make(chan error, 1)
	go func() { done <- s.closeChannel(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// closeChannel turns a panic into an error: it runs outside of any handler.
func (s *session) closeChannel(ctx context.Context) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			s.log.Error("panic", "method", "Close", "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			err = status.Error(codes.Internal, "panic in Close")
		}
	}()
	return s.channel.Close(ctx)
}

func (s *session) waitForCalls(ctx context.Context) {
	ended := make(chan struct{})
	go func() {
		s.calls.Wait()
		close(ended)
	}()
	patience := ctx
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		patience, cancel = context.WithDeadline(ctx, deadline.Add(-min(closeReserve, time.Until(deadline)/2)))
		defer cancel()
	}
	select {
	case <-ended:
		return
	case <-patience.Done():
	}
	s.cutCalls()
	select {
	case <-ended:
	case <-time.After(closeReserve / 4):
		s.log.Warn("calls did not end when the channel was closed")
	}
}
