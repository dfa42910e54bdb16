package letter

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"mime"
	"mime/quotedprintable"
	"strings"
)

// Node is a message, or a part of one, to be written.
type Node struct {
	Fields []Field
	Body   []byte // already encoded for transfer
	Parts  []*Node

	boundary string
}

// Add appends a header field; line breaks in the value become spaces, so that a value can never forge a field.
func (n *Node) Add(name, value string) *Node {
	value = strings.Join(strings.FieldsFunc(value, func(r rune) bool { return r == '\r' || r == '\n' || r == 0 }), " ")
	n.Fields = append(n.Fields, Field{Name: name, Value: value})
	return n
}

// Multipart joins parts; params are further parameters of the content type. The boundary depends only on seed.
func Multipart(subtype, seed string, params map[string]string, parts ...*Node) *Node {
	sum := sha256.Sum256([]byte(subtype + "\n" + seed))
	boundary := "=_" + hex.EncodeToString(sum[:12])
	all := map[string]string{"boundary": boundary}
	for k, v := range params {
		all[k] = v
	}
	n := &Node{Parts: parts, boundary: boundary}
	return n.Add("Content-Type", mime.FormatMediaType("multipart/"+subtype, all))
}

// Text makes a text part in UTF-8, quoted-printable.
func Text(kind, text string) *Node {
	var body bytes.Buffer
	w := quotedprintable.NewWriter(&body)
	_, _ = w.Write([]byte(crlf(text))) // a buffer takes everything
	_ = w.Close()
	n := &Node{Body: body.Bytes()}
	return n.Add("Content-Type", kind+"; charset=utf-8").Add("Content-Transfer-Encoding", "quoted-printable")
}

// Attach makes a part of a file.
func Attach(f File) *Node {
	kind := f.Type
	if _, _, err := mime.ParseMediaType(kind); err != nil {
		kind = "application/octet-stream"
	}
	disposition := "attachment"
	if f.Inline {
		disposition = "inline"
	}
	n := &Node{Body: wrap64(f.Data)}
	params := map[string]string{}
	if f.Name != "" {
		params["filename"] = f.Name
	}
	n.Add("Content-Type", kind).Add("Content-Transfer-Encoding", "base64")
	n.Add("Content-Disposition", mime.FormatMediaType(disposition, params))
	if f.ContentID != "" {
		n.Add("Content-ID", "<"+f.ContentID+">")
	}
	return n
}

// Bytes writes the message with CRLF line ends.
func (n *Node) Bytes() []byte {
	var b bytes.Buffer
	n.write(&b)
	return b.Bytes()
}

func (n *Node) write(b *bytes.Buffer) {
	for _, f := range n.Fields {
		WriteField(b, f.Name, f.Value)
	}
	b.WriteString("\r\n")
	if len(n.Parts) == 0 {
		b.Write(n.Body)
		return
	}
	for _, p := range n.Parts {
		b.WriteString("\r\n--" + n.boundary + "\r\n")
		p.write(b)
	}
	b.WriteString("\r\n--" + n.boundary + "--\r\n")
}

// WriteField writes one header field, folded at spaces to lines of at most 78 characters where it has spaces.
func WriteField(b *bytes.Buffer, name, value string) {
	b.WriteString(name + ":")
	column := len(name) + 1
	for i, word := range strings.Split(value, " ") {
		if i > 0 && column+1+len(word) > 78 {
			b.WriteString("\r\n")
			column = 0
		}
		b.WriteString(" " + word)
		column += 1 + len(word)
	}
	b.WriteString("\r\n")
}

// wrap64 encodes data as base64 in lines of 76 characters.
func wrap64(data []byte) []byte {
	text := base64.StdEncoding.EncodeToString(data)
	var b bytes.Buffer
	b.Grow(len(text) + len(text)/38 + 2)
	for len(text) > 0 {
		n := min(76, len(text))
		b.WriteString(text[:n] + "\r\n")
		text = text[n:]
	}
	return b.Bytes()
}

// crlf gives text the line ends of mail.
func crlf(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	return strings.ReplaceAll(text, "\n", "\r\n")
}
