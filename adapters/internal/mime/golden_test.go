package mime

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files")

// reading is a Mail in a form that is pleasant to review.
type reading struct {
	Class      Class           `json:"class"`
	Evidence   string          `json:"evidence,omitempty"`
	Auth       *Authentication `json:"auth,omitempty"`
	From       []Address       `json:"from,omitempty"`
	ReplyTo    []Address       `json:"reply_to,omitempty"`
	To         []Address       `json:"to,omitempty"`
	Cc         []Address       `json:"cc,omitempty"`
	Subject    string          `json:"subject"`
	Date       string          `json:"date,omitempty"`
	MessageID  string          `json:"message_id,omitempty"`
	InReplyTo  []string        `json:"in_reply_to,omitempty"`
	References int             `json:"references,omitempty"`
	Text       []string        `json:"text"`
	Derived    bool            `json:"text_derived,omitempty"`
	HTML       []string        `json:"html,omitempty"`
	Files      []Attachment    `json:"attachments,omitempty"`
	Report     *Report         `json:"report,omitempty"`
	Signatures []Signature     `json:"signatures,omitempty"`
	Warnings   []Warning       `json:"warnings,omitempty"`
}

var testSelf = Self{Addresses: []string{"urp@comune.esempio.it"}, LoopMark: "marchio"}

func describeMail(m *Mail) reading {
	class, evidence := Classify(m, testSelf)
	r := reading{
		Class: class, Evidence: evidence,
		From: m.From, ReplyTo: m.ReplyTo, To: m.To, Cc: m.Cc,
		Subject: m.Subject, MessageID: m.MessageID, InReplyTo: m.InReplyTo, References: len(m.References),
		Text: strings.Split(m.Text, "\n"), Derived: m.TextDerived,
		Files: m.Attachments, Report: m.Report, Signatures: m.Signatures, Warnings: m.Warnings,
	}
	if !m.Date.IsZero() {
		r.Date = m.Date.Format("2006-01-02T15:04:05Z")
	}
	if m.HTML != "" {
		r.HTML = strings.Split(m.HTML, "\n")
	}
	if a := Authenticate(m, []string{"mx.comune.esempio.it"}); a.Authority != "" {
		r.Auth = &a
	}
	return r
}

func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/mail/*.eml")
	require.NoError(t, err)
	require.Greater(t, len(files), 300)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".eml"), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			require.NoError(t, err)
			m, err := Parse(context.Background(), bytes.NewReader(raw), DefaultLimits(), Discard{})
			require.NoError(t, err)
			require.Equal(t, int64(len(raw)), m.Size)
			require.Len(t, m.Fingerprint, 64)
			checkGolden(t, strings.TrimSuffix(file, ".eml")+".golden", describeMail(m))
		})
	}
}

func checkGolden(t *testing.T, file string, value any) {
	t.Helper()
	var got bytes.Buffer
	encoder := json.NewEncoder(&got)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(value))
	if *update {
		require.NoError(t, os.WriteFile(file, got.Bytes(), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got.String())
}

// memorySink keeps attachments by the order they came.
type memorySink struct{ files [][]byte }

func (s *memorySink) Store(_ context.Context, _ Attachment, r io.Reader) (string, error) {
	b, err := io.ReadAll(r)
	s.files = append(s.files, b)
	return fmt.Sprintf("ref-%d", len(s.files)), err
}

func parseString(t *testing.T, raw string) *Mail {
	t.Helper()
	m, err := Parse(context.Background(), strings.NewReader(raw), DefaultLimits(), Discard{})
	require.NoError(t, err)
	return m
}
