package email_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/adapters/email"
	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channelpb"
	"sportello.dev/plugins-sdk/channeltest"
)

const (
	patience = 15 * time.Second
	quiet    = 200 * time.Millisecond
)

// opened starts the adapter with a channel of the world.
func opened(t *testing.T, config json.RawMessage, options ...channeltest.Option) *channeltest.Harness {
	t.Helper()
	options = append(options, channeltest.Patience(patience, quiet))
	h := channeltest.Start(t, email.Hurried(time.Now), options...)
	_, err := h.Open(channeltest.Opening{Config: config, Secrets: secrets()})
	require.NoError(t, err)
	return h
}

func subject(t *testing.T, d channeltest.Delivery) string {
	t.Helper()
	message, ok := d.Event.Body.(*channel.InboundMessage)
	require.True(t, ok, "%+v", d.Event.Body)
	return message.Subject
}

func TestSeveralFolders(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	require.NoError(t, w.user.Create("Moduli", nil))
	w.inject(item(1, 0))
	w.injectInto("Moduli", item(2, 0))
	config := w.config(func(_, in, _ object) { in["folders"] = []string{"INBOX", "Moduli"} })
	h := opened(t, config)
	stream := h.Ingest(nil, 8)
	seen := map[string]bool{}
	var last channeltest.Delivery
	for range 2 {
		last = stream.Next()
		stream.Ack(last)
		seen[subject(t, last)] = true
	}
	require.Len(t, seen, 2)
	w.injectInto("Moduli", item(3, 0))
	require.Equal(t, "Richiesta 3", subject(t, stream.Next()))

	// The cursor of the second event knows both folders.
	stream.Break()
	again := h.Ingest(last.Cursor, 8)
	require.Equal(t, "Richiesta 3", subject(t, again.Next()))
	again.Quiet()
}

func TestNewUIDValidityReadsAgain(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	w.inject(item(1, 0))
	h := opened(t, w.config())
	stream := h.Ingest(nil, 8)
	first := stream.Next()
	stream.Ack(first)
	stream.Break()
	require.NoError(t, w.user.Delete("INBOX"))
	require.NoError(t, w.user.Create("INBOX", nil))
	w.inject(item(1, 0))
	w.inject(item(2, 0))
	again := h.Ingest(first.Cursor, 8)
	moved := again.Next()
	require.Equal(t, "Richiesta 1", subject(t, moved))
	require.NotEqual(t, first.Event.ID, moved.Event.ID, "another message, until the hub sees that it is the same")
	require.Equal(t, first.Event.Body.(*channel.InboundMessage).Fingerprint, moved.Event.Body.(*channel.InboundMessage).Fingerprint)
	require.Equal(t, "Richiesta 2", subject(t, again.Next()))
}

func TestHistoryCanBeLeftOut(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	w.inject(item(1, 0))
	h := opened(t, w.config(func(_, in, _ object) { in["history"] = "new" }))
	stream := h.Ingest(nil, 8)
	skipped := stream.NextAny()
	require.Empty(t, skipped.Event.ID, "only the cursor moves")
	stream.Ack(skipped)
	w.inject(item(2, 0))
	require.Equal(t, "Richiesta 2", subject(t, stream.Next()))
	stream.Break()
	require.Equal(t, "Richiesta 2", subject(t, h.Ingest(skipped.Cursor, 8).Next()))
}

func TestSeenAfterAck(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	w.inject(item(1, 0))
	h := opened(t, w.config(func(_, in, _ object) { in["after_ack"] = "seen" }))
	stream := h.Ingest(nil, 8)
	delivery := stream.Next()
	unseen := imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagSeen}}
	stream.Quiet()
	require.Len(t, w.find("INBOX", unseen), 1, "not read before it is recorded")
	stream.Ack(delivery)
	require.Eventually(t, func() bool { return len(w.find("INBOX", unseen)) == 0 }, patience, 10*time.Millisecond)
}

func TestKeepTouchesNothing(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	w.inject(item(1, 0))
	stream := opened(t, w.config()).Ingest(nil, 8)
	stream.Ack(stream.Next())
	stream.Quiet()
	require.Len(t, w.find("INBOX", imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagSeen}}), 1)
}

// One message that the server cannot read must not hide those behind it.
func TestUnreadableMessageIsReported(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	for n := range 3 {
		w.inject(item(n, 0))
	}
	w.unreadable = 2
	stream := opened(t, w.config(moving)).Ingest(nil, 8)
	require.Equal(t, "Richiesta 0", subject(t, stream.Next()))
	lost := stream.Next()
	unparsed, ok := lost.Event.Body.(*channel.Unparsed)
	require.True(t, ok)
	require.Equal(t, "imap.fetch", unparsed.Code)
	require.Equal(t, "INBOX/1/2", lost.Event.ID)
	last := stream.Next()
	require.Equal(t, "Richiesta 2", subject(t, last))
	stream.Ack(last)
	require.Eventually(t, func() bool { return len(w.find(recorded, imap.SearchCriteria{})) == 2 }, patience, 10*time.Millisecond)
	require.True(t, w.present("2"), "what could not be fetched stays")
}

func TestVanishedMessageIsPassedOver(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	for n := range 3 {
		w.inject(item(n, 0))
	}
	w.vanished = 2
	stream := opened(t, w.config()).Ingest(nil, 8)
	require.Equal(t, "Richiesta 0", subject(t, stream.Next()))
	require.Equal(t, "Richiesta 2", subject(t, stream.Next()))
}

