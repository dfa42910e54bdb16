package channeltest

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channelpb"
)

func safetyChecks() []check {
	return []check{
		{"safety/secrets stay secret", given(always, hasSecrets, "has no secrets"), safetySecrets},
		{"safety/secrets not in kept state", given(always, hasSecrets, "has no secrets"), safetyState},
		{"safety/log lines are JSON and bounded", always, safetyLog},
		{"safety/odd sends survived", sends, safetyOddSends},
		{"safety/odd interpretations survived", given(always, interprets, "does not claim INTERPRET"), safetyInterpret},
		{"safety/interpret reads what ingest delivered", given(ingests, interprets, "does not claim INTERPRET"), safetyInterpretSame},
		{"safety/names and subjects are one line", ingests, safetyNames},
		{"safety/odd configurations survived", always, safetyOddConfigs},
	}
}

func hasSecrets(s *subject) bool { return len(s.world.Secrets) > 0 }
func interprets(s *subject) bool { return s.can(channel.CapabilityInterpret) }

// life lives through everything that a channel does, well and badly, and collects what came out of it.
func (t *trial) life() (said []string) {
	say := func(what string, message proto.Message, err error) {
		encoded, _ := protojson.Marshal(message)
		said = append(said, what+": "+string(encoded)+fmt.Sprint(err, status.Convert(err).Details()))
	}
	h := t.start()
	for _, config := range []string{string(t.world.Config), `{}`, `{"no_such_key":1}`} {
		answer, err := h.Client.Validate(h.Context(), &channelpb.ValidateRequest{
			ConfigJson: []byte(config), Secrets: t.world.Secrets, Probe: true, Language: "it",
		})
		say("validate", answer, err)
	}
	answer, err := h.Client.Open(h.Context(), &channelpb.OpenRequest{
		ChannelId: ChannelID, ConfigRevision: 1, ConfigJson: t.world.Config, Secrets: t.world.Secrets,
		HostBrokerId: hostBroker, LeaseHolder: true,
	})
	say("open", answer, err)
	if ingests(t.subject) == "" {
		said = append(said, t.lifeOfIngest(h)...)
	}
	if sends(t.subject) == "" {
		for n := range len(t.world.Faults) + 1 {
			if n > 0 {
				t.world.Faults[n-1].Arm()
			}
			request := channel.TransmissionToProto(ChannelID, t.suite.Transmission(n))
			answer, err := h.Client.Send(h.Context(), request)
			say("send", answer, err)
		}
	}
	if t.world.Webhook != nil {
		for _, request := range append(t.world.Webhook.Forged, t.world.Webhook.Call(0)) {
			response, err := h.HTTP(request)
			said = append(said, fmt.Sprint("http", response, string(response.Body), err))
		}
	}
	report, err := h.Health(func(*channelpb.WatchHealthResponse) bool { return true })
	say("health", report, err)
	_ = h.Close()
	return append(said, "log: "+h.Log())
}

func (t *trial) lifeOfIngest(h *Harness) (said []string) {
	originals := append([][]byte{t.suite.Item(0, 0)}, t.suite.Malformed...)
	for _, original := range originals {
		t.world.Inject(original)
	}
	stream := h.Ingest(nil, uint32(len(originals)))
	for range originals {
		delivery := stream.Next()
		event := channel.EventToProto(delivery.Event)
		encoded, _ := protojson.Marshal(event)
		said = append(said, "event: "+string(encoded)+string(delivery.Cursor))
		stream.Ack(delivery)
	}
	return said
}

func safetySecrets(t *trial) {
	for _, text := range t.life() {
		t.noSecret(text, "what came out")
	}
}

// noSecret looks for each secret in the spellings that it takes on its way.
func (t *trial) noSecret(text, where string) {
	t.Helper()
	for pointer, secret := range t.world.Secrets {
		quoted, err := json.Marshal(secret)
		require.NoError(t, err)
		for _, spelling := range []string{
			secret, string(quoted[1 : len(quoted)-1]), url.QueryEscape(secret), url.PathEscape(secret),
			base64.StdEncoding.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(secret)),
		} {
			// Not by require.NotContains, which would print the text with the secret in it.
			require.False(t, strings.Contains(text, spelling), "the secret at %s is in %s", pointer, where)
		}
	}
}

func safetyState(t *trial) {
	t.life()
	for key, entry := range t.host.Entries() {
		t.noSecret(string(entry.Value), "state "+key)
	}
}

const maxLine = 64 << 10

