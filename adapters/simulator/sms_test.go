package simulator_test

import (
	"encoding/json"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator"
	"sportello.dev/adapters/sms"
	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channeltest"
)

const (
	mobile = "+393331234567"
)

// centre starts a world and the adapter for text messages on its message centre.
func centre(t *testing.T) (*simulator.World, *channeltest.Harness) {
	t.Helper()
	w, err := simulator.New(simulator.Config{ReactionDelay: time.Millisecond})
	require.NoError(t, err)
	require.NoError(t, w.Start(t.Context()))
	t.Cleanup(w.Stop)
	host, text, err := net.SplitHostPort(w.SMPPAddr())
	require.NoError(t, err)
	port, err := strconv.Atoi(text)
	require.NoError(t, err)
	config, err := json.Marshal(map[string]any{
		"number": simulator.DefaultTownNumber, "smpp": map[string]any{"host": host, "port": port, "security": "none", "system_id": simulator.SMPPSystemID},
	})
	require.NoError(t, err)
	h := channeltest.Start(t, sms.New(time.Now), channeltest.Patience(patience, 100*time.Millisecond))
	_, err = h.Open(channeltest.Opening{Config: config, Secrets: map[string]string{"/smpp/password": simulator.DefaultCitizenPassword}})
	require.NoError(t, err)
	return w, h
}

func TestATelephoneWritesAndIsWrittenTo(t *testing.T) {
	t.Parallel()
	w, h := centre(t)
	long := strings.Repeat("La buca di via Roma è più profonda. ", 10)
	require.NoError(t, w.Centre().Write(mobile, "Buongiorno, c'è una buca in via Roma 😀"))
	require.NoError(t, w.Centre().Write(mobile, long))
	stream := h.Ingest(nil, 8)
	for _, want := range []string{"Buongiorno, c'è una buca in via Roma 😀", strings.TrimSpace(long)} {
		delivery := stream.Next()
		m := delivery.Event.Body.(*channel.InboundMessage)
		require.Equal(t, mobile, m.From.Value)
		require.Equal(t, want, strings.TrimSpace(m.Text))
		stream.Ack(delivery)
	}
	require.Eventually(t, func() bool {
		texts, _ := w.Centre().Texts(mobile)
		return len(texts) == 2 && texts[0].Taken && texts[1].Taken && texts[1].Parts > 1
	}, patience, 20*time.Millisecond, "what the hub has committed is answered for")

	results, err := h.Send(channel.Transmission{
		ID: "t1", Recipients: []channel.Recipient{{DeliveryID: "d1", Address: channel.Address{Kind: "mobile", Value: mobile}, Role: channel.RoleTo}},
		Content: channel.Content{Text: long},
	})
	require.NoError(t, err)
	require.Len(t, results, 1)
	require.Eventually(t, func() bool {
		texts, _ := w.Centre().Texts(mobile)
		return len(texts) == 3 && texts[2].FromTown && strings.TrimSpace(texts[2].Body) == strings.TrimSpace(long) && texts[2].Sender == simulator.DefaultTownNumber
	}, patience, 20*time.Millisecond, "its parts are shown as one text")
	receipt := stream.Next()
	require.Equal(t, channel.DeliveryDelivered, receipt.Event.Body.(*channel.DeliveryReport).State)
}

func TestASwitchedOffTelephoneGetsNothing(t *testing.T) {
	t.Parallel()
	w, h := centre(t)
	require.NoError(t, w.Centre().Switch(mobile, true))
	_, err := h.Send(channel.Transmission{
		ID: "t1", Recipients: []channel.Recipient{{DeliveryID: "d1", Address: channel.Address{Kind: "mobile", Value: mobile}, Role: channel.RoleTo}},
		Content: channel.Content{Text: "La buca è riparata."},
	})
	require.NoError(t, err)
	report := h.Ingest(nil, 8).Next().Event.Body.(*channel.DeliveryReport)
	require.Equal(t, channel.DeliveryFailed, report.State)
	texts, off := w.Centre().Texts(mobile)
	require.Empty(t, texts)
	require.True(t, off)
	require.Error(t, w.Centre().Write("12", "Pronto?"))
	require.Error(t, w.Centre().Write(mobile, " "))
}
