package script

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"sportello.dev/adapters/simulator/internal/letter"
)

// awkward is a kind of mail that systems stumble over. The heavier the weight, the more often Next picks it.
type awkward struct {
	kind   string
	weight int
	write  func(g *Generator, c Citizen, l Letter) Mail
}

var awkwardKinds = []awkward{
	{"html_only_outlook", 8, htmlOnly},
	{"winmail", 4, winmail},
	{"no_subject", 5, change(func(d *letter.Draft) { d.Subject = "" })},
	{"no_message_id", 4, change(func(d *letter.Draft) { d.MessageID = "" })},
	{"no_from", 2, noFrom},
	{"undeclared_charset", 6, undeclaredCharset},
	{"long_quotes", 5, longQuotes},
	{"inline_image", 6, inlineImage},
	{"photos", 8, photos},
	{"attachment_only", 5, attachmentOnly},
	{"forwarded_message", 4, forwardedMessage},
	{"calendar_invite", 2, calendarInvite},
	{"out_of_office", 5, outOfOffice},
	{"list_mail", 4, listMail},
	{"stray_bounce", 3, strayBounce},
	{"duplicate", 6, duplicate},
	{"spoofed_number", 6, spoofedNumber},
	{"display_name_trick", 4, displayNameTrick},
	{"huge", 1, huge},
	{"emoji", 6, emoji},
	{"right_to_left", 3, rightToLeft},
	{"all_caps", 6, allCaps},
	{"several_offices", 4, severalOffices},
	{"wrong_date", 3, wrongDate},
	{"line_breaks_in_header", 2, lineBreaksInHeader},
	{"empty", 3, change(func(d *letter.Draft) { d.Text, d.HTML = "", "" })},
}

// Kinds lists the awkward kinds of mail.
func Kinds() []string {
	list := make([]string, 0, len(awkwardKinds))
	for _, a := range awkwardKinds {
		list = append(list, a.kind)
	}
	return list
}

// Awkward writes a letter of one of the awkward kinds.
func (g *Generator) Awkward(kind string) (Mail, error) {
	i := slices.IndexFunc(awkwardKinds, func(a awkward) bool { return a.kind == kind })
	if i < 0 {
		return Mail{}, fmt.Errorf("unknown kind of mail %q", kind)
	}
	c, l := g.pair()
	m := awkwardKinds[i].write(g, c, l)
	m.Kind = kind
	return m, nil
}

func (g *Generator) anyKind() string {
	total := 0
	for _, a := range awkwardKinds {
		total += a.weight
	}
	n := g.rng.IntN(total)
	for _, a := range awkwardKinds {
		if n -= a.weight; n < 0 {
			return a.kind
		}
	}
	return awkwardKinds[0].kind
}

// change makes a kind that differs from an ordinary letter in one respect.
func change(edit func(*letter.Draft)) func(*Generator, Citizen, Letter) Mail {
	return func(g *Generator, c Citizen, l Letter) Mail {
		d := g.draft(c, l)
		edit(&d)
		return mail("", l, c, &d)
	}
}

func htmlOnly(g *Generator, c Citizen, l Letter) Mail {
	d := g.draft(c, l)
	d.HTML, d.Text = outlookHTML(d.Text), ""
	n := &letter.Node{}
	n.Body = crlf(windows1252(d.HTML))
	n.Add("Content-Type", `text/html; charset="windows-1252"`).Add("Content-Transfer-Encoding", "8bit")
	return g.raw(c, l, &d, n)
}

// raw sends a body of one's own under the header of a draft.
func (g *Generator) raw(c Citizen, l Letter, d *letter.Draft, body *letter.Node) Mail {
	d.Text, d.HTML, d.Files = "", "", nil
	head, _, _ := bytes.Cut(d.Bytes(), []byte("\r\nMIME-Version:"))
	m := mail("", l, c, d)
	m.Raw = slices.Concat(head, []byte("\r\nMIME-Version: 1.0\r\n"), body.Bytes())
	return m
}

func winmail(g *Generator, c Citizen, l Letter) Mail {
	d := g.draft(c, l)
	d.HTML = ""
	// The signature of TNEF, a key, and bytes no reader outside Outlook makes sense of.
	tnef := append([]byte{0x78, 0x9f, 0x3e, 0x22, 0x01, 0x00}, g.noise(4000)...)
	d.Files = []letter.File{{Name: "winmail.dat", Type: "application/ms-tnef", Data: tnef}}
	return mail("", l, c, &d)
}

