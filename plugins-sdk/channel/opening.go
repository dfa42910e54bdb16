package channel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/plugins-sdk/channelpb"
)

// replaceDeadline bounds the closing of a channel that a newer revision replaces.
const replaceDeadline = 20 * time.Second

// Describe answers what was described at start.
func (s *Server) Describe(context.Context, *channelpb.DescribeRequest) (*channelpb.DescribeResponse, error) {
	return s.description, nil
}

// Validate judges a configuration by its schema, and if that is satisfied by the adapter.
func (s *Server) Validate(ctx context.Context, request *channelpb.ValidateRequest) (*channelpb.ValidateResponse, error) {
	s.redactor.Learn(request.GetSecrets())
	check := Check{
		Config: request.GetConfigJson(), Secrets: request.GetSecrets(), Probe: request.GetProbe(),
		Language: request.GetLanguage(),
	}
	diagnostics := s.judge.check(check)
	if validator, ok := s.adapter.(Validator); ok && len(diagnostics) == 0 {
		diagnostics = validator.Validate(ctx, check)
	}
	answer := &channelpb.ValidateResponse{}
	for _, diagnostic := range diagnostics {
		diagnostic.Summary = s.redactor.Clean(diagnostic.Summary)
		diagnostic.Remedy = s.redactor.Clean(diagnostic.Remedy)
		answer.Diagnostics = append(answer.Diagnostics, diagnosticToProto(diagnostic))
	}
	sanitize(answer)
	return answer, nil
}

// Open makes a channel ready, once for each revision and lease.
func (s *Server) Open(ctx context.Context, request *channelpb.OpenRequest) (*channelpb.OpenResponse, error) {
	if request.GetChannelId() == "" {
		return nil, status.Error(codes.InvalidArgument, "no channel id")
	}
	s.redactor.Learn(request.GetSecrets())
	slot := s.slot(request.GetChannelId())
	slot.opening.Lock()
	defer slot.opening.Unlock()
	if current := slot.get(); current != nil {
		if current.same(request) {
			return current.answer, nil
		}
		if current.revision > request.GetConfigRevision() {
			return nil, status.Errorf(codes.FailedPrecondition, "revision %d is open", current.revision)
		}
		s.retire(ctx, slot, current)
	}
	session, err := s.open(ctx, request)
	if err != nil {
		return nil, err
	}
	slot.set(session)
	return session.answer, nil
}

// retire closes what a newer opening replaces; a failure is no reason to keep the newer one out.
func (s *Server) retire(ctx context.Context, slot *slot, current *session) {
	ctx, cancel := context.WithTimeout(ctx, replaceDeadline)
	defer cancel()
	slot.set(nil)
	if err := current.close(ctx); err != nil {
		current.log.Warn("closing the replaced channel", "error", err)
	}
}

func (s *Server) open(ctx context.Context, request *channelpb.OpenRequest) (*session, error) {
	if findings := s.judge.check(Check{Config: request.GetConfigJson(), Secrets: request.GetSecrets()}); len(findings) > 0 {
		return nil, Misconfigured("config.schema", findings[0].Pointer+" "+findings[0].Summary, nil)
	}
	conn, unlink, err := s.hosts.link(request.GetHostBrokerId())
	if err != nil {
		return nil, err
	}
	opening := Opening{
		ChannelID: request.GetChannelId(), Revision: request.GetConfigRevision(), Config: request.GetConfigJson(),
		Secrets: request.GetSecrets(), PublicURL: request.GetPublicBaseUrl(), LeaseHolder: request.GetLeaseHolder(),
		Host: NewHost(request.GetChannelId(), conn), Health: NewHealth(),
		Log: s.log.With("channel_id", request.GetChannelId()),
	}
	session := newSession(opening)
	session.unlink = unlink
	if session.channel, err = s.openChannel(ctx, opening); err != nil {
		unlink()
		return nil, err
	}
	profile := session.channel.Profile()
	if err := s.checkProfile(session.channel, profile); err != nil {
		return nil, errors.Join(err, session.close(ctx))
	}
	session.answer = profileToProto(profile)
	sanitize(session.answer)
	return session, nil
}

// openChannel turns a panic of the adapter into an error, so that the connection to the hub is given back.
func (s *Server) openChannel(ctx context.Context, opening Opening) (channel Channel, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			channel, err = nil, s.panicked("Open", cause)
		}
	}()
	channel, err = s.adapter.Open(ctx, opening)
	if err == nil && channel == nil {
		err = errors.New("the adapter opened nothing")
	}
	return channel, err
}

// checkProfile finds mistakes of the author: a claim without the method behind it, or beyond the description.
func (s *Server) checkProfile(channel Channel, profile Profile) error {
	_, ingests := channel.(Ingester)
	_, sends := channel.(Sender)
	_, answers := channel.(HTTPHandler)
	_, looksUp := channel.(Lookuper)
	_, interprets := channel.(Interpreter)
	has := map[Capability]bool{
		CapabilityIngest: ingests, CapabilitySend: sends, CapabilityHTTP: answers, CapabilityLookup: looksUp,
		CapabilityInterpret: interprets,
	}
	for _, capability := range profile.Capabilities {
		if implemented, known := has[capability]; known && !implemented {
			return fmt.Errorf("the profile claims capability %d without its method", capability)
		}
		if !slices.Contains(s.description.GetCapabilities(), channelpb.Capability(capability)) {
			return fmt.Errorf("the profile claims capability %d, which the description does not", capability)
		}
	}
	return nil
}

// Close stops and releases a channel.
func (s *Server) Close(ctx context.Context, request *channelpb.CloseRequest) (*channelpb.CloseResponse, error) {
	if err := s.closeChannel(ctx, request.GetChannelId()); err != nil {
		return nil, err
	}
	return &channelpb.CloseResponse{}, nil
}

// closeChannel closes what is open; closing what is not is no error.
func (s *Server) closeChannel(ctx context.Context, channelID string) error {
	slot := s.slot(channelID)
	slot.opening.Lock()
	defer slot.opening.Unlock()
	session := slot.get()
	if session == nil {
		return nil
	}
	slot.set(nil)
	return session.close(ctx)
}
