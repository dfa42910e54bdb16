package app_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/mailpeers"
	"sportello.dev/hub/internal/config"
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/scan/scantest"
)

// A virus that comes through a real mail server waits while the scanner is away, and is locked away once it is back: the
// file, the original around it, and the same bytes when an operator attaches them.
func TestInfectedMail(t *testing.T) {
	t.Parallel()
	peers := mailpeers.Start(t)
	mail := peersOf(peers)
	dir, err := os.MkdirTemp("", "scan") // the path of a socket must be short
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	door := filepath.Join(dir, "clamd")
	s := newSite(t, func(c *config.Config) { c.Scan.Clamd = door })
	posta := s.addMailbox(t, "posta", mail.settings(t, mail.town), mailpeers.Password)
	h := s.start(t)
	h.ready(t, posta)

	anna, about := mail.citizen("example.com"), mark()
	clean := anna.letter("Pulita "+about, "Una riga.")
	raw, _ := withFile(anna, "Fattura "+about, 1)
	line := raw[strings.LastIndex(raw, "base64\r\n\r\n")+len("base64\r\n\r\n") : strings.LastIndex(raw, "--=_m--")]
	raw = strings.Replace(raw, line, base64.StdEncoding.EncodeToString(scantest.Virus())+"\r\n", 1)
	peers.Deliver(t, anna.address, mail.town, []byte(raw))
	peers.Deliver(t, anna.address, mail.town, []byte(clean))
	number, other := h.ticket(t, "Fattura "+about).Number, h.ticket(t, "Pulita "+about).Number
	message := func() api.Message { return h.messages(t, number)[0] }
	original := func(m api.Message) (int, string) {
		code, said := h.call(t, http.MethodGet, "/api/v1/messages/"+m.ID.String()+"/raw", nil)
		var p api.Problem
		_ = json.Unmarshal(said, &p)
		return code, p.Code
	}

	// The scanner is away: the file says that it waits, and originals wait too.
	in := message()
	require.Equal(t, api.AttachmentScanUnscanned, in.Attachments[0].Scan)
	code, why := original(in)
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Equal(t, "scanner_away", why)
	await(t, "the log to say that the scanner is away", func() bool { return strings.Contains(s.said.String(), "files wait for the virus scanner") })
	upload := func(content []byte) (int, []byte) { return h.upload(t, "modulo.pdf", content) }
	code, _ = upload([]byte("un modulo"))
	require.Equal(t, http.StatusCreated, code)

	// It is back.
	socket, _ := scantest.Start(t)
	require.NoError(t, os.Symlink(socket, door))
	await(t, "the file to be found infected", func() bool { return message().Attachments[0].Scan == api.AttachmentScanInfected })
	require.Equal(t, "infected", h.refused(t, http.MethodGet, strings.TrimPrefix(in.Attachments[0].URL, "/api/v1"), nil, http.StatusForbidden))
	code, why = original(in)
	require.Equal(t, http.StatusForbidden, code)
	require.Equal(t, "infected", why)
	require.Nil(t, message().RawURL, "what is locked away is not offered")
	code, _ = original(h.messages(t, other)[0])
	require.Equal(t, http.StatusOK, code)

	code, said := upload(scantest.Virus())
	require.Equal(t, http.StatusUnprocessableEntity, code)
	require.Contains(t, string(said), `"infected"`)
	code, _ = upload([]byte("un altro modulo"))
	require.Equal(t, http.StatusCreated, code)
}

// upload hands in a file to attach.
func (d desk) upload(t *testing.T, name string, content []byte) (int, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.base+"/api/v1/uploads?name="+name, bytes.NewReader(content))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+d.token)
	req.Header.Set("Content-Type", "application/octet-stream")
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	var answer bytes.Buffer
	_, err = answer.ReadFrom(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, answer.Bytes()
}
