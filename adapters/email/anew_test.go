package email_test

import (
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/mailpeers"
	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channelpb"
	"sportello.dev/plugins-sdk/channeltest"
)

// A folder that is deleted and made anew while the adapter has it open: nothing is missed, nothing comes twice from the
// same folder, and the channel's health says what happened until the new one is read.
func TestFolderMadeAnewWhileItIsOpen(t *testing.T) {
	t.Parallel()
	peers := mailpeers.StartDovecot(t)
	client := mailbox(t, peers, ownAddress)
	require.NoError(t, client.Create("Moduli", nil).Wait())
	put(t, client, "Moduli", 1, 2)
	h := openedAt(t, peers, ownAddress, object{"folders": []string{"Moduli"}})
	stream := h.Ingest(nil, 8)
	old := map[string]channel.Event{}
	for range 2 {
		delivery := stream.Next()
		stream.Ack(delivery)
		old[subject(t, delivery)] = delivery.Event
	}
	stream.Quiet()

	require.NoError(t, client.Delete("Moduli").Wait())
	report, err := h.Health(func(r *channelpb.WatchHealthResponse) bool { return r.GetCode() == "imap.gone" })
	require.NoError(t, err)
	require.Equal(t, channelpb.WatchHealthResponse_STATE_DEGRADED, report.GetState(), "nobody has to resume it")
	require.Contains(t, report.GetDetail(), "Moduli")
	require.Eventually(t, func() bool { return client.Create("Moduli", nil).Wait() == nil }, patience, 100*time.Millisecond)
	put(t, client, "Moduli", 1, 2, 3)
	sameLetters(t, stream, old, 3)
	_, err = h.Health(func(r *channelpb.WatchHealthResponse) bool {
		return r.GetState() == channelpb.WatchHealthResponse_STATE_HEALTHY
	})
	require.NoError(t, err)
	stream.Quiet()
}

// sameLetters takes so many letters, each of a new name; those known are known by their content.
func sameLetters(t *testing.T, stream *channeltest.Stream, known map[string]channel.Event, letters int) {
	t.Helper()
	seen := map[string]bool{}
	for range letters {
		delivery := stream.Next()
		stream.Ack(delivery)
		name := subject(t, delivery)
		require.False(t, seen[name], "twice: %s", name)
		seen[name] = true
		if before, ok := known[name]; ok {
			require.NotEqual(t, before.ID, delivery.Event.ID)
			require.Equal(t, before.Body.(*channel.InboundMessage).Fingerprint, delivery.Event.Body.(*channel.InboundMessage).Fingerprint)
		}
		require.True(t, strings.HasPrefix(delivery.Event.ID, "Moduli/"))
	}
}

// put appends letters to a folder, once the server has understood that it is a new one.
func put(t *testing.T, client *imapclient.Client, folder string, numbers ...int) {
	t.Helper()
	for _, n := range numbers {
		letter := item(n, 0)
		require.Eventually(t, func() bool {
			command := client.Append(folder, int64(len(letter)), nil)
			_, err := command.Write(letter)
			require.NoError(t, err)
			require.NoError(t, command.Close())
			_, err = command.Wait()
			return err == nil
		}, patience, 100*time.Millisecond)
	}
}

// A server that tells a session nothing of what became of its folder.
func TestFolderMadeAnewInSilence(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	require.NoError(t, w.user.Create("Moduli", nil))
	w.injectInto("Moduli", item(1, 0))
	h := opened(t, w.config(func(_, in, _ object) { in["folders"], in["after_ack"] = []string{"Moduli"}, "delete" }))
	stream := h.Ingest(nil, 8)
	first := stream.Next()
	stream.Quiet()
	require.NoError(t, w.user.Delete("Moduli"))
	require.NoError(t, w.user.Create("Moduli", nil))
	w.injectInto("Moduli", item(2, 0))
	stream.Ack(first) // now that its UID is another's
	second := stream.Next()
	require.Equal(t, "Richiesta 2", subject(t, second), "what was never read is not deleted in another's place")
	require.NotEqual(t, first.Event.ID, second.Event.ID)
	stream.Ack(second)
	require.Eventually(t, func() bool { return len(w.find("Moduli", imap.SearchCriteria{})) == 0 }, patience, 20*time.Millisecond)
	stream.Quiet()
}
