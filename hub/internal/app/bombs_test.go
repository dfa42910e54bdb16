package app_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/httpapi/api"
)

// bombs are mails made to break whoever reads them, with the limit that stops each.
func bombs(c citizen) map[string]string {
	head := func(limit string) string {
		return "From: <" + c.address + ">\r\nTo: <" + c.town + ">\r\nSubject: Bomba " + limit + "\r\nMIME-Version: 1.0\r\n"
	}
	var deep, parts, fields strings.Builder
	deep.WriteString(head("depth"))
	for i := range 60 {
		fmt.Fprintf(&deep, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	deep.WriteString("\r\nin fondo\r\n")
	parts.WriteString(head("parts") + "Content-Type: multipart/mixed; boundary=x\r\n\r\n")
	for range 10_000 {
		parts.WriteString("--x\r\nContent-Type: image/png\r\n\r\ny\r\n")
	}
	fields.WriteString(head("header_bytes"))
	for i := range 100_000 {
		fmt.Fprintf(&fields, "X-%d: 1\r\n", i)
	}
	return map[string]string{
		"limit.depth":         deep.String(),
		"limit.parts":         parts.String() + "--x--\r\n",
		"limit.header_fields": fields.String() + "\r\nfine\r\n",
		"limit.header_bytes":  head("header_bytes") + "X-Long: " + strings.Repeat("lunga ", 100_000_000/6) + "\r\n\r\nfine\r\n",
	}
}

// slow is a mail whose signature takes a time that grows with the square of its size.
func slow(c citizen) string {
	const nested = 500_000
	signature := "\x30\x80" + strings.Repeat("\x05\x00", nested) + "\x00\x00"
	return "From: <" + c.address + ">\r\nTo: <" + c.town + ">\r\nSubject: Bomba lenta\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		base64.StdEncoding.EncodeToString([]byte(signature)) + "\r\n"
}

// append lays a mail into the town's mailbox; no mail server would take some of these.
func (p post) append(t *testing.T, raw string) {
	t.Helper()
	c, err := imapclient.DialInsecure(p.imap, nil)
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.Login(p.town, townPassword).Wait())
	command := c.Append("INBOX", int64(len(raw)), nil)
	_, err = io.WriteString(command, raw)
	require.NoError(t, err)
	require.NoError(t, command.Close())
	_, err = command.Wait()
	require.NoError(t, err)
}

// Mails made to break their reader are quarantined with the reason, while hub and adapter stay small and the mail behind
// them goes on.
func TestBombs(t *testing.T) {
	t.Parallel()
	const other = "tributi@comune.valdoria.example"
	mail := newOutside(t, other)
	s := newSite(t, nil)
	s.addMailbox(t, "posta", mail.settings(t, townMailbox), townPassword)
	s.addMailbox(t, "tributi", mail.settings(t, other), townPassword)
	h := s.launch(t)
	anna := mail.citizen(domain)
	for code, bomb := range bombs(anna) {
		behind := mark()
		mail.append(t, bomb)
		anna.write(t, anna.letter("Dopo "+behind, "Una riga."))
		began := time.Now()
		h.ticket(t, behind)
		item := h.quarantined(t, func(x api.QuarantineItem) bool { return x.Reason.Code == code })
		took := time.Since(began)
		t.Logf("%s: %d bytes, with the mail behind it, %v", code, len(bomb), took.Round(time.Millisecond))
		require.GreaterOrEqual(t, item.Size, int64(len(bomb)))
	}
	// One that is within all limits, but would be read for minutes.
	bomb, behind, elsewhere := slow(anna), mark(), mark()
	mail.append(t, bomb)
	anna.write(t, anna.letter("Dopo "+behind, "Una riga."))
	anna.send(t, anna.address, other, []byte(anna.letter("Altrove "+elsewhere, "Una riga.")))
	began := time.Now()
	h.ticket(t, elsewhere)
	unhindered := time.Since(began)
	item := h.quarantined(t, func(x api.QuarantineItem) bool { return x.Reason.Code == "limit.cpu_seconds" })
	took := time.Since(began)
	h.ticket(t, behind)
	t.Logf("limit.cpu_seconds: %d bytes, %v; mail in another mailbox %v", len(bomb), took.Round(time.Millisecond), unhindered.Round(time.Millisecond))
	code, original := h.call(t, http.MethodGet, item.RawURL, nil)
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, bomb, string(original))

	hub, adapter := peak(t, h.pid), peak(t, h.adapter(t))
	t.Logf("the hub took %d MiB at most, the adapter %d", hub>>20, adapter>>20)
	require.Less(t, hub, int64(512*mebibyte))
	require.Less(t, adapter, int64(256*mebibyte))
}
