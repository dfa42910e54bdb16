package app_test

import (
	"fmt"
	"io"
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
	mail := newOutside(t)
	s := newSite(t, nil)
	s.addMailbox(t, "posta", mail.settings(t, townMailbox), townPassword)
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
		require.Less(t, took, 10*time.Second, code)
		require.GreaterOrEqual(t, item.Size, int64(len(bomb)))
	}
	hub, adapter := peak(t, h.pid), peak(t, h.adapter(t))
	t.Logf("the hub took %d MiB at most, the adapter %d", hub>>20, adapter>>20)
	require.Less(t, hub, int64(512*mebibyte))
	require.Less(t, adapter, int64(256*mebibyte))
}
