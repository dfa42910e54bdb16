package email_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channelpb"
)

var update = flag.Bool("update", false, "write the golden files")

// TestInbound reads mails as the hub gets them.
func TestInbound(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	h := opened(t, w.config(func(top, _, _ object) {
		top["authserv_ids"] = []string{"mx.comune.esempio.it"}
	}))
	files, err := filepath.Glob("testdata/*.eml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".eml"), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			require.NoError(t, err)
			answer, err := h.Client.Interpret(t.Context(), &channelpb.InterpretRequest{
				ChannelId: "01890a5d-ac96-774b-bcce-b302099a8057",
				Raw:       &channelpb.Raw{Bytes: &channelpb.Raw_Inline{Inline: bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n"))}, MediaType: "message/rfc822"},
			})
			require.NoError(t, err)
			message, ok := channel.EventFromProto(answer.GetEvent()).Body.(*channel.InboundMessage)
			require.True(t, ok)
			message.Fingerprint = nil
			got, err := json.MarshalIndent(message, "", "  ")
			require.NoError(t, err)
			golden := strings.TrimSuffix(file, ".eml") + ".golden"
			if *update {
				require.NoError(t, os.WriteFile(golden, append(got, '\n'), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got)+"\n")
		})
	}
}
