//go:build bench

package bench

import (
	"encoding/base64"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"sportello.dev/adapters/mailpeers"
	"sportello.dev/hub/internal/id"
)

// mails is how many wait in the mailbox.
var mails = flag.Int("mails", 2000, "mails of 5 to 100 KB that wait in the mailbox")

// TestBenchMail measures the way from Dovecot through the e-mail adapter to tickets.
func TestBenchMail(t *testing.T) {
	url := server(t)
	least := newLimit(t, url)
	h := startHub(t, url)
	peers := mailpeers.StartDovecot(t)
	const mailbox = "urp@comune.esempio.it"
	for n := range *mails {
		peers.Deliver(t, citizen(n), mailbox, mime(n, mailbox))
	}
	report(t, "E-mail: MIME messages of 5 to 100 KB, from Dovecot to visible tickets", throughAdapter(t, least, h,
		"mails with attachments, waiting in a mailbox",
		"keeping the files: writing each, and flushing it and its name before its mail is delivered, is half of the hub's processor time; then the database", *mails, func() id.Channel {
			server := map[string]any{"host": peers.Host, "port": peers.IMAP, "security": "none", "after_ack": "seen"}
			return addChannel(t, h, "email", map[string]any{"address": mailbox, "imap": server}, "/imap/password", mailpeers.Password)
		}))
}

// mime is a mail of 5 to 100 KB: text, HTML, and a file or two.
func mime(n int, to string) []byte {
	r := rand.New(rand.NewPCG(uint64(n), 3))
	text := prose(n, textBytes)
	var b strings.Builder
	fmt.Fprintf(&b, "From: Cittadino <%s>\r\nTo: <%s>\r\nSubject: Richiesta %d\r\nMessage-ID: <m%d@posta.example>\r\n"+
		"Date: Mon, 02 Mar 2026 09:00:00 +0100\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=fuori\r\n\r\n"+
		"--fuori\r\nContent-Type: multipart/alternative; boundary=dentro\r\n\r\n"+
		"--dentro\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n"+
		"--dentro\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>%s</p>\r\n--dentro--\r\n", citizen(n), to, n, n, folded(text), folded(text))
	for left, file := 200+r.IntN(70_000), 0; left > 0; file++ {
		size := min(left, 40_000)
		left -= size
		content := make([]byte, size)
		for i := range content {
			content[i] = byte(r.IntN(256))
		}
		fmt.Fprintf(&b, "--fuori\r\nContent-Type: application/pdf; name=\"allegato%d.pdf\"\r\nContent-Disposition: attachment; "+
			"filename=\"allegato%d.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n", file, file)
		encoded := base64.StdEncoding.EncodeToString(content)
		for len(encoded) > 76 {
			b.WriteString(encoded[:76] + "\r\n")
			encoded = encoded[76:]
		}
		b.WriteString(encoded + "\r\n")
	}
	b.WriteString("--fuori--\r\n")
	return []byte(b.String())
}

// folded breaks a text into lines.
func folded(text string) string {
	var b strings.Builder
	for len(text) > 70 {
		b.WriteString(text[:70] + "\r\n")
		text = text[70:]
	}
	return b.String() + text
}
