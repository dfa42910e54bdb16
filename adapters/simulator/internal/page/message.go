package page

import (
	"encoding/base64"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/microcosm-cc/bluemonday"

	"sportello.dev/adapters/simulator/internal/letter"
)

const maxInline = 5 << 20 // bytes of images put into a message's HTML

// messageView is an open message.
type messageView struct {
	UID     string
	Subject string
	From    letter.Address
	ReplyTo []letter.Address
	To      []letter.Address
	Cc      []letter.Address
	At      time.Time
	Verdict string // pass, fail or none: what the receiving server said of the sender
	Blocks  []block
	HasText bool
	HasHTML bool
	AsHTML  bool
	Files   []fileView
	Many    bool // more people than one to answer
}

// block is a stretch of a message's text; quoted ones are folded away.
type block struct {
	Quoted bool
	Text   template.HTML
}

type fileView struct {
	N    int
	Name string
	Size int64
}

func (s *site) message(w http.ResponseWriter, r *http.Request) {
	uid, err := strconv.ParseUint(r.PathValue("uid"), 10, 32)
	if err != nil {
		s.missing(w, r)
		return
	}
	view, box, ok := s.view(w, r, imap.UID(uid))
	if !ok {
		return
	}
	raw, err := box.Raw(imap.UID(uid))
	if err != nil {
		s.fail(w, err)
		return
	}
	view.Message = showMessage(letter.Parse(raw), r.PathValue("uid"), r.FormValue("vista"))
	if view.Message.Subject == "" {
		view.Message.Subject = say(language(r), "message.nosubject")
	}
	s.renderMailbox(w, r, view)
}

func showMessage(l *letter.Letter, uid, wanted string) *messageView {
	m := &messageView{
		UID: uid, Subject: l.Subject, From: l.From, ReplyTo: l.ReplyTo, To: l.To, Cc: l.Cc, At: l.Date,
		HasText: strings.TrimSpace(l.Text) != "", HasHTML: l.HTML != "", Verdict: verdict(l), Many: len(l.To)+len(l.Cc) > 1,
	}
	m.AsHTML = m.HasHTML && (wanted == "html" || !m.HasText)
	m.Blocks = blocks(l.Text)
	for i, f := range l.Files {
		if f.ContentID != "" && strings.Contains(l.HTML, "cid:"+f.ContentID) {
			continue // shown where it belongs
		}
		name := f.Name
		if name == "" {
			name = "(" + f.Type + ")"
		}
		m.Files = append(m.Files, fileView{N: i, Name: name, Size: int64(len(f.Data))})
	}
	return m
}

func verdict(l *letter.Letter) string {
	results := l.Get("Authentication-Results")
	for _, v := range []string{"pass", "fail"} {
		if strings.Contains(results, "dmarc="+v) {
			return v
		}
	}
	return "none"
}

var link = regexp.MustCompile(`https?://[^\s<>"']+[^\s<>"'.,;:!?)\]]`)

// blocks divides text into what was written and what was quoted, and makes addresses of pages clickable.
func blocks(text string) []block {
	var list []block
	var current strings.Builder
	quoted := false
	flush := func() {
		if strings.TrimSpace(current.String()) != "" {
			list = append(list, block{Quoted: quoted, Text: linked(strings.Trim(current.String(), "\n"))})
		}
		current.Reset()
	}
	for line := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		if isQuote := strings.HasPrefix(line, ">"); isQuote != quoted {
			flush()
			quoted = isQuote
		}
		current.WriteString(line)
	}
	flush()
	return list
}

func linked(text string) template.HTML {
	var b strings.Builder
	for {
		at := link.FindStringIndex(text)
		if at == nil {
			b.WriteString(template.HTMLEscapeString(text))
			return template.HTML(b.String()) //nolint:gosec // every piece was escaped
		}
		b.WriteString(template.HTMLEscapeString(text[:at[0]]))
		href := template.HTMLEscapeString(text[at[0]:at[1]])
		b.WriteString(`<a href="` + href + `" target="_blank" rel="noopener noreferrer">` + href + `</a>`)
		text = text[at[1]:]
	}
}

// parts opens the message a request names.
func (s *site) parts(w http.ResponseWriter, r *http.Request) (*letter.Letter, []byte, bool) {
	_, box, _, ok := s.folder(r)
	uid, err := strconv.ParseUint(r.PathValue("uid"), 10, 32)
	if !ok || err != nil {
		s.missing(w, r)
		return nil, nil, false
	}
	raw, err := box.Raw(imap.UID(uid))
	if err != nil {
		s.missing(w, r)
		return nil, nil, false
	}
	return letter.Parse(raw), raw, true
}

// html serves a message's HTML for a sandboxed frame: sanitised, without scripts, and without a way to any network.
func (s *site) html(w http.ResponseWriter, r *http.Request) {
	l, _, ok := s.parts(w, r)
	if !ok {
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "sandbox allow-popups; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'")
	h.Set("Content-Type", "text/html; charset=utf-8")
	page := `<!doctype html><html><head><meta charset="utf-8"><base target="_blank"><style>body{font:16px/1.5 system-ui,sans-serif;margin:16px;` +
		`overflow-wrap:anywhere;background:#fff;color:#1c1b19}img{max-width:100%;height:auto}</style></head><body>` +
		withImages(policy().Sanitize(l.HTML), l.Files) + `</body></html>`
	if _, err := w.Write([]byte(page)); err != nil {
		s.Logger.Debug("the browser did not take a message", "error", err)
	}
}

func policy() *bluemonday.Policy {
	p := bluemonday.UGCPolicy()
	p.AllowURLSchemes("http", "https", "mailto", "cid")
	p.AllowStyling()
	p.AllowTables()
	return p
}

var cidSource = regexp.MustCompile(`src="cid:([^"]+)"`)

// withImages puts the images a message brought with it into its HTML.
func withImages(html string, files []letter.File) string {
	left := maxInline
	return cidSource.ReplaceAllStringFunc(html, func(source string) string {
		id := cidSource.FindStringSubmatch(source)[1]
		for _, f := range files {
			if f.ContentID == id && strings.HasPrefix(f.Type, "image/") && f.Type != "image/svg+xml" && len(f.Data) <= left {
				left -= len(f.Data)
				return fmt.Sprintf(`src="data:%s;base64,%s"`, template.HTMLEscapeString(f.Type), base64.StdEncoding.EncodeToString(f.Data))
			}
		}
		return `alt=""`
	})
}

// original serves the message as it arrived, as text.
func (s *site) original(w http.ResponseWriter, r *http.Request) {
	_, raw, ok := s.parts(w, r)
	if !ok {
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if _, err := w.Write(raw); err != nil { //nolint:gosec // plain text, and safe forbids the browser to think otherwise
		s.Logger.Debug("the browser did not take a message", "error", err)
	}
}

// attachment serves a file for download, never for display.
func (s *site) attachment(w http.ResponseWriter, r *http.Request) {
	l, _, ok := s.parts(w, r)
	if !ok {
		return
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 0 || n >= len(l.Files) {
		s.missing(w, r)
		return
	}
	f := l.Files[n]
	name := f.Name
	if name == "" {
		name = "allegato"
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	if _, err := w.Write(f.Data); err != nil {
		s.Logger.Debug("the browser did not take a file", "error", err)
	}
}
