package mime

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func smallLimits() Limits {
	return Limits{
		RawBytes: 4 << 10, HeaderBytes: 512, HeaderFields: 10, Depth: 3, Parts: 5,
		BoundaryBytes: 70, Addresses: 4, AttachmentBytes: 100, TextBytes: 4 << 10,
	}
}

func nested(depth int) string {
	var b strings.Builder
	b.WriteString("From: a@b.it\r\n")
	for i := range depth {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	b.WriteString("\r\nin fondo\r\n")
	return b.String()
}

func attachmentMail(sizes ...int) string {
	var b strings.Builder
	b.WriteString("From: a@b.it\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n")
	for _, size := range sizes {
		b.WriteString("--x\r\nContent-Type: image/png\r\n\r\n" + strings.Repeat("y", size) + "\r\n")
	}
	return b.String() + "--x--\r\n"
}

func TestLimits(t *testing.T) {
	t.Parallel()
	limits := smallLimits()
	const head = "From: a@b.it\r\n"
	tests := map[string]struct {
		raw   string
		limit string
	}{
		"raw at the limit":        {head + "\r\n" + strings.Repeat("a", 4096-len(head)-2), ""},
		"raw over":                {head + "\r\n" + strings.Repeat("a", 4096-len(head)-1), LimitRaw},
		"header line over":        {head + "X: " + strings.Repeat("a", 512) + "\r\n\r\n", LimitHeaderBytes},
		"header without end":      {strings.Repeat("x", 600), LimitHeaderBytes},
		"header fields at limit":  {strings.Repeat("X: 1\r\n", 10) + "\r\nciao", ""},
		"header fields over":      {strings.Repeat("X: 1\r\n", 11) + "\r\nciao", LimitHeaderCount},
		"depth at the limit":      {nested(3), ""},
		"depth over":              {nested(4), LimitDepth},
		"parts at the limit":      {attachmentMail(1, 1, 1, 1), ""},
		"parts over":              {attachmentMail(1, 1, 1, 1, 1), LimitParts},
		"parts over, no header":   {head + "Content-Type: multipart/mixed; boundary=x\r\n\r\n" + strings.Repeat("--x\r\n", 9), LimitParts},
		"boundary over":           {head + "Content-Type: multipart/mixed; boundary=" + strings.Repeat("b", 71) + "\r\n\r\n", LimitBoundary},
		"addresses at the limit":  {"From: a@b.it\r\nTo: a@b.it, a@b.it\r\nCc: a@b.it\r\n\r\n", ""},
		"addresses over":          {"From: a@b.it\r\nTo: a@b.it, a@b.it\r\nCc: a@b.it, broken\r\n\r\n", LimitAddresses},
		"attachments at limit":    {attachmentMail(40, 60), ""},
		"attachments over in sum": {attachmentMail(40, 61), LimitAttachments},
		"part header over":        {head + "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nX: " + strings.Repeat("a", 512) + "\r\n\r\n", LimitHeaderBytes},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse(context.Background(), strings.NewReader(tt.raw), limits, Discard{})
			if tt.limit == "" {
				require.NoError(t, err)
				return
			}
			var limit *LimitError
			require.ErrorAs(t, err, &limit)
			require.Equal(t, tt.limit, limit.Limit)
			require.Positive(t, limit.Max)
			require.True(t, Unreadable(err))
		})
	}
}

func TestLongTextIsShownInPartAndAttachedWhole(t *testing.T) {
	t.Parallel()
	sink := &memorySink{}
	limits := smallLimits()
	limits.TextBytes = 50
	text := strings.Repeat("parola ", 10)
	m, err := Parse(context.Background(), strings.NewReader("From: a@b.it\r\n\r\n"+text), limits, sink)
	require.NoError(t, err)
	require.Equal(t, strings.TrimSpace(text[:50]), m.Text)
	require.Contains(t, m.Warnings, WarnTextTruncated)
	require.Equal(t, text, string(sink.files[0]))
	require.Equal(t, "allegato-1.txt", m.Attachments[0].Name)
}

