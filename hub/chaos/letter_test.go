package chaos

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"mime"
	"mime/quotedprintable"
	"strings"
	"time"
)

// letter is what a citizen wrote, once; it may be delivered more than once.
type letter struct {
	// marker stands in the text and nowhere else in the world.
	marker  string
	citizen string
	box     mailbox
	form    string
	// id is the Message-ID, empty for a letter without one.
	id string
	// ticket is where it must appear, empty for a new one. answers is the town's
	// mail that it answers.
	ticket, answers string
	// copies is how often it is delivered.
	copies int
	raw    []byte
}

// writer makes letters.
type writer struct {
	random *rand.Rand
	count  int
	former string // a Message-ID for a mail program that uses one twice
}

// citizen is the address of the n-th citizen.
func citizen(n int) string { return fmt.Sprintf("cittadino%03d@posta.example", n) }

// first writes a letter that begins a ticket.
func (w *writer) first(from string, box mailbox) *letter {
	l := w.blank(from, box)
	f := forms[w.count%len(forms)]
	l.form = f.name
	d := draft{random: w.random, marker: l.marker, from: from, to: box.address, id: l.id, date: time.Now(),
		subject: "Richiesta " + l.marker, text: text(l.marker)}
	if f.name == "used Message-ID" && w.former != "" {
		d.id = w.former
	}
	if f.name == "no Message-ID" {
		d.id = ""
	}
	l.id, l.raw = d.id, f.write(&d)
	if l.id != "" {
		w.former = l.id
		// A mail server that lost an answer sends again. Without a Message-ID nothing
		// would tell the copy from a second letter.
		if w.random.IntN(6) == 0 {
			l.copies = 2
		}
	}
	return l
}

// received is a mail of the town as a citizen has it.
type received struct {
	id, subject, replyTo, references string
}

// answer writes a letter that answers a mail of the town.
func (w *writer) answer(from string, box mailbox, ticket string, r received) *letter {
	l := w.blank(from, box)
	l.ticket, l.answers = ticket, r.id
	d := draft{random: w.random, marker: l.marker, from: from, to: box.address, id: l.id, date: time.Now(), subject: "Re: " + r.subject, text: text(l.marker)}
	switch w.count % 3 {
	case 0:
		l.form = "answer"
		d.to, d.inReplyTo, d.references = r.replyTo, r.id, r.references
	case 1:
		l.form = "answer to the address only"
		d.to = r.replyTo
	case 2:
		l.form = "answer by reference only"
		d.inReplyTo, d.references = r.id, r.references
	}
	l.raw = plain(&d)
	if w.random.IntN(6) == 0 {
		l.copies = 2
	}
	return l
}

func (w *writer) blank(from string, box mailbox) *letter {
	w.count++
	marker := fmt.Sprintf("segno-%06d-%08x", w.count, w.random.Uint32())
	return &letter{marker: marker, citizen: from, box: box, copies: 1, id: fmt.Sprintf("<%s@posta.example>", marker)}
}

func text(marker string) string {
	return "Buongiorno,\r\n\r\nchiedo notizie della mia pratica, perché è già la terza volta che scrivo.\r\nRiferimento: " + marker + "\r\n\r\nGrazie, così va meglio.\r\n"
}

// draft is what the forms below write down.
type draft struct {
	random                         *rand.Rand
	marker, from, to, id           string
	subject, text                  string
	inReplyTo, references          string
	date                           time.Time
	withoutDate, withoutSubject    bool
	displayName                    string
	contentType, transfer, version string
}

// head writes the header, with the fields that are set.
func (d *draft) head() string {
	var b strings.Builder
	field := func(name, value string) {
		if value != "" {
			b.WriteString(name + ": " + value + "\r\n")
		}
	}
	field("From", strings.TrimSpace(d.displayName+" <"+d.from+">"))
	field("To", "<"+d.to+">")
	if !d.withoutSubject {
		field("Subject", mime.QEncoding.Encode("utf-8", d.subject))
	}
	if !d.withoutDate {
		field("Date", d.date.Format(time.RFC1123Z))
	}
	field("Message-ID", d.id)
	field("In-Reply-To", d.inReplyTo)
	field("References", strings.TrimSpace(strings.ReplaceAll(d.references+" "+d.inReplyTo, " ", "\r\n ")))
	field("MIME-Version", d.version)
	field("Content-Type", d.contentType)
	field("Content-Transfer-Encoding", d.transfer)
	return b.String()
}

