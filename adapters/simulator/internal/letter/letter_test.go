package letter_test

import (
	"bytes"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"sportello.dev/adapters/simulator/internal/letter"
)

var (
	anna   = letter.Address{Name: "Anna D'Angelo, più bella", Address: "anna@posta.example"}
	office = letter.Address{Name: "Comune di Valdoria", Address: "urp@comune.valdoria.example"}
	token  = letter.Address{Address: "urp+r.abc@comune.valdoria.example"}
	when   = time.Date(2026, 3, 2, 9, 5, 0, 0, time.FixedZone("CET", 3600))
)

func TestADraftReadsBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	d := letter.Draft{
		From: anna, To: []letter.Address{office}, Cc: []letter.Address{{Address: "c@posta.example"}}, ReplyTo: &token,
		Subject: "Perché la buca è ancora lì? 😡 " + strings.Repeat("lungo ", 30), Date: when, MessageID: "<a@posta.example>",
		InReplyTo: "<0@x>", References: []string{"<00@x>", "<0@x>"}, Text: "Buongiorno,\n\nè lì.\n.\n", HTML: `<p>è <img src="cid:i1"></p>`,
		Files: []letter.File{
			{Name: "foto più.jpg", Type: "image/jpeg", Data: []byte{0, 1, 2, 255}},
			{Name: "i.png", Type: "image/png", ContentID: "i1", Inline: true, Data: bytes.Repeat([]byte("png"), 100)},
		},
	}
	raw := d.Bytes()
	for line := range strings.SplitSeq(strings.TrimSuffix(string(raw), "\r\n"), "\r\n") {
		require.NotContains(t, line, "\n")
		require.LessOrEqual(t, len(line), 998)
	}
	l := letter.Parse(raw)
	require.Equal(t, anna, l.From)
	require.Equal(t, []letter.Address{office}, l.To)
	require.Equal(t, []letter.Address{token}, l.ReplyTo)
	require.Equal(t, d.Cc, l.Cc)
	require.Equal(t, d.Subject, l.Subject)
	require.True(t, when.Equal(l.Date))
	require.Equal(t, "<a@posta.example>", l.MessageID)
	require.Equal(t, "<0@x>", l.InReplyTo)
	require.Equal(t, d.References, l.References)
	require.Equal(t, d.Text, strings.ReplaceAll(l.Text, "\r\n", "\n"))
	require.Equal(t, d.HTML, l.HTML)
	require.Len(t, l.Files, 2)
	require.Equal(t, d.Files[1].Data, l.Files[0].Data)
	require.Equal(t, "i1", l.Files[0].ContentID)
	require.True(t, l.Files[0].Inline)
	require.Equal(t, "foto più.jpg", l.Files[1].Name)
	require.Equal(t, raw, d.Bytes(), "the same draft has the same bytes")

	_, err := mail.ReadMessage(bytes.NewReader(raw))
	require.NoError(t, err, "a strict reader takes it too")
}

func TestValuesCannotForgeHeaderFields(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text") + "\r\nBcc: evil@x\r\n" + rapid.String().Draw(t, "more")
		d := letter.Draft{From: letter.Address{Name: text, Address: "a@b.example"}, Subject: text, Text: text, MessageID: "<x@y>"}
		l := letter.Parse(d.Bytes())
		require.Empty(t, l.Get("Bcc"))
		require.Equal(t, "a@b.example", l.From.Address)
	})
}

