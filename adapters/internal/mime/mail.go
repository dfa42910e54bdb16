package mime

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/emersion/go-message/textproto"
)

// Mail is the reading of one message.
type Mail struct {
	From, Sender, ReplyTo, To, Cc []Address

	Subject    string
	Date       time.Time // zero when missing or unreadable
	MessageID  string    // without angle brackets
	InReplyTo  []string
	References []string

	// Text is always set when the mail has any text; TextDerived says that it
	// was made from HTML. HTML is the sender's, not sanitised.
	Text        string
	TextDerived bool
	HTML        string

	Attachments []Attachment

	// Report is set on delivery, disposition and feedback reports.
	Report *Report

	// Signatures are those of S/MIME, from the outside in.
	Signatures []Signature

	// Enclosed is who wrote the one message that is enclosed whole; zero when there is none, or several.
	Enclosed Address

	// Fingerprint is the SHA-256, in hex, over From, Date, Subject and the
	// decoded parts: equal for two copies of a mail that travelled differently.
	Fingerprint string

	// Warnings name what the reading had to guess or leave out.
	Warnings []Warning

	// Size is the number of bytes read.
	Size int64

	header textproto.Header
}

// Warning names something unusual in a mail.
type Warning string

// The warnings Parse gives.
const (
	WarnNoFrom         Warning = "no_from"
	WarnSeveralFrom    Warning = "several_from"
	WarnBrokenAddress  Warning = "broken_address"
	WarnNoMessageID    Warning = "no_message_id"
	WarnNoDate         Warning = "no_date"
	WarnHeader         Warning = "malformed_header"
	WarnCharset        Warning = "charset_guessed"
	WarnEncoding       Warning = "unknown_transfer_encoding"
	WarnStructure      Warning = "broken_structure"
	WarnDeepNesting    Warning = "deep_nesting"
	WarnTextTruncated  Warning = "text_truncated"
	WarnDuplicateField Warning = "duplicate_field"
	WarnEncrypted      Warning = "encrypted"
)

// Header returns the first value of a header field, unfolded but not decoded,
// or "".
func (m *Mail) Header(name string) string { return m.header.Get(name) }

// HeaderValues returns all values of a header field from the top down.
func (m *Mail) HeaderValues(name string) []string { return m.header.Values(name) }

// HasHeader reports whether the field occurs.
func (m *Mail) HasHeader(name string) bool { return m.header.Has(name) }

// traceFields are kept beside a message: they decide how it is classified and
// threaded, and explain that decision afterwards.
var traceFields = []string{
	"Return-Path", "Delivered-To", "X-Original-To", "Envelope-To", "Authentication-Results",
	"Auto-Submitted", "Precedence", "X-Precedence", "X-Auto-Response-Suppress", "X-Autoreply",
	"X-Autorespond", "X-Autoresponder", "X-Failed-Recipients", "X-Loop",
	"List-Id", "List-Unsubscribe", "List-Post", "Thread-Index", "Thread-Topic",
	"X-Mailer", "User-Agent", "Importance", "X-Priority", "Disposition-Notification-To",
	"Content-Language", "X-Spam-Flag", "X-Spam-Status",
}

// Trace returns the fields of interest, decoded, in the order of the header.
func (m *Mail) Trace() []Field {
	wanted := make(map[string]bool, len(traceFields))
	for _, name := range traceFields {
		wanted[canonicalKey(name)] = true
	}
	var out []Field
	fields := m.header.Fields()
	for fields.Next() {
		if wanted[fields.Key()] {
			out = append(out, Field{Name: fields.Key(), Value: decodeWords(fields.Value())})
		}
	}
	return out
}

// Field is one header field.
type Field struct{ Name, Value string }

// HeaderBytes is the header as it came, without what is no field.
func (m *Mail) HeaderBytes() []byte {
	var b bytes.Buffer
	_ = textproto.WriteHeader(&b, m.header) // a buffer takes everything
	return b.Bytes()
}

