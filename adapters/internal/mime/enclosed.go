package mime

import (
	"bytes"
	"fmt"
	"strings"
)

const (
	// enclosedText is how much of an enclosed message is shown, and
	// enclosedTotal of all of them; the rest is in their files.
	enclosedText  = 64 << 10
	enclosedTotal = 256 << 10
)

// openMessage shows an enclosed message below the text, and its attachments
// beside the others.
func (w *walker) openMessage(e entity, _ Attachment, content []byte) error {
	limits := w.limits
	limits.Depth = max(0, limits.Depth-e.depth-1)
	limits.Parts = max(0, limits.Parts-w.parts)
	limits.TextBytes = min(limits.TextBytes, enclosedText)
	inner := &walker{limits: limits, sink: w.sink, nested: w.nested + 1, openedBytes: w.openedBytes + len(content)}
	m, err := inner.read(w.scanner.ctx, bytes.NewReader(content))
	w.parts += inner.parts
	w.openedBytes = inner.openedBytes
	if Unreadable(err) {
		return nil // it is kept as a file
	}
	if err != nil {
		return fmt.Errorf("reading an enclosed message: %w", err)
	}
	for _, a := range m.Attachments {
		if !a.Inline {
			w.mail.Attachments = append(w.mail.Attachments, a)
		}
	}
	if text := enclosed(m); w.enclosedBytes+len(text) <= enclosedTotal {
		w.enclosedBytes += len(text)
		w.body.addBelow(text)
	}
	return nil
}

// enclosed is a message in words, with the fields a reader needs.
func enclosed(m *Mail) string {
	var b strings.Builder
	b.WriteString("---------- Messaggio allegato ----------\n")
	line := func(label, value string) {
		if value != "" {
			b.WriteString(label + ": " + value + "\n")
		}
	}
	line("Da", people(m.From))
	line("A", people(m.To))
	line("Cc", people(m.Cc))
	if !m.Date.IsZero() {
		line("Data", m.Date.In(italy).Format("02/01/2006 15:04"))
	}
	line("Oggetto", m.Subject)
	return b.String() + "\n" + m.Text
}

func people(list []Address) string {
	const most = 10
	var all []string
	for i, a := range list {
		if i == most {
			all = append(all, "...")
			break
		}
		all = append(all, a.text())
	}
	return strings.Join(all, ", ")
}

// text names an address for people.
func (a Address) text() string {
	switch {
	case a.Email == "":
		return a.Raw
	case a.Name == "" || a.Name == a.Email:
		return a.Email
	}
	return a.Name + " <" + a.Email + ">"
}