func noFrom(g *Generator, c Citizen, l Letter) Mail {
	d := g.draft(c, l)
	m := mail("", l, c, &d)
	_, rest, _ := bytes.Cut(m.Raw, []byte("\r\nTo:"))
	m.Raw = append([]byte("To:"), rest...)
	return m
}

func undeclaredCharset(g *Generator, c Citizen, l Letter) Mail {
	d := g.draft(c, l)
	text := "Perché nessuno mi ha ancora risposto? È già passata una settimana, così non va.\n\n" + d.Text
	n := &letter.Node{Body: crlf(windows1252(text))}
	return g.raw(c, l, &d, n)
}

func longQuotes(g *Generator, c Citizen, l Letter) Mail {
	d := g.draft(c, l)
	d.HTML, d.Subject = "", "R: RE: R: Re: "+l.Subject
	thread := "Come da accordi telefonici.\n"
	for depth := range 24 {
		author := pick(g.rng, citizens)
		heading := fmt.Sprintf("Il %s %s ha scritto:\n", italianDay(d.Date.AddDate(0, 0, -depth)), author.Name())
		var quoted strings.Builder
		for line := range strings.Lines(thread) {
			quoted.WriteString("> " + line)
		}
		thread = pick(g.rng, Letters()).Text[:40] + "...\n\n" + heading + quoted.String()
	}
	d.Text = "Sollecito una risposta, vedi sotto.\n\n" + closing(c) + "\n\n" + letter.Quote(&letter.Letter{Text: thread, From: g.town, Date: d.Date})
	return mail("", l, c, &d)
}

func inlineImage(g *Generator, c Citizen, l Letter) Mail {
	d := g.draft(c, l)
	cid := fmt.Sprintf("image001.png@%08X", g.rng.Uint32())
	d.Text += "\n[cid:" + cid + "]\n"
	d.HTML = "<html><body><p>" + strings.ReplaceAll(escape(l.Text), "\n", "<br>\n") + `</p><p><img src="cid:` + cid +
		`" width="320" alt="fotografia"></p><p>` + escape(c.Name()) + "</p></body></html>\n"
	d.Files = []letter.File{{Name: "image001.png", Type: "image/png", ContentID: cid, Inline: true, Data: g.picture(320, 200, false)}}
	return mail("", l, c, &d)
}

func photos(g *Generator, c Citizen, l Letter) Mail {
	d := g.draft(c, l)
	for i := range 1 + g.rng.IntN(3) {
		d.Files = append(d.Files, letter.File{
			Name: fmt.Sprintf("IMG_%d%02d.jpg", 2000+g.rng.IntN(8000), i), Type: "image/jpeg", Data: g.picture(800, 600, true),
		})
	}
	return mail("", l, c, &d)
}

func attachmentOnly(g *Generator, c Citizen, l Letter) Mail {
	d := g.draft(c, l)
	d.Text, d.HTML, d.Subject = "", "", "scansione"
	d.Files = []letter.File{{Name: "Scansione_" + d.Date.Format("20060102") + ".pdf", Type: "application/pdf", Data: pdf(l.Subject, l.Text)}}
	return mail("", l, c, &d)
}

func forwardedMessage(g *Generator, c Citizen, l Letter) Mail {
	other := pick(g.rng, citizens)
	inner := g.draft(other, l)
	d := g.draft(c, Letter{Subject: "I: " + l.Subject, Text: "Buongiorno, vi inoltro il messaggio di un mio vicino che non riesce a scrivervi."})
	forwarded := &letter.Node{Body: inner.Bytes()}
	forwarded.Add("Content-Type", "message/rfc822").Add("Content-Disposition", "attachment")
	body := letter.Multipart("mixed", d.MessageID, nil, letter.Text("text/plain", d.Text), forwarded)
	return g.raw(c, l, &d, body)
}

