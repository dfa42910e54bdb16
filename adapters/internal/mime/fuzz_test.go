package mime

import (
	"bytes"
	"context"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
)

func seedMails(f *testing.F) {
	f.Helper()
	files, err := filepath.Glob("testdata/mail/*.eml")
	require.NoError(f, err)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(raw)
	}
}

// FuzzParse: never a crash, always text that can be stored and shown, names
// that can be saved.
func FuzzParse(f *testing.F) {
	seedMails(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		sink := &memorySink{}
		m, err := Parse(context.Background(), bytes.NewReader(raw), DefaultLimits(), sink)
		if err != nil {
			require.True(t, Unreadable(err), "%v", err)
			return
		}
		for _, s := range []string{m.Subject, m.Text, m.HTML, m.MessageID, m.Header("X-Loop")} {
			require.NotContains(t, s, "\x00")
		}
		for _, s := range []string{m.Subject, m.Text, m.HTML, m.MessageID} {
			require.True(t, utf8.ValidString(s))
			require.NotContains(t, s, "\r")
		}
		require.NotContains(t, m.Subject, "\n")
		require.Len(t, m.Attachments, len(sink.files))
		for i, a := range m.Attachments {
			requireFileName(t, a.Name)
			require.Equal(t, int64(len(sink.files[i])), a.Size)
		}
		Classify(m, testSelf)
		Authenticate(m, []string{"mx.comune.esempio.it"})
		m.Trace()
	})
}

func requireFileName(t *testing.T, name string) {
	t.Helper()
	require.NotEmpty(t, name)
	require.LessOrEqual(t, len(name), maxFileName)
	require.True(t, utf8.ValidString(name))
	require.False(t, strings.ContainsAny(name, "/\\\x00<>:\"|?*"))
	require.False(t, strings.HasPrefix(name, "."))
	for _, r := range name {
		require.False(t, unicode.Is(unicode.C, r), "%q", name)
	}
}

// FuzzAddressList: an address we read is one another parser reads the same
// way, and can be written again.
func FuzzAddressList(f *testing.F) {
	for _, s := range []string{
		"a@b.it", `"x" <a@b.it>, c@d.it`, "g: a@b.it, c@d.it;", "=?utf-8?q?x=40y?= <a@b.it>", `"\"" <a@b.it>`,
		"<@r:a@b.it>", "a@b.it (n)", "<a@b> <c@d>", `"a b"@c.it`, "a@[127.0.0.1]", "a,b@c.it", `a"@b.it <c@d.it>`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list := ParseAddresses(s)
		for _, a := range list {
			if a.Email == "" || !isASCII([]byte(a.Email)) {
				continue
			}
			formatted, ok := formatAddress(a)
			require.True(t, ok, "%q from %q", a.Email, s)
			again, err := mail.ParseAddress(formatted)
			require.NoError(t, err, "%q from %q", formatted, s)
			require.True(t, strings.EqualFold(unquotedLocal(a.Email), again.Address), "%q %q from %q", a.Email, again.Address, s)
		}
		if theirs, err := mail.ParseAddressList(s); err == nil && len(theirs) == 1 && len(list) == 1 && list[0].Email != "" {
			at := strings.LastIndexByte(theirs[0].Address, '@')
			if domain, ok := normaliseDomain(theirs[0].Address[at+1:]); ok {
				require.Equal(t, theirs[0].Address[:at]+"@"+domain, unquotedLocal(list[0].Email), "%q", s)
			}
		}
	})
}

var quotedPair = regexp.MustCompile(`\\(.)`)

// unquotedLocal compares addresses whose local part needs quotes.
func unquotedLocal(email string) string {
	at := strings.LastIndexByte(email, '@')
	if !strings.HasPrefix(email, `"`) {
		return email
	}
	return quotedPair.ReplaceAllString(email[1:at-1], "$1") + email[at:]
}

// FuzzHeaderValue: whatever a value holds, it stays in its own field.
func FuzzHeaderValue(f *testing.F) {
	for _, s := range []string{"Ciao", "a\r\nBcc: x@y.it", "è =?utf-8?q?x?=", strings.Repeat("x", 2000), "a\x00b", "\u2028", " x "} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, subject, name string) {
		o := Outgoing{
			From: Address{Name: name, Email: "a@b.it"}, To: []Address{{Email: "c@d.it"}},
			Subject: subject, Date: testDate, MessageID: "m@b.it", Text: "corpo",
			Files: []File{fileOf(name, subject, name, []byte("x"))},
		}
		var b bytes.Buffer
		if Compose(&b, o) != nil {
			require.False(t, allowed(subject) && allowed(name))
			return
		}
		requireWire(t, b.Bytes())
		m, err := Parse(context.Background(), &b, DefaultLimits(), Discard{})
		require.NoError(t, err)
		require.Equal(t, "a@b.it", m.From[0].Email)
		require.Equal(t, []Address{{Email: "c@d.it"}}, m.To)
		require.Equal(t, "corpo", m.Text)
		for _, a := range m.Attachments {
			requireFileName(t, a.Name)
		}
	})
}

// FuzzDSN: a report never gives an address that is none.
func FuzzDSN(f *testing.F) {
	f.Add("Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.it\nAction: failed\nStatus: 5.1.1\n")
	f.Add("Final-Recipient: a@b.it\nStatus: 9\n\n\n\nFinal-Recipient:;;<x@y>\n")
	f.Fuzz(func(t *testing.T, status string) {
		raw := "From: MAILER-DAEMON@b.it\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\n" +
			"--x\nContent-Type: message/delivery-status\n\n" + status + "\n--x--\n"
		m, err := Parse(context.Background(), strings.NewReader(raw), DefaultLimits(), Discard{})
		if err != nil {
			require.True(t, Unreadable(err))
			return
		}
		if m.Report == nil {
			return
		}
		for _, r := range m.Report.Recipients {
			_, ok := normaliseEmail(r.Address())
			require.True(t, ok, "%q", r.Address())
			require.NotContains(t, r.Diagnostic, "\n")
		}
	})
}

// FuzzTextFromHTML: text that can be stored, with no tag of the source in it.
func FuzzTextFromHTML(f *testing.F) {
	for _, s := range []string{
		"<p>Ciao <b>Anna</b></p>", "<a href='x'>y</a>", "<<p>script>", "<style>p{}</style>a&amp;lt;b", "<pre>a\n b</pre>", "<ul><li>1<li>2</ul>", "<table><tr><td>a<td>b", "\x00<!--", "<textarea><p>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := TextFromHTML(cleanText(s))
		require.True(t, utf8.ValidString(text))
		require.NotContains(t, text, "\r")
		require.NotContains(t, text, "\x00")
		require.LessOrEqual(t, len(text), 8*len(s)+64, "%q", s)
		require.Equal(t, text, TextFromHTML(cleanText(s)))
	})
}

// FuzzFileName: a name is safe, and stays as it is when it is made safe again.
func FuzzFileName(f *testing.F) {
	for _, s := range []string{"a.pdf", "../x", "e\u200b\u0301", "CON .txt", "\u202efdp.exe", ". a .", "com\u00b9", strings.Repeat("è", 200) + ".tar.gz"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name := FileName(s)
		if name == "" {
			return
		}
		requireFileName(t, name)
		require.True(t, norm.NFC.IsNormalString(name), "%q", name)
		require.False(t, reserved(name), "%q", name)
		require.Equal(t, name, FileName(name), "%q", s)
	})
}
