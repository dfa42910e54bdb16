package channeltest_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channelpb"
	"sportello.dev/plugins-sdk/channeltest"
	"sportello.dev/plugins-sdk/channeltest/echo"
)

const letter = `{"from":{"kind":"email","value":"a@example.it"},"subject":"Prova","text":"Buongiorno"}`

// world is the echo adapter on directories of its own.
func world(tb testing.TB) channeltest.World {
	tb.Helper()
	directory := tb.TempDir()
	spool := echo.Spool{Dir: directory}
	journal := echo.Journal{Path: filepath.Join(directory, ".journal")}
	control := filepath.Join(directory, ".control")
	return channeltest.World{
		Adapter: echo.New(), Again: func() channel.Adapter { return echo.New() },
		Config:  []byte(`{"spool":"` + directory + `","journal":"` + journal.Path + `","control":"` + control + `","poll_ms":2}`),
		Secrets: map[string]string{"/token": "token-of-the-test"},
		Inject: func(original []byte) string {
			name, err := spool.Drop(original)
			require.NoError(tb, err)
			return name
		},
		Effects: func() (effects []channeltest.Effect) {
			entries, err := journal.Entries()
			require.NoError(tb, err)
			for _, entry := range entries {
				if !entry.Attempt {
					effects = append(effects, channeltest.Effect{
						Recipient: entry.Recipient, Wire: []byte(entry.Wire), Attachments: entry.Attachments,
					})
				}
			}
			return effects
		},
		Attempts: func() int { return 0 },
		Faults: []channeltest.Fault{{Name: "refused", Want: channel.FailureContent, Arm: func() {
			require.NoError(tb, os.WriteFile(control, []byte(`{"send":"content"}`), 0o600))
		}}},
	}
}

func opened(t *testing.T, host *channeltest.Host) (*channeltest.Harness, channeltest.World) {
	t.Helper()
	w := world(t)
	h := channeltest.Start(t, w.Adapter, channeltest.OnHost(host))
	_, err := h.Open(channeltest.Opening{Config: w.Config, Secrets: w.Secrets})
	require.NoError(t, err)
	return h, w
}

func TestChecksAreNamed(t *testing.T) {
	t.Parallel()
	names := channeltest.Checks()
	require.GreaterOrEqual(t, len(names), 60)
	groups := map[string]bool{}
	for i, name := range names {
		require.Equal(t, i, slices.Index(names, name), "%q twice", name)
		group, what, ok := strings.Cut(name, "/")
		require.True(t, ok && what != "", name)
		groups[group] = true
	}
	for _, group := range []string{"config", "accept", "dedupe", "send", "cursor", "life-cycle", "http", "safety"} {
		require.True(t, groups[group], group)
	}
}

// TestClaimsWithoutHooksFail: who claims a capability cannot get past its checks by leaving out the hooks.
func TestClaimsWithoutHooksFail(t *testing.T) {
	t.Parallel()
	bare := channeltest.Suite{
		Patience: 10 * time.Second,
		Setup: func(tb testing.TB) channeltest.World {
			w := world(tb)
			w.Inject, w.Effects, w.Attempts = nil, nil, nil
			return w
		},
	}
	byName := map[string]channeltest.Outcome{}
	for _, outcome := range channeltest.Verify(t, bare) {
		byName[outcome.Check] = outcome
	}
	require.True(t, byName["accept/hooks given"].Failed)
	require.True(t, byName["send/hooks given"].Failed)
	require.NotEmpty(t, byName["accept/item becomes event"].NotApplicable)
	require.False(t, byName["config/example accepted"].Failed, "%v", byName["config/example accepted"].Messages)
}

func TestVerifyCatchesPanics(t *testing.T) {
	t.Parallel()
	suite := channeltest.Suite{
		Setup: world, Patience: 10 * time.Second,
		Item: func(int, int) []byte { panic("the suite itself is broken") },
	}
	outcomes := channeltest.Verify(t, suite, "accept/item becomes event")
	require.Len(t, outcomes, 1)
	require.True(t, outcomes[0].Failed)
	require.Contains(t, strings.Join(outcomes[0].Messages, "\n"), "the suite itself is broken")
}

func TestRunInbound(t *testing.T) {
	t.Parallel()
	golden := t.TempDir()
	table := channeltest.Inbound{
		Setup: world, Golden: golden, Update: true,
		Cases: []channeltest.InboundCase{
			{Name: "letter", Original: []byte(letter), Want: func(tb testing.TB, event channel.Event) {
				require.Equal(tb, "Prova", event.Body.(*channel.InboundMessage).Subject)
			}},
			{Name: "not a letter", Original: []byte("x")},
		},
	}
	t.Run("update", func(t *testing.T) { channeltest.RunInbound(t, table) })
	table.Update = false
	t.Run("compare", func(t *testing.T) { channeltest.RunInbound(t, table) })
	kept, err := os.ReadFile(filepath.Join(golden, "not-a-letter.golden.json"))
	require.NoError(t, err)
	require.JSONEq(t, `{"unparsed":{"code":"json","detail":"not a message in JSON"}}`, string(kept))
}

