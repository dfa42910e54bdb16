package mime

import (
	"bytes"
	"encoding/binary"
	"hash"
	"io"
	"net/textproto"
	"strings"

	message "github.com/emersion/go-message/textproto"
)

func canonicalKey(name string) string { return textproto.CanonicalMIMEHeaderKey(name) }

// walker reads the parts of a message in one pass and collects what they hold.
type walker struct {
	scanner *scanner
	limits  Limits
	mail    *Mail
	sink    AttachmentSink
	sum     hash.Hash

	parts      int
	attached   int64 // decoded attachment bytes so far
	plainBytes int   // text shown so far, by kind
	htmlBytes  int
	body       body
	original   *original
	enclosed   int

	trust   Trust
	awaited *awaited // content whose signature comes next

	nested        int      // containers around the one that is read
	openedBytes   int      // held by all containers
	enclosedBytes int      // of enclosed messages shown
	calendar      string   // what the first invitation says
	closed        []string // names of files too large to be opened
}

// entity is a part whose header is read and whose content comes next.
type entity struct {
	header      message.Header
	contentType parameterised
	disposition parameterised
	parent      string // subtype of the multipart around it, "" for the message
	depth       int
	inner       bool // found in a container, whose bytes count already
}

func newEntity(h message.Header, parent string, depth int) entity {
	e := entity{
		header:      h,
		contentType: parseParameterised(h.Get("Content-Type")),
		disposition: parseParameterised(h.Get("Content-Disposition")),
		parent:      parent,
		depth:       depth,
	}
	if kind, sub, ok := strings.Cut(e.contentType.value, "/"); !ok || kind == "" || sub == "" {
		e.contentType.value = "text/plain"
		if parent == "digest" {
			e.contentType.value = "message/rfc822"
		}
	}
	return e
}

func (e entity) fileName() string {
	if name := e.disposition.params["filename"]; name != "" {
		return name
	}
	return e.contentType.params["name"]
}

func (w *walker) message(top block) error {
	if len(top.stray) > 0 {
		w.mail.warn(WarnHeader)
	}
	e := newEntity(top.header, "", 0)
	if top.open {
		return w.strayText(e, top)
	}
	_, err := w.entity(e)
	return err
}

// strayText shows lines that stood where the header should have gone on, when
// no empty line ever separated header and body.
func (w *walker) strayText(e entity, b block) error {
	e.contentType = parameterised{value: "text/plain"}
	return w.text(e, bytes.NewReader(b.stray))
}

// entity reads one part to its end and tells where that was.
func (w *walker) entity(e entity) (stop, error) {
	if w.parts++; w.parts > w.limits.Parts {
		return stop{}, &LimitError{Limit: LimitParts, Max: int64(w.limits.Parts)}
	}
	if sub, ok := strings.CutPrefix(e.contentType.value, "multipart/"); ok {
		if boundary := e.contentType.params["boundary"]; strings.TrimRight(boundary, " ") != "" {
			return w.multipart(e, sub, strings.TrimRight(boundary, " "))
		}
		w.mail.warn(WarnStructure)
		e.contentType.value = "text/plain"
	}
	p := newPart(w.scanner)
	if err := w.leaf(e, p); err != nil {
		return stop{}, err
	}
	return p.drain()
}

func (w *walker) multipart(e entity, sub, boundary string) (stop, error) {
	if len(boundary) > w.limits.BoundaryBytes {
		return stop{}, &LimitError{Limit: LimitBoundary, Max: int64(w.limits.BoundaryBytes)}
	}
	if e.depth+1 > w.limits.Depth {
		return stop{}, &LimitError{Limit: LimitDepth, Max: int64(w.limits.Depth)}
	}
	if e.depth+1 > deepNesting {
		w.mail.warn(WarnDeepNesting)
	}
	if sub == "encrypted" {
		w.mail.warn(WarnEncrypted)
	}
	w.fingerprint("multipart", []byte(sub))
	w.scanner.push(boundary)
	level := len(w.scanner.stack) - 1
	leave := w.body.enter(sub)
	at, err := w.children(e, sub, level)
	leave()
	w.scanner.pop()
	if err != nil || at.level != level {
		return at, err
	}
	return newPart(w.scanner).drain() // the epilogue
}

func (w *walker) children(e entity, sub string, level int) (stop, error) {
	preamble := newPart(w.scanner)
	head, err := io.ReadAll(io.LimitReader(preamble, int64(w.limits.TextBytes)))
	if err != nil {
		return stop{}, err
	}
	at, err := preamble.drain()
	if err != nil {
		return stop{}, err
	}
	if at.level != level || at.final {
		// No part at all: what would be a preamble is all the mail says.
		w.mail.warn(WarnStructure)
		e.contentType = parameterised{value: "text/plain"}
		return at, w.text(e, bytes.NewReader(head))
	}
	if isSMIME(e) {
		if at, err = w.signed(e, level); err != nil {
			return stop{}, err
		}
	}
	for at.level == level && !at.final {
		if at, err = w.child(sub, e.depth+1); err != nil {
			return stop{}, err
		}
	}
	if at.level != level {
		w.mail.warn(WarnStructure)
	}
	return at, nil
}

func (w *walker) child(parent string, depth int) (stop, error) {
	b, err := readBlock(w.scanner, w.limits)
	if err != nil {
		return stop{}, err
	}
	if len(b.stray) > 0 {
		w.mail.warn(WarnHeader)
	}
	e := newEntity(b.header, parent, depth)
	if b.open {
		if w.parts++; w.parts > w.limits.Parts {
			return stop{}, &LimitError{Limit: LimitParts, Max: int64(w.limits.Parts)}
		}
		return b.at, w.strayText(e, b)
	}
	return w.entity(e)
}

