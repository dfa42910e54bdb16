package page

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"

	"sportello.dev/adapters/simulator/internal/letter"
	"sportello.dev/adapters/simulator/internal/postbox"
)

const maxRows = 100 // messages on one page of a list

// folder is a mailbox as the page names it.
type folder struct{ slug, box, title string }

var (
	inbox   = folder{"arrivo", postbox.Inbox, "mailbox.inbox"}
	sent    = folder{"inviata", SentBox, "mailbox.sent"}
	folders = []folder{inbox, sent}
)

// Slug is the folder's name in paths.
func (f folder) Slug() string { return f.slug }

// Title is the key of the folder's name.
func (f folder) Title() string { return f.title }

// row is a message in a list.
type row struct {
	UID      string
	Who      string
	Subject  string
	At       time.Time
	Unread   bool
	Attached bool
	Open     bool
}

// mailboxView is the page of a mailbox, with a message open or not.
type mailboxView struct {
	Address string
	Name    string
	Bio     string
	Initial string
	Folders []folder
	Folder  folder
	Unread  int
	Rows    []row
	Older   string // uid to continue from, or ""
	Sent    bool   // a message has just been sent
	Message *messageView
}

func (s *site) toInbox(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, mailPath(r.PathValue("address"), inbox.slug), http.StatusSeeOther)
}

func (s *site) mailbox(w http.ResponseWriter, r *http.Request) {
	view, _, ok := s.view(w, r, 0)
	if !ok {
		return
	}
	view.Sent = r.FormValue("inviato") != ""
	s.renderMailbox(w, r, view)
}

func (s *site) renderMailbox(w http.ResponseWriter, r *http.Request, view *mailboxView) {
	title := say(language(r), view.Folder.title) + " · " + view.Name
	if view.Message != nil {
		title = view.Message.Subject + " · " + view.Name
	}
	s.render(w, r, http.StatusOK, "mailbox", frame{Section: "home", Title: title, Refresh: true, Data: view})
}

// view opens the mailbox that a request names, with the row of the open message marked.
func (s *site) view(w http.ResponseWriter, r *http.Request, open imap.UID) (*mailboxView, *postbox.Box, bool) {
	f, box, address, ok := s.folder(r)
	if !ok {
		s.missing(w, r)
		return nil, nil, false
	}
	view := &mailboxView{Address: address, Folders: folders, Folder: f}
	view.introduce(s, language(r))
	before, _ := strconv.ParseUint(r.FormValue("prima"), 10, 32)
	if open != 0 {
		// The message counts as read from here on, so that the list beside it says so.
		if err := box.Mark(open, imap.FlagSeen, true); err != nil {
			s.missing(w, r)
			return nil, nil, false
		}
	}
	s.list(view, box, imap.UID(before), open)
	view.Unread = s.unread(address)
	return view, box, true
}

func (v *mailboxView) introduce(s *site, language string) {
	v.Name, v.Initial = v.Address, initials(v.Address)
	if c, ok := s.citizen(v.Address); ok {
		v.Name, v.Initial, v.Bio = c.Name(), c.Initials(), c.BioIT
		if language == "en" {
			v.Bio = c.BioEN
		}
	}
}

// folder finds the mailbox that a request names.
func (s *site) folder(r *http.Request) (folder, *postbox.Box, string, bool) {
	account, ok := s.account(r.PathValue("address"))
	if !ok {
		return folder{}, nil, "", false
	}
	for _, f := range folders {
		if f.slug != r.PathValue("box") {
			continue
		}
		box, err := account.Box(f.box)
		return f, box, account.Address(), err == nil
	}
	return folder{}, nil, "", false
}

// list fills in the rows, newest first.
func (s *site) list(view *mailboxView, box *postbox.Box, before, open imap.UID) {
	messages := box.Messages()
	for i := len(messages) - 1; i >= 0; i-- {
		m := messages[i]
		if before != 0 && m.UID >= before {
			continue
		}
		if len(view.Rows) == maxRows {
			view.Older = view.Rows[maxRows-1].UID
			return
		}
		raw, err := box.Raw(m.UID)
		if err != nil {
			continue // deleted since the list was made
		}
		l := letter.ParseHeader(raw)
		view.Rows = append(view.Rows, row{
			UID: fmt.Sprint(m.UID), Who: view.who(l), Subject: l.Subject, At: m.At, Unread: !m.Has(imap.FlagSeen),
			Attached: strings.HasPrefix(strings.ToLower(l.Get("Content-Type")), "multipart/mixed"), Open: m.UID == open,
		})
	}
}

// who is the person on the other side of a letter.
func (v *mailboxView) who(l *letter.Letter) string {
	if v.Folder == sent {
		names := make([]string, 0, len(l.To))
		for _, a := range l.To {
			names = append(names, a.Label())
		}
		return strings.Join(names, ", ")
	}
	return l.From.Label()
}
