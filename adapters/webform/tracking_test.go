package webform_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channelpb"
	"sportello.dev/plugins-sdk/channeltest"
)

const (
	number = "2026-000012-3"
	secret = "K7QF-22XM-9D3A-KK2P-0Q7C-WXYZ-12"
)

// follower is a citizen with a request on which something was written.
func follower(t *testing.T) (c *citizen, photo channel.BlobRef) {
	t.Helper()
	c = visit(t, "", nil)
	photo = c.h.Host.AddBlob([]byte("a photo"))
	at := time.Date(2026, 3, 2, 9, 5, 0, 0, time.UTC)
	c.h.Host.AddTicket(secret, &channelpb.PublicTicket{
		Number: number, Subject: "Buca in <b>via Roma</b>", Status: "waiting", Office: "Ufficio tecnico", CreatedAt: timestamppb.New(at),
		Messages: []*channelpb.PublicMessage{
			{ChannelKind: "webform", Text: "C'è una buca.\n<script>alert(1)</script>", At: timestamppb.New(at), Attachments: []*channelpb.Attachment{
				{Blob: &channelpb.BlobRef{Sha256: photo.SHA256, Size: photo.Size}, Name: "la \"buca\".jpg", MediaType: "text/html"},
			}},
			{Outbound: true, ChannelKind: "email", Text: "Dove di preciso?", At: timestamppb.New(at.Add(26 * time.Hour)), Withheld: []string{"pianta.exe"}},
		},
	})
	return c, photo
}

func (c *citizen) tracks(query string) page {
	c.t.Helper()
	return c.ask(channeltest.Request{Action: "track", Method: http.MethodGet, URL: origin + "richiesta" + query})
}

// gives sends a page of tracking, as a browser does that has no files.
func (c *citizen) gives(before page, typed url.Values) page {
	c.t.Helper()
	values := before.hidden()
	for name, all := range typed {
		values[name] = all
	}
	return c.ask(channeltest.Request{
		Action: "track", Method: http.MethodPost, URL: origin + "richiesta", Body: []byte(values.Encode()),
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
	})
}

func TestARequestIsFollowedWithNumberAndCode(t *testing.T) {
	t.Parallel()
	c, _ := follower(t)
	empty := c.tracks("")
	require.Equal(t, http.StatusOK, empty.status)
	require.Contains(t, empty.says(), "Scriva il numero della richiesta e il codice personale")
	shown := c.gives(empty, url.Values{"numero": {number}, "codice": {secret}})
	require.Equal(t, http.StatusOK, shown.status)
	require.Equal(t, "no-store", shown.header.Get("Cache-Control"))
	for _, part := range []string{
		"Richiesta " + number, "Buca in <b>via Roma</b>", "Le abbiamo risposto", "Ufficio tecnico", "2 marzo 2026",
		"Lei 2 marzo 2026, 10:05, dal sito C'è una buca. <script>alert(1)</script>", "Comune 3 marzo 2026, 12:05, per e-mail Dove di preciso?",
		"pianta.exe: contiene un virus",
	} {
		require.Contains(t, shown.says(), part)
	}
	require.NotContains(t, shown.text, "<script>")
	c.accepts = "en"
	require.Contains(t, c.tracks("?"+url.Values{"n": {number}, "s": {secret}}.Encode()).says(), "You 2 March 2026, 10:05, on the site")
}

func TestAWrongCodeShowsNothing(t *testing.T) {
	t.Parallel()
	c, _ := follower(t)
	for _, typed := range []url.Values{
		{"numero": {number}, "codice": {"AAAA"}}, {"numero": {"2026-999999-1"}, "codice": {secret}}, {"numero": {number}}, {"codice": {secret}},
		{"numero": {number}, "codice": {"AAAA"}, "azione": {"aggiungi"}, "messaggio": {"Sono io"}}, {"numero": {number}, "scarica": {"00"}},
	} {
		wrong := c.gives(c.tracks(""), typed)
		require.Equal(t, http.StatusNotFound, wrong.status)
		require.Contains(t, wrong.says(), "Numero e codice non corrispondono")
		require.NotContains(t, wrong.says(), "buca")
	}
	require.Empty(t, c.h.Host.Submissions())
}