func calendarInvite(g *Generator, c Citizen, l Letter) Mail {
	d := g.draft(c, Letter{Subject: "Invito: sopralluogo " + c.Street, Text: "Buongiorno, propongo questo appuntamento per il sopralluogo."})
	start := d.Date.AddDate(0, 0, 7).UTC()
	event := strings.Join([]string{
		"BEGIN:VCALENDAR", "METHOD:REQUEST", "VERSION:2.0", "PRODID:-//Valdoria//IT", "BEGIN:VEVENT", "UID:" + strings.Trim(d.MessageID, "<>"),
		"DTSTAMP:" + d.Date.UTC().Format("20060102T150405Z"), "DTSTART:" + start.Format("20060102T150405Z"), "DURATION:PT1H",
		"SUMMARY:Sopralluogo " + c.Street, "ORGANIZER:mailto:" + c.Address, "ATTENDEE;RSVP=TRUE:mailto:" + g.town.Address,
		"END:VEVENT", "END:VCALENDAR", "",
	}, "\r\n")
	invite := &letter.Node{Body: []byte(event)}
	invite.Add("Content-Type", `text/calendar; charset=utf-8; method=REQUEST`)
	return g.raw(c, l, &d, letter.Multipart("alternative", d.MessageID, nil, letter.Text("text/plain", d.Text), invite))
}

func outOfOffice(g *Generator, c Citizen, l Letter) Mail {
	d := g.draft(c, Letter{Subject: "Risposta automatica: Comune di Valdoria", Text: "Sono in ferie fino al " +
		italianDay(g.now().AddDate(0, 0, 9)) + ". Per urgenze telefonare in studio."})
	d.HTML = ""
	d.Extra = append(d.Extra, letter.Field{Name: "Auto-Submitted", Value: "auto-replied"}, letter.Field{Name: "X-Auto-Response-Suppress", Value: "All"})
	return mail("", l, c, &d)
}

func listMail(g *Generator, c Citizen, l Letter) Mail {
	d := g.draft(c, Letter{Subject: "[Lanterna] Gli appuntamenti della settimana", Text: "Care amiche, cari amici,\n" +
		"martedì gruppo di lettura, giovedì tombola, sabato camminata al molino.\n\nPer non ricevere più questa lettera: vedi in fondo."})
	d.Extra = append(d.Extra,
		letter.Field{Name: "List-Id", Value: "Notizie della Lanterna <notizie.lanterna.posta.example>"},
		letter.Field{Name: "List-Unsubscribe", Value: "<mailto:notizie-via@posta.example>"},
		letter.Field{Name: "Precedence", Value: "bulk"})
	return mail("", l, c, &d)
}

func strayBounce(g *Generator, c Citizen, l Letter) Mail {
	d := g.draft(c, Letter{Subject: "Undelivered Mail Returned to Sender"})
	d.From = letter.Address{Name: "Mail Delivery System", Address: "MAILER-DAEMON@mx.posta.example"}
	d.Extra = []letter.Field{{Name: "Auto-Submitted", Value: "auto-replied"}}
	status := &letter.Node{Body: []byte("Reporting-MTA: dns; mx.posta.example\r\n\r\nFinal-Recipient: rfc822; vecchio.indirizzo@posta.example\r\n" +
		"Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\r\n")}
	status.Add("Content-Type", "message/delivery-status")
	original := &letter.Node{Body: []byte("From: <" + g.town.Address + ">\r\nSubject: Avviso\r\nMessage-ID: <mai-spedito@comune.valdoria.example>\r\n")}
	original.Add("Content-Type", "text/rfc822-headers")
	body := letter.Multipart("report", d.MessageID, map[string]string{"report-type": "delivery-status"},
		letter.Text("text/plain", "<vecchio.indirizzo@posta.example>: unknown user\n"), status, original)
	m := g.raw(c, l, &d, body)
	m.Account, m.MailFrom = "", ""
	return m
}

func duplicate(g *Generator, c Citizen, l Letter) Mail {
	m := g.write(c, l)
	m.Copies = 2
	return m
}

func spoofedNumber(g *Generator, c Citizen, _ Letter) Mail {
	l := Letter{
		Key: "spoofed", Subject: fmt.Sprintf("Re: la sua richiesta [Rif. %d-%06d-%d]", g.now().Year(), 1+g.rng.IntN(200), g.rng.IntN(10)),
		Text: "Buongiorno, ho cambiato indirizzo di posta. Potete mandarmi qui una copia di tutta la pratica con i miei dati?",
	}
	d := g.draft(c, l)
	m := mail("", l, c, &d)
	m.Account, m.MailFrom = "", "spedizioni@offerte-lampo.example"
	return m
}

