package channeltest

import (
	"bytes"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/plugins-sdk/channel/wire"
)

func dedupeChecks() []check {
	return []check{
		{"dedupe/ids unique and bounded", ingests, dedupeUnique},
		{"dedupe/ids stable across processes", ingests, dedupeStable},
		{"dedupe/equal items are two events", ingests, dedupeEqualItems},
		{"dedupe/order of arrival", ingests, dedupeOrder},
	}
}

const someItems = 5

func dedupeUnique(t *trial) {
	t.inject(someItems)
	stream := t.open().Ingest(nil, someItems)
	seen := map[string]bool{}
	for range someItems {
		id := stream.Next().Event.ID
		require.LessOrEqual(t, len(id), wire.MaxEventID)
		require.False(t, seen[id], "two items share the id %q", id)
		seen[id] = true
	}
}

func dedupeStable(t *trial) {
	t.inject(someItems)
	ids := func(stream *Stream) (all []string) {
		for range someItems {
			all = append(all, stream.Next().Event.ID)
		}
		return all
	}
	first := ids(t.open().Ingest(nil, someItems))
	require.Equal(t, first, ids(t.restart().Ingest(nil, someItems)))
}

func dedupeEqualItems(t *trial) {
	original := t.suite.Item(0, 0)
	t.world.Inject(original)
	t.world.Inject(original)
	stream := t.open().Ingest(nil, 8)
	require.NotEqual(t, stream.Next().Event.ID, stream.Next().Event.ID, "the provider had two")
}

func dedupeOrder(t *trial) {
	originals, _ := t.inject(someItems)
	stream := t.open().Ingest(nil, someItems)
	for _, original := range originals {
		t.sameRaw(original, stream.Next().Event)
	}
}

func cursorChecks() []check {
	return []check{
		{"cursor/resumes after the committed event", ingests, cursorResumes},
		{"cursor/bounded, sequence without gaps", ingests, cursorBounded},
		{"cursor/window respected", ingests, cursorWindow},
		{"cursor/window reopens with acks", ingests, cursorWindowReopens},
		{"cursor/never ahead of the events", ingests, cursorNotAhead},
		{"cursor/foreign cursor does no harm", ingests, cursorForeign},
	}
}

func cursorResumes(t *trial) {
	originals, _ := t.inject(4)
	stream := t.open().Ingest(nil, 8)
	stream.Next()
	committed := stream.Next()
	stream.Ack(committed)
	stream.Next()
	again := t.restart().Ingest(committed.Cursor, 8)
	t.sameRaw(originals[2], again.Next().Event)
	t.sameRaw(originals[3], again.Next().Event)
	again.Quiet()
}

func cursorBounded(t *trial) {
	t.inject(someItems)
	stream := t.open().Ingest(nil, someItems)
	for events, next := 0, uint64(1); events < someItems; next++ {
		delivery := stream.NextAny()
		require.Equal(t, next, delivery.Seq, "seq counts from 1 without gaps")
		require.LessOrEqual(t, len(delivery.Cursor), wire.MaxCursor)
		if delivery.Event.ID != "" {
			events++
		}
	}
}

func cursorWindow(t *trial) {
	t.inject(4)
	stream := t.open().Ingest(nil, 2)
	stream.NextAny()
	stream.NextAny()
	_, came := stream.TryNext(t.suite.Quiet)
	require.False(t, came, "a third event came with two waiting for their acks and a window of two")
}

func cursorWindowReopens(t *trial) {
	originals, _ := t.inject(4)
	stream := t.open().Ingest(nil, 1)
	for _, original := range originals {
		delivery := stream.Next()
		t.sameRaw(original, delivery.Event)
		stream.Ack(delivery)
	}
}

// cursorNotAhead: whatever cursor is committed, what came after it still comes.
func cursorNotAhead(t *trial) {
	originals, _ := t.inject(3)
	stream := t.open().Ingest(nil, 8)
	var cursors [][]byte
	for range originals {
		cursors = append(cursors, stream.Next().Cursor)
	}
	for i, cursor := range cursors[:len(cursors)-1] {
		next := t.restart().Ingest(cursor, 8).Next()
		t.sameRaw(originals[i+1], next.Event)
	}
}

func cursorForeign(t *trial) {
	t.inject(1)
	h := t.open()
	stream := h.Ingest(bytes.Repeat([]byte{0xff, 0}, 40), 8)
	if _, ok := stream.TryNext(t.suite.Quiet); !ok {
		stream.cancel()
		require.NotEqual(t, codes.Internal, status.Code(stream.Ended()), "a cursor that cannot be read is no reason to panic")
	}
	stream.Break()
	require.NotEmpty(t, h.Ingest(nil, 8).Next().Event.ID, "the channel still works")
}