func TestReadingWhatOthersWrite(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		raw   string
		check func(require.TestingT, *letter.Letter)
	}{
		"undeclared windows-1252": {"Subject: Perch\xe9\r\n\r\nE' gi\xe0 tardi \x80 5\r\n", func(t require.TestingT, l *letter.Letter) {
			require.Equal(t, "Perché", l.Subject)
			require.Equal(t, "E' già tardi € 5\r\n", l.Text)
		}},
		"declared latin1, quoted-printable": {
			"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\npi=F9 =\r\ntardi\r\n",
			func(t require.TestingT, l *letter.Letter) { require.Equal(t, "più tardi\r\n", l.Text) },
		},
		"unknown charset": {"Content-Type: text/plain; charset=klingon\r\n\r\nperché\r\n", func(t require.TestingT, l *letter.Letter) {
			require.Equal(t, "perché\r\n", l.Text)
		}},
		"html only": {"Content-Type: text/html\r\n\r\n<p>Buon<b>giorno</b></p>\r\n", func(t require.TestingT, l *letter.Letter) {
			require.Empty(t, l.Text)
			require.Equal(t, "Buongiorno", strings.TrimSpace(l.Body()))
		}},
		"no header": {"just a line\r\nanother\r\n", func(t require.TestingT, l *letter.Letter) {
			require.Equal(t, "just a line\r\nanother\r\n", l.Text)
		}},
		"broken address": {"From: Mario Rossi <mario@posta.example\r\n\r\n", func(t require.TestingT, l *letter.Letter) {
			require.Equal(t, letter.Address{Name: "Mario Rossi", Address: "mario@posta.example"}, l.From)
		}},
		"damaged base64": {"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nAQ!ID\r\n", func(t require.TestingT, l *letter.Letter) {
			require.Equal(t, []byte{1, 2, 3}, l.Files[0].Data)
		}},
		"multipart without end": {"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nciao\r\n", func(t require.TestingT, l *letter.Letter) {
			require.Contains(t, l.Text, "ciao")
		}},
		"multipart without parts": {"Content-Type: multipart/mixed; boundary=b\r\n\r\nciao\r\n", func(t require.TestingT, l *letter.Letter) {
			require.Contains(t, l.Text, "ciao")
		}},
		"encoded file name": {"Content-Type: application/pdf; name=\"=?utf-8?q?pi=C3=B9.pdf?=\"\r\n\r\nx\r\n", func(t require.TestingT, l *letter.Letter) {
			require.Equal(t, "più.pdf", l.Files[0].Name)
		}},
		"folded references": {"References: <a@x>\r\n\t<b@x> garbage <c\r\n\r\n", func(t require.TestingT, l *letter.Letter) {
			require.Equal(t, []string{"<a@x>", "<b@x>"}, l.References)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.check(t, letter.Parse([]byte(c.raw)))
		})
	}
}

func TestHTMLAsText(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]string{
		"<p>Buon<b>giorno</b> a&nbsp;tutti</p><p>Caff&egrave;</p>": "Buongiorno a tutti\n\nCaffè",
		"uno<br>due<br/>tre": "uno\ndue\ntre",
		"<html><head><title>x</title><style>p{}</style></head><body>y<script>z</script></body>": "y",
		"<ul><li>uno</li>\n<li>due</li></ul>":                                                   "uno\n\ndue",
		"a\n   b <i>c</i>d":                                                                     "a b cd",
		"<script>never closed":                                                                  "",
		"3 < 4 & 5":                                                                             "3 < 4 & 5",
	} {
		l := letter.Parse([]byte("Content-Type: text/html\r\n\r\n" + page))
		require.Equal(t, want, l.Body(), page)
	}
}

// TestNoMailTakesForever feeds what makes careless parsers take quadratic time; with a megabyte each that would be minutes.
func TestNoMailTakesForever(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"<", "&", "<a ", "<p>", "<!--", "</", "(", `"`, "=?utf-8?q?a?=", "a,", "<a@b>,", "--b\r\n", "> ", "<script>", "\r\n x"} {
		filling := strings.Repeat(unit, 200_000/len(unit))
		for _, frame := range []string{"Content-Type: text/html\r\n\r\n%", "From: %\r\n\r\n", "Subject: %\r\n\r\n", "Content-Type: multipart/mixed; boundary=b\r\n\r\n%"} {
			begin := time.Now()
			l := letter.Parse([]byte(strings.Replace(frame, "%", filling, 1)))
			d := letter.Reply(l, anna, true)
			d.Text = letter.Quote(l)
			letter.Parse(d.Bytes())
			require.Less(t, time.Since(begin), 10*time.Second, "%s of %q", frame, unit)
		}
	}
}

