package webform

import (
	"bytes"
	"context"
	"mime/multipart"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"sportello.dev/plugins-sdk/channel"
)

func TestTidy(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"  Ada ": "Ada", "a\r\nb": "a\nb", "a\x00b": "a b", "x\u202ey": "xy", "\ufeff": "", "è\xffé": "è\uFFFDé", "a\u2028b": "a b",
	} {
		require.Equal(t, want, tidy(in, true), "%q", in)
	}
	require.Equal(t, "a b", tidy("a\nb", false), "one line stays one")
}

// FuzzEntry reads whatever a browser, or something that is none, may send.
func FuzzEntry(f *testing.F) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	require.NoError(f, w.SetBoundary("x"))
	require.NoError(f, w.WriteField("nome", "Ada"))
	part, err := w.CreateFormFile("allegati", "a.txt")
	require.NoError(f, err)
	_, err = part.Write([]byte("ciao"))
	require.NoError(f, err)
	require.NoError(f, w.Close())
	f.Add("multipart/form-data; boundary=x", b.Bytes())
	f.Add("application/x-www-form-urlencoded", []byte("nome=Ada&dettagli=%C3%A8&=&%zz"))
	f.Add("multipart/form-data", []byte("--\r\n"))
	f.Add("text/plain", []byte("x"))
	c := Config{Assistance: true}
	forms, wrong := c.forms()
	require.Empty(f, wrong)
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		k := &keeper{fields: map[string]bool{}} // takes no files, so it needs no hub
		e, err := k.read(context.Background(), kind, bytes.NewReader(body))
		if err != nil {
			return
		}
		v := e.values(forms[0])
		for name, value := range v {
			require.True(t, utf8.ValidString(value), name)
			require.NotContains(t, value, "\x00")
		}
		kept, problems := forms[0].judge(v, e.files, inRome(fixed))
		if len(problems) > 0 {
			return
		}
		s := submission{form: forms[0], draft: draft{ID: "x"}, values: kept, language: "it", at: fixed}
		event, err := s.event()
		require.NoError(t, err)
		m := event.Body.(*channel.InboundMessage)
		require.NotContains(t, m.Subject, "\n")
		require.NotEmpty(t, m.From.Value)
	})
}

var fixed = time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