func safetyLog(t *trial) {
	t.life()
	for line := range strings.Lines(t.harness.Log()) {
		require.LessOrEqual(t, len(line), maxLine)
		var fields map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &fields), "%s", line)
		require.Contains(t, fields, "level", "%s", line)
		require.Contains(t, fields, "msg", "%s", line)
	}
}

// noPanic demands that a call with odd content is answered or refused, but does not break the adapter.
func (t *trial) noPanic(err error) {
	t.Helper()
	require.NotContains(t, status.Convert(err).Message(), "panic", "a panic in a handler")
	require.NotEqual(t, codes.Internal, status.Code(err), "%v", err)
}

func safetyOddSends(t *trial) {
	h := t.open()
	for _, request := range []*channelpb.SendRequest{
		{ChannelId: ChannelID},
		{ChannelId: ChannelID, TransmissionId: "t", Recipients: []*channelpb.Recipient{{}}},
		{ChannelId: ChannelID, TransmissionId: "t", Recipients: []*channelpb.Recipient{{
			DeliveryId: "d", Role: 99, Address: &channelpb.Address{Kind: "nonsense", Value: "\r\n\x00"},
		}}, Origin: 99},
		{ChannelId: ChannelID, TransmissionId: "t", Recipients: []*channelpb.Recipient{{
			DeliveryId: "d", Address: &channelpb.Address{Kind: "email", Value: strings.Repeat("a", 1<<20)},
		}}, Content: &channelpb.Content{Attachments: []*channelpb.Attachment{{}}}},
	} {
		answer, err := h.Client.Send(h.Context(), request)
		t.noPanic(err)
		require.Len(t, answer.GetResults(), len(request.GetRecipients()))
		for _, result := range answer.GetResults() {
			require.Nil(t, result.GetAccepted(), "nobody can be written to like that")
		}
	}
	transmission := t.suite.Transmission(0)
	results, err := h.Send(transmission)
	t.accepted(transmission, results, err)
}

func safetyInterpret(t *trial) {
	h := t.open()
	before := t.sideEffects()
	for _, original := range append(t.suite.Malformed, nil, []byte("\xff\x00")) {
		_, err := h.Client.Interpret(h.Context(), &channelpb.InterpretRequest{
			ChannelId: ChannelID, Raw: &channelpb.Raw{Bytes: &channelpb.Raw_Inline{Inline: original}},
		})
		t.noPanic(err)
	}
	require.Equal(t, before, t.sideEffects(), "interpreting has no side effects")
}

func (t *trial) sideEffects() int {
	if t.world.Effects == nil {
		return 0
	}
	return len(t.world.Effects())
}

func safetyInterpretSame(t *trial) {
	t.inject(1)
	h := t.open()
	event := h.Ingest(nil, 8).Next().Event
	sent := channel.EventToProto(event)
	answer, err := h.Client.Interpret(h.Context(), &channelpb.InterpretRequest{ChannelId: ChannelID, Raw: sent.GetRaw()})
	require.NoError(t, err)
	require.Empty(t, answer.GetEvent().GetEventId(), "the hub keeps the id of the row")
	require.True(t, proto.Equal(sent.GetMessage(), answer.GetEvent().GetMessage()), "the same bytes read differently")
}

func safetyNames(t *trial) {
	for _, original := range append([][]byte{t.suite.Item(0, 0)}, t.suite.Malformed...) {
		t.world.Inject(original)
	}
	stream := t.open().Ingest(nil, uint32(len(t.suite.Malformed)+1))
	for range len(t.suite.Malformed) + 1 {
		message, ok := stream.Next().Event.Body.(*channel.InboundMessage)
		if !ok {
			continue
		}
		require.Equal(t, channel.OneLine(message.Subject), message.Subject, "a subject is one line")
		require.Equal(t, channel.OneLine(message.From.Name), message.From.Name, "a name is one line")
		require.Equal(t, channel.OneLine(message.From.Value), message.From.Value, "an address is one line")
		for _, attachment := range message.Attachments {
			require.Equal(t, channel.CleanName(attachment.Name), attachment.Name)
		}
	}
}

func safetyOddConfigs(t *trial) {
	h := t.start()
	for n, config := range []string{``, `{`, `[]`, `null`, `{"a":{"b":[]}}`, strings.Repeat("[", 10_000)} {
		_, err := h.Client.Validate(h.Context(), &channelpb.ValidateRequest{ConfigJson: []byte(config)})
		t.noPanic(err)
		_, err = h.Open(Opening{Config: []byte(config), Revision: uint64(n + 1), Secrets: map[string]string{"x": "y", "/a/b/0": "z"}})
		t.noPanic(err)
		require.Error(t, err)
	}
	t.openOn(h)
}
