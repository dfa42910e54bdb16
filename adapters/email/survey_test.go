package email_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/adapters/email"
	"sportello.dev/adapters/mailpeers"
	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channeltest"
)

// What Dovecot has is named by the ids that the events had; one of them is
// read again, and nothing on the server changes.
func TestSurveyWithDovecot(t *testing.T) {
	t.Parallel()
	peers := mailpeers.StartDovecot(t)
	client := mailbox(t, peers, ownAddress)
	for n := range 3 {
		peers.Deliver(t, citizen, ownAddress, item(n, 0))
	}
	h := channeltest.Start(t, email.Hurried(time.Now), channeltest.Patience(30*time.Second, quiet))
	_, err := h.Open(channeltest.Opening{
		Config:  []byte(`{"address":"` + ownAddress + `","imap":{"host":"127.0.0.1","security":"none","port":` + strconv.Itoa(peers.IMAP) + `}}`),
		Secrets: peerSecrets(),
	})
	require.NoError(t, err)
	stream := h.Ingest(nil, 8)
	var ids []string
	var at []byte
	for range 2 {
		delivery := stream.Next()
		stream.Ack(delivery)
		ids, at = append(ids, delivery.Event.ID), delivery.Cursor
	}

	items, waiting, err := h.Survey(channel.SurveyQuery{Cursor: at})
	require.NoError(t, err)
	require.Equal(t, []string{ids[0], ids[1]}, []string{items[0].EventID, items[1].EventID})
	require.Len(t, items, 2)
	require.EqualValues(t, 1, waiting, "what is behind the position only waits")
	told, _, err := h.Survey(channel.SurveyQuery{Only: ids[1:]})
	require.NoError(t, err)
	require.Equal(t, []string{ids[1], "c1@example.com", "Richiesta 1"}, []string{told[0].EventID, told[0].From, told[0].Subject})

	again, err := h.Refetch(ids[1])
	require.NoError(t, err)
	require.Equal(t, ids[1], again.ID)
	require.Equal(t, "Richiesta 1", again.Body.(*channel.InboundMessage).Subject)
	for _, gone := range []string{"INBOX/1/1", "Altrove/1/1", "rotto", ids[1] + "999"} {
		_, err = h.Refetch(gone)
		require.Equal(t, codes.NotFound, status.Code(err), gone)
	}
	for _, flags := range flagged(t, client, "INBOX") {
		require.NotContains(t, flags, imap.FlagSeen, "nothing is marked as read")
	}
}
