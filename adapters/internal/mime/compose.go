package mime

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"mime/quotedprintable"
	"strings"
	"time"

	"github.com/emersion/go-message/textproto"
)

// Outgoing is a mail to write.
type Outgoing struct {
	From    Address
	To, Cc  []Address
	ReplyTo []Address
	Subject string
	Date    time.Time

	// MessageID and the others are given without angle brackets.
	MessageID  string
	InReplyTo  string
	References []string // oldest first

	// ThreadIndex and ThreadTopic are copied from the mail answered, for
	// Outlook, which threads by them.
	ThreadIndex, ThreadTopic string

	// Automatic marks mail no person wrote, so that no machine answers it.
	Automatic bool
	// LoopMark goes into LoopHeader.
	LoopMark string
	// Trial goes into TrialHeader, where there is one.
	Trial string
	// Language tag of the text.
	Language string

	Text string // made from HTML when empty
	HTML string

	// Files with a ContentID used in the HTML are inline images; the others are
	// attachments.
	Files []File
}

// File is an attachment to write. Open is called once, when its turn comes.
type File struct {
	Name      string
	Type      string
	ContentID string // without angle brackets
	Inline    bool
	Size      int64 // for EncodedSize
	Open      func() (io.ReadCloser, error)
}

// Compose writes the mail with CRLF line endings. Attachments are streamed.
// Nothing is written when a header value is refused. The same mail is written
// byte by byte the same each time.
func Compose(w io.Writer, o Outgoing) error {
	header, err := o.header()
	if err != nil {
		return err
	}
	c := composer{seed: o.MessageID + o.Date.UTC().Format(time.RFC3339Nano)}
	return c.write(w, header, o.tree())
}

// node is a part to write: a leaf with content or a multipart with children.
type node struct {
	subtype  string // of a multipart
	children []node

	text, textType string
	file           *File
}

// tree is mixed(alternative(plain, related(html, images)), attachments) with
// the levels nobody needs left out.
func (o Outgoing) tree() node {
	var images, attachments []node
	for i := range o.Files {
		f := &o.Files[i]
		if f.Inline && validID(f.ContentID) && o.HTML != "" {
			images = append(images, node{file: f})
		} else {
			attachments = append(attachments, node{file: f})
		}
	}
	text := o.Text
	if text == "" {
		text = TextFromHTML(o.HTML)
	}
	top := node{text: text, textType: "text/plain"}
	if o.HTML != "" {
		rich := node{text: o.HTML, textType: "text/html"}
		if len(images) > 0 {
			rich = node{subtype: "related", children: append([]node{rich}, images...)}
		}
		top = node{subtype: "alternative", children: []node{top, rich}}
	}
	if len(attachments) > 0 {
		top = node{subtype: "mixed", children: append([]node{top}, attachments...)}
	}
	return top
}

type composer struct {
	seed  string
	count int
}

// boundary starts with "=_", which neither quoted-printable nor base64 can
// contain, so it never occurs in a body.
func (c *composer) boundary() string {
	c.count++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", c.seed, c.count))
	return "=_" + hex.EncodeToString(sum[:15])
}

func (c *composer) write(w io.Writer, header []string, n node) error {
	if n.subtype != "" {
		return c.writeMultipart(w, header, n)
	}
	if n.file != nil {
		return writeFile(w, header, n.file)
	}
	return writeText(w, header, n)
}

// writeHeader writes name and value pairs in order, folded.
func writeHeader(w io.Writer, pairs []string) error {
	var h textproto.Header
	for i := len(pairs) - 2; i >= 0; i -= 2 { // textproto writes the latest first
		h.Add(pairs[i], pairs[i+1])
	}
	return textproto.WriteHeader(w, h)
}

func (c *composer) writeMultipart(w io.Writer, header []string, n node) error {
	boundary := c.boundary()
	header = append(header, "Content-Type", fmt.Sprintf("multipart/%s; boundary=%q", n.subtype, boundary))
	if err := writeHeader(w, header); err != nil {
		return err
	}
	for i, child := range n.children {
		lead := "\r\n"
		if i == 0 {
			lead = ""
		}
		if _, err := fmt.Fprintf(w, "%s--%s\r\n", lead, boundary); err != nil {
			return err
		}
		if err := c.write(w, nil, child); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "\r\n--%s--\r\n", boundary)
	return err
}

func writeText(w io.Writer, header []string, n node) error {
	header = append(header,
		"Content-Type", n.textType+"; charset=utf-8",
		"Content-Transfer-Encoding", "quoted-printable")
	if err := writeHeader(w, header); err != nil {
		return err
	}
	text := strings.ReplaceAll(cleanText(n.text), "\n", "\r\n")
	if !strings.HasSuffix(text, "\r\n") {
		text += "\r\n"
	}
	qp := quotedprintable.NewWriter(w)
	if _, err := io.WriteString(qp, text); err != nil {
		return err
	}
	return qp.Close()
}

func writeFile(w io.Writer, header []string, f *File) error {
	if err := writeHeader(w, append(header, f.header()...)); err != nil {
		return err
	}
	content, err := f.Open()
	if err != nil {
		return fmt.Errorf("opening attachment: %w", err)
	}
	defer func() { _ = content.Close() }()
	wrapped := &lineBreaker{w: w}
	encoder := base64.NewEncoder(base64.StdEncoding, wrapped)
	if _, err := io.Copy(encoder, content); err != nil {
		return fmt.Errorf("writing attachment: %w", err)
	}
	if err := encoder.Close(); err != nil {
		return err
	}
	return wrapped.close()
}

// lineBreaker puts CRLF after every 76 bytes.
type lineBreaker struct {
	w    io.Writer
	used int
}

func (l *lineBreaker) Write(p []byte) (int, error) {
	const width = 76
	n := 0
	for len(p) > 0 {
		k := min(width-l.used, len(p))
		if _, err := l.w.Write(p[:k]); err != nil {
			return n, err
		}
		n, p = n+k, p[k:]
		if l.used += k; l.used == width {
			if _, err := l.w.Write(crlf); err != nil {
				return n, err
			}
			l.used = 0
		}
	}
	return n, nil
}

func (l *lineBreaker) close() error {
	if l.used == 0 {
		return nil
	}
	_, err := l.w.Write(crlf)
	return err
}

// EncodedSize is an upper bound of what Compose will write, for the size limit
// of a mail server: base64 with line ends costs 78 bytes for 57, text at worst
// three for one with soft breaks.
func (o Outgoing) EncodedSize() int64 {
	const perPart, perHeader = 1 << 10, 8 << 10
	size := int64(perHeader) + 4*int64(len(o.Text)+2*len(o.HTML)) + 4*int64(len(o.Subject))
	for _, list := range [][]Address{o.To, o.Cc, o.ReplyTo} {
		for _, a := range list {
			size += int64(4*len(a.Name) + len(a.Email) + 8)
		}
	}
	for _, f := range o.Files {
		size += (f.Size/57+1)*78 + int64(6*len(f.Name)) + perPart
	}
	return size
}
