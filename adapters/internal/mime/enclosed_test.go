package mime

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A colleague passes a citizen's mail on as a file.
func TestWhoWroteTheEnclosedMessage(t *testing.T) {
	t.Parallel()
	enclosed := func(from string) string {
		return "--b\nContent-Type: message/rfc822\nContent-Disposition: attachment; filename=\"mail.eml\"\n\n" +
			from + "To: sindaco@comune.example\nSubject: Lampione\n\nE' spento.\n"
	}
	const maria = "From: =?utf-8?q?Maria_Ver=C3=B9?= <maria@Posta.example>\n"
	for name, c := range map[string]struct {
		parts []string
		want  Address
	}{
		"one":                  {[]string{enclosed(maria)}, Address{Name: "Maria Verù", Email: "maria@posta.example"}},
		"none":                 {nil, Address{}},
		"of two nobody knows":  {[]string{enclosed(maria), enclosed("From: bruno@posta.example\n")}, Address{}},
		"two senders":          {[]string{enclosed("From: maria@posta.example, bruno@posta.example\n")}, Address{}},
		"without a sender":     {[]string{enclosed("")}, Address{}},
		"only its header":      {[]string{strings.Replace(enclosed(maria), "message/rfc822", "text/rfc822-headers", 1)}, Address{}},
		"a file called a mail": {[]string{strings.Replace(enclosed(maria), "message/rfc822", "application/octet-stream", 1)}, Address{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := "From: sindaco@comune.example\nSubject: I: Lampione\nContent-Type: multipart/mixed; boundary=b\n\n" +
				"--b\nContent-Type: text/plain\n\nPer voi.\n" + strings.Join(c.parts, "") + "--b--\n"
			mail, err := Parse(t.Context(), strings.NewReader(strings.ReplaceAll(raw, "\n", "\r\n")), DefaultLimits(), Discard{})
			require.NoError(t, err)
			require.Equal(t, c.want, mail.Enclosed)
		})
	}
}
