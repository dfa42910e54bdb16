package script_test

import (
	"bytes"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator/internal/letter"
	"sportello.dev/adapters/simulator/script"
)

const town = "urp@comune.valdoria.example"

func clock() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }

func TestTheTextsAreComplete(t *testing.T) {
	t.Parallel()
	letters := script.Letters()
	require.GreaterOrEqual(t, len(letters), 60)
	keys, offices := map[string]bool{}, map[string]int{}
	for _, l := range letters {
		require.NotEmpty(t, l.Subject, l.Key)
		require.GreaterOrEqual(t, len(l.Text), 80, l.Key)
		require.False(t, keys[l.Key], "%s twice", l.Key)
		keys[l.Key] = true
		offices[l.Office]++
		if l.Role != "" {
			require.True(t, slices.ContainsFunc(script.Citizens(), func(c script.Citizen) bool { return slices.Contains(c.Roles, l.Role) }), "nobody is %q", l.Role)
		}
	}
	require.Len(t, offices, 8)
	for office, n := range offices {
		require.GreaterOrEqual(t, n, 8, office)
	}
}

func TestTheCitizensAreComplete(t *testing.T) {
	t.Parallel()
	require.GreaterOrEqual(t, len(script.Citizens()), 12)
	for _, c := range script.Citizens() {
		for _, field := range []string{c.First, c.Last, c.Phone, c.Street, c.Number, c.Child, c.BioIT, c.BioEN, string(c.Client)} {
			require.NotEmpty(t, field, c.Address)
		}
		require.Equal(t, 2, utf8.RuneCountInString(c.Initials()))
		require.NotEmpty(t, c.Roles)
		same, ok := script.CitizenAt(c.Address)
		require.True(t, ok)
		require.Equal(t, c, same)
	}
	_, ok := script.CitizenAt("nessuno@posta.example")
	require.False(t, ok)
}

func TestTheSameSeedWritesTheSameMail(t *testing.T) {
	t.Parallel()
	one, two, other := script.New(7, town, clock), script.New(7, town, clock), script.New(8, town, clock)
	differs := false
	for range 60 {
		a, b, c := one.Next(), two.Next(), other.Next()
		require.Equal(t, a, b)
		differs = differs || !bytes.Equal(a.Raw, c.Raw)
	}
	require.True(t, differs)
}

func TestOrdinaryMailIsTidyAndUsesEveryLetter(t *testing.T) {
	t.Parallel()
	g := script.New(1, town, clock)
	used, ids := map[string]bool{}, map[string]bool{}
	for range len(script.Letters()) {
		m := g.Ordinary()
		used[m.Letter.Key] = true
		require.False(t, ids[m.MessageID])
		ids[m.MessageID] = true
		require.NotContains(t, m.Subject+m.Letter.Text, "{", "a placeholder nobody filled in")
		require.Equal(t, script.Ordinary, m.Kind)
		require.Equal(t, m.Sender.Address, m.Account)
		require.Equal(t, 1, m.Copies)
		if m.Letter.Role != "" {
			require.Contains(t, m.Sender.Roles, m.Letter.Role)
		}
		_, err := mail.ReadMessage(bytes.NewReader(m.Raw))
		require.NoError(t, err)
		l := letter.Parse(m.Raw)
		require.Equal(t, m.Sender.Address, l.From.Address)
		require.Equal(t, m.Subject, l.Subject)
		require.Equal(t, m.MessageID, l.MessageID)
		require.True(t, clock().Equal(l.Date))
		require.Contains(t, strings.ReplaceAll(l.Text, "\r\n", "\n"), m.Letter.Text)
		require.False(t, l.Automatic())
	}
	require.Len(t, used, len(script.Letters()))
}

