package email_test

import (
	"bytes"
	"encoding/json"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/email"
	"sportello.dev/adapters/mailpeers"
	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channeltest"
)

// endOfMail is the line by which the server learns that the message is whole.
var endOfMail = []byte("\r\n.\r\n")

// cutLine stands between the adapter and a server, and breaks when the message has been handed over: before its last line
// reaches the server, or after the server has answered it.
func cutLine(t *testing.T, port int, after bool) (at int) {
	t.Helper()
	listener := listen(t)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go cut(client, port, after)
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

func cut(client net.Conn, port int, after bool) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	var whole atomic.Bool // the message is: the answer to it goes nowhere
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		defer func() { _ = client.Close() }()
		buffer := make([]byte, 4096)
		for {
			n, err := server.Read(buffer)
			if err != nil || whole.Load() {
				return
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
	}()
	var said []byte
	buffer := make([]byte, 4096)
	for {
		n, err := client.Read(buffer)
		said = append(said, buffer[:n]...)
		if bytes.Contains(said, endOfMail) {
			if after {
				whole.Store(true)
				_, _ = server.Write(buffer[:n])
				<-answered
			}
			return
		}
		if _, failed := server.Write(buffer[:n]); err != nil || failed != nil {
			return
		}
	}
}

// A line that breaks after the message was handed over leaves the sending uncertain. Where the server files what was sent,
// looking there settles it, once the copy is there; where the message never was whole, nothing is ever found.
func TestALostAnswerIsSettledBySentMail(t *testing.T) {
	t.Parallel()
	peers := mailpeers.Start(t)
	town := mailbox(t, peers, mailpeers.Filing)
	require.NoError(t, town.Create(mailpeers.FiledIn, nil).Wait())
	for _, tt := range []struct {
		name, citizen string
		after         bool
	}{{"taken", "arriva@example.com", true}, {"never whole", "mai@example.com", false}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			config, err := json.Marshal(object{
				"address": mailpeers.Filing,
				"imap":    object{"host": peers.Host, "port": peers.IMAP, "security": "none", "sent_folder": mailpeers.FiledIn},
				"smtp":    object{"host": peers.Host, "port": cutLine(t, peers.SMTP, tt.after), "security": "none"},
			})
			require.NoError(t, err)
			h := channeltest.Start(t, email.New(time.Now), channeltest.Patience(30*time.Second, quiet))
			profile, err := h.Open(channeltest.Opening{Config: config, Secrets: peerSecrets()})
			require.NoError(t, err)
			require.Equal(t, channel.ReconcileLookup, profile.Reconcile)

			out := transmission(len(tt.name)) // each its own
			out.Recipients[0].Address.Value = tt.citizen
			results, err := h.Send(out)
			require.NoError(t, err)
			failure := results[out.Recipients[0].DeliveryID].Failure
			require.NotNil(t, failure, "%+v", results)
			require.Equal(t, channel.FailureUnknownOutcome, failure.Class)

			query := channel.Query{TransmissionID: out.ID, Thread: out.Thread, Recipients: out.Recipients}
			look := func() channel.Finding {
				found, err := h.Lookup(query)
				require.NoError(t, err)
				return found
			}
			citizen := mailbox(t, peers, tt.citizen)
			if !tt.after {
				require.Equal(t, channel.VerdictUnknown, look().Verdict, "not finding it proves nothing")
				found, err := citizen.Select("INBOX", &imap.SelectOptions{ReadOnly: true}).Wait()
				require.NoError(t, err)
				require.Zero(t, found.NumMessages)
				return
			}
			require.Eventually(t, func() bool { return look().Verdict == channel.VerdictFound }, 30*time.Second, 100*time.Millisecond)
			require.NotNil(t, look().Results[out.Recipients[0].DeliveryID].Accepted)
			require.Contains(t, string(await(t, citizen, "INBOX")), out.Thread.MessageID, "once")
		})
	}
}
