package channeltest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"

	"sportello.dev/plugins-sdk/channel"
)

// Inbound is a table of originals and the events that they must become.
type Inbound struct {
	// Setup makes a fresh world for each case.
	Setup func(tb testing.TB) World
	// Golden is the directory of the golden files, <name>.golden.json for each case; none are compared if empty.
	Golden string
	// Update writes the golden files; tests pass their own -update flag.
	Update bool
	Cases  []InboundCase
}

// InboundCase is one original.
type InboundCase struct {
	Name     string
	Original []byte
	// Want judges the event beside the golden file, if set.
	Want func(tb testing.TB, event channel.Event)
}

// RunInbound injects each original, takes the event, and compares it with its golden file. The event's id, its time and
// the original, which is compared with what was injected, are not part of it.
func RunInbound(t *testing.T, table Inbound) {
	t.Helper()
	for _, c := range table.Cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			world := table.Setup(t)
			h := openWorld(t, world)
			world.Inject(c.Original)
			event := h.Ingest(nil, 1).Next().Event
			original, err := h.Host.Bytes(event.Raw)
			require.NoError(t, err)
			require.Equal(t, string(c.Original), string(original), "the original")
			if c.Want != nil {
				c.Want(t, event)
			}
			compare(t, table.Golden, c.Name+".golden.json", eventText(t, event), table.Update)
		})
	}
}

func openWorld(t *testing.T, world World) *Harness {
	t.Helper()
	h := Start(t, world.Adapter)
	_, err := h.Open(Opening{Config: world.Config, Secrets: world.Secrets})
	require.NoError(t, err)
	return h
}

// eventText renders an event for people who compare golden files.
func eventText(t *testing.T, event channel.Event) string {
	t.Helper()
	message := channel.EventToProto(event)
	message.EventId, message.OccurredAt, message.Raw = "", nil, nil
	encoded, err := protojson.Marshal(message)
	require.NoError(t, err)
	// protojson varies its white space on purpose.
	var value any
	require.NoError(t, json.Unmarshal(encoded, &value))
	indented, err := json.MarshalIndent(value, "", "  ")
	require.NoError(t, err)
	return string(indented) + "\n"
}

func compare(t *testing.T, directory, name, got string, update bool) {
	t.Helper()
	if directory == "" {
		return
	}
	path := filepath.Join(directory, strings.ReplaceAll(name, " ", "-"))
	if update {
		require.NoError(t, os.MkdirAll(directory, 0o750))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run the test with -update to write it")
	require.Equal(t, string(want), got, "%s", path)
}

// Outbound is a table of transmissions and what must become of them.
type Outbound struct {
	// Setup makes a fresh world for each case.
	Setup func(tb testing.TB) World
	// Golden is the directory of the golden files, <name>.golden.wire for each effect of a case; none if empty.
	Golden string
	Update bool
	// Scrub removes what differs from run to run (dates, boundaries) before messages are compared.
	Scrub func(wire []byte) []byte
	Cases []OutboundCase
}

// OutboundCase is one transmission.
type OutboundCase struct {
	Name         string
	Transmission channel.Transmission
	// Files become attachments of the transmission, by name.
	Files map[string][]byte
	// Fault is the name of the world's fault to arm, if any.
	Fault string
	// Failures are the classes expected by delivery id; a delivery that is not named must be accepted.
	Failures map[string]channel.FailureClass
	// Want judges what the provider took, if set.
	Want func(tb testing.TB, effects []Effect)
}

// RunOutbound sends each transmission once and judges results and effects.
func RunOutbound(t *testing.T, table Outbound) {
	t.Helper()
	for _, c := range table.Cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			world := table.Setup(t)
			h := openWorld(t, world)
			c.arm(t, world)
			results, err := h.Send(c.withFiles(h.Host))
			require.NoError(t, err)
			c.judge(t, results)
			effects := world.Effects()
			if c.Want != nil {
				c.Want(t, effects)
			}
			compare(t, table.Golden, c.Name+".golden.wire", table.wires(effects), table.Update)
		})
	}
}

func (o Outbound) wires(effects []Effect) string {
	var text strings.Builder
	for _, effect := range effects {
		wire := effect.Wire
		if o.Scrub != nil {
			wire = o.Scrub(wire)
		}
		text.WriteString("== " + effect.Recipient + "\n")
		text.Write(wire)
		text.WriteString("\n")
	}
	return text.String()
}

func (c OutboundCase) arm(t *testing.T, world World) {
	t.Helper()
	if c.Fault == "" {
		return
	}
	for _, fault := range world.Faults {
		if fault.Name == c.Fault {
			fault.Arm()
			return
		}
	}
	require.FailNow(t, "no such fault", c.Fault)
}

func (c OutboundCase) withFiles(host *Host) channel.Transmission {
	transmission := c.Transmission
	for name, content := range c.Files {
		transmission.Content.Attachments = append(transmission.Content.Attachments, channel.Attachment{
			Blob: host.AddBlob(content), Name: name, MediaType: "application/octet-stream",
		})
	}
	return transmission
}

func (c OutboundCase) judge(t *testing.T, results channel.Results) {
	t.Helper()
	for _, recipient := range c.Transmission.Recipients {
		result := results[recipient.DeliveryID]
		class, fails := c.Failures[recipient.DeliveryID]
		if !fails {
			require.NotNil(t, result.Accepted, "delivery %s: %v", recipient.DeliveryID, result.Failure)
			continue
		}
		require.NotNil(t, result.Failure, "delivery %s", recipient.DeliveryID)
		require.Equal(t, class, result.Failure.Class, "delivery %s", recipient.DeliveryID)
	}
}
