package mime

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/mail"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var testDate = time.Date(2026, 10, 5, 10, 15, 0, 0, time.FixedZone("", 2*3600))

func fileOf(name, kind, id string, content []byte) File {
	return File{
		Name: name, Type: kind, ContentID: id, Inline: id != "", Size: int64(len(content)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil },
	}
}

func fullOutgoing() Outgoing {
	return Outgoing{
		From:    Address{Name: "Comune di Esempio – Ufficio Tributi", Email: "tributi@comune.esempio.it"},
		To:      []Address{{Name: "Rossi, Mario", Email: "mario.rossi@example.com"}},
		Cc:      []Address{{Name: "Niccolò", Email: "nicc@example.com"}},
		ReplyTo: []Address{{Email: "tributi+t.abc123@comune.esempio.it"}},
		Subject: "Re: Città e tributi [Rif. 2026-000123-7]", Date: testDate,
		MessageID: "m.01j.mac@comune.esempio.it", InReplyTo: "a1@example.com",
		References:  []string{"a0@example.com", "a1@example.com"},
		ThreadIndex: "AQHa", ThreadTopic: "Città e tributi", Automatic: true, LoopMark: "marchio", Language: "it",
		Text: "Gentile Mario,\n.punto iniziale\nFrom inizio riga\nCittà  \n" + strings.Repeat("lunga ", 300) + "\n",
		HTML: `<p>Gentile Mario, <img src="cid:logo@x"></p>`,
		Files: []File{
			fileOf("logo.png", "image/png", "logo@x", []byte("\x89PNG\r\n\x1a\nrest")),
			fileOf("modulo è.pdf", "application/pdf", "", bytes.Repeat([]byte("%PDF-1.4 "), 100)),
		},
	}
}

func compose(t require.TestingT, o Outgoing) []byte {
	var b bytes.Buffer
	require.NoError(t, Compose(&b, o))
	return b.Bytes()
}

func TestComposeGolden(t *testing.T) {
	t.Parallel()
	plain := Outgoing{
		From: Address{Email: "urp@comune.esempio.it"}, To: []Address{{Email: "a@example.com"}},
		Subject: "Solo testo", Date: testDate, MessageID: "m.1@comune.esempio.it", Text: "Ciao",
	}
	htmlOnly := plain
	htmlOnly.Text, htmlOnly.HTML = "", "<p>Solo <b>HTML</b></p>"
	for name, o := range map[string]Outgoing{"full": fullOutgoing(), "plain": plain, "html-only": htmlOnly} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := compose(t, o)
			file := "testdata/compose/" + name + ".eml"
			if *update {
				require.NoError(t, os.MkdirAll("testdata/compose", 0o755))
				require.NoError(t, os.WriteFile(file, got, 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got))
			require.GreaterOrEqual(t, o.EncodedSize(), int64(len(got)))
		})
	}
}

func TestComposeRoundTrip(t *testing.T) {
	t.Parallel()
	o := fullOutgoing()
	raw := compose(t, o)
	requireWire(t, raw)
	sink := &memorySink{}
	m, err := Parse(context.Background(), bytes.NewReader(raw), DefaultLimits(), sink)
	require.NoError(t, err)
	require.Equal(t, []Address{o.From}, m.From)
	require.Equal(t, o.To, m.To)
	require.Equal(t, o.Cc, m.Cc)
	require.Equal(t, o.ReplyTo, m.ReplyTo)
	require.Equal(t, o.Subject, m.Subject)
	require.True(t, o.Date.Equal(m.Date))
	require.Equal(t, o.MessageID, m.MessageID)
	require.Equal(t, []string{o.InReplyTo}, m.InReplyTo)
	require.Equal(t, o.References, m.References)
	require.Equal(t, strings.TrimRight(o.Text, " \n"), m.Text)
	require.Equal(t, o.HTML+"\n", m.HTML)
	require.Equal(t, "AQHa", m.Header("Thread-Index"))
	require.Empty(t, m.Warnings)

	require.Len(t, m.Attachments, 2)
	require.Equal(t, "logo.png", m.Attachments[0].Name)
	require.True(t, m.Attachments[0].Inline)
	require.Equal(t, "image/png", m.Attachments[0].Type)
	require.Equal(t, "modulo è.pdf", m.Attachments[1].Name)
	require.False(t, m.Attachments[1].Inline)
	require.Equal(t, bytes.Repeat([]byte("%PDF-1.4 "), 100), sink.files[1])

	class, _ := Classify(m, Self{})
	require.Equal(t, ClassAutoReply, class)
	class, _ = Classify(m, Self{LoopMark: "marchio"})
	require.Equal(t, ClassOwnLoop, class)
}

// requireWire checks what every mail on the wire must obey.
func requireWire(t require.TestingT, raw []byte) {
	for _, line := range strings.Split(strings.TrimSuffix(string(raw), "\r\n"), "\r\n") {
		require.LessOrEqual(t, len(line), 998)
		require.NotContains(t, line, "\r")
		require.NotContains(t, line, "\n")
		require.NotContains(t, line, "\x00")
		require.True(t, isASCII([]byte(line)))
	}
}

