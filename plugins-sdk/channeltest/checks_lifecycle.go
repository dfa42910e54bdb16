package channeltest

import (
	"context"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channelpb"
)

func lifecycleChecks() []check {
	hangs := given(sends, func(s *subject) bool { return s.world.Hang != nil }, "the world has no Hang")
	exclusive := given(always, func(s *subject) bool { return s.can(channel.CapabilityExclusive) }, "does not claim EXCLUSIVE")
	badSecrets := given(always, func(s *subject) bool { return s.world.BadSecrets != nil }, "the world has no BadSecrets")
	return []check{
		{"life-cycle/open once for each revision", always, lifecycleOpenOnce},
		{"life-cycle/newer revision replaces", always, lifecycleReplace},
		{"life-cycle/older revision refused", always, lifecycleOlder},
		{"life-cycle/unknown channel refused", always, lifecycleUnknown},
		{"life-cycle/two channels in one process", ingests, lifecycleTwoChannels},
		{"life-cycle/close in time", always, lifecycleClose},
		{"life-cycle/close while ingesting", ingests, lifecycleCloseIngest},
		{"life-cycle/close with un-acked events", ingests, lifecycleCloseUnacked},
		{"life-cycle/close while a send hangs", hangs, lifecycleCloseHang},
		{"life-cycle/close twice, open again", always, lifecycleReopen},
		{"life-cycle/stop ends the stream in order", ingests, lifecycleStop},
		{"life-cycle/acks after stop still settle", destroys, lifecycleStopAck},
		{"life-cycle/second stream takes over", ingests, lifecycleSecondStream},
		{"life-cycle/no connection without the lease", exclusive, lifecycleLease},
		{"life-cycle/health at once", always, lifecycleHealth},
		{"life-cycle/refused credentials are reported", badSecrets, lifecycleBadSecrets},
		{"life-cycle/nothing left running after close", always, lifecycleLeak},
	}
}

func (t *trial) opening(revision uint64) Opening {
	return Opening{Config: t.world.Config, Secrets: t.world.Secrets, Revision: revision}
}

func lifecycleOpenOnce(t *trial) {
	h := t.start()
	first, err := h.Open(t.opening(1))
	require.NoError(t, err)
	if ingests(t.subject) == "" {
		t.inject(1)
		stream := h.Ingest(nil, 8)
		stream.Next()
		defer stream.Quiet() // the stream of the first opening is not disturbed
	}
	second, err := h.Open(t.opening(1))
	require.NoError(t, err)
	require.Equal(t, first, second)
}

func lifecycleReplace(t *trial) {
	h := t.open()
	_, err := h.Open(t.opening(2))
	require.NoError(t, err)
	if ingests(t.subject) == "" {
		t.inject(1)
		stream := h.Ingest(nil, 8)
		stream.Ack(stream.Next())
	}
	require.NoError(t, h.Close())
}

func lifecycleOlder(t *trial) {
	h := t.start()
	_, err := h.Open(t.opening(2))
	require.NoError(t, err)
	_, err = h.Open(t.opening(1))
	require.Equal(t, codes.FailedPrecondition, status.Code(err))
}

func lifecycleUnknown(t *trial) {
	h := t.open()
	_, err := h.Client.Send(h.Context(), &channelpb.SendRequest{ChannelId: "another"})
	require.Equal(t, codes.NotFound, status.Code(err))
	_, err = h.Client.HandleHTTP(h.Context(), &channelpb.HandleHTTPRequest{ChannelId: "another"})
	require.Equal(t, codes.NotFound, status.Code(err))
	require.Equal(t, codes.NotFound, status.Code(h.IngestOn("another", nil, 1).Ended()))
}

func lifecycleTwoChannels(t *trial) {
	h := t.open()
	other := t.suite.Setup(t)
	_, err := h.Open(Opening{ChannelID: "second", Config: other.Config, Secrets: other.Secrets})
	require.NoError(t, err)
	mine, theirs := t.suite.Item(1, 0), t.suite.Item(2, 0)
	t.world.Inject(mine)
	other.Inject(theirs)
	first, second := h.Ingest(nil, 8), h.IngestOn("second", nil, 8)
	delivery := first.Next()
	t.sameRaw(mine, delivery.Event)
	first.Ack(delivery)
	t.sameRaw(theirs, second.Next().Event)
	require.NoError(t, h.Close())
	more := t.suite.Item(3, 0)
	other.Inject(more)
	t.sameRaw(more, second.Next().Event)
}

// closesInTime closes with a deadline well below the harness's patience.
func (t *trial) closesInTime(h *Harness) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), t.suite.Patience/2)
	defer cancel()
	_, err := h.Client.Close(ctx, &channelpb.CloseRequest{ChannelId: ChannelID})
	require.NoError(t, err, "the channel did not close in time")
}

func lifecycleClose(t *trial) {
	t.closesInTime(t.open())
}

func lifecycleCloseIngest(t *trial) {
	t.inject(1)
	h := t.open()
	stream := h.Ingest(nil, 8)
	stream.Ack(stream.Next())
	t.closesInTime(h)
	require.NoError(t, stream.Ended(), "an orderly end")
}

func lifecycleCloseUnacked(t *trial) {
	originals, _ := t.inject(1)
	h := t.open()
	h.Ingest(nil, 8).Next()
	t.closesInTime(h)
	t.openOn(h)
	t.sameRaw(originals[0], h.Ingest(nil, 8).Next().Event)
}

