package sms_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/internal/smpp"
	"sportello.dev/adapters/mailpeers"
	"sportello.dev/adapters/sms"
	"sportello.dev/adapters/sms/internal/smsctest"
	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channeltest"
)

// needs demands programs of other makers; only a developer's machine may be without them.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("%s is missing: deploy/scripts/test-packages installs it", program)
			}
			t.Skipf("%s is missing: deploy/scripts/test-packages installs it", program)
		}
	}
}

// Net::SMPP plays the centre: another author's reading of the protocol.
func TestAgainstNetSMPP(t *testing.T) {
	t.Parallel()
	needs(t, "perl")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := exec.CommandContext(ctx, "perl", "-MNet::SMPP", "-e", "1").Run(); err != nil {
		needs(t, "libnet-smpp-perl")
	}
	script := exec.CommandContext(ctx, "perl", "testdata/smsc.pl")
	output, err := script.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, script.Start())
	lines := bufio.NewScanner(output)
	next := func() string {
		require.True(t, lines.Scan(), "the centre ended early")
		return lines.Text()
	}
	var port int
	_, err = fmt.Sscanf(next(), "port %d", &port)
	require.NoError(t, err)

	h := channeltest.Start(t, sms.Hurried(time.Now), channeltest.Patience(time.Minute, 0))
	_, err = h.Open(channeltest.Opening{Config: centreConfig(t, port, nil), Secrets: map[string]string{"/smpp/password": "segreta"}})
	require.NoError(t, err)
	require.Equal(t, "bind comune segreta", next())
	stream := h.Ingest(nil, 8)
	first := transmission(1)
	first.Content.Text = "Perché no"
	results, err := h.Send(first)
	require.NoError(t, err)
	require.Nil(t, results["delivery-1"].Failure, "%v", results["delivery-1"].Failure)
	require.Equal(t, "00001234", results["delivery-1"].Accepted.ExternalIDs[0].Value)
	require.Equal(t, "submit "+citizen(1)+" 0 506572636805206e6f", next())

	delivery := stream.Next()
	receipt := report(t, delivery.Event)
	require.Equal(t, channel.DeliveryDelivered, receipt.State)
	require.Contains(t, receipt.ExternalIDs, channel.ExternalID{Kind: "sms_id", Value: "00001234", Issuer: channel.IssuerProvider},
		"hexadecimal in the answer, decimal in the receipt")
	stream.Ack(delivery)
	require.Equal(t, "answered 0", next())
	delivery = stream.Next()
	require.Equal(t, "Grazie, é tutto", message(t, delivery.Event).Text)
	require.Equal(t, "+393331000001", message(t, delivery.Event).From.Value)
	stream.Ack(delivery)
	require.Equal(t, "answered 0", next())

	second := transmission(2)
	second.Content.Text = "😀"
	results, err = h.Send(second)
	require.NoError(t, err)
	require.NotNil(t, results["delivery-2"].Accepted)
	require.Equal(t, "submit "+citizen(2)+" 8 d83dde00", next())
	require.NoError(t, h.Close())
	require.Equal(t, "unbind", next())
	require.NoError(t, script.Wait())
}

const kannelConf = `
group = core
admin-port = %[1]d
admin-password = prova
smsbox-port = %[2]d
box-deny-ip = ""
box-allow-ip = "127.0.0.1"
log-file = "%[5]s/core.log"
log-level = 1

group = smsc
smsc = smpp
smsc-id = sportello
host = 127.0.0.1
port = %[4]d
smsc-username = "comune"
smsc-password = "%[6]s"
system-type = ""
transceiver-mode = true
enquire-link-interval = 1
source-addr-ton = 1
source-addr-npi = 1
dest-addr-ton = 1
dest-addr-npi = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = %[3]d
log-file = "%[5]s/smsbox.log"
log-level = 1

group = sendsms-user
username = prova
password = prova
concatenation = true
max-messages = 10

group = sms-service
keyword = default
text = "Ricevuto: %%a"
`