func TestRunOutbound(t *testing.T) {
	t.Parallel()
	to := func(deliveries ...string) channel.Transmission {
		transmission := channel.Transmission{ID: "t", Content: channel.Content{Subject: "Risposta", Text: "Testo"}}
		for _, delivery := range deliveries {
			transmission.Recipients = append(transmission.Recipients, channel.Recipient{
				DeliveryID: delivery, Address: channel.Address{Kind: "email", Value: delivery + "@example.it"},
			})
		}
		return transmission
	}
	table := channeltest.Outbound{
		Setup: world, Golden: t.TempDir(), Update: true,
		Scrub: func(wire []byte) []byte { return []byte(strings.ReplaceAll(string(wire), "Testo", "Text")) },
		Cases: []channeltest.OutboundCase{
			{Name: "with file", Transmission: to("a"), Files: map[string][]byte{"x.txt": []byte("x")}, Want: func(tb testing.TB, effects []channeltest.Effect) {
				require.Len(tb, effects, 1)
				require.Equal(tb, [][]byte{[]byte("x")}, effects[0].Attachments)
			}},
			{Name: "one refused", Transmission: to("a", "refused"), Failures: map[string]channel.FailureClass{"refused": channel.FailureRecipient}},
			{Name: "fault", Transmission: to("a"), Fault: "refused", Failures: map[string]channel.FailureClass{"a": channel.FailureContent}},
		},
	}
	t.Run("update", func(t *testing.T) { channeltest.RunOutbound(t, table) })
	table.Update = false
	t.Run("compare", func(t *testing.T) { channeltest.RunOutbound(t, table) })
	kept, err := os.ReadFile(filepath.Join(table.Golden, "with-file.golden.wire"))
	require.NoError(t, err)
	require.Contains(t, string(kept), "== a@example.it")
	require.Contains(t, string(kept), "Text")
}

func TestHostObeys(t *testing.T) {
	t.Parallel()
	host := channeltest.NewHost()
	h, w := opened(t, host)
	release := host.Hold(channeltest.GetState)
	w.Inject([]byte(letter))
	stream := h.Ingest(nil, 1)
	require.Eventually(t, func() bool { return host.Calls(channeltest.GetState) == 1 }, 10*time.Second, time.Millisecond)
	stream.Quiet()
	release()
	require.NotEmpty(t, stream.Next().Event.ID)
	host.Refuse(channeltest.PutState, status.Error(codes.Unavailable, "down"))
	require.Error(t, h.Ingest(nil, 1).Ended())
	host.Refuse(channeltest.PutState, nil)
	require.NotEmpty(t, h.Ingest(nil, 1).Next().Event.ID)
	_, err := host.Bytes(channel.Raw{Blob: &channel.BlobRef{SHA256: "nowhere"}})
	require.Error(t, err)
}

func TestHostBindsNothingItWasNotGiven(t *testing.T) {
	t.Parallel()
	host := channeltest.NewHost()
	host.AddTicket("secret", &channelpb.PublicTicket{Number: "2026-000001-0", Status: "open"})
	for secret, found := range map[string]bool{"secret": true, "guess": false, "": false} {
		answer, err := host.LookupTicket(context.Background(), &channelpb.LookupTicketRequest{
			TicketNumber: "2026-000001-0", TrackingSecret: secret,
		})
		require.NoError(t, err)
		require.Equal(t, found, answer.GetFound())
	}
	_, err := host.PutState(context.Background(), &channelpb.PutStateRequest{ChannelId: "c"})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
}

// TestKillIsACrash: a stream breaks, and what was not acknowledged comes again in the next process.
func TestKillIsACrash(t *testing.T) {
	t.Parallel()
	host := channeltest.NewHost()
	h, w := opened(t, host)
	w.Inject([]byte(letter))
	stream := h.Ingest(nil, 1)
	first := stream.Next()
	h.Kill()
	require.Error(t, stream.Ended())
	_, err := h.Send(channel.Transmission{})
	require.Error(t, err)
	again := channeltest.Start(t, w.Again(), channeltest.OnHost(host))
	_, err = again.Open(channeltest.Opening{Config: w.Config, Secrets: w.Secrets})
	require.NoError(t, err)
	require.Equal(t, first.Event.ID, again.Ingest(nil, 1).Next().Event.ID)
}

func TestHealthPatience(t *testing.T) {
	t.Parallel()
	w := world(t)
	h := channeltest.Start(t, w.Adapter, channeltest.Patience(2*time.Second, time.Millisecond))
	_, err := h.Open(channeltest.Opening{Config: w.Config, Secrets: w.Secrets})
	require.NoError(t, err)
	_, err = h.Health(func(*channelpb.WatchHealthResponse) bool { return false })
	require.Error(t, err)
}
