package email_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channeltest"
)

// withParts is a mail with these files.
func withParts(n int, files ...string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "From: a@posta.example\r\nTo: %s\r\nSubject: File %d\r\nMessage-ID: <f%d@posta.example>\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n", ownAddress, n, n)
	for _, file := range files {
		b.WriteString("--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\n" + file + "\r\n")
	}
	return []byte(b.String() + "--x--\r\n")
}

// Small files are stored when the whole mail is read, the same one once; large ones while they pass.
func TestAttachmentsAreStored(t *testing.T) {
	t.Parallel()
	large := "%PDF " + strings.Repeat("grande ", 20_000)
	w := newMailWorld(t)
	w.inject(withParts(1, "%PDF uno", "%PDF due", "%PDF uno", large))
	h := opened(t, w.config())
	message, ok := h.Ingest(nil, 8).Next().Event.Body.(*channel.InboundMessage)
	require.True(t, ok)
	require.Len(t, message.Attachments, 4)
	for i, want := range []string{"%PDF uno", "%PDF due", "%PDF uno", large} {
		got, ok := h.Host.Blob(message.Attachments[i].Blob)
		require.True(t, ok)
		require.Equal(t, want, string(got))
	}
	require.Equal(t, 4, h.Host.Calls(channeltest.PutBlob), "the original, two small files, a large one")
}

// A mail beyond the limits leaves only its original behind.
func TestUnreadMailLeavesNoFiles(t *testing.T) {
	t.Parallel()
	files := make([]string, 501)
	for i := range files {
		files[i] = fmt.Sprintf("%%PDF %d", i)
	}
	w := newMailWorld(t)
	w.inject(withParts(1, files...))
	h := opened(t, w.config())
	unparsed, ok := h.Ingest(nil, 8).Next().Event.Body.(*channel.Unparsed)
	require.True(t, ok)
	require.Equal(t, "limit.parts", unparsed.Code)
	require.LessOrEqual(t, h.Host.Calls(channeltest.PutBlob), 1)
}
