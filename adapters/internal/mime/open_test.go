package mime

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/internal/tnef/tneftest"
)

func partOf(kind, content string) string {
	return "Content-Type: " + kind + "\r\n\r\n" + content + "\r\n"
}

func mixed(parts ...string) string {
	return "From: Anna <anna@posta.example>\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" + strings.Join(parts, "--x\r\n") + "--x--\r\n"
}

func base64Part(kind string, content []byte) string {
	return "Content-Type: " + kind + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + wrapped(content)
}

func names(m *Mail) []string {
	all := []string{}
	for _, a := range m.Attachments {
		all = append(all, a.Name)
	}
	return all
}

const (
	tnefText = 0x1000
	tnefRTF  = 0x1009
	tnefHTML = 0x1013
	tnefName = 0x3707
	tnefCID  = 0x3712
)

func winmail(body ...tneftest.Value) *tneftest.Container {
	return tneftest.New().Attribute(1, 0x9007, []byte{0xe4, 4, 0, 0}).Attribute(1, 0x9003, tneftest.Properties(body...))
}

func withFiles(c *tneftest.Container, files ...string) []byte {
	for _, name := range files {
		c.Attribute(2, 0x9002, make([]byte, 14)).Attribute(2, 0x800f, []byte("contenuto di "+name)).
			Attribute(2, 0x9005, tneftest.Properties(tneftest.Value{Kind: 0x1f, ID: tnefName, Data: tneftest.Unicode(name)}))
	}
	return c.Bytes
}

// winmail.dat is replaced by what Outlook put into it.
func TestWinmail(t *testing.T) {
	t.Parallel()
	text := func(id uint16, s string) tneftest.Value {
		return tneftest.Value{Kind: 0x1f, ID: id, Data: tneftest.Unicode(s)}
	}
	rtf := tneftest.Value{Kind: 0x102, ID: tnefRTF, Data: append([]byte{0, 0, 0, 0, 12, 0, 0, 0, 'M', 'E', 'L', 'A', 0, 0, 0, 0}, `{\rtf1 ciao}`...)}
	files := withFiles(winmail(text(tnefText, "Testo in Outlook.")), "Piantina.pdf", "..\\CON.txt")
	const kind = "application/ms-tnef; name=winmail.dat"
	tests := map[string]struct {
		raw, text string
		names     []string
	}{
		"beside a text":    {mixed(partOf("text/plain", "Buongiorno."), base64Part(kind, files)), "Buongiorno.", []string{"Piantina.pdf", "_CON.txt"}},
		"instead of one":   {mixed(base64Part(kind, files)), "Testo in Outlook.", []string{"Piantina.pdf", "_CON.txt"}},
		"by its name":      {mixed(base64Part("application/octet-stream; name=WINMAIL.DAT", files)), "Testo in Outlook.", []string{"Piantina.pdf", "_CON.txt"}},
		"as the whole":     {"From: a@b.it\r\n" + base64Part(kind, files), "Testo in Outlook.", []string{"Piantina.pdf", "_CON.txt"}},
		"HTML only":        {mixed(base64Part(kind, winmail(text(tnefHTML, "<p>Da <b>Outlook</b></p>")).Bytes)), "Da Outlook", []string{}},
		"RTF only":         {mixed(base64Part(kind, winmail(rtf).Bytes)), "ciao", []string{}},
		"RTF beside text":  {mixed(partOf("text/plain", "Ciao."), base64Part(kind, winmail(rtf).Bytes)), "Ciao.", []string{}},
		"cut":              {mixed(partOf("text/plain", "Ciao."), base64Part(kind, files[:len(files)-5])), "Ciao.", []string{"winmail.dat"}},
		"no container":     {mixed(partOf("text/plain", "Ciao."), base64Part(kind, []byte("x"))), "Ciao.", []string{"winmail.dat"}},
		"a message inside": {mixed(partOf("text/plain", "Guardate."), base64Part(kind, enclosing(winmail(text(tnefText, "Ciao da dentro.")).Attribute(1, 0x8004, []byte("Vecchia\x00"))))), "Guardate.\n\n---------- Messaggio allegato ----------\nOggetto: Vecchia\n\nCiao da dentro.", []string{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := parseString(t, tt.raw)
			require.Equal(t, tt.text, m.Text)
			require.Equal(t, tt.names, names(m))
		})
	}
}

