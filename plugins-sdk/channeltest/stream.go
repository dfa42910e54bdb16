package channeltest

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channelpb"
)

// Delivery is one event, or one move of the cursor, on a Stream.
type Delivery struct {
	Seq    uint64
	Cursor []byte
	// Event has no ID if only the cursor moved.
	Event channel.Event
}

// Stream is the hub's side of Ingest: nothing is acknowledged unless the test does it.
type Stream struct {
	tb         testing.TB
	patience   time.Duration
	quiet      time.Duration
	stream     channelpb.ChannelAdapter_IngestClient
	cancel     context.CancelFunc
	deliveries chan Delivery
	// end carries the stream's error once.
	end chan error
}

// Ingest starts a channel's stream from a cursor.
func (h *Harness) Ingest(cursor []byte, window uint32) *Stream {
	h.tb.Helper()
	return h.IngestOn(ChannelID, cursor, window)
}

// IngestOn starts the stream of a named channel.
func (h *Harness) IngestOn(channelID string, cursor []byte, window uint32) *Stream {
	h.tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	h.tb.Cleanup(cancel)
	stream, err := h.Client.Ingest(ctx)
	require.NoError(h.tb, err)
	start := &channelpb.IngestStart{ChannelId: channelID, Cursor: cursor, Window: window}
	require.NoError(h.tb, stream.Send(&channelpb.IngestRequest{Request: &channelpb.IngestRequest_Start{Start: start}}))
	s := &Stream{
		tb: h.tb, patience: h.patience, quiet: h.quiet, stream: stream, cancel: cancel,
		deliveries: make(chan Delivery), end: make(chan error, 1),
	}
	go s.receive(ctx)
	return s
}

func (s *Stream) receive(ctx context.Context) {
	for {
		response, err := s.stream.Recv()
		if err != nil {
			s.end <- err
			return
		}
		delivery := Delivery{Seq: response.GetSeq(), Cursor: response.GetCursor()}
		if response.GetEvent() != nil {
			delivery.Event = channel.EventFromProto(response.GetEvent())
		}
		select {
		case s.deliveries <- delivery:
		case <-ctx.Done():
			s.end <- ctx.Err()
			return
		}
	}
}

// Next waits for the next event; moves of the cursor alone are acknowledged and passed over.
func (s *Stream) Next() Delivery {
	s.tb.Helper()
	for {
		delivery := s.NextAny()
		if delivery.Event.ID != "" {
			return delivery
		}
		s.Ack(delivery)
	}
}

// NextAny waits for the next event or move of the cursor.
func (s *Stream) NextAny() Delivery {
	s.tb.Helper()
	select {
	case delivery := <-s.deliveries:
		return delivery
	case err := <-s.end:
		s.end <- err
		require.FailNow(s.tb, "the stream ended while an event was awaited", "%v", err)
	case <-time.After(s.patience):
		require.FailNow(s.tb, "no event came")
	}
	return Delivery{}
}

// TryNext waits a shorter or longer time than the harness does by itself.
func (s *Stream) TryNext(patience time.Duration) (Delivery, bool) {
	select {
	case delivery := <-s.deliveries:
		return delivery, true
	case err := <-s.end:
		s.end <- err
	case <-time.After(patience):
	}
	return Delivery{}, false
}

// Quiet fails the test if an event comes while the harness watches.
func (s *Stream) Quiet() {
	s.tb.Helper()
	deadline := time.Now().Add(s.quiet)
	for {
		delivery, ok := s.TryNext(time.Until(deadline))
		if !ok {
			return
		}
		require.Empty(s.tb, delivery.Event.ID, "an event came that must not come")
		s.Ack(delivery)
	}
}

// Ack says that everything up to the delivery is committed.
func (s *Stream) Ack(delivery Delivery, duplicates ...uint64) {
	s.tb.Helper()
	ack := &channelpb.Ack{Seq: delivery.Seq, Duplicates: duplicates}
	err := s.stream.Send(&channelpb.IngestRequest{Request: &channelpb.IngestRequest_Ack{Ack: ack}})
	if !errors.Is(err, io.EOF) {
		require.NoError(s.tb, err)
	}
}

// AskStop asks the adapter to end the stream.
func (s *Stream) AskStop() {
	s.tb.Helper()
	stop := &channelpb.IngestRequest_Stop{Stop: &channelpb.IngestStop{}}
	require.NoError(s.tb, s.stream.Send(&channelpb.IngestRequest{Request: stop}))
}

// Ended waits for the end of the stream and answers its error: nil for an orderly one.
func (s *Stream) Ended() error {
	s.tb.Helper()
	deadline := time.After(s.patience)
	for {
		select {
		case err := <-s.end:
			s.end <- err
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		case <-s.deliveries:
		case <-deadline:
			require.FailNow(s.tb, "the stream did not end")
		}
	}
}

// Break ends the stream as a crash of the hub does.
func (s *Stream) Break() {
	s.tb.Helper()
	s.cancel()
	_ = s.Ended()
}
