package api_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/simulator/fault"
	"sportello.dev/adapters/simulator/internal/api"
	"sportello.dev/adapters/simulator/internal/directory"
	"sportello.dev/adapters/simulator/internal/postbox"
	"sportello.dev/adapters/simulator/journal"
)

type world struct {
	*api.Control
	url string
	cut string
}

func start(t *testing.T) *world {
	t.Helper()
	store, err := postbox.Open(postbox.Options{Now: time.Now})
	require.NoError(t, err)
	account, err := store.Ensure("anna@posta.example", "Sent")
	require.NoError(t, err)
	box, err := account.Box(postbox.Inbox)
	require.NoError(t, err)
	_, _, err = box.Append([]byte("From: a@b.example\r\nSubject: Ciao\r\nMessage-ID: <1@b.example>\r\n\r\nx\r\n"), time.Now(), imap.FlagSeen)
	require.NoError(t, err)
	record, err := journal.Open("", false)
	require.NoError(t, err)
	for _, id := range []string{"<1@x>", "<2@x>", "<3@x>"} {
		_, err := record.Add(journal.Entry{MessageID: id})
		require.NoError(t, err)
	}
	w := &world{}
	w.Control = &api.Control{
		Store: store, Journal: record, Faults: &fault.Board{}, Logger: slog.New(slog.DiscardHandler),
		Directory: &directory.Directory{TownDomain: "comune.valdoria.example", CitizenDomains: []string{"posta.example"}},
		CutIMAP:   func(account string) int { w.cut = "cut " + account; return 2 },
		Renumber:  func(string, string) (uint32, error) { return box.Renumber() },
	}
	server := httptest.NewServer(w.Handler())
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

// call makes a request and returns status and JSON answer.
func (w *world) call(t *testing.T, method, path, body string) (int, map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(body))
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	answer := map[string]any{}
	if json.Unmarshal(raw, &answer) != nil {
		answer["raw"] = string(raw)
	}
	return resp.StatusCode, answer
}

func TestTheJournalComesInPages(t *testing.T) {
	t.Parallel()
	w := start(t)
	status, page := w.call(t, "GET", "/api/messages?limit=2", "")
	require.Equal(t, 200, status)
	require.Len(t, page["items"], 2)
	require.EqualValues(t, 2, page["next"])
	require.EqualValues(t, 3, page["total"])
	_, page = w.call(t, "GET", "/api/messages?after=2", "")
	require.Equal(t, "<3@x>", page["items"].([]any)[0].(map[string]any)["message_id"])
	_, page = w.call(t, "GET", "/api/messages?after=3", "")
	require.Empty(t, page["items"])
	require.EqualValues(t, 3, page["next"])
	status, _ = w.call(t, "GET", "/api/messages?after=x", "")
	require.Equal(t, 400, status)
}

func TestMailboxesCanBeReadAndRenumbered(t *testing.T) {
	t.Parallel()
	w := start(t)
	_, list := w.call(t, "GET", "/api/mailboxes", "")
	require.Equal(t, []any{"anna@posta.example"}, list["items"])
	_, box := w.call(t, "GET", "/api/mailboxes/anna@posta.example/INBOX", "")
	first := box["items"].([]any)[0].(map[string]any)
	require.Equal(t, "Ciao", first["subject"])
	require.Equal(t, []any{`\Seen`}, first["flags"])
	_, raw := w.call(t, "GET", "/api/mailboxes/anna@posta.example/INBOX/1", "")
	require.Contains(t, raw["raw"], "Message-ID: <1@b.example>")
	_, answer := w.call(t, "POST", "/api/mailboxes/anna@posta.example/INBOX/renumber", "")
	require.Greater(t, answer["uidvalidity"], box["uidvalidity"])

	for _, path := range []string{"nessuno@posta.example/INBOX", "anna@posta.example/Nowhere", "anna@posta.example/INBOX/9"} {
		status, _ := w.call(t, "GET", "/api/mailboxes/"+path, "")
		require.Equal(t, 404, status, path)
	}
	status, _ := w.call(t, "GET", "/api/mailboxes/anna@posta.example/INBOX/x", "")
	require.Equal(t, 400, status)
}

func TestFaultsCanBeSetAndRemoved(t *testing.T) {
	t.Parallel()
	w := start(t)
	status, set := w.call(t, "POST", "/api/faults", `{"kind":"reject_recipient","match":"anna@posta.example","code":451,"times":2}`)
	require.Equal(t, 201, status)
	require.EqualValues(t, 1, set["id"])
	_, list := w.call(t, "GET", "/api/faults", "")
	require.Len(t, list["items"], 1)
	_, hit := w.Faults.Take(fault.RejectRecipient, "anna@posta.example")
	require.True(t, hit)
	status, _ = w.call(t, "DELETE", "/api/faults/1", "")
	require.Equal(t, 204, status)
	status, _ = w.call(t, "DELETE", "/api/faults/1", "")
	require.Equal(t, 404, status)
	_, _ = w.call(t, "POST", "/api/faults", `{"kind":"refuse_login"}`)
	status, _ = w.call(t, "DELETE", "/api/faults", "")
	require.Equal(t, 204, status)
	require.Empty(t, w.Faults.List())

	for body, want := range map[string]int{
		`{"kind":"explode"}`: 422, `{"kind":`: 400, `{"kind":"refuse_login","colour":"red"}`: 400,
		`{"kind":"refuse_login"}{"kind":"refuse_login"}`: 400, `{"text":"` + strings.Repeat("x", 70_000) + `"}`: 400,
	} {
		status, answer := w.call(t, "POST", "/api/faults", body)
		require.Equal(t, want, status)
		require.NotEmpty(t, answer["error"])
	}
}

func TestConnectionsCanBeCut(t *testing.T) {
	t.Parallel()
	w := start(t)
	_, answer := w.call(t, "POST", "/api/imap/cut?account=Anna@posta.example", "")
	require.EqualValues(t, 2, answer["cut"])
	require.Equal(t, "cut anna@posta.example", w.cut)
	_, _ = w.call(t, "POST", "/api/imap/cut", "")
	require.Equal(t, "cut ", w.cut)
}

func TestHealthAndCertificate(t *testing.T) {
	t.Parallel()
	w := start(t)
	_, answer := w.call(t, "GET", "/api/health", "")
	require.Equal(t, "ok", answer["status"])
	status, _ := w.call(t, "GET", "/api/ca.pem", "")
	require.Equal(t, 404, status)
	w.CAPEM = []byte("-----BEGIN CERTIFICATE-----\n")
	status, answer = w.call(t, "GET", "/api/ca.pem", "")
	require.Equal(t, 200, status)
	require.Contains(t, answer["raw"], "BEGIN CERTIFICATE")
}
