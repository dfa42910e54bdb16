package mime

import (
	"bytes"
	"io"
	"strings"
	"time"

	"sportello.dev/adapters/internal/ics"
)

const (
	// openTotal is what all containers of a mail may hold together.
	openTotal = 64 << 20
	// openDepth is how far containers are opened within containers.
	openDepth = 3
	// calendarBytes is far above any invitation.
	calendarBytes = 1 << 20
)

// italy is the time in which times without a zone are told.
var italy = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		return time.UTC
	}
	return zone
}()

// opener makes readable what a container holds, once the container itself is
// kept.
type opener func(w *walker, e entity, a Attachment, content []byte) error

// openerOf tells what to do with the bytes of an attachment, nil for nothing.
func (w *walker) openerOf(e entity, a Attachment) (open opener, most int) {
	switch {
	case w.nested >= openDepth || w.openedBytes >= openTotal:
		return nil, 0
	case isMessage(e.contentType.value) && e.parent != "report" && !w.machine():
		return (*walker).openMessage, w.limits.OpenBytes
	case a.Type == "text/calendar" || strings.EqualFold(extension(a.Name), ".ics"):
		return (*walker).openCalendar, calendarBytes
	case strings.EqualFold(extension(a.Name), ".p7m"):
		return (*walker).openEnvelope, w.limits.OpenBytes
	}
	return nil, 0
}

// machine tells reports, which carry a letter of ours, from people's mail.
func (w *walker) machine() bool { return fromDaemon(w.mail) || nullReturnPath(w.mail) }

func extension(name string) string {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[i:]
	}
	return ""
}

// capture keeps the first bytes of what passes, and knows whether those were all.
type capture struct {
	most int
	kept bytes.Buffer
	cut  bool
}

// Write implements io.Writer.
func (c *capture) Write(b []byte) (int, error) {
	if c.cut = c.cut || c.kept.Len()+len(b) > c.most; !c.cut {
		c.kept.Write(b)
	}
	return len(b), nil
}

// whole reads a container into memory. What is too large comes back as rest,
// from its beginning.
func (w *walker) whole(r io.Reader) (content []byte, rest io.Reader, err error) {
	content, err = io.ReadAll(io.LimitReader(r, int64(w.limits.OpenBytes)+1))
	if err == nil && len(content) > w.limits.OpenBytes {
		return nil, io.MultiReader(bytes.NewReader(content), r), nil
	}
	return content, nil, err
}

// attachInner keeps a file that was found in a container.
func (w *walker) attachInner(e entity, name, mediaType, id string, content []byte) error {
	if w.parts++; w.parts > w.limits.Parts {
		return &LimitError{Limit: LimitParts, Max: int64(w.limits.Parts)}
	}
	w.openedBytes += len(content)
	mediaType, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(mediaType)), ";")
	inner := entity{
		contentType: parameterised{value: mediaType, params: map[string]string{"name": name}},
		disposition: parameterised{value: "attachment"},
		parent:      e.parent, depth: e.depth, inner: true,
	}
	if id != "" {
		inner.header.Set("Content-Id", "<"+cleanLine(id)+">")
	}
	w.nested++
	err := w.attach(inner, bytes.NewReader(content))
	w.nested--
	return err
}

func (w *walker) openCalendar(e entity, _ Attachment, content []byte) error {
	text, _ := toUTF8(content, e.contentType.params["charset"])
	if calendar, ok := ics.Parse([]byte(text)); ok && w.calendar == "" {
		w.calendar = calendar.Summary(italy)
	}
	return nil
}

// calendarText adds what an invitation says, unless the mail says it itself.
func (w *walker) calendarText() {
	if w.calendar == "" {
		return
	}
	said := strings.ToLower(w.body.text())
	for _, label := range []string{"quando:", "when:", "quando\n", "when\n"} {
		if strings.Contains(said, label) {
			return
		}
	}
	w.body.addBelow(w.calendar)
}

// encryptedText says why there is nothing to read.
func (w *walker) encryptedText() {
	for _, warning := range w.mail.Warnings {
		if warning == WarnEncrypted && w.body.empty() {
			w.body.addPlain("Questo messaggio è cifrato e qui non si può leggere: è tra gli allegati, così come è arrivato.")
		}
	}
}

// closedText says which files hold others that nobody has looked into.
func (w *walker) closedText() {
	const most = 10
	for i, name := range w.closed {
		if i == most {
			return
		}
		w.body.addBelow("Il file «" + name + "» è troppo grande per essere aperto qui: è tra gli allegati, così come è arrivato.")
	}
}
