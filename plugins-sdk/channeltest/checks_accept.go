package channeltest

import (
	"bytes"
	"errors"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channel/wire"
)

func acceptChecks() []check {
	return []check{
		{"accept/hooks given", claimsIngest, acceptHooks},
		{"accept/item becomes event", ingests, acceptItem},
		{"accept/raw bytes identical", ingests, acceptRawIdentical},
		{"accept/large raw is a blob put before the event", carries(wire.MaxInlineRaw + 1), acceptLargeRaw},
		{"accept/original larger than a message", carries(wire.MaxMessage + 1), acceptHuge},
		{"accept/malformed items are seen", ingests, acceptMalformed},
		{"accept/nothing destroyed before ack", destroys, acceptKeepsUntilAck},
		{"accept/destroyed after ack", destroys, acceptSettles},
		{"accept/duplicate settles too", destroys, acceptDuplicateSettles},
		{"accept/only acked items destroyed", destroys, acceptPartialAck},
		{"accept/un-acked redelivered after restart", ingests, acceptRedelivered},
		{"accept/acked not redelivered", ingests, acceptNotRedelivered},
		{"accept/un-acked redelivered on a new stream", ingests, acceptNewStream},
		{"accept/slow hub loses nothing", carries(wire.MaxInlineRaw + 1), acceptSlowHost},
		{"accept/refusing hub loses nothing", carries(wire.MaxInlineRaw + 1), acceptRefusingHost},
		{"accept/items that arrive while running", ingests, acceptLater},
	}
}

func acceptHooks(t *trial) {
	require.NotNil(t, t.suite.Item, "INGEST is claimed: the suite needs Item")
	require.NotNil(t, t.world.Inject, "INGEST is claimed: the world needs Inject")
	require.NotEmpty(t, t.suite.Malformed, "INGEST is claimed: the suite needs Malformed")
}

func acceptItem(t *trial) {
	t.inject(1)
	event := t.open().Ingest(nil, 8).Next().Event
	require.NotNil(t, event.Body, "an event is about something")
	require.IsNotType(t, &channel.Unparsed{}, event.Body, "a valid item is parsed")
	require.False(t, event.OccurredAt.IsZero(), "an event has a time")
	require.NotEmpty(t, event.Raw.MediaType, "an original has a media type")
}

func acceptRawIdentical(t *trial) {
	originals, _ := t.inject(3)
	stream := t.open().Ingest(nil, 8)
	for _, original := range originals {
		t.sameRaw(original, stream.Next().Event)
	}
}

func (t *trial) sameRaw(original []byte, event channel.Event) {
	t.Helper()
	raw, err := t.host.Bytes(event.Raw)
	require.NoError(t, err)
	require.True(t, bytes.Equal(original, raw), "the raw bytes differ from what the provider had")
}

func acceptLargeRaw(t *trial) {
	original := t.suite.Item(0, wire.MaxInlineRaw+1)
	t.world.Inject(original)
	event := t.open().Ingest(nil, 8).Next().Event
	require.NotNil(t, event.Raw.Blob, "more than 64 KiB do not travel inside the event")
	t.sameRaw(original, event)
}

// hugePatience multiplies the patience where 16 MiB must be stored, moved and parsed on a busy machine.
const hugePatience = 6

func acceptHuge(t *trial) {
	patient := *t.subject
	patient.suite.Patience *= hugePatience
	t.subject = &patient
	original := t.suite.Item(0, wire.MaxMessage+1)
	t.world.Inject(original)
	t.world.Inject(t.suite.Item(1, 0))
	stream := t.open().Ingest(nil, 8)
	t.sameRaw(original, stream.Next().Event)
	stream.Next()
}

func acceptMalformed(t *trial) {
	for _, original := range t.suite.Malformed {
		t.world.Inject(original)
	}
	stream := t.open().Ingest(nil, uint32(len(t.suite.Malformed)+1))
	for _, original := range t.suite.Malformed {
		event := stream.Next().Event
		t.sameRaw(original, event)
		if unparsed, ok := event.Body.(*channel.Unparsed); ok {
			require.NotEmpty(t, unparsed.Code, "what was not parsed says why")
		}
	}
}