// Kannel is the client of our message centre: what the other tests are held against is itself held against another maker.
func TestKannelAgainstOurCentre(t *testing.T) {
	t.Parallel()
	needs(t, "bearerbox", "smsbox")
	centre := smsctest.Start(t)
	sendsms := startKannel(t, centre)

	long := strings.Repeat("Perché no? ", 30)
	query := url.Values{"username": {"prova"}, "password": {"prova"}, "from": {townDigits}, "to": {citizen(1)},
		"text": {long}, "charset": {"UTF-8"}, "coding": {"0"}}
	require.Eventually(t, func() bool { return get(t, sendsms+"?"+query.Encode()) == http.StatusAccepted }, time.Minute, 50*time.Millisecond, "smsbox takes a message")
	require.Eventually(t, func() bool { return len(centre.Taken()) >= 3 }, time.Minute, 20*time.Millisecond)
	h := channeltest.Start(t, sms.Hurried(time.Now), channeltest.Patience(time.Minute, 0))
	feed := smsctest.Start(t)
	_, err := h.Open(channeltest.Opening{Config: centreConfig(t, feed.Port(), nil), Secrets: centreSecrets()})
	require.NoError(t, err)
	for _, part := range centre.Taken()[:3] {
		feed.Put(smsctest.Deliver(part))
	}
	require.Equal(t, strings.TrimSpace(long), strings.TrimSpace(message(t, h.Ingest(nil, 8).Next().Event).Text), "Kannel's parts, put together by us")

	key := centre.Put(smsctest.Text(citizen(2), townDigits, "buongiorno"))
	require.Eventually(t, func() bool { return !centre.Present(key) }, time.Minute, 20*time.Millisecond, "Kannel answers what it is handed")
	require.Eventually(t, func() bool { return len(centre.Taken()) == 4 }, time.Minute, 20*time.Millisecond)
	answer := centre.Taken()[3]
	require.Equal(t, citizen(2), answer.Dest.Value)
	require.Equal(t, "Ricevuto: buongiorno", string(answer.Content()))
	require.Zero(t, answer.Class&smpp.ClassUDH)
}

// startKannel lets Kannel sign in at a centre and answers where it takes messages. Its programs give up where one of their
// ports was taken by somebody else in between: then others are tried.
func startKannel(t *testing.T, centre *smsctest.SMSC) (sendsms string) {
	t.Helper()
	for range 3 {
		directory, ports, binds := t.TempDir(), mailpeers.FreePorts(t, 3), centre.Binds()
		conf := filepath.Join(directory, "kannel.conf")
		text := fmt.Sprintf(kannelConf, ports[0], ports[1], ports[2], centre.Port(), directory, smsctest.PlainPassword)
		require.NoError(t, os.WriteFile(conf, []byte(text), 0o600))
		stopBearer := start(t, "bearerbox", "-v", "4", conf)
		// smsbox gives up where bearerbox does not listen for it yet.
		if within(30*time.Second, func() bool { return centre.Binds() > binds && listens(t, ports[1]) }) {
			stopSMS := start(t, "smsbox", "-v", "4", conf)
			if within(30*time.Second, func() bool { return listens(t, ports[2]) }) {
				return fmt.Sprintf("http://127.0.0.1:%d/cgi-bin/sendsms", ports[2])
			}
			stopSMS()
		}
		stopBearer()
	}
	require.Fail(t, "Kannel does not start")
	return ""
}

// within polls until a condition holds, or the time is over.
func within(patience time.Duration, holds func() bool) bool {
	deadline := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-deadline:
			return false
		case <-tick.C:
			if holds() {
				return true
			}
		}
	}
}

func listens(t *testing.T, port int) bool {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

func get(t *testing.T, address string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// start runs a program until stop is called, or the test ends.
func start(t *testing.T, name string, arguments ...string) (stop func()) {
	t.Helper()
	command := exec.Command(name, arguments...)
	command.Dir = t.TempDir()
	require.NoError(t, command.Start())
	stop = sync.OnceFunc(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	t.Cleanup(stop)
	return stop
}
