package delivery

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/id"
)

func TestAChannelHasRoomForTwiceItsCalls(t *testing.T) {
	t.Parallel()
	var r rooms
	narrow := outlet{channel: id.New[id.Channel](), calls: 2}
	var inside []func()
	for range 4 {
		leave, ok := r.enter(t.Context(), narrow)
		require.True(t, ok)
		inside = append(inside, leave)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	_, ok := r.enter(over, narrow)
	require.False(t, ok, "the fifth finds no room")
	for _, free := range []outlet{{channel: id.New[id.Channel](), calls: 2}, {channel: narrow.channel}} {
		_, ok = r.enter(t.Context(), free)
		require.True(t, ok, "another channel, and one without a limit")
	}
	inside[0]()
	leave, ok := r.enter(t.Context(), narrow)
	require.True(t, ok)
	leave()
	wider := outlet{channel: narrow.channel, calls: 3}
	_, ok = r.enter(t.Context(), wider)
	require.True(t, ok, "the channel takes more calls than before")
	for _, leave := range inside[1:] {
		leave()
	}
}