func TestAwkwardMail(t *testing.T) {
	t.Parallel()
	for kind, check := range map[string]func(require.TestingT, script.Mail, *letter.Letter){
		"html_only_outlook": func(t require.TestingT, m script.Mail, l *letter.Letter) {
			require.Empty(t, l.Text)
			require.Contains(t, l.HTML, "MsoNormal")
			require.Contains(t, l.Body(), m.Sender.First)
			require.Equal(t, "text/html; charset=\"windows-1252\"", l.Get("Content-Type"))
		},
		"winmail": func(t require.TestingT, _ script.Mail, l *letter.Letter) {
			require.Equal(t, "winmail.dat", l.Files[0].Name)
		},
		"no_subject":    func(t require.TestingT, _ script.Mail, l *letter.Letter) { require.Empty(t, l.Values("Subject")) },
		"no_message_id": func(t require.TestingT, m script.Mail, l *letter.Letter) { require.Empty(t, m.MessageID+l.MessageID) },
		"no_from":       func(t require.TestingT, _ script.Mail, l *letter.Letter) { require.Empty(t, l.Values("From")) },
		"undeclared_charset": func(t require.TestingT, m script.Mail, l *letter.Letter) {
			require.False(t, utf8.Valid(m.Raw))
			require.Empty(t, l.Get("Content-Type"))
			require.Contains(t, l.Text, "Perché nessuno mi ha ancora risposto? È già")
		},
		"long_quotes": func(t require.TestingT, _ script.Mail, l *letter.Letter) {
			require.Contains(t, l.Text, strings.Repeat("> ", 20))
		},
		"inline_image": func(t require.TestingT, _ script.Mail, l *letter.Letter) {
			require.True(t, l.Files[0].Inline)
			require.Contains(t, l.HTML, "cid:"+l.Files[0].ContentID)
			require.True(t, bytes.HasPrefix(l.Files[0].Data, []byte("\x89PNG")))
		},
		"photos": func(t require.TestingT, _ script.Mail, l *letter.Letter) {
			require.True(t, bytes.HasPrefix(l.Files[0].Data, []byte{0xff, 0xd8}))
		},
		"attachment_only": func(t require.TestingT, _ script.Mail, l *letter.Letter) {
			require.Empty(t, strings.TrimSpace(l.Body()))
			require.True(t, bytes.HasPrefix(l.Files[0].Data, []byte("%PDF-")))
		},
		"forwarded_message": func(t require.TestingT, _ script.Mail, l *letter.Letter) {
			require.Equal(t, "message/rfc822", l.Files[0].Type)
			require.NotEmpty(t, letter.Parse(l.Files[0].Data).From.Address)
		},
		"calendar_invite": func(t require.TestingT, _ script.Mail, l *letter.Letter) {
			require.Contains(t, string(l.Files[0].Data), "BEGIN:VEVENT")
		},
		"out_of_office": func(t require.TestingT, _ script.Mail, l *letter.Letter) { require.True(t, l.Automatic()) },
		"list_mail":     func(t require.TestingT, _ script.Mail, l *letter.Letter) { require.True(t, l.Automatic()) },
		"stray_bounce": func(t require.TestingT, m script.Mail, l *letter.Letter) {
			require.Empty(t, m.MailFrom+m.Account)
			require.Contains(t, l.Get("Content-Type"), "report-type=delivery-status")
		},
		"duplicate": func(t require.TestingT, m script.Mail, _ *letter.Letter) { require.Equal(t, 2, m.Copies) },
		"spoofed_number": func(t require.TestingT, m script.Mail, l *letter.Letter) {
			require.Regexp(t, `\[Rif\. 2026-\d{6}-\d\]`, m.Subject)
			require.Empty(t, m.Account)
			require.NotEqual(t, m.MailFrom, l.From.Address)
		},
		"display_name_trick": func(t require.TestingT, _ script.Mail, l *letter.Letter) {
			require.Contains(t, l.From.Name, town)
			require.NotEqual(t, l.From.Address, l.ReplyTo[0].Address)
		},
		"huge":  func(t require.TestingT, m script.Mail, _ *letter.Letter) { require.Greater(t, len(m.Raw), 24_000_000) },
		"emoji": func(t require.TestingT, m script.Mail, _ *letter.Letter) { require.Contains(t, m.Subject, "😡") },
		"right_to_left": func(t require.TestingT, _ script.Mail, l *letter.Letter) {
			require.Contains(t, l.Text, "السلام")
			require.Contains(t, l.Files[0].Name, "\u202E")
		},
		"all_caps": func(t require.TestingT, m script.Mail, _ *letter.Letter) {
			require.Equal(t, strings.ToUpper(m.Subject), m.Subject)
		},
		"several_offices": func(t require.TestingT, m script.Mail, l *letter.Letter) {
			require.Len(t, l.Cc, 2)
			require.Len(t, m.To, 2)
		},
		"wrong_date": func(t require.TestingT, _ script.Mail, l *letter.Letter) { require.False(t, clock().Equal(l.Date)) },
		"line_breaks_in_header": func(t require.TestingT, m script.Mail, l *letter.Letter) {
			require.Equal(t, m.Subject, l.Subject)
			require.Contains(t, l.From.Name, "\r\nBcc:")
			require.Empty(t, l.Get("X-Priority")+l.Get("Bcc"))
			require.Equal(t, m.Sender.Address, l.From.Address)
		},
		"empty": func(t require.TestingT, _ script.Mail, l *letter.Letter) {
			require.Empty(t, strings.TrimSpace(l.Body()))
		},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(3) {
				if kind == "huge" && seed > 0 {
					break
				}
				m, err := script.New(seed, town, clock).Awkward(kind)
				require.NoError(t, err)
				require.Equal(t, kind, m.Kind)
				require.NotEmpty(t, m.To)
				ends := bytes.Count(m.Raw, []byte("\r\n"))
				require.Equal(t, ends, bytes.Count(m.Raw, []byte("\n")), "every line ends in CRLF")
				require.Equal(t, ends, bytes.Count(m.Raw, []byte("\r")))
				check(t, m, letter.Parse(m.Raw))
			}
		})
	}
}