func (d *draft) typed(contentType, transfer string) {
	d.version, d.contentType, d.transfer = "1.0", contentType, transfer
}

// form is a way in which mail programs write mail.
type form struct {
	name  string
	write func(*draft) []byte
}

// forms are ordinary and awkward, and all valid: none belongs in quarantine.
var forms = []form{
	{"plain", plain},
	{"quoted-printable", func(d *draft) []byte {
		d.typed("text/plain; charset=utf-8", "quoted-printable")
		return []byte(d.head() + "\r\n" + quoted(d.text))
	}},
	{"alternative", func(d *draft) []byte {
		d.typed(`multipart/alternative; boundary="=_a"`, "")
		return []byte(d.head() + "\r\n--=_a\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + quoted(d.text) +
			"\r\n--=_a\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + quoted("<p>"+d.text+"</p>") + "\r\n--=_a--\r\n")
	}},
	{"attachment", func(d *draft) []byte { return withFile(d, 5_000) }},
	{"HTML only", func(d *draft) []byte {
		d.typed("text/html; charset=utf-8", "8bit")
		return []byte(d.head() + "\r\n<html><body><div>Riferimento:&nbsp;<b>" + d.marker + "</b></div></body></html>\r\n")
	}},
	{"no Message-ID", plain},
	{"Latin-1 in base64", func(d *draft) []byte {
		d.typed("text/plain; charset=iso-8859-1", "base64")
		latin := make([]byte, 0, len(d.text))
		for _, r := range d.text {
			latin = append(latin, byte(r))
		}
		return []byte(d.head() + "\r\n" + wrapped(latin))
	}},
	{"bare UTF-8", func(d *draft) []byte { return []byte(d.head() + "\r\n" + d.text) }},
	{"used Message-ID", plain},
	{"large attachment", func(d *draft) []byte { return withFile(d, 300_000) }},
	{"no subject, no date", func(d *draft) []byte {
		d.withoutSubject, d.withoutDate = true, true
		return plain(d)
	}},
	{"long name", func(d *draft) []byte {
		d.displayName = `"Rossi, Ing. Maria \"Mia\"" (ufficio)`
		d.subject = strings.Repeat("Però così è più lungo ", 12) + d.marker
		return plain(d)
	}},
	{"line feeds only", func(d *draft) []byte {
		// SMTP makes CRLF of them again, as it does for many machines.
		return []byte(strings.ReplaceAll(string(plain(d)), "\r\n", "\n"))
	}},
}

func plain(d *draft) []byte {
	d.typed("text/plain; charset=utf-8", "8bit")
	return []byte(d.head() + "\r\n" + d.text)
}

// withFile adds a file of random bytes, which no store can take for another.
func withFile(d *draft, size int) []byte {
	file := make([]byte, size)
	for i := range file {
		file[i] = byte(d.random.Uint32())
	}
	d.typed(`multipart/mixed; boundary="=_m"`, "")
	return []byte(d.head() + "\r\n--=_m\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + d.text +
		"\r\n--=_m\r\nContent-Type: application/octet-stream; name=\"piantina.dat\"\r\nContent-Disposition: attachment; filename*=utf-8''piantina%20%C3%A8.dat\r\n" +
		"Content-Transfer-Encoding: base64\r\n\r\n" + wrapped(file) + "--=_m--\r\n")
}

func quoted(s string) string {
	var b strings.Builder
	w := quotedprintable.NewWriter(&b)
	// A strings.Builder takes everything.
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.String()
}

func wrapped(data []byte) string {
	encoded := base64.StdEncoding.EncodeToString(data)
	var b strings.Builder
	for len(encoded) > 76 {
		b.WriteString(encoded[:76] + "\r\n")
		encoded = encoded[76:]
	}
	b.WriteString(encoded + "\r\n")
	return b.String()
}