func acceptKeepsUntilAck(t *trial) {
	_, keys := t.inject(2)
	stream := t.open().Ingest(nil, 8)
	stream.Next()
	stream.Next()
	stream.Quiet()
	for _, key := range keys {
		require.True(t, t.world.Present(key), "removed upstream before it was committed")
	}
	stream.Break()
	for _, key := range keys {
		require.True(t, t.world.Present(key), "removed upstream though it was never committed")
	}
}

func acceptSettles(t *trial) {
	_, keys := t.inject(2)
	stream := t.open().Ingest(nil, 8)
	stream.Next()
	stream.Ack(stream.Next())
	t.eventually(func() bool { return !t.world.Present(keys[0]) && !t.world.Present(keys[1]) }, "not removed after the ack")
}

func acceptDuplicateSettles(t *trial) {
	_, keys := t.inject(1)
	stream := t.open().Ingest(nil, 8)
	delivery := stream.Next()
	stream.Ack(delivery, delivery.Seq)
	t.eventually(func() bool { return !t.world.Present(keys[0]) }, "a duplicate is committed as well")
}

func acceptPartialAck(t *trial) {
	_, keys := t.inject(2)
	stream := t.open().Ingest(nil, 8)
	first := stream.Next()
	stream.Next()
	stream.Ack(first)
	t.eventually(func() bool { return !t.world.Present(keys[0]) }, "not removed after its ack")
	stream.Quiet()
	require.True(t, t.world.Present(keys[1]), "removed with an ack for another")
}

func acceptRedelivered(t *trial) {
	t.inject(2)
	stream := t.open().Ingest(nil, 8)
	first, second := stream.Next(), stream.Next()
	again := t.restart().Ingest(nil, 8)
	require.Equal(t, first.Event.ID, again.Next().Event.ID)
	require.Equal(t, second.Event.ID, again.Next().Event.ID)
}

func acceptNotRedelivered(t *trial) {
	t.inject(2)
	stream := t.open().Ingest(nil, 8)
	stream.Next()
	last := stream.Next()
	stream.Ack(last)
	t.restart().Ingest(last.Cursor, 8).Quiet()
}

func acceptNewStream(t *trial) {
	t.inject(1)
	h := t.open()
	stream := h.Ingest(nil, 8)
	first := stream.Next()
	stream.Break()
	require.Equal(t, first.Event.ID, h.Ingest(nil, 8).Next().Event.ID)
}

func acceptSlowHost(t *trial) {
	release := t.host.Hold(PutBlob)
	defer release()
	original := t.suite.Item(0, wire.MaxInlineRaw+1)
	t.world.Inject(original)
	stream := t.open().Ingest(nil, 8)
	stream.Quiet()
	release()
	t.sameRaw(original, stream.Next().Event)
}

func acceptRefusingHost(t *trial) {
	t.host.Refuse(PutBlob, status.Error(codes.ResourceExhausted, "disk full"))
	original := t.suite.Item(0, wire.MaxInlineRaw+1)
	key := t.world.Inject(original)
	h := t.open()
	stream := h.Ingest(nil, 8)
	deadline := time.Now().Add(t.suite.Quiet)
	if delivery, ok := stream.TryNext(time.Until(deadline)); ok {
		require.Empty(t, delivery.Event.ID, "an event whose original is nowhere")
	}
	if t.world.Present != nil {
		require.True(t, t.world.Present(key), "removed upstream though the hub refused it")
	}
	t.host.Refuse(PutBlob, nil)
	t.sameRaw(original, t.nextWithRetries(h, stream).Event)
}

var errNoEvent = errors.New("no event came after the hub recovered")

// nextWithRetries starts the stream again when it ends, as the hub does.
func (t *trial) nextWithRetries(h *Harness, stream *Stream) Delivery {
	t.Helper()
	for deadline := time.Now().Add(t.suite.Patience); time.Now().Before(deadline); {
		if delivery, ok := stream.TryNext(t.suite.Quiet); ok && delivery.Event.ID != "" {
			return delivery
		}
		select {
		case err := <-stream.end:
			stream.end <- err
			stream = h.Ingest(nil, 8)
		default:
		}
	}
	require.NoError(t, errNoEvent)
	return Delivery{}
}

func acceptLater(t *trial) {
	t.inject(1)
	stream := t.open().Ingest(nil, 8)
	stream.Ack(stream.Next())
	original := t.suite.Item(1, 0)
	t.world.Inject(original)
	t.sameRaw(original, stream.Next().Event)
}