func TestComposeRefusesHeaderInjection(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"a\r\nBcc: x@y.it", "a\nb", "a\rb", "a\x00b", "a\u0085b", "a\u2028b", "a\x1bb", "\xff"} {
		for name, change := range map[string]func(*Outgoing){
			"Subject":      func(o *Outgoing) { o.Subject = bad },
			"From":         func(o *Outgoing) { o.From.Name = bad },
			"To":           func(o *Outgoing) { o.To[0].Name = bad },
			"To address":   func(o *Outgoing) { o.To[0].Email = "x" + bad + "@y.it" },
			"Reply-To":     func(o *Outgoing) { o.ReplyTo[0].Email = bad },
			"Message-ID":   func(o *Outgoing) { o.MessageID = bad },
			"In-Reply-To":  func(o *Outgoing) { o.InReplyTo = bad },
			"References":   func(o *Outgoing) { o.References[0] = bad },
			"Thread-Index": func(o *Outgoing) { o.ThreadIndex = bad },
			"Thread-Topic": func(o *Outgoing) { o.ThreadTopic = bad },
			"Language":     func(o *Outgoing) { o.Language = bad },
			"Loop":         func(o *Outgoing) { o.LoopMark = bad },
		} {
			o := fullOutgoing()
			change(&o)
			var b bytes.Buffer
			var refused *HeaderError
			require.ErrorAs(t, Compose(&b, o), &refused, "%s %q", name, bad)
			require.Zero(t, b.Len(), "nothing is written before the header is known to be good")
		}
	}
}

func TestComposeMakesFileHeadersSafe(t *testing.T) {
	t.Parallel()
	o := fullOutgoing()
	o.Files = []File{
		fileOf("a\r\nBcc: x@y.it.pdf", "text/plain\r\nX: 1", "", []byte("x")),
		fileOf("../b.eml", "message/rfc822", "bad id", []byte("x")),
	}
	raw := compose(t, o)
	requireWire(t, raw)
	m, err := Parse(context.Background(), bytes.NewReader(raw), DefaultLimits(), Discard{})
	require.NoError(t, err)
	require.False(t, m.HasHeader("Bcc"))
	require.Equal(t, []string{"aBcc_ x@y.it.pdf", "b.eml"}, []string{m.Attachments[0].Name, m.Attachments[1].Name})
	require.Equal(t, "application/octet-stream", m.Attachments[1].DeclaredType)
}

func TestComposeLeavesOutOddForeignIDs(t *testing.T) {
	t.Parallel()
	o := fullOutgoing()
	o.InReplyTo = strings.Repeat("x", 2000)
	o.References = []string{"con spazio@x", "è@x", "buono@x"}
	m, err := Parse(context.Background(), bytes.NewReader(compose(t, o)), DefaultLimits(), Discard{})
	require.NoError(t, err)
	require.Empty(t, m.InReplyTo)
	require.Equal(t, []string{"buono@x"}, m.References)
}

func TestComposeReportsFailingAttachment(t *testing.T) {
	t.Parallel()
	cause := errors.New("gone")
	o := fullOutgoing()
	o.Files[1].Open = func() (io.ReadCloser, error) { return nil, cause }
	require.ErrorIs(t, Compose(io.Discard, o), cause)
}

func TestTrimReferences(t *testing.T) {
	t.Parallel()
	var ids []string
	for range 100 {
		ids = append(ids, strings.Repeat("x", 40)+"@e.it")
	}
	ids[0], ids[99] = "primo@e.it", "ultimo@e.it"
	got := trimReferences(ids)
	require.Equal(t, "primo@e.it", got[0])
	require.Equal(t, "ultimo@e.it", got[len(got)-1])
	require.LessOrEqual(t, len("<"+strings.Join(got, "> <")+">"), maxReferences)
	require.Greater(t, len(got), 25)
	require.Nil(t, trimReferences(nil))
	require.Equal(t, []string{"a@b"}, trimReferences([]string{"a@b"}))
}

func TestComposedMailSurvivesReading(t *testing.T) {
	t.Parallel()
	word := rapid.StringMatching(`[ -~àèìòùé€“”日本]{0,80}`)
	rapid.Check(t, func(t *rapid.T) {
		o := Outgoing{
			From: Address{Name: strings.TrimSpace(word.Draw(t, "name")), Email: "a.b@example.com"},
			To:   []Address{{Email: rapid.StringMatching(`[a-z][a-z0-9._-]{0,20}@[a-z]{1,10}\.it`).Draw(t, "to")}},
			Date: testDate, MessageID: "m@example.com",
			Subject: word.Draw(t, "subject"),
			Text:    strings.Join(rapid.SliceOfN(word, 0, 20).Draw(t, "text"), "\n"),
			HTML:    word.Draw(t, "html"),
		}
		for range rapid.IntRange(0, 3).Draw(t, "files") {
			content := rapid.SliceOf(rapid.Byte()).Draw(t, "content")
			o.Files = append(o.Files, fileOf(rapid.String().Draw(t, "file"), "application/x-test", "", content))
		}
		raw := compose(t, o)
		requireWire(t, raw)
		_, err := mail.ReadMessage(bytes.NewReader(raw))
		require.NoError(t, err)
		sink := &memorySink{}
		m, err := Parse(context.Background(), bytes.NewReader(raw), DefaultLimits(), sink)
		require.NoError(t, err)
		require.Equal(t, strings.Join(strings.Fields(o.Subject), " "), strings.Join(strings.Fields(m.Subject), " "))
		require.Equal(t, cleanName(o.From.Name), m.From[0].Name)
		require.Equal(t, o.To, m.To)
		if strings.TrimSpace(o.Text) != "" {
			require.Equal(t, strings.Trim(strings.TrimRight(o.Text, " \n"), "\n"), m.Text)
		}
		require.Len(t, m.Attachments, len(o.Files))
		for i, f := range o.Files {
			content, err := f.Open()
			require.NoError(t, err)
			want, err := io.ReadAll(content)
			require.NoError(t, err)
			require.Equal(t, want, append([]byte{}, sink.files[i]...))
			require.LessOrEqual(t, len(m.Attachments[i].Name), maxFileName)
		}
		require.GreaterOrEqual(t, o.EncodedSize(), int64(len(raw)))
	})
}