func TestSomethingIsAddedToARequest(t *testing.T) {
	t.Parallel()
	c, _ := follower(t)
	shown := c.tracks("?" + url.Values{"n": {number}, "s": {secret}}.Encode())
	nothing := c.gives(shown, url.Values{"azione": {"aggiungi"}, "messaggio": {"  "}})
	require.Equal(t, http.StatusUnprocessableEntity, nothing.status)
	require.Contains(t, nothing.says(), "Scriva un messaggio o alleghi un file")

	c.h.Host.Refuse(channeltest.Submit, errors.New("the database is away"))
	lost := c.gives(nothing, url.Values{"azione": {"aggiungi"}, "messaggio": {"Davanti al 12."}})
	require.Equal(t, http.StatusServiceUnavailable, lost.status)
	require.Contains(t, lost.says(), "NON ricevuto")
	require.Contains(t, lost.text, "Davanti al 12.</textarea>", "nothing typed is lost")

	c.h.Host.Refuse(channeltest.Submit, nil)
	for range 2 {
		added := c.gives(lost, url.Values{"azione": {"aggiungi"}, "messaggio": {"Davanti al 12."}})
		require.Equal(t, http.StatusOK, added.status)
		require.Contains(t, added.says(), "Ricevuto: lo trova qui sotto")
	}
	event, m := c.submitted()
	require.Equal(t, number, c.h.Host.Submissions()[0].Number)
	require.Contains(t, event.ID, "richiesta/")
	require.Equal(t, "Davanti al 12.", m.Text)
	require.Empty(t, m.From.Value, "whose it is the hub knows")

	stale := c.gives(lost, url.Values{"azione": {"aggiungi"}, "messaggio": {"Ancora."}, "modulo": {"forged"}})
	require.Contains(t, stale.says(), "rimasta aperta troppo a lungo")
	require.Len(t, c.h.Host.Submissions(), 1)
}

func TestFilesOfARequestAreHandedOut(t *testing.T) {
	t.Parallel()
	c, photo := follower(t)
	other := c.h.Host.AddBlob([]byte("somebody else's"))
	shown := c.tracks("?" + url.Values{"n": {number}, "s": {secret}}.Encode())
	file := c.gives(shown, url.Values{"scarica": {photo.SHA256}})
	require.Equal(t, http.StatusOK, file.status)
	require.Equal(t, "a photo", file.text)
	require.Equal(t, "application/octet-stream", file.header.Get("Content-Type"), "never shown as a page of the town")
	require.Contains(t, file.header.Get("Content-Disposition"), "attachment")
	require.Equal(t, http.StatusNotFound, c.gives(shown, url.Values{"scarica": {other.SHA256}}).status)
}

func TestTheReceiptLeadsToTheRequest(t *testing.T) {
	t.Parallel()
	c := visit(t, "richiesta-assistenza", nil)
	receipt := c.presses(c.presses(c.opens(), "rivedi", assistance()), "invia", nil)
	require.Contains(t, receipt.text, `href="/c/test/`+channeltest.ChannelID+`/richiesta?n=2026-000001-0&amp;s=secret-1"`)
}

func TestAHubThatIsAwayIsSaid(t *testing.T) {
	t.Parallel()
	c, _ := follower(t)
	c.h.Host.Refuse(channeltest.LookupTicket, errors.New("away"))
	away := c.tracks("?" + url.Values{"n": {number}, "s": {secret}}.Encode())
	require.Equal(t, http.StatusServiceUnavailable, away.status)
	require.Contains(t, away.says(), "In questo momento non possiamo mostrare la richiesta")
}
