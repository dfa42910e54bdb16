package webform_test

import (
	"bytes"
	"encoding/json"
	"html"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/adapters/webform"
	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channeltest"
)

const origin = "https://town.example/c/test/" + channeltest.ChannelID + "/"

// citizen is somebody with a browser without scripts.
type citizen struct {
	t       *testing.T
	h       *channeltest.Harness
	form    string
	accepts string
}

type object map[string]any

func visit(t *testing.T, form string, config object) *citizen {
	t.Helper()
	h := channeltest.Start(t, webform.New(time.Now), channeltest.Patience(time.Minute, time.Second))
	if config == nil {
		config = object{}
	}
	text, err := json.Marshal(config)
	require.NoError(t, err)
	_, err = h.Open(channeltest.Opening{Config: text})
	require.NoError(t, err)
	return &citizen{t: t, h: h, form: form}
}

// page is what the browser shows.
type page struct {
	status int
	header http.Header
	text   string
}

func (c *citizen) ask(r channeltest.Request) page {
	c.t.Helper()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	if c.accepts != "" {
		r.Header.Set("Accept-Language", c.accepts)
	}
	answer, err := c.h.HTTP(r)
	require.NoError(c.t, err)
	require.Empty(c.t, answer.Events, "pages submit")
	return page{answer.Status, answer.Header, string(answer.Body)}
}

func (c *citizen) opens() page {
	c.t.Helper()
	return c.ask(channeltest.Request{
		Action: "form", Method: http.MethodGet, URL: origin + "modulo/" + c.form, PathValues: map[string]string{"form": c.form},
	})
}

// upload is a file that a citizen chose.
type upload struct {
	field, name, kind string
	content           []byte
}

// presses sends the form with the hidden fields of the page before, as browsers do.
func (c *citizen) presses(before page, button string, typed map[string]string, files ...upload) page {
	c.t.Helper()
	values := before.hidden()
	for name, value := range typed {
		values.Set(name, value)
	}
	name, value, ok := strings.Cut(button, "=")
	if !ok {
		name, value = "azione", button
	}
	values.Set(name, value)
	return c.posts(values, files...)
}

func (c *citizen) posts(values url.Values, files ...upload) page {
	c.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, all := range values {
		for _, value := range all {
			require.NoError(c.t, w.WriteField(name, value))
		}
	}
	for _, f := range files {
		part, err := w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {`form-data; name="` + f.field + `"; filename="` + f.name + `"`}, "Content-Type": {f.kind},
		})
		require.NoError(c.t, err)
		_, err = part.Write(f.content)
		require.NoError(c.t, err)
	}
	require.NoError(c.t, w.Close())
	return c.ask(channeltest.Request{
		Action: "form", Method: http.MethodPost, URL: origin + "modulo/" + c.form, Body: b.Bytes(),
		PathValues: map[string]string{"form": c.form}, Header: http.Header{"Content-Type": {w.FormDataContentType()}},
	})
}

var hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

func (p page) hidden() url.Values {
	values := url.Values{}
	for _, m := range hiddenInput.FindAllStringSubmatch(p.text, -1) {
		values.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	return values
}

var (
	tags   = regexp.MustCompile(`(?s)<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
)

// says is the page as it is read.
func (p page) says() string {
	return strings.TrimSpace(spaces.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString(p.text, " ")), " "))
}

// asks for help, properly.
func assistance() map[string]string {
	return map[string]string{
		"nome": "Ada", "cognome": "Rossi", "email": "ada@posta.example.it", "categoria": "tributi",
		"dettagli": "Come si paga la TARI\nin due rate?", "privacy": "true",
	}
}

// submitted is the only event that was handed in.
func (c *citizen) submitted() (channel.Event, *channel.InboundMessage) {
	c.t.Helper()
	all := c.h.Host.Submissions()
	require.Len(c.t, all, 1)
	return all[0].Event, all[0].Event.Body.(*channel.InboundMessage)
}
