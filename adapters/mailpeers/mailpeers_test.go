package mailpeers_test

import (
	"net"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/mailpeers"
)

func TestMailGoesAround(t *testing.T) {
	t.Parallel()
	peers := mailpeers.Start(t)
	conn, err := net.Dial("tcp", net.JoinHostPort(peers.Host, strconv.Itoa(peers.SMTP)))
	require.NoError(t, err)
	client := smtp.NewClient(conn)
	require.NoError(t, client.Auth(sasl.NewPlainClient("", "anna@example.com", mailpeers.Password)))
	require.NoError(t, client.Mail("anna@example.com", nil))
	require.ErrorContains(t, client.Rcpt("nessuno@example.com", nil), "no such user")
	require.NoError(t, client.Rcpt("urp+codice@comune.esempio.it", nil))
	data, err := client.Data()
	require.NoError(t, err)
	_, err = data.Write([]byte("From: anna@example.com\r\nSubject: prova\r\n\r\nciao\r\n"))
	require.NoError(t, err)
	answer, err := data.CloseWithResponse()
	require.NoError(t, err)
	require.Contains(t, answer.StatusText, "queued as")
	require.NoError(t, client.Quit())

	box, err := imapclient.DialInsecure(net.JoinHostPort(peers.Host, strconv.Itoa(peers.IMAP)), nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = box.Close() })
	require.Error(t, box.Login("urp@comune.esempio.it", "sbagliata").Wait())
	require.NoError(t, box.Login("urp@comune.esempio.it", mailpeers.Password).Wait())
	require.Eventually(t, func() bool {
		found, err := box.Select("INBOX", nil).Wait()
		return err == nil && found.NumMessages == 1
	}, 20*time.Second, 50*time.Millisecond, "the mail to the plus address did not arrive")
}

func TestDelivery(t *testing.T) {
	t.Parallel()
	peers := mailpeers.StartDovecot(t)
	peers.Deliver(t, "anna@example.com", "urp@comune.esempio.it", []byte("Subject: prova\r\n\r\nciao\r\n"))
	box, err := imapclient.DialInsecure(net.JoinHostPort(peers.Host, strconv.Itoa(peers.IMAP)), nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = box.Close() })
	require.NoError(t, box.Login("urp@comune.esempio.it", mailpeers.Password).Wait())
	found, err := box.Select("INBOX", nil).Wait()
	require.NoError(t, err)
	require.Equal(t, uint32(1), found.NumMessages)
}

func TestServersEndWithTheTest(t *testing.T) { //nolint:tparallel // what the subtest leaves is looked at after it
	t.Parallel()
	var peers *mailpeers.Peers
	t.Run("start", func(t *testing.T) { peers = mailpeers.Start(t) })
	for _, port := range []int{peers.IMAP, peers.LMTP, peers.SMTP} {
		_, err := net.Dial("tcp", net.JoinHostPort(peers.Host, strconv.Itoa(port)))
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
	}
}