// SetHeader gives a Mail that came from another process what HeaderBytes said
// there.
func (m *Mail) SetHeader(b []byte) error {
	header, err := textproto.ReadHeader(bufio.NewReader(bytes.NewReader(b)))
	if err != nil {
		return fmt.Errorf("reading header: %w", err)
	}
	m.header = header
	return nil
}

func (m *Mail) warn(w Warning) {
	for _, have := range m.Warnings {
		if have == w {
			return
		}
	}
	m.Warnings = append(m.Warnings, w)
}

// Parse reads one message. Attachments go to the sink while they are read.
//
// The error is a *LimitError or ErrNoHeader when the bytes cannot be shown as
// a mail, and says nothing about the bytes otherwise: then reading r, the sink
// or the context failed.
func Parse(ctx context.Context, r io.Reader, limits Limits, sink AttachmentSink) (*Mail, error) {
	return Read(ctx, r, Rules{Limits: limits}, sink)
}

// Rules are what one reading goes by.
type Rules struct {
	Limits Limits
	Trust  Trust
}

// Read is Parse for those who trust somebody's certificates.
func Read(ctx context.Context, r io.Reader, rules Rules, sink AttachmentSink) (*Mail, error) {
	w := &walker{limits: rules.Limits, trust: rules.Trust, sink: sink}
	return w.read(ctx, r)
}

func (w *walker) read(ctx context.Context, r io.Reader) (*Mail, error) {
	limits := w.limits
	raw := &cappedReader{r: r, limit: LimitRaw, max: limits.RawBytes}
	s := newScanner(ctx, raw)
	if err := startsMail(s); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, ErrNoHeader
		}
		return nil, fmt.Errorf("reading mail: %w", err)
	}
	top, err := readBlock(s, limits)
	if err != nil {
		return nil, fmt.Errorf("reading header: %w", err)
	}
	if top.header.Len() == 0 {
		return nil, ErrNoHeader
	}
	m := &Mail{header: top.header}
	if err := m.readEnvelope(limits); err != nil {
		return nil, err
	}
	w.scanner, w.mail, w.sum = s, m, sha256.New()
	w.fingerprintEnvelope()
	if err := w.message(top); err != nil {
		return nil, err
	}
	w.finish()
	m.Fingerprint = hex.EncodeToString(w.sum.Sum(nil))
	m.Size = raw.n
	return m, nil
}

func (m *Mail) readEnvelope(limits Limits) error {
	left := limits.Addresses
	for _, field := range []struct {
		name string
		into *[]Address
	}{{"From", &m.From}, {"Sender", &m.Sender}, {"Reply-To", &m.ReplyTo}, {"To", &m.To}, {"Cc", &m.Cc}} {
		for _, value := range m.header.Values(field.name) {
			*field.into = append(*field.into, ParseAddresses(value)...)
		}
		if left -= len(*field.into); left < 0 {
			return &LimitError{Limit: LimitAddresses, Max: int64(limits.Addresses)}
		}
	}
	m.Subject = decodeWords(m.header.Get("Subject"))
	m.Date = parseDate(m.header.Get("Date"))
	if ids := messageIDs(m.header.Get("Message-Id")); len(ids) > 0 {
		m.MessageID = ids[0]
	}
	m.InReplyTo = messageIDs(m.header.Get("In-Reply-To"))
	m.References = messageIDs(m.header.Get("References"))
	m.warnEnvelope()
	return nil
}

func (m *Mail) warnEnvelope() {
	switch {
	case len(m.From) == 0:
		m.warn(WarnNoFrom)
	case len(m.From) > 1 || len(m.header.Values("From")) > 1:
		m.warn(WarnSeveralFrom)
	case m.From[0].Email == "":
		m.warn(WarnBrokenAddress)
	}
	if m.MessageID == "" {
		m.warn(WarnNoMessageID)
	}
	if m.Date.IsZero() {
		m.warn(WarnNoDate)
	}
	for _, name := range []string{"Subject", "Date", "Message-Id", "Content-Type", "Reply-To", "In-Reply-To"} {
		if len(m.header.Values(name)) > 1 {
			m.warn(WarnDuplicateField)
		}
	}
}