// The item on which the process died twice travels unread.
func TestKillerTravelsUnread(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	w.inject(item(1, 0))
	w.inject(item(2, 0))
	host := channeltest.NewHost()
	host.SetState(channeltest.ChannelID, "sdk.crumbs", []byte(`{"cursor":"","item":"INBOX/1/1","crashes":{"INBOX/1/1":1}}`))
	stream := opened(t, w.config(), channeltest.OnHost(host)).Ingest(nil, 8)
	unparsed, ok := stream.Next().Event.Body.(*channel.Unparsed)
	require.True(t, ok)
	require.Equal(t, "crash", unparsed.Code)
	require.Equal(t, "Richiesta 2", subject(t, stream.Next()))
}

// A mail that its reader never finishes travels unread, and stands in the way of none; trying it again ends the same.
func TestEndlessMailTravelsUnread(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	bomb := bytes.Replace(item(1, 0), []byte("Richiesta 1"), []byte(endless), 1)
	w.inject(item(0, 0))
	w.inject(bomb)
	w.inject(item(2, 0))
	h := opened(t, w.config())
	stream := h.Ingest(nil, 8)
	require.Equal(t, "Richiesta 0", subject(t, stream.Next()))
	unread := stream.Next().Event
	want := &channel.Unparsed{Code: "limit.cpu_seconds", Detail: "more than 1"}
	require.Equal(t, want, unread.Body)
	raw, err := h.Host.Bytes(unread.Raw)
	require.NoError(t, err)
	require.Equal(t, bomb, raw)
	require.Equal(t, "Richiesta 2", subject(t, stream.Next()))
}

func TestOversizeTravelsUnread(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	original := item(1, 1<<20+1)
	w.inject(original)
	h := opened(t, w.config(func(top, _, _ object) { top["max_megabytes"] = 1 }))
	delivery := h.Ingest(nil, 8).Next()
	unparsed, ok := delivery.Event.Body.(*channel.Unparsed)
	require.True(t, ok)
	require.Equal(t, "limit.raw_bytes", unparsed.Code)
	raw, err := h.Host.Bytes(delivery.Event.Raw)
	require.NoError(t, err)
	require.Equal(t, original, raw)
}

// What is too large even for the hub is seen all the same, stays upstream, and does not stop what is behind it.
func TestOriginalTheHubDoesNotTake(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	w.inject(item(1, 200_000))
	w.inject(item(2, 0))
	host := channeltest.NewHost()
	host.Refuse(channeltest.PutBlob, status.Error(codes.OutOfRange, "too large"))
	stream := opened(t, w.config(), channeltest.OnHost(host)).Ingest(nil, 8)
	first := stream.Next()
	require.Equal(t, &channel.Unparsed{Code: "limit.original", Detail: "the hub takes no original as large as message 1 of INBOX"}, first.Event.Body)
	require.Empty(t, first.Event.Raw.Inline)
	require.Equal(t, "Richiesta 2", subject(t, stream.Next()))
}

func TestWrongPasswordSuspendsAndRecovers(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	h := channeltest.Start(t, email.Hurried(time.Now), channeltest.Patience(patience, quiet))
	_, err := h.Open(channeltest.Opening{Config: w.config(), Secrets: map[string]string{"/imap/password": "sbagliata"}})
	require.NoError(t, err)
	h.Ingest(nil, 8)
	report, err := h.Health(func(r *channelpb.WatchHealthResponse) bool {
		return r.GetState() == channelpb.WatchHealthResponse_STATE_MISCONFIGURED
	})
	require.NoError(t, err)
	require.Equal(t, "imap.auth", report.GetCode())
	require.NotContains(t, h.Log(), "sbagliata")

	_, err = h.Open(channeltest.Opening{Config: w.config(), Secrets: secrets(), Revision: 2})
	require.NoError(t, err)
	h.Ingest(nil, 8)
	_, err = h.Health(func(r *channelpb.WatchHealthResponse) bool {
		return r.GetState() == channelpb.WatchHealthResponse_STATE_HEALTHY && r.GetBacklog() == 0
	})
	require.NoError(t, err)
}

func TestMissingFolderIsAMistakeOfTheConfiguration(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	h := opened(t, w.config(func(_, in, _ object) { in["folders"] = []string{"Inesistente"} }))
	h.Ingest(nil, 8)
	report, err := h.Health(func(r *channelpb.WatchHealthResponse) bool {
		return r.GetState() == channelpb.WatchHealthResponse_STATE_MISCONFIGURED
	})
	require.NoError(t, err)
	require.Equal(t, "imap.folder", report.GetCode())
}

func TestReconnects(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	stream := opened(t, w.config(moving)).Ingest(nil, 8)
	for n := range 5 {
		w.inject(item(n, 0))
		delivery := stream.Next()
		require.Equal(t, fmt.Sprintf("Richiesta %d", n), subject(t, delivery))
		w.dropConnections()
		stream.Ack(delivery)
	}
	require.Eventually(t, func() bool { return len(w.find(recorded, imap.SearchCriteria{})) == 5 }, patience, 10*time.Millisecond,
		"what was recorded while the connection was gone is moved later")
}

// A large backlog goes through a small window in order.
func TestBacklog(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	const count = 150
	for n := range count {
		w.inject(item(n, 0))
	}
	stream := opened(t, w.config(moving)).Ingest(nil, 3)
	for n := range count {
		delivery := stream.Next()
		require.Equal(t, fmt.Sprintf("Richiesta %d", n), subject(t, delivery))
		stream.Ack(delivery)
	}
	require.Eventually(t, func() bool { return len(w.find(recorded, imap.SearchCriteria{})) == count }, patience, 10*time.Millisecond)
}
