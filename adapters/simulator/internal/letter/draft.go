package letter

import (
	"mime"
	"net/mail"
	"strings"
	"time"
	"unicode"
)

// Draft is a message of the everyday kind: text, perhaps HTML, perhaps files.
type Draft struct {
	From       Address
	ReplyTo    *Address
	To         []Address
	Cc         []Address
	Subject    string
	Date       time.Time
	MessageID  string
	InReplyTo  string
	References []string
	Text       string
	HTML       string
	Files      []File
	Extra      []Field // written after the usual ones
}

// Bytes writes the draft. Inline files go beside the HTML they belong to.
func (d *Draft) Bytes() []byte {
	n := d.content()
	body := n.Fields
	n.Fields = nil
	d.header(n)
	n.Fields = append(n.Fields, body...)
	return n.Bytes()
}

func (d *Draft) header(n *Node) {
	n.Add("From", d.From.String())
	if d.ReplyTo != nil {
		n.Add("Reply-To", d.ReplyTo.String())
	}
	if len(d.To) > 0 {
		n.Add("To", FormatAddresses(d.To))
	}
	if len(d.Cc) > 0 {
		n.Add("Cc", FormatAddresses(d.Cc))
	}
	if d.Subject != "" {
		n.Add("Subject", EncodeWords(d.Subject))
	}
	if !d.Date.IsZero() {
		n.Add("Date", d.Date.Format(time.RFC1123Z))
	}
	if d.MessageID != "" {
		n.Add("Message-ID", d.MessageID)
	}
	if d.InReplyTo != "" {
		n.Add("In-Reply-To", d.InReplyTo)
	}
	if len(d.References) > 0 {
		n.Add("References", strings.Join(d.References, " "))
	}
	for _, f := range d.Extra {
		n.Add(f.Name, f.Value)
	}
	n.Add("MIME-Version", "1.0")
}

func (d *Draft) content() *Node {
	seed := d.MessageID + d.Date.String()
	var inline, attached []*Node
	for _, f := range d.Files {
		if f.Inline && d.HTML != "" {
			inline = append(inline, Attach(f))
		} else {
			attached = append(attached, Attach(f))
		}
	}
	n := Text("text/plain", d.Text)
	if d.HTML != "" {
		html := Text("text/html", d.HTML)
		if len(inline) > 0 {
			html = Multipart("related", seed, nil, append([]*Node{html}, inline...)...)
		}
		n = html
		if d.Text != "" {
			n = Multipart("alternative", seed, nil, Text("text/plain", d.Text), html)
		}
	}
	if len(attached) > 0 {
		n = Multipart("mixed", seed, nil, append([]*Node{n}, attached...)...)
	}
	return n
}

// String writes the address for a header field.
func (a Address) String() string {
	return (&mail.Address{Name: oneLine(a.Name), Address: a.Address}).String()
}

// Label is what a person sees: the name, or else the address.
func (a Address) Label() string {
	if a.Name != "" {
		return a.Name
	}
	return a.Address
}

// FormatAddresses writes an address list for a header field.
func FormatAddresses(list []Address) string {
	parts := make([]string, 0, len(list))
	for _, a := range list {
		parts = append(parts, a.String())
	}
	return strings.Join(parts, ", ")
}

// EncodeWords writes text for an unstructured header field.
func EncodeWords(text string) string { return mime.QEncoding.Encode("utf-8", oneLine(text)) }

// oneLine turns control characters into spaces: encoded, they would come out of the other end as line breaks in a name.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}
