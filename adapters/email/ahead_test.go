package email_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/plugins-sdk/channeltest"
)

// withFile is the nth mail with a file that no other has, which the hub has to keep before the mail is read.
func withFile(n int) []byte {
	return fmt.Appendf(nil, "From: c%d@example.com\r\nTo: %s\r\nSubject: Richiesta %d\r\nMessage-ID: <f%d@example.com>\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nVedi allegato.\r\n"+
		"--b\r\nContent-Type: text/csv; name=a.csv\r\nContent-Disposition: attachment; filename=a.csv\r\n\r\nriga;%d\r\n--b--\r\n",
		n, ownAddress, n, n, n)
}

// heldWhileReading starts to read mails on a hub that keeps no file yet, and returns what lets it.
func heldWhileReading(t *testing.T, mails int, host *channeltest.Host) (stream *channeltest.Stream, release func()) {
	t.Helper()
	w := newMailWorld(t)
	for n := range mails {
		w.inject(withFile(n))
	}
	release = host.Hold(channeltest.PutBlob)
	t.Cleanup(release)
	return opened(t, w.config(), channeltest.OnHost(host)).Ingest(nil, 32), release
}

func inOrder(t *testing.T, stream *channeltest.Stream, mails int) {
	t.Helper()
	for n := range mails {
		delivery := stream.Next()
		require.Equal(t, "Richiesta "+strconv.Itoa(n), subject(t, delivery))
		stream.Ack(delivery)
	}
	stream.Quiet()
}

// Eight mails are read while the first waits for the hub's disk; all are delivered in the order in which they came.
func TestMailsAreReadAhead(t *testing.T) {
	t.Parallel()
	host := channeltest.NewHost()
	stream, release := heldWhileReading(t, 20, host)
	reading := func() int { return host.Calls(channeltest.PutBlob) }
	require.Eventually(t, func() bool { return reading() == 8 }, patience, 20*time.Millisecond, "%d are read at once", reading())
	stream.Quiet()
	require.Equal(t, 8, reading(), "no more than that")
	release()
	inOrder(t, stream, 20)
}

// Where the process ended before, one mail is read at a time, so that the next end tells which it was.
func TestMailsAreReadOneByOneAfterACrash(t *testing.T) {
	t.Parallel()
	host := channeltest.NewHost()
	host.SetState(channeltest.ChannelID, "sdk.crumbs", []byte(`{"cursor":"","item":"INBOX/1/3"}`))
	stream, release := heldWhileReading(t, 12, host)
	reading := func() int { return host.Calls(channeltest.PutBlob) }
	require.Eventually(t, func() bool { return reading() == 1 }, patience, 20*time.Millisecond)
	stream.Quiet()
	require.Equal(t, 1, reading())
	release()
	inOrder(t, stream, 12)
}

// When the hub keeps no file, nothing behind that mail is delivered; all comes in its order once it does again.
func TestNothingPassesAMailThatTheHubDidNotKeep(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	w.inject(item(0, 0))
	for n := 1; n < 12; n++ {
		w.inject(withFile(n))
	}
	host := channeltest.NewHost()
	host.Refuse(channeltest.PutBlob, status.Error(codes.ResourceExhausted, "full"))
	h := opened(t, w.config(), channeltest.OnHost(host))
	stream := h.Ingest(nil, 32)
	first := stream.Next()
	require.Equal(t, "Richiesta 0", subject(t, first))
	stream.Ack(first)
	require.Error(t, stream.Ended())
	host.Refuse(channeltest.PutBlob, nil)
	again := h.Ingest(first.Cursor, 32)
	for n := 1; n < 12; n++ {
		require.Equal(t, "Richiesta "+strconv.Itoa(n), subject(t, again.Next()))
	}
}
