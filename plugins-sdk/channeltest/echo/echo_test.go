package echo

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channeltest"
)

const token = "canary-7Q2x/+\"token"

func suite(change func(*Config)) channeltest.Suite {
	return channeltest.Suite{
		Setup: func(tb testing.TB) channeltest.World { return world(tb, change) },
		Item:  item,
		Malformed: [][]byte{
			[]byte("not json"), {}, {0xff, 0xfe, 0x00}, []byte(`{"from":{}}`), []byte(`[1,2,3]`),
			[]byte(`{"from":{"kind":"email","value":"a@example.it\r\nBcc: b","name":"A\r\nX-Smuggled: yes"},"subject":"S\nX: y","text":"t\u0000"}`),
			[]byte(strings.Repeat("[", 100_000)),
			[]byte(`{"from":{"kind":"email","value":"a@example.it"},"text":"reads: PANIC"}`),
		},
		Transmission: transmission,
		Invalid: []channeltest.Invalid{{
			Name: "no spool", Pointer: "/spool", Secrets: map[string]string{"/token": token},
			Config: json.RawMessage(`{"spool":"/nonexistent/spool","journal":"/tmp/journal"}`),
		}},
		Patience: 5 * time.Second,
	}
}

func item(n, size int) []byte {
	encoded, err := json.Marshal(Item{
		From:    ItemAddress{Kind: "email", Value: fmt.Sprintf("citizen%d@example.it", n), Name: "Città dino"},
		Subject: fmt.Sprintf("Richiesta %d", n), Text: "Buongiorno" + strings.Repeat(" è", size/3),
		MessageID: fmt.Sprintf("<%d@example.it>", n),
	})
	if err != nil {
		panic(err)
	}
	return encoded
}

func transmission(n int) channel.Transmission {
	return channel.Transmission{
		ID: fmt.Sprintf("transmission-%d", n), Attempt: 1,
		Recipients: []channel.Recipient{{
			DeliveryID: fmt.Sprintf("delivery-%d", n), Role: channel.RoleTo,
			Address: channel.Address{Kind: "email", Value: fmt.Sprintf("citizen%d@example.it", n)},
		}},
		Content: channel.Content{Subject: "Risposta", Text: "Gentile cittadino"},
		Origin:  channel.OriginOperator,
	}
}

func world(tb testing.TB, change func(*Config)) channeltest.World {
	tb.Helper()
	directory := tb.TempDir()
	spool := Spool{Dir: filepath.Join(directory, "spool")}
	require.NoError(tb, os.Mkdir(spool.Dir, 0o700))
	require.NoError(tb, spool.Protect(token))
	journal := Journal{Path: filepath.Join(directory, "journal")}
	control := filepath.Join(directory, "control")
	config := Config{
		Spool: spool.Dir, Journal: journal.Path, PollMillis: 5, Control: control,
		Faults: Faults{PanicsParser: "PANIC"},
	}
	if change != nil {
		change(&config)
	}
	w := channeltest.World{
		Adapter:          New(),
		Again:            func() channel.Adapter { return New() },
		Config:           configJSON(tb, config),
		Secrets:          map[string]string{"/token": token},
		BadSecrets:       map[string]string{"/token": "another-token"},
		Present:          spool.Present,
		Effects:          func() []channeltest.Effect { return effects(tb, journal) },
		Attempts:         func() int { return attempts(tb, journal) },
		RefusedRecipient: &channel.Address{Kind: "email", Value: "refused@example.it"},
		Webhook:          webhook(),
		Inject: func(original []byte) string {
			name, err := spool.Drop(original)
			require.NoError(tb, err)
			return name
		},
		Hang: func() func() {
			command(tb, control, Faults{Send: faultHang})
			return func() { _ = os.Remove(control) }
		},
	}
	for name, want := range map[string]channel.FailureClass{
		"transient": channel.FailureTransient, "rate_limited": channel.FailureRateLimited,
		"recipient": channel.FailureRecipient, "content": channel.FailureContent, "config": channel.FailureConfig,
		"opted_out": channel.FailureOptedOut, "unknown": channel.FailureUnknownOutcome, "plain": channel.FailureUnknownOutcome,
	} {
		w.Faults = append(w.Faults, channeltest.Fault{
			Name: name, Want: want, Arm: func() { command(tb, control, Faults{Send: name, Once: true}) },
		})
	}
	return w
}

// configJSON leaves out the secret, as the hub does.
func configJSON(tb testing.TB, config Config) json.RawMessage {
	tb.Helper()
	encoded, err := json.Marshal(config)
	require.NoError(tb, err)
	var fields map[string]any
	require.NoError(tb, json.Unmarshal(encoded, &fields))
	delete(fields, "token")
	encoded, err = json.Marshal(fields)
	require.NoError(tb, err)
	return encoded
}

func command(tb testing.TB, control string, faults Faults) {
	tb.Helper()
	encoded, err := json.Marshal(faults)
	require.NoError(tb, err)
	require.NoError(tb, os.WriteFile(control, encoded, 0o600))
}

func effects(tb testing.TB, journal Journal) (all []channeltest.Effect) {
	tb.Helper()
	entries, err := journal.Entries()
	require.NoError(tb, err)
	for _, entry := range entries {
		if !entry.Attempt {
			all = append(all, channeltest.Effect{
				Recipient: entry.Recipient, Wire: []byte(entry.Wire), Attachments: entry.Attachments,
			})
		}
	}
	return all
}

func attempts(tb testing.TB, journal Journal) (count int) {
	tb.Helper()
	entries, err := journal.Entries()
	require.NoError(tb, err)
	for _, entry := range entries {
		if entry.Attempt {
			count++
		}
	}
	return count
}

func webhook() *channeltest.Webhook {
	call := func(n int, key string) channeltest.Request {
		body := item(n, 0)
		return channeltest.Request{
			Action: actionPush, Method: http.MethodPost, URL: "https://town.example/c/echo/x/push", Body: body,
			Header: http.Header{SignatureHeader: {Sign(key, body)}},
		}
	}
	unsigned := call(0, token)
	unsigned.Header = nil
	return &channeltest.Webhook{
		Call:   func(n int) channeltest.Request { return call(n, token) },
		Forged: []channeltest.Request{call(0, "another-token"), call(1, ""), unsigned},
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	channeltest.Conformance(t, suite(nil))
}

func TestConformanceExclusive(t *testing.T) {
	t.Parallel()
	channeltest.Conformance(t, suite(func(c *Config) { c.Exclusive, c.NoKey = true, true }))
}
