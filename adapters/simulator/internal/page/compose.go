package page

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"

	"sportello.dev/adapters/simulator/internal/directory"
	"sportello.dev/adapters/simulator/internal/letter"
	"sportello.dev/adapters/simulator/internal/mta"
	"sportello.dev/adapters/simulator/journal"
)

const (
	maxFormMemory = 8 << 20   // bytes of an upload kept in memory, the rest goes to disk
	maxTextLength = 200 << 10 // bytes of a letter's text
)

// Ways of starting a letter from another one.
const (
	modeReply    = "rispondi"
	modeReplyAll = "tutti"
	modeForward  = "inoltra"
)

// composeView is the form of a new letter.
type composeView struct {
	Address  string
	Name     string
	Initial  string
	Town     string
	Heading  string // key of the heading
	To, Cc   string
	ShowCc   bool
	Subject  string
	Text     string
	Ref      string // "folder/uid" of the letter it starts from
	Mode     string
	Forwards []fileView
	Problem  string
}

var errProblem = errors.New("problem with the letter")

func (s *site) compose(w http.ResponseWriter, r *http.Request) {
	account, ok := s.account(r.PathValue("address"))
	if !ok {
		s.missing(w, r)
		return
	}
	view := s.composeView(account.Address())
	view.Ref, view.Mode = r.FormValue("rif"), r.FormValue("modo")
	if view.Ref != "" {
		original, ok := s.referenced(account.Address(), view.Ref)
		if !ok {
			s.missing(w, r)
			return
		}
		view.startFrom(original, s.started(view, original))
	}
	s.renderCompose(w, r, http.StatusOK, view)
}

func (s *site) composeView(address string) *composeView {
	m := mailboxView{Address: address}
	m.introduce(s, languages[0])
	return &composeView{Address: address, Name: m.Name, Initial: m.Initial, Town: s.TownMailbox, To: s.TownMailbox, Heading: "compose.new"}
}

func (s *site) renderCompose(w http.ResponseWriter, r *http.Request, status int, view *composeView) {
	s.render(w, r, status, "compose", frame{Section: "home", Title: say(language(r), view.Heading) + " · " + view.Name, Data: view})
}

// referenced opens the letter named "folder/uid".
func (s *site) referenced(address, ref string) (*letter.Letter, bool) {
	slug, number, _ := strings.Cut(ref, "/")
	uid, err := strconv.ParseUint(number, 10, 32)
	account, ok := s.Store.Account(address)
	if err != nil || !ok {
		return nil, false
	}
	for _, f := range folders {
		if f.slug != slug {
			continue
		}
		box, err := account.Box(f.box)
		if err != nil {
			return nil, false
		}
		raw, err := box.Raw(imap.UID(uid))
		l := letter.Parse(raw)
		l.Date = l.Date.In(s.Now().Location()) // quoted as the reader's clock had it
		return l, err == nil
	}
	return nil, false
}

// started is the draft that answers or forwards a letter.
func (s *site) started(view *composeView, original *letter.Letter) letter.Draft {
	me := letter.Address{Address: view.Address}
	if c, ok := s.citizen(view.Address); ok {
		me.Name = c.Name()
	}
	if view.Mode == modeForward {
		return letter.Forward(original, me)
	}
	return letter.Reply(original, me, view.Mode == modeReplyAll)
}

// startFrom fills the form from a draft.
func (v *composeView) startFrom(original *letter.Letter, d letter.Draft) {
	v.Subject, v.To, v.Cc, v.ShowCc = d.Subject, plainList(d.To), plainList(d.Cc), len(d.Cc) > 0
	v.Heading = "compose.reply"
	v.Text = "\n\n" + letter.Quote(original)
	if v.Mode == modeForward {
		v.Heading, v.To, v.Text = "compose.forward", "", "\n\n"+letter.QuoteBlock(original)
		v.listForwards(original)
	}
}

func (v *composeView) listForwards(original *letter.Letter) {
	v.Forwards = nil
	for i, f := range original.Files {
		v.Forwards = append(v.Forwards, fileView{N: i, Name: f.Name, Size: int64(len(f.Data))})
	}
}

func plainList(list []letter.Address) string {
	parts := make([]string, 0, len(list))
	for _, a := range list {
		parts = append(parts, a.Address)
	}
	return strings.Join(parts, ", ")
}