func TestNotAMail(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"", "\r\n\r\n", "solo testo\r\nsenza intestazione\r\n"} {
		_, err := Parse(context.Background(), strings.NewReader(raw), DefaultLimits(), Discard{})
		require.ErrorIs(t, err, ErrNoHeader, "%q", raw)
		require.True(t, Unreadable(err))
	}
}

type failingSink struct{ err error }

func (s failingSink) Store(context.Context, Attachment, io.Reader) (string, error) { return "", s.err }

func TestOtherErrorsAreNotAboutTheMail(t *testing.T) {
	t.Parallel()
	cause := errors.New("disk full")
	_, err := Parse(context.Background(), strings.NewReader(attachmentMail(5)), DefaultLimits(), failingSink{cause})
	require.ErrorIs(t, err, cause)
	require.False(t, Unreadable(err))

	broken := io.MultiReader(strings.NewReader("From: a@b.it\r\n\r\nciao"), iotest.ErrReader(cause))
	_, err = Parse(context.Background(), broken, DefaultLimits(), Discard{})
	require.ErrorIs(t, err, cause)
	require.False(t, Unreadable(err))

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = Parse(ctx, strings.NewReader("From: a@b.it\r\n\r\n"+strings.Repeat("\r\n", 2000)), DefaultLimits(), Discard{})
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, Unreadable(err))
}

// A sink that stops early must not shift what comes after.
type lazySink struct{}

func (lazySink) Store(context.Context, Attachment, io.Reader) (string, error) { return "", nil }

func TestSinkMayLeaveBytes(t *testing.T) {
	t.Parallel()
	m, err := Parse(context.Background(), strings.NewReader(attachmentMail(200000, 7)), DefaultLimits(), lazySink{})
	require.NoError(t, err)
	require.Equal(t, int64(200000), m.Attachments[0].Size)
	require.Equal(t, int64(7), m.Attachments[1].Size)
}

// Bombs are read or refused in time linear in their size.
func TestBombs(t *testing.T) {
	t.Parallel()
	const head = "From: a@b.it\r\n"
	var fields strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&fields, "X-%d: 1\r\n", i)
	}
	bombs := map[string]string{
		"60 deep":         nested(60),
		"50 deep, 4 MB":   nested(50) + strings.Repeat("--riga qualunque\r\n", 4<<20/18),
		"10,000 parts":    attachmentMail(make([]int, 10_000)...),
		"header line":     head + "X: " + strings.Repeat("a", 10<<20) + "\r\n\r\n",
		"100,000 headers": fields.String(),
		"addresses":       head + "To: " + strings.Repeat("a@b.it,", 10_000) + "\r\n\r\n",
		"open quotes":     head + "To: " + strings.Repeat(`"(<`, 20_000) + "\r\n\r\n",
		"encoded words":   head + "Subject: " + strings.Repeat("=?utf-8?q?", 9_000) + "\r\n\r\n",
		"open links":      head + "Content-Type: text/html\r\n\r\n" + strings.Repeat("<a href=http://x>", 50_000),
		"open tags":       head + "Content-Type: text/html\r\n\r\n" + strings.Repeat("<div><blockquote>", 50_000),
		"cid":             head + "Content-Type: text/html\r\n\r\n" + strings.Repeat("cid:", 40_000),
		"flowed":          head + "Content-Type: text/plain; format=flowed\r\n\r\n" + strings.Repeat("a \r\n", 200_000),
		"quoted":          head + "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + strings.Repeat("=", 2<<20),
	}
	for name, bomb := range bombs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse(context.Background(), strings.NewReader(bomb), DefaultLimits(), Discard{})
			if err != nil {
				require.True(t, Unreadable(err), "%v", err)
			}
		})
	}
}

func TestReadInSmallPieces(t *testing.T) {
	t.Parallel()
	raw := attachmentMail(1000, 3, 0)
	whole, err := Parse(context.Background(), strings.NewReader(raw), DefaultLimits(), Discard{})
	require.NoError(t, err)
	pieces, err := Parse(context.Background(), iotest.OneByteReader(bytes.NewReader([]byte(raw))), DefaultLimits(), Discard{})
	require.NoError(t, err)
	require.Equal(t, whole.Fingerprint, pieces.Fingerprint)
}
