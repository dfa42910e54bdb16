package app_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/config"
	"sportello.dev/hub/internal/httpapi/api"
)

const mebibyte = 1 << 20

// Mail up to the channel's limit is filed with hub and adapter holding none of it in memory; larger mail is shown with
// its original, unread.
func TestLargeMail(t *testing.T) {
	t.Parallel()
	mail := newOutside(t)
	s := newSite(t, nil)
	s.addMailbox(t, "posta", mail.settings(t, townMailbox), townPassword)
	h := s.launch(t, "GOGC=100") // garbage is not what is looked for
	anna := mail.citizen(domain)
	h.takesFile(t, anna, 20*mebibyte)
	adapter := h.adapter(t)
	hubBefore, adapterBefore := peak(t, h.pid), peak(t, adapter)
	const largest = 40 * mebibyte
	h.takesFile(t, anna, largest)
	hubGrown, adapterGrown := peak(t, h.pid)-hubBefore, peak(t, adapter)-adapterBefore
	t.Logf("after a file of 20 MiB one of %d: the hub grew by %d KiB, the adapter by %d KiB", largest/mebibyte, hubGrown>>10, adapterGrown>>10)
	// What follows the size grows by all of the 20 MiB more; the collector's own breath is some 10.
	const allowed = (largest - 20*mebibyte) * 3 / 4
	require.Less(t, hubGrown, int64(allowed), "memory does not follow the size")
	require.Less(t, adapterGrown, int64(allowed), "memory does not follow the size")

	about := mark()
	raw, _ := withFile(anna, "Enorme "+about, 45*mebibyte)
	require.Greater(t, len(raw), 60*mebibyte)
	anna.write(t, raw)
	item := h.quarantined(t, func(api.QuarantineItem) bool { return true })
	require.Equal(t, "limit.raw_bytes", item.Reason.Code)
	require.Greater(t, item.Size, int64(len(raw)))
	original := h.fetch(t, item.RawURL)
	defer original.Close()
	_, err := io.CopyN(io.Discard, original, item.Size-int64(len(raw)))
	require.NoError(t, err, "what the mail servers put before it")
	sum := sha256.New()
	_, err = io.Copy(sum, original)
	require.NoError(t, err)
	want := sha256.Sum256([]byte(raw))
	require.Equal(t, want[:], sum.Sum(nil), "the original can be downloaded, whole")
	require.Empty(t, h.tickets(t, about))

	// It stands in nobody's way, and trying again changes nothing as long as the limit is the same.
	about = mark()
	anna.write(t, anna.letter("Dopo "+about, "Una riga."))
	h.ticket(t, about)
	require.Equal(t, "unreadable", h.refused(t, http.MethodPost, "/quarantine/"+item.ID.String()+"/retry", nil, http.StatusConflict))
}

// takesFile sends a letter with a file of so many bytes, and downloads that from its ticket.
func (p *process) takesFile(t *testing.T, from citizen, size int) {
	t.Helper()
	about := mark()
	raw, file := withFile(from, "Grande "+about, size)
	from.write(t, raw)
	in := p.awaitInbound(t, p.ticket(t, about).Number, 1)
	require.Len(t, in.Attachments, 1)
	require.Equal(t, "piantina.dat", in.Attachments[0].Name)
	require.EqualValues(t, len(file), in.Attachments[0].Size)
	require.Equal(t, sha256.Sum256(file), p.sum(t, in.Attachments[0].URL))
}

// withFile is a letter with an attachment of at least so many bytes, and those: one line of base64 again and again.
func withFile(c citizen, subject string, size int) (raw string, file []byte) {
	const perLine = 57 // 76 characters
	lines := size/perLine + 1
	line := []byte((mark() + strings.Repeat(" piantina", perLine))[:perLine])
	head := without(without(c.letter(subject, ""), "Content-Type"), "Content-Transfer-Encoding")
	raw = "Content-Type: multipart/mixed; boundary=\"=_m\"\r\n" + strings.TrimRight(head, "\r\n") +
		"\r\n\r\n--=_m\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nIn allegato.\r\n" +
		"--=_m\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=piantina.dat\r\n" +
		"Content-Transfer-Encoding: base64\r\n\r\n" + strings.Repeat(base64.StdEncoding.EncodeToString(line)+"\r\n", lines) + "--=_m--\r\n"
	return raw, bytes.Repeat(line, lines)
}

// fetch downloads.
func (d desk) fetch(t *testing.T, path string) io.ReadCloser {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.base+path, http.NoBody)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+d.token)
	resp, err := client.Do(req)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	return resp.Body
}

func (d desk) sum(t *testing.T, path string) (sum [sha256.Size]byte) {
	t.Helper()
	body := d.fetch(t, path)
	defer body.Close()
	hash := sha256.New()
	_, err := io.Copy(hash, body)
	require.NoError(t, err)
	return [sha256.Size]byte(hash.Sum(nil))
}

// What is too large even for the hub's store is seen as well, and does not stop what comes behind it.
func TestMailLargerThanTheHubTakes(t *testing.T) {
	t.Parallel()
	_, mail := newWorld(t)
	s := newSite(t, func(c *config.Config) { c.Limits.MessageBytes = mebibyte })
	s.addMailbox(t, "posta", mail.settings(t, townMailbox), townPassword)
	h := s.start(t)
	anna, large, behind := mail.citizen(domain), mark(), mark()
	raw, _ := withFile(anna, "Grande "+large, 2*mebibyte)
	anna.write(t, raw)
	anna.write(t, anna.letter("Dopo "+behind, "Una riga."))
	h.ticket(t, behind)
	item := h.quarantined(t, func(api.QuarantineItem) bool { return true })
	require.Equal(t, "limit.original", item.Reason.Code)
	require.Contains(t, value(item.Detail), "INBOX", "it is said where it is")
	for _, l := range mail.open(t, townMailbox, townPassword, "INBOX") {
		require.Equal(t, strings.Contains(l.Get("Subject"), behind), l.seen, "only the server has it")
	}
}
