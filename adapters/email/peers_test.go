package email_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/email"
	"sportello.dev/adapters/internal/mime"
	"sportello.dev/adapters/mailpeers"
	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channeltest"
)

const citizen = "mario.rossi@example.com"

func peerConfig(t *testing.T, peers *mailpeers.Peers) []byte {
	t.Helper()
	config, err := json.Marshal(object{
		"address": ownAddress, "plus_address": true, "authserv_ids": []string{"mx.comune.esempio.it"},
		"imap": object{
			"host": peers.Host, "port": peers.IMAP, "security": "none", "after_ack": "move", "move_to": "Registrati",
			"folders": []string{"INBOX", "Moduli"},
		},
		"smtp": object{"host": peers.Host, "port": peers.SMTP, "security": "none"},
	})
	require.NoError(t, err)
	return config
}

func peerSecrets() map[string]string { return map[string]string{"/imap/password": mailpeers.Password} }

// mailbox signs a person in.
func mailbox(t *testing.T, peers *mailpeers.Peers, address string) *imapclient.Client {
	t.Helper()
	client, err := imapclient.DialInsecure(net.JoinHostPort(peers.Host, strconv.Itoa(peers.IMAP)), nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	require.NoError(t, client.Login(address, mailpeers.Password).Wait())
	return client
}

// await returns the only mail of a folder.
func await(t *testing.T, client *imapclient.Client, folder string) []byte {
	t.Helper()
	require.Eventually(t, func() bool {
		found, err := client.Select(folder, nil).Wait()
		return err == nil && found.NumMessages == 1
	}, 20*time.Second, 50*time.Millisecond, "no mail in %s", folder)
	messages, err := client.Fetch(imap.SeqSetNum(1), &imap.FetchOptions{
		BodySection: []*imap.FetchItemBodySection{{}},
	}).Collect()
	require.NoError(t, err)
	require.Len(t, messages, 1)
	return messages[0].BodySection[0].Bytes
}

func TestConversationThroughRealServers(t *testing.T) {
	t.Parallel()
	peers := mailpeers.Start(t)
	town := mailbox(t, peers, ownAddress)
	require.NoError(t, town.Create("Moduli", nil).Wait())
	h := channeltest.Start(t, email.New(time.Now), channeltest.Patience(30*time.Second, time.Second))
	config := peerConfig(t, peers)
	findings, err := h.Validate(config, peerSecrets(), true)
	require.NoError(t, err)
	for _, finding := range findings {
		require.NotEqual(t, channel.SeverityError, finding.Severity, "%+v", finding)
	}
	_, err = h.Open(channeltest.Opening{Config: config, Secrets: peerSecrets()})
	require.NoError(t, err)
	stream := h.Ingest(nil, 8)

	// A citizen writes; the first mail finds the adapter connecting, the second
	// finds it idle.
	peers.Deliver(t, citizen, ownAddress, item(1, 0))
	stream.Ack(stream.Next())
	peers.Deliver(t, citizen, ownAddress, item(2, 0))
	second := stream.Next()
	require.True(t, strings.HasPrefix(second.Event.ID, "INBOX/"))
	message := second.Event.Body.(*channel.InboundMessage)
	require.Equal(t, "c2@example.com", message.From.Value)
	stream.Ack(second)
	require.Eventually(t, func() bool {
		found, err := town.Select("Registrati", nil).Wait()
		return err == nil && found.NumMessages == 2
	}, time.Minute, 50*time.Millisecond, "recorded mail is moved, into a folder made for it")

	// The office answers.
	answer := transmission(7)
	answer.Thread.InReplyTo, answer.Thread.ReplyToken = message.ExternalIDs[0].Value, "tabcdefghijklmnopqrstuvwxyz"
	answer.Recipients = append(answer.Recipients, channel.Recipient{
		DeliveryID: "refused", Role: channel.RoleCC, Address: channel.Address{Kind: "email", Value: refusedAddress},
	})
	results, err := h.Send(answer)
	require.NoError(t, err)
	accepted := results[answer.Recipients[0].DeliveryID].Accepted
	require.NotNil(t, accepted, "%+v", results)
	require.Len(t, accepted.ExternalIDs, 3, "Postfix tells its queue id")
	require.Equal(t, channel.FailureRecipient, results["refused"].Failure.Class)

	// The citizen reads it and answers to the plus address.
	got, err := mime.Parse(t.Context(), bytes.NewReader(await(t, mailbox(t, peers, citizen), "INBOX")), mime.DefaultLimits(), mime.Discard{})
	require.NoError(t, err)
	require.Equal(t, "m.x7.y@comune.esempio.it", got.MessageID)
	require.Equal(t, "urp+tabcdefghijklmnopqrstuvwxyz@comune.esempio.it", got.ReplyTo[0].Email)
	peers.Deliver(t, citizen, got.ReplyTo[0].Email, fmt.Appendf(nil,
		"From: %s\r\nTo: %s\r\nSubject: Re: %s\r\nIn-Reply-To: <%s>\r\nMessage-ID: <r@example.com>\r\n\r\nGrazie!\r\n",
		citizen, got.ReplyTo[0].Email, got.Subject, got.MessageID))
	back := stream.Next().Event.Body.(*channel.InboundMessage)
	require.Contains(t, back.Tokens, "tabcdefghijklmnopqrstuvwxyz")
	require.Equal(t, []string{"<m.x7.y@comune.esempio.it>"}, back.AnswersTo)
	require.Equal(t, "Grazie!", back.Text)
}

// Every awkward mail comes through a real server as an event, byte by byte
// after the trace fields that the server put on top.
func TestAwkwardMailsThroughDovecot(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../internal/mime/testdata/mail/*.eml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	peers := mailpeers.StartDovecot(t)
	town := mailbox(t, peers, ownAddress)
	require.NoError(t, town.Create("Moduli", nil).Wait())
	h := channeltest.Start(t, email.New(time.Now), channeltest.Patience(30*time.Second, time.Second))
	_, err = h.Open(channeltest.Opening{Config: peerConfig(t, peers), Secrets: peerSecrets()})
	require.NoError(t, err)
	originals := make([][]byte, len(files))
	for i, file := range files {
		originals[i], err = os.ReadFile(file)
		require.NoError(t, err)
		peers.Deliver(t, citizen, ownAddress, originals[i])
	}
	stream := h.Ingest(nil, 16)
	for i, file := range files {
		original, delivery := originals[i], stream.Next()
		raw, err := h.Host.Bytes(delivery.Event.Raw)
		require.NoError(t, err)
		require.True(t, bytes.HasSuffix(withCRLF(raw), bytes.TrimLeft(withCRLF(original), "\xef\xbb\xbf\r\n")), file)
		require.NotNil(t, delivery.Event.Body)
		stream.Ack(delivery)
	}
}

// withCRLF compares mails as they travel, NUL aside, which no server keeps.
func withCRLF(b []byte) []byte {
	b = bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	b = bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\x00"), nil), []byte("\x80"), nil)
	return append(bytes.TrimRight(b, "\r\n"), "\r\n"...)
}