func TestEveryKindIsWritten(t *testing.T) {
	t.Parallel()
	require.GreaterOrEqual(t, len(script.Kinds()), 20)
	_, err := script.New(1, town, clock).Awkward("tidy")
	require.Error(t, err)
	g, met := script.New(1, town, clock), map[string]int{}
	for range 400 {
		met[g.Next().Kind]++
	}
	require.Greater(t, met[script.Ordinary], 280)
	require.Greater(t, len(met), len(script.Kinds())-6)
}

func TestCitizensAnswerPeopleAndNotMachines(t *testing.T) {
	t.Parallel()
	g := script.New(3, town, clock)
	c := script.Citizens()[1]
	reply := letter.Draft{
		From: letter.Address{Name: "Comune di Valdoria", Address: town}, ReplyTo: &letter.Address{Address: "urp+r.tok@comune.valdoria.example"},
		To: []letter.Address{{Address: c.Address}}, Subject: "Re: TARI [Rif. 2026-000001-1]", MessageID: "<m.1@comune.valdoria.example>",
		References: []string{"<a@posta.example>"}, Date: clock(), Text: "Gentile signore, provvediamo.",
	}
	answered := 0
	for range 100 {
		m, ok := g.Answer(c, reply.Bytes())
		if !ok {
			continue
		}
		answered++
		l := letter.Parse(m.Raw)
		require.Equal(t, []string{"urp+r.tok@comune.valdoria.example"}, m.To)
		require.Equal(t, "<m.1@comune.valdoria.example>", l.InReplyTo)
		require.Equal(t, []string{"<a@posta.example>", "<m.1@comune.valdoria.example>"}, l.References)
		require.Equal(t, "Re: TARI [Rif. 2026-000001-1]", l.Subject)
		require.Contains(t, l.Text, "provvediamo", "the answer quotes")
		require.Equal(t, c.Address, m.Account)
	}
	require.Greater(t, answered, 30)
	require.Less(t, answered, 80)

	reply.Extra = []letter.Field{{Name: "Auto-Submitted", Value: "auto-replied"}}
	for range 50 {
		_, ok := g.Answer(c, reply.Bytes())
		require.False(t, ok)
	}
}

func TestWritingAGivenLetter(t *testing.T) {
	t.Parallel()
	g := script.New(3, town, clock)
	all := script.Letters()
	c, l := script.Citizens()[0], all[slices.IndexFunc(all, func(l script.Letter) bool { return l.Key == "buca" })]
	m := g.Write(c, l)
	require.Equal(t, l.Key, m.Letter.Key)
	require.Equal(t, c, m.Sender)
	require.NotContains(t, m.Letter.Text, "{civico}")
	require.Contains(t, m.Subject, c.Street)
}
