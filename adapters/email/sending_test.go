package email_test

import (
	"bytes"
	"encoding/json"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/email"
	"sportello.dev/adapters/internal/mime"
	"sportello.dev/adapters/mailpeers"
	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channeltest"
)

// What leaves through Postfix has a text and an HTML form; only automatic mail
// says that it is; and what the server announces as too large is refused
// before anything is handed over.
func TestSendingThroughPostfix(t *testing.T) {
	t.Parallel()
	peers := mailpeers.Start(t)
	config, err := json.Marshal(object{
		"address": ownAddress, "imap": object{"host": peers.Host, "port": peers.IMAP, "security": "none"},
		"smtp": object{"host": peers.Host, "port": peers.SMTP, "security": "none", "max_megabytes": 100},
	})
	require.NoError(t, err)
	h := channeltest.Start(t, email.New(time.Now), channeltest.Patience(30*time.Second, quiet))
	profile, err := h.Open(channeltest.Opening{Config: config, Secrets: peerSecrets()})
	require.NoError(t, err)
	require.EqualValues(t, 40_960_000, profile.Limits.MessageBytes, "what Postfix announces, not the 100 MB of the configuration")
	require.Less(t, profile.Limits.AttachmentBytes, uint64(40_960_000/4*3+1))

	for n, origin := range []channel.Origin{channel.OriginOperator, channel.OriginAutomatic} {
		reader := []string{"operatore", "automatico"}[n] + "@example.com"
		out := transmission(n + 1)
		out.Origin, out.SenderName = origin, "Città di Esempio – URP"
		out.Recipients[0].Address.Value = reader
		out.Content.Text, out.Content.HTML = "Alle nove.", "<p>Alle <b>nove</b>.</p>"
		results, err := h.Send(out)
		require.NoError(t, err)
		require.NotNil(t, results[out.Recipients[0].DeliveryID].Accepted, "%+v", results)
		got, err := mime.Parse(t.Context(), bytes.NewReader(await(t, mailbox(t, peers, reader), "INBOX")), mime.DefaultLimits(), mime.Discard{})
		require.NoError(t, err)
		require.Equal(t, []string{"Alle nove.", "<p>Alle <b>nove</b>.</p>"}, []string{got.Text, strings.TrimSpace(got.HTML)})
		require.Equal(t, "Città di Esempio – URP", got.From[0].Name)
		require.Equal(t, origin == channel.OriginAutomatic, got.HasHeader("Auto-Submitted"))
		require.Equal(t, origin == channel.OriginAutomatic, got.HasHeader("X-Auto-Response-Suppress"))
	}

	// Postfix announces 39 MB; in base64 this file is more.
	large := transmission(3)
	large.Content.Attachments = []channel.Attachment{{
		Name: "planimetria.tif", MediaType: "image/tiff", Blob: h.Host.AddBlob(make([]byte, 30<<20)),
	}}
	results, err := h.Send(large)
	require.NoError(t, err)
	failure := results[large.Recipients[0].DeliveryID].Failure
	require.NotNil(t, failure)
	require.Equal(t, channel.FailureContent, failure.Class, "no second attempt makes it smaller")
	require.Equal(t, "smtp.size", failure.Code)
	require.Contains(t, failure.Detail, "39 MB", "the operator reads how much it takes")
}

// What a server announced last holds while it is away; without any word the configuration's limit does.
func TestAnnouncedSizeIsRemembered(t *testing.T) {
	t.Parallel()
	w := newMailWorld(t)
	host := channeltest.NewHost()
	limit := func(megabytes int, port int) uint64 {
		h := channeltest.Start(t, email.Hurried(time.Now), channeltest.OnHost(host))
		profile, err := h.Open(channeltest.Opening{Secrets: secrets(), Config: w.config(func(_, _, out object) {
			out["max_megabytes"], out["port"] = megabytes, port
		})})
		require.NoError(t, err)
		return profile.Limits.MessageBytes
	}
	away := listen(t)
	nobody := away.Addr().(*net.TCPAddr).Port
	require.NoError(t, away.Close())
	require.EqualValues(t, 100<<20, limit(100, nobody), "nothing was ever announced")
	require.EqualValues(t, 30<<20, limit(100, w.smtp.Port))
	require.EqualValues(t, 30<<20, limit(100, nobody), "as it said last")
	require.EqualValues(t, 10<<20, limit(10, w.smtp.Port), "the configuration asks for less")
}
