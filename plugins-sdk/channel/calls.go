package channel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"sportello.dev/plugins-sdk/channelpb"
)

// capable finds an open channel that claims the capability; its type was checked when it was opened.
func capable[T any](s *Server, channelID string, capability Capability) (*session, T, error) {
	var none T
	session, err := s.session(channelID)
	if err != nil {
		return nil, none, err
	}
	able, ok := session.channel.(T)
	if !ok || !slices.Contains(session.answer.GetCapabilities(), channelpb.Capability(capability)) {
		return nil, none, status.Errorf(codes.Unimplemented, "channel %s cannot do that", channelID)
	}
	return session, able, nil
}

// Interpret lets the channel parse an original again.
func (s *Server) Interpret(ctx context.Context, request *channelpb.InterpretRequest) (*channelpb.InterpretResponse, error) {
	session, interpreter, err := capable[Interpreter](s, request.GetChannelId(), CapabilityInterpret)
	if err != nil {
		return nil, err
	}
	ctx, leave, err := session.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	raw := rawFromProto(request.GetRaw())
	if raw == nil {
		return nil, status.Error(codes.InvalidArgument, "nothing to interpret")
	}
	event, err := interpreter.Interpret(ctx, *raw)
	if err != nil {
		return nil, err
	}
	event.ID = ""
	return &channelpb.InterpretResponse{Event: EventToProto(event)}, nil
}

// Send makes one attempt and answers for each recipient.
func (s *Server) Send(ctx context.Context, request *channelpb.SendRequest) (*channelpb.SendResponse, error) {
	session, sender, err := capable[Sender](s, request.GetChannelId(), CapabilitySend)
	if err != nil {
		return nil, err
	}
	ctx, leave, err := session.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	ctx, recorder := withRecorder(ctx, s.redactor.Clean)
	transmission := transmissionFromProto(request)
	results, err := sender.Send(ctx, transmission)
	answer := &channelpb.SendResponse{
		Results:   s.answers(transmission.Recipients, results, err),
		Exchanges: each(recorder.all(), exchangeToProto),
	}
	sanitize(answer)
	return answer, nil
}

// answers makes one result for each recipient; err, or no answer at all, stands for the missing ones.
func (s *Server) answers(recipients []Recipient, results Results, err error) []*channelpb.DeliveryResult {
	if err == nil {
		err = UnknownOutcome("no_result", "the adapter gave no result for this delivery", nil)
	}
	answers := make([]*channelpb.DeliveryResult, 0, len(recipients))
	for _, recipient := range recipients {
		result := results[recipient.DeliveryID]
		if result.Accepted == nil && result.Failure == nil {
			result.Failure = AsFailure(err)
		}
		answer := resultToProto(recipient.DeliveryID, result)
		if result.Failure != nil {
			answer.Result = &channelpb.DeliveryResult_Failure{Failure: s.cleanFailure(result.Failure)}
		}
		answers = append(answers, answer)
	}
	return answers
}

// LookupDelivery asks the provider.
func (s *Server) LookupDelivery(
	ctx context.Context, request *channelpb.LookupDeliveryRequest,
) (*channelpb.LookupDeliveryResponse, error) {
	session, lookuper, err := capable[Lookuper](s, request.GetChannelId(), CapabilityLookup)
	if err != nil {
		return nil, err
	}
	ctx, leave, err := session.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	ctx, recorder := withRecorder(ctx, s.redactor.Clean)
	query := queryFromProto(request)
	finding, err := lookuper.Lookup(ctx, query)
	if err != nil {
		return nil, err
	}
	answer := &channelpb.LookupDeliveryResponse{
		Finding:   channelpb.LookupDeliveryResponse_Finding(finding.Verdict),
		Exchanges: each(recorder.all(), exchangeToProto),
	}
	if finding.Verdict == VerdictFound {
		answer.Results = s.answers(query.Recipients, finding.Results, nil)
	}
	sanitize(answer)
	return answer, nil
}

// HandleHTTP lets the channel answer a web request.
func (s *Server) HandleHTTP(
	ctx context.Context, request *channelpb.HandleHTTPRequest,
) (*channelpb.HandleHTTPResponse, error) {
	session, handler, err := capable[HTTPHandler](s, request.GetChannelId(), CapabilityHTTP)
	if err != nil {
		return nil, err
	}
	ctx, leave, err := session.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	ctx, recorder := withRecorder(ctx, s.redactor.Clean)
	in, err := session.httpRequest(ctx, request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Body.Close() }()
	response, err := handler.HandleHTTP(ctx, in)
	if err != nil {
		return nil, err
	}
	answer, err := httpAnswerToProto(response)
	if err != nil {
		return nil, err
	}
	answer.Exchanges = each(recorder.all(), exchangeToProto)
	sanitize(answer)
	return answer, nil
}

func (s *session) httpRequest(ctx context.Context, request *channelpb.HandleHTTPRequest) (HTTPRequest, error) {
	raw := Raw{Inline: request.GetBody()}
	if request.GetBodyBlob() != nil {
		ref := blobFromProto(request.GetBodyBlob())
		raw.Blob = &ref
	}
	body, err := s.host.OpenRaw(ctx, raw)
	if err != nil {
		return HTTPRequest{}, err
	}
	header := make(http.Header, len(request.GetHeaders()))
	for _, field := range request.GetHeaders() {
		header.Add(field.GetName(), field.GetValue())
	}
	return HTTPRequest{
		Action: request.GetAction(), Method: request.GetMethod(), URL: request.GetUrl(), Header: header, Body: body,
		RemoteIP: request.GetRemoteIp(), PathValues: request.GetPathValues(), RequestID: request.GetRequestId(),
	}, nil
}

func httpAnswerToProto(response HTTPResponse) (*channelpb.HandleHTTPResponse, error) {
	if len(response.Body) > maxResponse {
		return nil, fmt.Errorf("answer of %d bytes, at most %d", len(response.Body), maxResponse)
	}
	out := &channelpb.HandleHTTPResponse{Status: uint32(response.Status), Body: response.Body}
	if response.Blob != nil {
		out.BodyBlob = blobToProto(*response.Blob)
	}
	for name, values := range response.Header {
		for _, value := range values {
			out.Headers = append(out.Headers, &channelpb.Header{Name: name, Value: OneLine(value)})
		}
	}
	for _, event := range response.Events {
		if err := checkEvent(event); err != nil {
			return nil, err
		}
		out.Events = append(out.Events, EventToProto(event))
	}
	if size := proto.Size(out); size > maxEvent {
		return nil, fmt.Errorf("answer of %d bytes with its events, at most %d", size, maxEvent)
	}
	return out, nil
}

// WatchHealth streams the channel's health: now, then every change.
func (s *Server) WatchHealth(
	request *channelpb.WatchHealthRequest, stream grpc.ServerStreamingServer[channelpb.WatchHealthResponse],
) error {
	session, err := s.session(request.GetChannelId())
	if err != nil {
		return err
	}
	for {
		now, changed := session.health.Status()
		if err := stream.Send(s.healthToProto(now)); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		select {
		case <-changed:
		case <-session.closing.Done():
			return nil
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
	}
}

func (s *Server) healthToProto(now Status) *channelpb.WatchHealthResponse {
	out := &channelpb.WatchHealthResponse{
		State: channelpb.WatchHealthResponse_State(now.State), Code: now.Code,
		Detail: clip(s.redactor.Clean(now.Detail), maxDetail), Since: timeToProto(now.Since), Backlog: now.Backlog,
	}
	sanitize(out)
	return out
}
