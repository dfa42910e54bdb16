//go:build bench

package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/id"
	"sportello.dev/plugins-sdk/channeltest/echo"
)

// TestBenchStream measures the reference adapter in a process of its own, over its acknowledged stream.
func TestBenchStream(t *testing.T) {
	url := server(t)
	least := newLimit(t, url)
	h := startHub(t, url)
	spool := t.TempDir()
	wanted := int(500 * *sustained / time.Second)
	for n := range wanted {
		item, err := json.Marshal(echo.Item{
			From: echo.ItemAddress{Kind: "email", Value: citizen(n), Name: "Cittadino"}, Subject: fmt.Sprintf("Richiesta %d", n),
			Text: prose(n, textBytes), MessageID: fmt.Sprintf("<%d@posta.example>", n), SentAt: time.Now(),
		})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(spool, fmt.Sprintf("%012d.json", n+1)), item, 0o600))
	}
	report(t, spine, throughAdapter(t, least, h, "new tickets, senders new, from an adapter's process by its stream, files in a directory", boundByCPU, wanted,
		func() id.Channel {
			return addChannel(t, h, "echo", map[string]any{"spool": spool, "journal": filepath.Join(t.TempDir(), "sent")}, "/token", "parola-d-ordine")
		}))
}