func enclosing(inner *tneftest.Container) []byte {
	return winmail().Attribute(2, 0x9002, make([]byte, 14)).
		Attribute(2, 0x9005, tneftest.Properties(tneftest.Value{Kind: 0x0d, ID: 0x3701, Data: append(make([]byte, 16), inner.Bytes...)})).Bytes
}

func TestInlineImageOfWinmail(t *testing.T) {
	t.Parallel()
	c := winmail(tneftest.Value{Kind: 0x1f, ID: tnefHTML, Data: tneftest.Unicode(`<img src="cid:logo@x">`)}).
		Attribute(2, 0x9002, make([]byte, 14)).Attribute(2, 0x800f, []byte("\x89PNG\r\n\x1a\n")).
		Attribute(2, 0x9005, tneftest.Properties(
			tneftest.Value{Kind: 0x1f, ID: tnefName, Data: tneftest.Unicode("logo.png")},
			tneftest.Value{Kind: 0x1f, ID: tnefCID, Data: tneftest.Unicode("logo@x")}))
	m := parseString(t, mixed(base64Part("application/ms-tnef", c.Bytes)))
	require.Len(t, m.Attachments, 1)
	require.True(t, m.Attachments[0].Inline)
}

const invitation = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Sopralluogo\r\nDTSTART:20260302T080000Z\r\nLOCATION:Via Roma 1\r\n" +
	"ORGANIZER;CN=Anna:mailto:anna@posta.example\r\nEND:VEVENT\r\nEND:VCALENDAR"

const summary = "Invito a un appuntamento\nCosa: Sopralluogo\nQuando: lunedì 2 marzo 2026, ore 09:00\nDove: Via Roma 1\nOrganizza: Anna <anna@posta.example>"

// An invitation can be read, and is kept for those who have a calendar.
func TestInvitation(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ raw, text string }{
		"alone":         {"From: a@b.it\r\n" + partOf("text/calendar; method=REQUEST; charset=utf-8", invitation), summary},
		"below a text":  {mixed(partOf("text/plain", "Va bene?"), partOf("text/calendar", invitation)), "Va bene?\n\n" + summary},
		"said already":  {mixed(partOf("text/plain", "Quando: lunedì"), partOf("text/calendar", invitation)), "Quando: lunedì"},
		"as a file":     {mixed(partOf("text/plain", "Va bene?"), base64Part("application/octet-stream; name=invite.ics", []byte(invitation))), "Va bene?\n\n" + summary},
		"in both forms": {mixed(partOf("text/calendar", invitation), partOf("application/ics; name=invite.ics", invitation)), summary},
		"no invitation": {mixed(partOf("text/plain", "Va bene?"), partOf("text/calendar", "niente")), "Va bene?"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := parseString(t, tt.raw)
			require.Equal(t, tt.text, m.Text)
			require.NotEmpty(t, m.Attachments)
		})
	}
}

// An enclosed message is a file with a readable name, is shown, and its own
// files are beside it.
func TestEnclosedMessage(t *testing.T) {
	t.Parallel()
	inner := "From: Bruno <bruno@posta.example>\r\nTo: Anna <anna@posta.example>\r\nSubject: =?utf-8?q?Perch=C3=A9/come?=\r\nDate: Mon, 02 Mar 2026 09:00:00 +0100\r\n" +
		"Content-Type: multipart/related; boundary=y\r\n\r\n--y\r\n" + partOf("text/html", `<p>Vedi <img src="cid:l"></p>`) +
		"--y\r\nContent-ID: <l>\r\n" + partOf("image/png", "\x89PNG\r\n\x1a\n") + "--y\r\n" + partOf("application/pdf; name=atto.pdf", "%PDF-1.4") + "--y--\r\n"
	m := parseString(t, mixed(partOf("text/plain", "Inoltro."), partOf("message/rfc822", inner)))
	require.Equal(t, "Inoltro.\n\n---------- Messaggio allegato ----------\nDa: Bruno <bruno@posta.example>\nA: Anna <anna@posta.example>\n"+
		"Data: 02/03/2026 09:00\nOggetto: Perché/come\n\nVedi", m.Text)
	require.Equal(t, []string{"Perché_come.eml", "atto.pdf"}, names(m), "what the letter shows by itself is no file")

	bounce := strings.Replace(mixed(partOf("text/plain", "Non recapitato."), partOf("message/rfc822", inner)), "anna@", "MAILER-DAEMON@", 1)
	require.Equal(t, "Non recapitato.", parseString(t, bounce).Text, "a returned letter is our own")
}