func (s *site) send(w http.ResponseWriter, r *http.Request) {
	account, ok := s.account(r.PathValue("address"))
	if !ok {
		s.missing(w, r)
		return
	}
	view := s.composeView(account.Address())
	r.Body = http.MaxBytesReader(w, r.Body, s.MaxBytes)
	if err := r.ParseMultipartForm(maxFormMemory); err != nil { //nolint:gosec // the line above bounds it
		view.Problem = say(language(r), "compose.toobig", humanSize(s.MaxBytes))
		s.renderCompose(w, r, http.StatusRequestEntityTooLarge, view)
		return
	}
	defer func() {
		// Temporary files that cannot be removed now are left to the system's own cleaning.
		_ = r.MultipartForm.RemoveAll()
	}()
	view.read(r)
	draft, err := s.draft(r, view)
	if err == nil {
		err = s.post(journal.ViaPage, account.Address(), account.Address(), draft)
	}
	switch {
	case errors.Is(err, errProblem):
		view.Problem = problem(language(r), err)
		s.renderCompose(w, r, http.StatusUnprocessableEntity, view)
	case err != nil:
		s.fail(w, err)
	default:
		http.Redirect(w, r, mailPath(account.Address(), sent.slug)+"?inviato=1", http.StatusSeeOther)
	}
}

// read takes what the visitor filled in.
func (v *composeView) read(r *http.Request) {
	v.To, v.Cc, v.Subject = r.FormValue("a"), r.FormValue("cc"), r.FormValue("oggetto")
	v.Text = strings.ReplaceAll(r.FormValue("testo"), "\r\n", "\n")
	v.Ref, v.Mode, v.ShowCc = r.FormValue("rif"), r.FormValue("modo"), r.FormValue("cc") != ""
}

// draft makes the letter from the form: recipients as filled in, thread headers from the letter it starts from.
func (s *site) draft(r *http.Request, view *composeView) (*letter.Draft, error) {
	d := letter.Draft{From: letter.Address{Address: view.Address}}
	if c, ok := s.citizen(view.Address); ok {
		d.From.Name = c.Name()
	}
	if view.Ref != "" {
		original, ok := s.referenced(view.Address, view.Ref)
		if !ok {
			return nil, fmt.Errorf("compose.gone: %w", errProblem)
		}
		files := original.Files
		d = s.started(view, original)
		d.Files = nil
		if view.Mode == modeForward {
			view.listForwards(original)
			for _, value := range r.Form["inoltrato"] {
				if n, err := strconv.Atoi(value); err == nil && n >= 0 && n < len(files) {
					d.Files = append(d.Files, files[n])
				}
			}
		}
	}
	d.To, d.Cc, d.Subject, d.Text = letter.ParseAddresses(view.To), letter.ParseAddresses(view.Cc), view.Subject, view.Text
	if len(d.To) == 0 {
		return nil, fmt.Errorf("compose.norecipient: %w", errProblem)
	}
	if len(d.Text) > maxTextLength {
		return nil, fmt.Errorf("compose.toolong: %w", errProblem)
	}
	files, err := uploads(r.MultipartForm.File["file"])
	d.Files = append(d.Files, files...)
	return &d, err
}

func uploads(headers []*multipart.FileHeader) ([]letter.File, error) {
	var files []letter.File
	for _, h := range headers {
		file, err := h.Open()
		if err != nil {
			return nil, fmt.Errorf("opening upload: %w", err)
		}
		data, err := io.ReadAll(file)
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, fmt.Errorf("reading upload: %w", err)
		}
		files = append(files, letter.File{Name: h.Filename, Type: h.Header.Get("Content-Type"), Data: data})
	}
	return files, nil
}

// post dates a letter, hands it to the mail server and keeps a copy with who sent it. An empty account sends without
// login, and keeps none.
func (s *site) post(via, account, mailFrom string, d *letter.Draft) error {
	d.Date = s.Now().Truncate(time.Second)
	d.MessageID = s.messageID(d)
	env := mta.Envelope{Via: via, Account: account, Helo: "webmail." + directory.Domain(mailFrom), Remote: "[127.0.0.1]", From: mailFrom}
	for _, a := range append(append([]letter.Address{}, d.To...), d.Cc...) {
		if err := s.MTA.CheckRecipient(a.Address); err != nil {
			return fmt.Errorf("compose.refused: %s: %w: %w", a.Address, err, errProblem)
		}
		env.To = append(env.To, a.Address)
	}
	raw := d.Bytes()
	if int64(len(raw)) > s.MaxBytes {
		return fmt.Errorf("compose.toolong: %w", errProblem)
	}
	if _, err := s.MTA.Accept(env, raw); err != nil {
		var refusal *mta.Refusal
		if errors.As(err, &refusal) {
			return fmt.Errorf("compose.refused: %w: %w", err, errProblem)
		}
		return err
	}
	if account == "" {
		return nil
	}
	return s.MTA.Keep(account, SentBox, raw)
}

func (s *site) messageID(d *letter.Draft) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %s %s", s.Now().UnixNano(), s.Journal.Len(), d.From.Address, d.Text))
	return "<" + hex.EncodeToString(sum[:12]) + "@" + directory.Domain(d.From.Address) + ">"
}

// problem words an error whose text begins with the key of its explanation.
func problem(language string, err error) string {
	key, detail, _ := strings.Cut(err.Error(), ": ")
	if key == "compose.refused" {
		return say(language, key, strings.TrimSuffix(detail, ": "+errProblem.Error()))
	}
	return say(language, key)
}