func displayNameTrick(g *Generator, c Citizen, _ Letter) Mail {
	l := Letter{Key: "trick", Subject: "Aggiornamento password casella", Text: "La casella sta per scadere. Rispondere con nome utente e password per mantenerla attiva."}
	d := g.draft(c, l)
	d.From = letter.Address{Name: "URP Comune di Valdoria <" + g.town.Address + ">", Address: "assistenza@posta-sicura.example"}
	d.ReplyTo = &letter.Address{Address: "raccolta@posta-sicura.example"}
	m := mail("", l, c, &d)
	m.Account, m.MailFrom = "", d.From.Address
	return m
}

func huge(g *Generator, c Citizen, l Letter) Mail {
	const size = 18 << 20 // grows to 25 MB in base64
	d := g.draft(c, l)
	d.Files = []letter.File{{Name: "planimetrie complete.zip", Type: "application/zip", Data: append([]byte("PK\x03\x04"), g.noise(size)...)}}
	return mail("", l, c, &d)
}

func emoji(g *Generator, c Citizen, l Letter) Mail {
	d := g.draft(c, Letter{Subject: "🚮 " + l.Subject + " 😡😡", Text: "Ciao Comune 👋🏽\n\n" + l.Text + "\n\n🙏🙏🙏 grazieee 💚 👨‍👩‍👧‍👦"})
	return mail("", l, c, &d)
}

func rightToLeft(g *Generator, c Citizen, l Letter) Mail {
	d := g.draft(c, Letter{
		Subject: "شهادة الإقامة - certificato di residenza", //nolint:misspell // Italian
		Text:    "السلام عليكم،\nأحتاج إلى شهادة إقامة لزوجتي. هل يمكنني الحضور يوم الاثنين؟\n\nBuongiorno, mi serve un certificato di residenza per mia moglie. Posso venire lunedì?",
	})
	d.HTML = ""
	d.Files = []letter.File{{Name: "documento_\u202Efdp.exe", Type: "application/octet-stream", Data: []byte("MZ not really a program")}}
	return mail("", l, c, &d)
}

func allCaps(g *Generator, c Citizen, l Letter) Mail {
	d := g.draft(c, Letter{Subject: strings.ToUpper(l.Subject) + "!!!", Text: strings.ToUpper(l.Text) + "\n\nE' UNA VERGOGNA!!! PAGHIAMO LE TASSE PER QUESTO???"})
	return mail("", l, c, &d)
}

func severalOffices(g *Generator, c Citizen, l Letter) Mail {
	d := g.draft(c, l)
	other := pick(g.rng, citizens)
	d.Cc = []letter.Address{address(other), {Name: "Segreteria del Sindaco", Address: "sindaco@comune.valdoria.example"}}
	m := mail("", l, c, &d)
	m.To = []string{g.town.Address, other.Address} // the mayor has no mailbox here; the header says otherwise all the same
	return m
}

func wrongDate(g *Generator, c Citizen, l Letter) Mail {
	d := g.draft(c, l)
	d.Date = pick(g.rng, []time.Time{time.Unix(0, 0).UTC(), d.Date.AddDate(9, 0, 0)})
	return mail("", l, c, &d)
}

// lineBreaksInHeader hides line breaks in encoded words, where a careless reader turns them into header fields.
func lineBreaksInHeader(g *Generator, c Citizen, l Letter) Mail {
	d := g.draft(c, l)
	m := mail("", l, c, &d)
	_, rest, _ := bytes.Cut(m.Raw, []byte("\r\nTo:"))
	from := "From: =?utf-8?q?" + c.First + "=0D=0ABcc=3A_tutti@posta.example?= <" + c.Address + ">\r\nTo:"
	head, rest, _ := bytes.Cut(rest, []byte("\r\nSubject:"))
	_, rest, _ = bytes.Cut(rest, []byte("\r\nDate:"))
	m.Subject = "Richiesta\r\nX-Priority: 1"
	m.Raw = slices.Concat([]byte(from), head, []byte("\r\nSubject: =?utf-8?q?Richiesta=0D=0AX-Priority=3A_1?=\r\nDate:"), rest)
	return m
}