// leaf reads a part without children.
func (w *walker) leaf(e entity, p *part) error {
	decoded, known := decodeTransfer(e.header.Get("Content-Transfer-Encoding"), p)
	if !known {
		w.mail.warn(WarnEncoding)
	}
	switch kind := e.contentType.value; {
	case kind == "message/delivery-status", kind == "message/global-delivery-status",
		kind == "message/disposition-notification", kind == "message/global-disposition-notification",
		kind == "message/feedback-report":
		return w.report(kind, decoded)
	case kind == "text/x-amp-html" && e.parent == "alternative":
		_, err := io.Copy(io.Discard, decoded)
		return err
	case w.isBody(e):
		return w.text(e, decoded)
	case w.isSignature(e):
		return w.detached(e, decoded)
	case isTNEF(e), isEnvelope(e):
		return w.container(e, decoded)
	}
	return w.attach(e, decoded)
}

// container reads a part that is opened rather than attached.
func (w *walker) container(e entity, r io.Reader) error {
	content, rest, err := w.whole(r)
	if err != nil {
		return err
	}
	if rest != nil {
		if err := w.attach(e, rest); err != nil {
			return err
		}
		w.closed = append(w.closed, w.mail.Attachments[len(w.mail.Attachments)-1].Name)
		return nil
	}
	if isEnvelope(e) {
		return w.envelope(e, content)
	}
	opened, err := w.openTNEF(e, content)
	if err != nil || opened {
		return err
	}
	return w.attach(e, bytes.NewReader(content))
}

// isBody tells text to show from text that was attached. A named text part is
// the body only where nothing came before it.
func (w *walker) isBody(e entity) bool {
	switch e.contentType.value {
	case "text/plain", "text/html", "text/enriched", "text/richtext":
	default:
		return false
	}
	if e.disposition.value == "attachment" {
		return false
	}
	return e.fileName() == "" || w.body.empty()
}

// text reads a body part. What does not fit in the limit for all text of its
// kind is cut, and then the part is also attached whole.
func (w *walker) text(e entity, r io.Reader) error {
	isHTML := e.contentType.value == "text/html"
	used := &w.plainBytes
	if isHTML {
		used = &w.htmlBytes
	}
	var files *uuReader
	if e.contentType.value == "text/plain" && w.nested < openDepth {
		files = newUUReader(r, min(w.limits.OpenBytes, openTotal-w.openedBytes))
		r = files
	}
	left := w.limits.TextBytes - *used
	head, err := io.ReadAll(io.LimitReader(r, int64(left)+1))
	if err != nil {
		return err
	}
	if len(head) > left {
		w.mail.warn(WarnTextTruncated)
		if err := w.attach(e, io.MultiReader(bytes.NewReader(head), r)); err != nil {
			return err
		}
		head = head[:left]
	}
	*used += len(head)
	text := w.decodeText(e, head, isHTML)
	w.fingerprint(e.contentType.value, []byte(strings.TrimRight(text, " \n")))
	if isHTML {
		w.body.addHTML(text)
		return nil
	}
	if e.contentType.value != "text/plain" {
		text = TextFromHTML(strings.ReplaceAll(text, "\n\n", "<br>")) // enriched text, with tags of its own
	}
	if strings.EqualFold(e.contentType.params["format"], "flowed") {
		text = unflow(text, strings.EqualFold(e.contentType.params["delsp"], "yes"))
	}
	w.body.addPlain(text)
	return w.attachUU(e, files)
}

func (w *walker) decodeText(e entity, b []byte, isHTML bool) string {
	declared := e.contentType.params["charset"]
	if declared == "" && isHTML {
		declared = htmlCharset(b)
	}
	text, guessed := toUTF8(b, declared)
	if guessed {
		w.mail.warn(WarnCharset)
	}
	return cleanText(text)
}

func (w *walker) fingerprintEnvelope() {
	var from []string
	for _, a := range w.mail.From {
		from = append(from, a.Email+a.Raw)
	}
	w.fingerprint("from", []byte(strings.Join(from, ",")))
	w.fingerprint("date", []byte(w.mail.Date.UTC().Format("2006-01-02T15:04:05")))
	w.fingerprint("subject", []byte(w.mail.Subject))
}

// fingerprint adds a labelled, length-framed value, so that no two sequences
// of values give the same bytes.
func (w *walker) fingerprint(label string, value []byte) {
	var frame [8]byte
	for _, b := range [][]byte{[]byte(label), value} {
		binary.BigEndian.PutUint64(frame[:], uint64(len(b)))
		w.sum.Write(frame[:])
		w.sum.Write(b)
	}
}

func (w *walker) finish() {
	m := w.mail
	w.calendarText()
	w.encryptedText()
	w.closedText()
	m.Text, m.HTML, m.TextDerived = w.body.join()
	used := contentIDs(m.HTML)
	for i := range m.Attachments {
		a := &m.Attachments[i]
		a.Inline = a.ContentID != "" && used[strings.ToLower(a.ContentID)] && strings.HasPrefix(a.Type, "image/")
	}
	if m.Report == nil {
		m.Report = informalReport(m)
	}
	if m.Report != nil {
		m.Report.complete(w.original)
	}
}
