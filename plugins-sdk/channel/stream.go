package channel

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/plugins-sdk/channel/wire"
	"sportello.dev/plugins-sdk/channelpb"
)

// drainPatience bounds the wait for acknowledgements after an Ingester has stopped.
const drainPatience = 5 * time.Second

// maxWindow bounds the events that wait for an acknowledgement, whatever the hub allows.
const maxWindow = 4096

// Ingest runs the channel's Ingester on the stream.
func (s *Server) Ingest(stream grpc.BidiStreamingServer[channelpb.IngestRequest, channelpb.IngestResponse]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	start := first.GetStart()
	if start == nil {
		return status.Error(codes.InvalidArgument, "the first request must start")
	}
	session, ingester, err := capable[Ingester](s, start.GetChannelId(), CapabilityIngest)
	if err != nil {
		return err
	}
	ctx, leave, err := session.enter(stream.Context())
	if err != nil {
		return err
	}
	defer leave()
	return session.ingestOn(ctx, stream, ingester, start)
}

func (s *session) ingestOn(ctx context.Context, stream ingestStream, ingester Ingester, start *channelpb.IngestStart) error {
	call := ctx
	ctx, cancel := context.WithCancelCause(call)
	defer cancel(nil)
	defer context.AfterFunc(s.closing, func() { cancel(ErrStopped) })()
	run, err := s.takeIngest(ctx, cancel)
	if err != nil {
		return err
	}
	defer close(run.done)
	window := int(start.GetWindow())
	if window <= 0 {
		window = wire.DefaultWindow
	}
	window = min(window, maxWindow)
	sink := newSink(ctx, window, stream.Send)
	go listen(stream, sink, cancel)
	defer sink.lose()
	defer context.AfterFunc(ctx, func() { giveUp(ctx, call, sink) })()
	err = ingester.Ingest(ctx, Start{Cursor: start.GetCursor(), Window: window}, sink)
	if ctx.Err() == nil {
		return ended(err)
	}
	if !errors.Is(context.Cause(ctx), ErrStopped) {
		return status.FromContextError(ctx.Err()).Err()
	}
	select {
	case <-sink.drained():
	case <-call.Done():
	case <-time.After(drainPatience):
	}
	return nil
}

// giveUp settles what waits for an acknowledgement that will not come: at once if the stream is gone, after a while if
// the hub asked to stop and then fell silent.
func giveUp(ctx, call context.Context, sink *Sink) {
	if errors.Is(context.Cause(ctx), ErrStopped) {
		select {
		case <-call.Done():
		case <-sink.drained():
			return
		case <-time.After(drainPatience):
		}
	}
	sink.lose()
}

type ingestStream = grpc.BidiStreamingServer[channelpb.IngestRequest, channelpb.IngestResponse]

// ended is the error of an Ingester that returned without being asked to.
func ended(err error) error {
	if err == nil {
		return status.Error(codes.Unavailable, "the ingester returned by itself")
	}
	var failure *Failure
	if errors.As(err, &failure) {
		return err
	}
	return status.Error(codes.Unavailable, err.Error())
}

// listen takes acknowledgements until the stream ends, which it does at the latest when the handler returns.
func listen(stream ingestStream, sink *Sink, cancel context.CancelCauseFunc) {
	for {
		request, err := stream.Recv()
		if err != nil {
			cancel(err)
			sink.lose()
			return
		}
		switch {
		case request.GetAck() != nil:
			if err := sink.acknowledge(request.GetAck().GetSeq(), request.GetAck().GetDuplicates()); err != nil {
				cancel(err)
				sink.lose()
				return
			}
		case request.GetStop() != nil:
			cancel(ErrStopped)
		}
	}
}
