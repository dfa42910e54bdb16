package echo

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channeltest"
)

func openEcho(t *testing.T, host *channeltest.Host) *channeltest.Harness {
	t.Helper()
	w := world(t, nil)
	h := channeltest.Start(t, w.Adapter, channeltest.OnHost(host))
	_, err := h.Open(channeltest.Opening{Config: w.Config, Secrets: w.Secrets})
	require.NoError(t, err)
	return h
}

func post(action string, body []byte, header http.Header) channeltest.Request {
	return channeltest.Request{
		Action: action, Method: http.MethodPost, URL: "https://town.example/c/echo/x/" + action, Body: body, Header: header,
	}
}

func TestFormShowsTheNumber(t *testing.T) {
	t.Parallel()
	host := channeltest.NewHost()
	h := openEcho(t, host)
	for range 2 {
		response, err := h.HTTP(post(actionForm, item(1, 0), nil))
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, response.Status)
		require.Contains(t, string(response.Body), "2026-000001-0", "the same form twice is one ticket")
		require.Contains(t, string(response.Body), "secret-1")
		require.Empty(t, response.Events, "submitted, not emitted")
	}
	require.Len(t, host.Submissions(), 1)
}

func TestFormRefusals(t *testing.T) {
	t.Parallel()
	host := channeltest.NewHost()
	h := openEcho(t, host)
	for name, c := range map[string]struct {
		body []byte
		want int
	}{
		"nonsense": {[]byte("x"), http.StatusBadRequest},
		"large":    {item(0, maxForm), http.StatusRequestEntityTooLarge},
	} {
		response, err := h.HTTP(post(actionForm, c.body, nil))
		require.NoError(t, err, name)
		require.Equal(t, c.want, response.Status, name)
	}
	host.Refuse(channeltest.Submit, status.Error(codes.Unavailable, "database down"))
	response, err := h.HTTP(post(actionForm, item(0, 0), nil))
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, response.Status)
	require.Empty(t, host.Submissions())
}

// TestPushWaitsForTheOriginal: a call whose original cannot be kept is answered so that the provider calls again.
func TestPushWaitsForTheOriginal(t *testing.T) {
	t.Parallel()
	host := channeltest.NewHost()
	h := openEcho(t, host)
	body := item(0, 100<<10)
	signed := post(actionPush, body, http.Header{SignatureHeader: {Sign(token, body)}})
	host.Refuse(channeltest.PutBlob, status.Error(codes.ResourceExhausted, "disk full"))
	response, err := h.HTTP(signed)
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, response.Status)
	require.Empty(t, response.Events)
	host.Refuse(channeltest.PutBlob, nil)
	response, err = h.HTTP(signed)
	require.NoError(t, err)
	require.Equal(t, http.StatusNoContent, response.Status)
	kept, err := host.Bytes(response.Events[0].Raw)
	require.NoError(t, err)
	require.Equal(t, body, kept)
	tooLarge := item(0, maxPush)
	response, err = h.HTTP(post(actionPush, tooLarge, http.Header{SignatureHeader: {Sign(token, tooLarge)}}))
	require.NoError(t, err)
	require.Equal(t, http.StatusRequestEntityTooLarge, response.Status)
}

func TestUnknownAction(t *testing.T) {
	t.Parallel()
	h := openEcho(t, channeltest.NewHost())
	response, err := h.HTTP(post("nowhere", nil, nil))
	require.NoError(t, err)
	require.Equal(t, http.StatusNotFound, response.Status)
}

func TestContentLimits(t *testing.T) {
	t.Parallel()
	h := openEcho(t, channeltest.NewHost())
	long, crowd, heavy := transmission(0), transmission(1), transmission(2)
	long.Content.Text = strings.Repeat("è", maxText+1)
	for range maxRecipients {
		crowd.Recipients = append(crowd.Recipients, crowd.Recipients[0])
	}
	heavy.Content.Attachments = []channel.Attachment{{Blob: channel.BlobRef{SHA256: "x", Size: maxAttachment + 1}}}
	for name, refused := range map[string]channel.Transmission{"long": long, "crowd": crowd, "heavy": heavy} {
		results, err := h.Send(refused)
		require.NoError(t, err, name)
		require.Equal(t, channel.FailureContent, results[refused.Recipients[0].DeliveryID].Failure.Class, name)
	}
}

// TestJournalSurvivesACutLine: a crash in the middle of a write hides neither what was before nor what comes after.
func TestJournalSurvivesACutLine(t *testing.T) {
	t.Parallel()
	journal := Journal{Path: t.TempDir() + "/journal"}
	require.NoError(t, journal.append([]Entry{{Transmission: "before"}}))
	require.NoError(t, journal.append([]Entry{{Transmission: "whole"}}))
	cut(t, journal.Path, `{"transmission":"cut","deli`)
	require.NoError(t, journal.take("after", []Entry{{Transmission: "after"}}, true))
	entries, err := journal.Entries()
	require.NoError(t, err)
	require.Equal(t, []Entry{{Transmission: "before"}, {Transmission: "whole"}, {Transmission: "after"}}, entries)
}

func cut(t *testing.T, path, rest string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0o600)
	require.NoError(t, err)
	_, err = file.WriteString(rest)
	require.NoError(t, err)
	require.NoError(t, file.Close())
}
