package letter

import (
	"bytes"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"time"
)

const (
	maxDepth = 20  // of nested multiparts
	maxParts = 500 // of one message
)

// Address is a mailbox with the name shown beside it.
type Address struct {
	Name    string
	Address string
}

// Field is one header field with its value unfolded but not decoded.
type Field struct {
	Name  string
	Value string
}

// Letter is a message as a reader sees it.
type Letter struct {
	Fields     []Field
	From       Address
	ReplyTo    []Address
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
}

// File is an attachment or an inline image.
type File struct {
	Name      string
	Type      string
	ContentID string
	Inline    bool
	Data      []byte
}

// Parse reads a message.
func Parse(raw []byte) *Letter {
	fields, body := readHeader(raw)
	l := &Letter{Fields: fields}
	l.From = first(l.addresses("From"))
	l.ReplyTo, l.To, l.Cc = l.addresses("Reply-To"), l.addresses("To"), l.addresses("Cc")
	l.Subject = l.Get("Subject")
	l.Date, _ = mail.ParseDate(l.Get("Date"))
	l.MessageID = firstID(l.Get("Message-Id"))
	l.InReplyTo = firstID(l.Get("In-Reply-To"))
	l.References = ids(l.Get("References"))
	w := walker{letter: l}
	w.part(fields, body, 0)
	return l
}

// ParseHeader reads a message without looking into its body.
func ParseHeader(raw []byte) *Letter {
	if i := bytes.Index(raw, []byte("\r\n\r\n")); i >= 0 {
		raw = raw[:i+4]
	}
	return Parse(raw)
}

// Get returns the first field of a name, decoded, or "".
func (l *Letter) Get(name string) string {
	if v := l.Values(name); len(v) > 0 {
		return v[0]
	}
	return ""
}

// Values returns all fields of a name, decoded.
func (l *Letter) Values(name string) []string {
	var list []string
	for _, f := range l.Fields {
		if strings.EqualFold(f.Name, name) {
			list = append(list, decodeWords(f.Value))
		}
	}
	return list
}

// Body returns the text of the message, from its HTML if it has nothing else.
func (l *Letter) Body() string {
	if strings.TrimSpace(l.Text) == "" && l.HTML != "" {
		return textOf(l.HTML)
	}
	return l.Text
}

// Automatic says whether a machine wrote the message, so that no machine should answer it.
func (l *Letter) Automatic() bool {
	auto := strings.ToLower(l.Get("Auto-Submitted"))
	precedence := strings.ToLower(l.Get("Precedence"))
	return auto != "" && !strings.HasPrefix(auto, "no") || precedence == "bulk" || precedence == "list" || precedence == "junk" ||
		l.Get("List-Id") != "" || l.Get("X-Autoreply") != ""
}

func (l *Letter) addresses(name string) []Address {
	var list []Address
	for _, f := range l.Fields {
		if strings.EqualFold(f.Name, name) {
			list = append(list, ParseAddresses(f.Value)...)
		}
	}
	return list
}

// readHeader splits a message at its first empty line. Lines that are no header field are passed over; a message that
// starts without any is all body.
func readHeader(raw []byte) (fields []Field, body []byte) {
	var folded []string // the lines of the field being read, joined once it is complete
	finish := func() {
		if len(folded) > 1 {
			fields[len(fields)-1].Value = strings.Join(folded, " ")
		}
	}
	rest := raw
	for len(rest) > 0 {
		line, after := cutLine(rest)
		if len(line) == 0 {
			finish()
			return fields, after
		}
		switch name, value, ok := bytes.Cut(line, []byte(":")); {
		case (line[0] == ' ' || line[0] == '\t') && len(fields) > 0:
			folded = append(folded, strings.TrimSpace(string(line)))
		case ok && !bytes.ContainsAny(name, " \t"):
			finish()
			folded = []string{strings.TrimSpace(string(value))}
			fields = append(fields, Field{Name: string(name), Value: folded[0]})
		case len(fields) == 0:
			return nil, raw
		}
		rest = after
	}
	finish()
	return fields, nil
}

func cutLine(data []byte) (line, rest []byte) {
	i := bytes.IndexByte(data, '\n')
	if i < 0 {
		return bytes.TrimSuffix(data, []byte("\r")), nil
	}
	return bytes.TrimSuffix(data[:i], []byte("\r")), data[i+1:]
}

// walker collects the parts of a message.
type walker struct {
	letter *Letter
	parts  int
}

func (w *walker) part(fields []Field, body []byte, depth int) {
	w.parts++
	if depth > maxDepth || w.parts > maxParts {
		return
	}
	kind, params := contentType(fields)
	if strings.HasPrefix(kind, "multipart/") && params["boundary"] != "" {
		w.multipart(params["boundary"], body, depth)
		return
	}
	data := decodeTransfer(get(fields, "Content-Transfer-Encoding"), body)
	disposition, dparams, _ := mime.ParseMediaType(get(fields, "Content-Disposition"))
	name := decodeWords(dparams["filename"])
	if name == "" {
		name = decodeWords(params["name"])
	}
	attached := disposition == "attachment" || name != ""
	switch {
	case !attached && kind == "text/plain":
		w.letter.Text = join(w.letter.Text, decodeCharset(params["charset"], data))
	case !attached && kind == "text/html" && w.letter.HTML == "":
		w.letter.HTML = decodeCharset(params["charset"], data)
	case len(data) == 0 && depth == 0:
	default:
		w.letter.Files = append(w.letter.Files, File{
			Name: name, Type: kind, Data: data, Inline: disposition == "inline" || get(fields, "Content-Id") != "",
			ContentID: strings.Trim(strings.TrimSpace(get(fields, "Content-Id")), "<>"),
		})
	}
}

func (w *walker) multipart(boundary string, body []byte, depth int) {
	r := multipart.NewReader(bytes.NewReader(body), boundary)
	before := w.parts
	for {
		part, err := r.NextRawPart()
		if err != nil {
			break // the end, or damage: what was read so far is shown
		}
		var fields []Field
		for name, values := range part.Header {
			for _, v := range values {
				fields = append(fields, Field{Name: name, Value: v})
			}
		}
		var data bytes.Buffer
		_, _ = data.ReadFrom(part) // a part cut short is shown as far as it goes
		w.part(fields, data.Bytes(), depth+1)
	}
	if w.parts == before {
		w.letter.Text = join(w.letter.Text, decodeCharset("", body))
	}
}

func contentType(fields []Field) (kind string, params map[string]string) {
	value := get(fields, "Content-Type")
	kind, params, err := mime.ParseMediaType(value)
	if err != nil {
		kind, _, _ = strings.Cut(value, ";")
		kind = strings.ToLower(strings.TrimSpace(kind))
	}
	if !strings.Contains(kind, "/") {
		kind = "text/plain"
	}
	return kind, params
}

func get(fields []Field, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "\n" + b
}

func first(list []Address) Address {
	if len(list) == 0 {
		return Address{}
	}
	return list[0]
}

// ids lists the message ids of a References or In-Reply-To field, with their angle brackets.
func ids(value string) []string {
	var list []string
	for {
		start := strings.IndexByte(value, '<')
		if start < 0 {
			return list
		}
		end := strings.IndexByte(value[start:], '>')
		if end < 0 {
			return list
		}
		list = append(list, value[start:start+end+1])
		value = value[start+end+1:]
	}
}

func firstID(value string) string {
	if list := ids(value); len(list) > 0 {
		return list[0]
	}
	return ""
}