func lifecycleCloseHang(t *trial) {
	h := t.open()
	release := t.world.Hang()
	defer release()
	done := make(chan error, 1)
	go func() {
		_, err := h.Send(t.suite.Transmission(0))
		done <- err
	}()
	t.eventually(func() bool { return t.world.Attempts() == 1 }, "the send did not reach the provider")
	t.closesInTime(h)
	select {
	case <-done:
	case <-time.After(t.suite.Patience):
		require.FailNow(t, "the hanging send did not end with the channel")
	}
}

func lifecycleReopen(t *trial) {
	h := t.open()
	require.NoError(t, h.Close())
	require.NoError(t, h.Close(), "closing what is closed is no error")
	t.openOn(h)
	if ingests(t.subject) == "" {
		t.inject(1)
		h.Ingest(nil, 8).Next()
	}
}

func lifecycleStop(t *trial) {
	t.inject(1)
	h := t.open()
	stream := h.Ingest(nil, 8)
	delivery := stream.Next()
	stream.AskStop()
	stream.Ack(delivery)
	require.NoError(t, stream.Ended())
	t.inject(1)
	require.NotEmpty(t, h.Ingest(delivery.Cursor, 8).Next().Event.ID, "a stopped channel starts again")
}

func lifecycleStopAck(t *trial) {
	_, keys := t.inject(1)
	h := t.open()
	stream := h.Ingest(nil, 8)
	delivery := stream.Next()
	stream.AskStop()
	stream.Ack(delivery)
	require.NoError(t, stream.Ended())
	if t.world.Present(keys[0]) {
		// It may also be removed by the next start, from whose cursor it can be seen that it is committed.
		h.Ingest(delivery.Cursor, 8)
	}
	t.eventually(func() bool { return !t.world.Present(keys[0]) }, "committed, and never removed")
}

func lifecycleSecondStream(t *trial) {
	t.inject(1)
	h := t.open()
	first := h.Ingest(nil, 8)
	first.Next()
	second := h.Ingest(nil, 8)
	second.Next()
	require.Error(t, first.Ended(), "only one stream delivers")
}

func lifecycleLease(t *trial) {
	if ingests(t.subject) == "" {
		t.inject(1)
	}
	h := t.start()
	opening := t.opening(1)
	opening.NoLease = true
	_, err := h.Open(opening)
	require.NoError(t, err)
	if sends(t.subject) == "" {
		transmission := t.suite.Transmission(0)
		results, err := h.Send(transmission)
		require.True(t, err != nil || results[transmission.Recipients[0].DeliveryID].Accepted == nil)
		require.Zero(t, t.world.Attempts(), "sent without the lease")
	}
	if ingests(t.subject) == "" {
		_, came := h.Ingest(nil, 8).TryNext(t.suite.Quiet)
		require.False(t, came, "fetched without the lease")
		t.openOn(h)
		h.Ingest(nil, 8).Next()
	}
}

func lifecycleHealth(t *trial) {
	h := t.open()
	report, err := h.Health(func(*channelpb.WatchHealthResponse) bool { return true })
	require.NoError(t, err)
	require.NotEqual(t, channelpb.WatchHealthResponse_STATE_UNSPECIFIED, report.GetState())
	require.NotNil(t, report.GetSince())
	if ingests(t.subject) == "" {
		h.Ingest(nil, 8)
	}
	_, err = h.Health(func(report *channelpb.WatchHealthResponse) bool {
		return report.GetState() == channelpb.WatchHealthResponse_STATE_HEALTHY
	})
	require.NoError(t, err, "a working channel gets healthy")
}

func lifecycleBadSecrets(t *trial) {
	h := t.start()
	_, err := h.Open(Opening{Config: t.world.Config, Secrets: t.world.BadSecrets})
	if err != nil {
		require.Equal(t, channelpb.FailureClass_FAILURE_CLASS_CONFIG, failureOf(err).GetClass(), "%v", err)
		return
	}
	if ingests(t.subject) == "" {
		h.Ingest(nil, 8)
	} else if sends(t.subject) == "" {
		_, err := h.Send(t.suite.Transmission(0))
		require.NoError(t, err)
	}
	report, err := h.Health(func(report *channelpb.WatchHealthResponse) bool {
		return report.GetState() == channelpb.WatchHealthResponse_STATE_MISCONFIGURED
	})
	require.NoError(t, err)
	require.NotEmpty(t, report.GetCode())
}

func lifecycleLeak(t *trial) {
	h := t.open()
	if ingests(t.subject) == "" {
		t.inject(1)
		stream := h.Ingest(nil, 8)
		stream.Ack(stream.Next())
	}
	if sends(t.subject) == "" {
		_, err := h.Send(t.suite.Transmission(0))
		require.NoError(t, err)
	}
	t.closesInTime(h)
	var left []string
	gone := func() bool {
		left = h.goroutines()
		return len(left) == 0
	}
	if !eventually(t.suite.Patience, gone) {
		require.FailNow(t, "goroutines left running", "%s", strings.Join(left, "\n\n"))
	}
}

func eventually(patience time.Duration, condition func() bool) bool {
	deadline := time.After(patience)
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			return false
		}
	}
	return true
}
