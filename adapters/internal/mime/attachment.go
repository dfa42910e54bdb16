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
	"net/url"
	"regexp"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// Attachment is a part that is not shown as text.
type Attachment struct {
	Name         string // safe, never empty
	Type         string // from the bytes
	DeclaredType string // what the sender said
	Disposition  string // "attachment", "inline" or ""
	ContentID    string // without angle brackets
	Inline       bool   // an image shown inside the HTML by its ContentID
	Size         int64
	SHA256       string // hex
	Ref          string // what the sink returned
}

// AttachmentSink stores attachments while a message is read.
type AttachmentSink interface {
	// Store reads r to its end and returns a reference to what it kept. Size
	// and SHA256 are not known yet.
	Store(ctx context.Context, a Attachment, r io.Reader) (ref string, err error)
}

// Discard is an AttachmentSink that keeps nothing.
type Discard struct{}

// Store implements AttachmentSink.
func (Discard) Store(_ context.Context, _ Attachment, r io.Reader) (string, error) {
	_, err := io.Copy(io.Discard, r)
	return "", err
}

// sniffBytes is how much of an attachment decides its type, and originalBytes
// how much of an enclosed message is searched for its header.
const (
	sniffBytes    = 3072
	originalBytes = 64 << 10
)

func (w *walker) attach(e entity, r io.Reader) error {
	before := w.attached
	if e.inner {
		before = 0
	}
	counted := &cappedReader{r: r, limit: LimitAttachments, max: w.limits.AttachmentBytes, n: before}
	buffered := bufio.NewReaderSize(counted, originalBytes)
	head, err := buffered.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	a := w.describe(e, head)
	if isMessage(e.contentType.value) || e.contentType.value == "text/rfc822-headers" {
		if err := w.readOriginal(&a, e, buffered); err != nil {
			return err
		}
	}
	digest, kept := sha256.New(), &capture{}
	open, most := w.openerOf(e, a)
	source := io.TeeReader(buffered, digest)
	if open != nil {
		kept.most = most
		source = io.TeeReader(source, kept)
	}
	if a.Ref, err = w.sink.Store(w.scanner.ctx, a, source); err != nil {
		return fmt.Errorf("storing attachment: %w", err)
	}
	if _, err := io.Copy(io.Discard, source); err != nil {
		return err
	}
	a.Size = counted.n - before
	a.SHA256 = hex.EncodeToString(digest.Sum(nil))
	if !e.inner {
		w.attached = counted.n
	}
	w.fingerprint("attachment", digest.Sum(nil))
	w.mail.Attachments = append(w.mail.Attachments, a)
	if open == nil {
		return nil
	}
	if kept.cut {
		w.closed = append(w.closed, a.Name)
		return nil
	}
	return open(w, e, a, kept.kept.Bytes())
}

func (w *walker) describe(e entity, head []byte) Attachment {
	a := Attachment{
		DeclaredType: e.contentType.value,
		Type:         detectType(e.contentType.value, head),
		Disposition:  e.disposition.value,
		ContentID:    contentID(e.header.Get("Content-Id")),
	}
	if a.Disposition != "" && a.Disposition != "inline" {
		a.Disposition = "attachment"
	}
	if a.Name = FileName(e.fileName()); a.Name == "" {
		a.Name = w.defaultName(a)
	}
	return a
}

// defaultName names an attachment the sender did not.
func (w *walker) defaultName(a Attachment) string {
	n := len(w.mail.Attachments) + 1
	if a.Type == "message/rfc822" {
		return fmt.Sprintf("messaggio-%d.eml", n)
	}
	if a.Type == "text/calendar" {
		return fmt.Sprintf("invito-%d.ics", n)
	}
	ext := ".bin"
	if known := mimetype.Lookup(a.Type); known != nil && known.Extension() != "" {
		ext = known.Extension()
	}
	return fmt.Sprintf("allegato-%d%s", n, ext)
}

// detectType reads the type from the bytes. The declaration is believed only
// for kinds of text that bytes cannot tell apart.
func detectType(declared string, head []byte) string {
	if isMessage(declared) {
		return "message/rfc822"
	}
	if bytes.Contains(head[:min(len(head), 32)], signedData) {
		return "application/pkcs7-mime" // not what it holds, which others would see first
	}
	detected, _, _ := strings.Cut(mimetype.Detect(head).String(), ";")
	if detected == "text/plain" {
		switch declared {
		case "text/calendar", "text/csv", "text/vcard", "text/rfc822-headers", "application/json":
			return declared
		}
	}
	return detected
}

// signedData is the identifier with which every signed file begins.
var signedData = []byte("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02")

func isMessage(kind string) bool { return kind == "message/rfc822" || kind == "message/global" }

// readOriginal looks at the header of an enclosed message without consuming it.
func (w *walker) readOriginal(a *Attachment, e entity, r *bufio.Reader) error {
	head, err := r.Peek(originalBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	found := parseOriginal(w.scanner.ctx, head, w.limits)
	if !e.inner && isMessage(e.contentType.value) {
		w.enclose(found)
	}
	if w.original == nil {
		w.original = found
	}
	if found != nil && FileName(e.fileName()) == "" && isMessage(e.contentType.value) {
		subject := strings.NewReplacer("/", "_", `\`, "_").Replace(found.subject)
		if name := FileName(shorten(subject, maxFileName-len(".eml")) + ".eml"); name != "eml" {
			a.Name = name
		}
	}
	return nil
}

// enclose notes who wrote an enclosed message, unless another is enclosed too.
func (w *walker) enclose(o *original) {
	w.enclosed++
	w.mail.Enclosed = Address{}
	if w.enclosed == 1 && o != nil && len(o.from) == 1 {
		w.mail.Enclosed = o.from[0]
	}
}

func contentID(value string) string {
	id := strings.Trim(cleanLine(stripComments(value)), "<> ")
	if len(id) > maxID {
		return ""
	}
	return id
}

// pictureID is where an HTML body shows a picture of its own. What is named elsewhere, as in a style, is not shown and
// stays an attachment to be seen.
var pictureID = regexp.MustCompile(`(?i)[\s"'/]src\s*=\s*["']?\s*cid:([^"'<>)\s\\]+)`)

// contentIDs finds the pictures that an HTML body shows, in lower case and in
// both their escaped and plain form.
func contentIDs(markup string) map[string]bool {
	found := map[string]bool{}
	for _, match := range pictureID.FindAllStringSubmatch(markup, -1) {
		if len(match[1]) > maxID {
			continue
		}
		id := strings.ReplaceAll(strings.ToLower(match[1]), "&amp;", "&")
		found[id] = true
		if plain, err := url.PathUnescape(id); err == nil {
			found[plain] = true
		}
	}
	return found
}

// original is what an enclosed message says about itself.
type original struct {
	messageID string
	subject   string
	from      []Address
}

func parseOriginal(ctx context.Context, head []byte, limits Limits) *original {
	s := newScanner(ctx, bytes.NewReader(head))
	if startsMail(s) != nil {
		return nil
	}
	b, err := readBlock(s, limits)
	if err != nil || b.header.Len() == 0 {
		return nil
	}
	o := &original{subject: decodeWords(b.header.Get("Subject")), from: ParseAddresses(b.header.Get("From"))}
	if ids := messageIDs(b.header.Get("Message-Id")); len(ids) > 0 {
		o.messageID = ids[0]
	}
	return o
}
