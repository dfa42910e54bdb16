package channel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/plugins-sdk/channel/wire"
	"sportello.dev/plugins-sdk/channelpb"
	"sportello.dev/plugins-sdk/redact"
)

// HostDialer connects to the Host service that the hub offers under a broker id.
type HostDialer func(brokerID uint32) (*grpc.ClientConn, error)

// Server serves an Adapter over gRPC. Serve makes one; only test kits need it by itself.
type Server struct {
	channelpb.UnimplementedChannelAdapterServer

	adapter     Adapter
	description *channelpb.DescribeResponse
	judge       *schemaJudge
	log         *slog.Logger
	redactor    *redact.Redactor
	hosts       *hostLinks

	mu    sync.Mutex
	slots map[string]*slot
}

// slot is the place of one channel id; its lock keeps Open and Close of the channel apart.
type slot struct {
	opening sync.Mutex

	mu      sync.Mutex
	session *session
}

// NewServer describes the adapter once and writes its log, as JSON lines without secrets, to out.
func NewServer(adapter Adapter, out io.Writer) (*Server, error) {
	description := adapter.Describe()
	judge, err := newSchemaJudge(description.ConfigSchema)
	if err != nil {
		return nil, fmt.Errorf("schema of adapter %q: %w", description.Adapter, err)
	}
	redactor := redact.New()
	return &Server{
		adapter:     adapter,
		description: descriptionToProto(description),
		judge:       judge,
		log:         newLogger(out, redactor),
		redactor:    redactor,
		hosts:       &hostLinks{links: map[uint32]*hostLink{}},
		slots:       map[string]*slot{},
	}, nil
}

// Register adds the adapter to a gRPC server; dial reaches the hub.
func (s *Server) Register(server grpc.ServiceRegistrar, dial HostDialer) {
	s.hosts.dial = dial
	channelpb.RegisterChannelAdapterServer(server, s)
}

// GRPC makes the gRPC server on which Register is called: size limits, and no crash by a panic in a handler.
func (s *Server) GRPC(options ...grpc.ServerOption) *grpc.Server {
	options = append(options, wire.ServerOptions()...)
	options = append(options, grpc.ChainUnaryInterceptor(s.recoverUnary), grpc.ChainStreamInterceptor(s.recoverStream))
	return grpc.NewServer(options...)
}

// Shutdown closes every channel, all at once, within the deadline of ctx.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	open := make([]string, 0, len(s.slots))
	for id := range s.slots {
		open = append(open, id)
	}
	s.mu.Unlock()
	failures := make([]error, len(open))
	var closing sync.WaitGroup
	for i, id := range open {
		closing.Go(func() {
			failures[i] = s.closeChannel(ctx, id)
		})
	}
	closing.Wait()
	s.hosts.close()
	return errors.Join(failures...)
}

func (s *Server) recoverUnary(
	ctx context.Context, request any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler,
) (answer any, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			answer, err = nil, s.panicked(info.FullMethod, cause)
		}
	}()
	answer, err = next(ctx, request)
	return answer, s.statusOf(err)
}

func (s *Server) recoverStream(
	server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler,
) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = s.panicked(info.FullMethod, cause)
		}
	}()
	return s.statusOf(next(server, stream))
}

func (s *Server) panicked(method string, cause any) error {
	s.log.Error("panic", "method", method, "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
	return status.Errorf(codes.Internal, "panic in %s: %s", method, s.redactor.Clean(fmt.Sprint(cause)))
}

// statusOf maps an error to a gRPC status without secrets; a Failure travels in its details.
func (s *Server) statusOf(err error) error {
	if err == nil {
		return nil
	}
	var failure *Failure
	if errors.As(err, &failure) {
		code := codes.Unavailable
		if failure.Class == FailureConfig {
			code = codes.FailedPrecondition
		}
		answer := status.New(code, s.redactor.Clean(err.Error()))
		if detailed, detailErr := answer.WithDetails(s.cleanFailure(failure)); detailErr == nil {
			answer = detailed
		}
		return answer.Err()
	}
	if known, ok := status.FromError(err); ok {
		return status.Error(known.Code(), s.redactor.Clean(known.Message()))
	}
	switch {
	case errors.Is(err, context.Canceled):
		return status.Error(codes.Canceled, "canceled")
	case errors.Is(err, context.DeadlineExceeded):
		return status.Error(codes.DeadlineExceeded, "deadline exceeded")
	}
	return status.Error(codes.Unknown, s.redactor.Clean(err.Error()))
}

// cleanFailure maps a failure to the wire without secrets.
func (s *Server) cleanFailure(failure *Failure) *channelpb.Failure {
	clean := *failure
	clean.Detail = s.redactor.Clean(clean.Detail)
	clean.ProviderCode = s.redactor.Clean(clean.ProviderCode)
	out := failureToProto(&clean)
	sanitize(out)
	return out
}

func (s *Server) slot(channelID string) *slot {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slots[channelID] == nil {
		s.slots[channelID] = &slot{}
	}
	return s.slots[channelID]
}

func (s *Server) session(channelID string) (*session, error) {
	s.mu.Lock()
	slot := s.slots[channelID]
	s.mu.Unlock()
	if slot != nil {
		if session := slot.get(); session != nil {
			return session, nil
		}
	}
	return nil, status.Errorf(codes.NotFound, "channel %s is not open", channelID)
}

func (p *slot) get() *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.session
}

func (p *slot) set(session *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.session = session
}