func TestMachineMailIsRecognised(t *testing.T) {
	t.Parallel()
	for field, automatic := range map[string]bool{
		"Auto-Submitted: auto-replied": true, "Auto-Submitted: no": false, "Precedence: bulk": true, "List-Id: <x>": true, "Subject: ciao": false,
	} {
		require.Equal(t, automatic, letter.Parse([]byte(field+"\r\n\r\nx")).Automatic(), field)
	}
}

func answerOf(office letter.Address) *letter.Letter {
	return &letter.Letter{
		From: office, ReplyTo: []letter.Address{token}, To: []letter.Address{anna}, Cc: []letter.Address{{Address: "c@posta.example"}, anna},
		Subject: "Re: Buca [Rif. 2026-000001-1]", Date: when, MessageID: "<m.1@comune.valdoria.example>", InReplyTo: "<a@posta.example>",
		References: []string{"<a@posta.example>"}, Text: "Gentile Anna,\n> Buca\nprovvediamo.\n",
		Files: []letter.File{{Name: "modulo.pdf", Type: "application/pdf", Data: []byte("%PDF")}},
	}
}

func TestReplies(t *testing.T) {
	t.Parallel()
	got := answerOf(office)
	d := letter.Reply(got, anna, false)
	require.Equal(t, []letter.Address{token}, d.To, "the answer goes where the letter asks for it")
	require.Empty(t, d.Cc)
	require.Equal(t, "Re: Buca [Rif. 2026-000001-1]", d.Subject)
	require.Equal(t, "<m.1@comune.valdoria.example>", d.InReplyTo)
	require.Equal(t, []string{"<a@posta.example>", "<m.1@comune.valdoria.example>"}, d.References)
	require.Empty(t, d.Files)

	d = letter.Reply(got, anna, true)
	require.Equal(t, []letter.Address{{Address: "c@posta.example"}}, d.Cc, "not to oneself")

	got.ReplyTo, got.Subject = nil, "Buca"
	d = letter.Reply(got, anna, false)
	require.Equal(t, []letter.Address{office}, d.To)
	require.Equal(t, "Re: Buca", d.Subject)

	own := &letter.Letter{From: anna, To: []letter.Address{office}, MessageID: "<a@posta.example>"}
	require.Equal(t, []letter.Address{office}, letter.Reply(own, anna, false).To, "a reminder goes to whom the letter went")
}

func TestForwarding(t *testing.T) {
	t.Parallel()
	d := letter.Forward(answerOf(office), anna)
	require.Equal(t, "Fwd: Re: Buca [Rif. 2026-000001-1]", d.Subject)
	require.Empty(t, d.To)
	require.Empty(t, d.InReplyTo)
	require.Len(t, d.Files, 1)
}

func TestLongThreadsKeepTheirFirstAndLatestReferences(t *testing.T) {
	t.Parallel()
	l := &letter.Letter{MessageID: "<last@x>"}
	for i := range 50 {
		l.References = append(l.References, "<"+strings.Repeat("x", i+1)+"@x>")
	}
	refs := letter.Reply(l, anna, false).References
	require.Len(t, refs, 20)
	require.Equal(t, "<x@x>", refs[0])
	require.Equal(t, "<last@x>", refs[19])
}

func TestQuoting(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Il giorno 2 mar 2026 alle 09:05 Comune di Valdoria <urp@comune.valdoria.example> ha scritto:\n> Gentile Anna,\n>> Buca\n> provvediamo.\n",
		letter.Quote(answerOf(office)))
	require.Contains(t, letter.QuoteBlock(answerOf(office)), "-----Messaggio originale-----\nDa: Comune di Valdoria")
	require.Contains(t, letter.Quote(&letter.Letter{}), "(data sconosciuta)")
}

func FuzzParse(f *testing.F) {
	d := letter.Draft{From: anna, Subject: "x", Text: "y", HTML: "<p>z</p>", Files: []letter.File{{Name: "a", Data: []byte("b")}}}
	f.Add(d.Bytes())
	f.Add([]byte("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		l := letter.Parse(raw)
		_ = l.Body()
		_ = letter.Quote(l)
		d := letter.Reply(l, anna, true)
		letter.Parse(d.Bytes())
	})
}
