package imapd

import (
	"errors"
	"io"
	"sync"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-sasl"

	"sportello.dev/adapters/simulator/fault"
	"sportello.dev/adapters/simulator/internal/credential"
	"sportello.dev/adapters/simulator/internal/directory"
	"sportello.dev/adapters/simulator/internal/postbox"
)

const (
	delimiter   = '/'
	appendLimit = 100 << 20 // bytes
)

// session is one connection. The library calls it from one goroutine, except Idle, which runs beside the reader of DONE.
type session struct {
	server *Server
	conn   *imapserver.Conn

	owner   string // written under server.mu, because Cut reads it from elsewhere
	account *postbox.Account
	view    *postbox.View
	// closing keeps Close and Idle apart: where a connection breaks, the library closes the session without waiting for
	// Idle to end, perhaps even to begin.
	closing sync.Mutex
}

var (
	_ imapserver.SessionIMAP4rev2   = (*session)(nil)
	_ imapserver.SessionSASL        = (*session)(nil)
	_ imapserver.SessionAppendLimit = (*session)(nil)
)

func (s *session) Close() error {
	s.server.forget(s)
	s.closing.Lock()
	defer s.closing.Unlock()
	if s.view != nil {
		s.view.Close()
		s.view = nil
	}
	return nil
}

// cut breaks the connection under the session, as a network does.
func (s *session) cut() { _ = s.conn.NetConn().Close() }

func (s *session) AppendLimit() uint32 { return appendLimit }

func (s *session) AuthenticateMechanisms() []string { return credential.Mechanisms() }

func (s *session) Authenticate(mechanism string) (sasl.Server, error) {
	server, err := credential.New(mechanism, s.login)
	if err != nil {
		return nil, &imap.Error{Type: imap.StatusResponseTypeNo, Text: "Mechanism not supported"}
	}
	return server, nil
}

func (s *session) Login(user, password string) error { return s.login(user, password, "") }

func (s *session) login(user, password, token string) error {
	account, ok := s.server.Directory.Login(user, password, token)
	if _, refuse := s.server.Faults.Take(fault.RefuseLogin, account); refuse || !ok {
		return imapserver.ErrAuthFailed
	}
	boxes := s.server.Boxes
	if s.server.Directory.Resolve(account).Kind == directory.Town {
		boxes = nil // made when the world started
	}
	opened, err := s.server.Store.Ensure(account, boxes...)
	if err != nil {
		return refusal(err)
	}
	s.account = opened
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.owner = account
	return nil
}

func (s *session) Namespace() (*imap.NamespaceData, error) {
	return &imap.NamespaceData{Personal: []imap.NamespaceDescriptor{{Delim: delimiter}}}, nil
}

func (s *session) Select(name string, options *imap.SelectOptions) (*imap.SelectData, error) {
	view, data, err := s.account.Open(name, options.ReadOnly)
	if err != nil {
		return nil, refusal(err)
	}
	s.view = view
	return data, nil
}

func (s *session) Unselect() error {
	s.view.Close()
	s.view = nil
	return nil
}

func (s *session) Create(name string, _ *imap.CreateOptions) error {
	_, err := s.account.Create(name)
	return refusal(err)
}

func (s *session) Delete(name string) error { return refusal(s.account.Delete(name)) }

func (s *session) Rename(from, to string, _ *imap.RenameOptions) error {
	return refusal(s.account.Rename(from, to))
}

func (s *session) Subscribe(name string) error { return s.subscribe(name, true) }

func (s *session) Unsubscribe(name string) error { return s.subscribe(name, false) }

func (s *session) subscribe(name string, on bool) error {
	b, err := s.account.Box(name)
	if err != nil {
		return refusal(err)
	}
	return refusal(b.SetSubscribed(on))
}

func (s *session) Status(name string, _ *imap.StatusOptions) (*imap.StatusData, error) {
	b, err := s.account.Box(name)
	if err != nil {
		return nil, refusal(err)
	}
	return b.Status(), nil
}

func (s *session) List(w *imapserver.ListWriter, ref string, patterns []string, options *imap.ListOptions) error {
	if len(patterns) == 0 {
		return w.WriteList(&imap.ListData{Attrs: []imap.MailboxAttr{imap.MailboxAttrNoSelect}, Delim: delimiter})
	}
	for _, b := range s.account.Boxes() {
		data := listing(b, ref, patterns, options)
		if data == nil {
			continue
		}
		if err := w.WriteList(data); err != nil {
			return err
		}
	}
	return nil
}

// listing describes one mailbox for LIST, or returns nil if it was not asked for.
func listing(b *postbox.Box, ref string, patterns []string, options *imap.ListOptions) *imap.ListData {
	name, special, subscribed := b.Listing()
	asked := false
	for _, pattern := range patterns {
		asked = asked || imapserver.MatchList(name, delimiter, ref, pattern)
	}
	if !asked || options.SelectSubscribed && !subscribed || options.SelectSpecialUse && len(special) == 0 {
		return nil
	}
	data := &imap.ListData{Mailbox: name, Delim: delimiter, Attrs: special}
	if subscribed {
		data.Attrs = append(data.Attrs, imap.MailboxAttrSubscribed)
	}
	if options.ReturnStatus != nil {
		data.Status = b.Status()
	}
	return data
}

func (s *session) Append(name string, r imap.LiteralReader, options *imap.AppendOptions) (*imap.AppendData, error) {
	b, err := s.account.Box(name)
	if err != nil {
		return nil, &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeTryCreate, Text: "No such mailbox"}
	}
	raw, err := io.ReadAll(io.LimitReader(r, appendLimit))
	if err != nil {
		return nil, err
	}
	at := options.Time
	if at.IsZero() {
		at = s.server.Now()
	}
	uid, validity, err := b.Append(raw, at, options.Flags...)
	if err != nil {
		return nil, err
	}
	return &imap.AppendData{UID: uid, UIDValidity: validity}, nil
}

func (s *session) Poll(w *imapserver.UpdateWriter, allowExpunge bool) error {
	if s.view == nil {
		return nil
	}
	return s.view.Poll(w, allowExpunge)
}

func (s *session) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	s.closing.Lock()
	view := s.view
	s.closing.Unlock()
	if view == nil {
		<-stop
		return nil
	}
	return view.Idle(w, stop)
}

// refusal turns the store's errors into answers a client understands.
func refusal(err error) error {
	var code imap.ResponseCode
	switch {
	case err == nil:
		return nil
	case errors.Is(err, postbox.ErrNoMailbox):
		code = imap.ResponseCodeNonExistent
	case errors.Is(err, postbox.ErrNameTaken):
		code = imap.ResponseCodeAlreadyExists
	case errors.Is(err, postbox.ErrFull):
		code = imap.ResponseCodeOverQuota
	case errors.Is(err, postbox.ErrBadName), errors.Is(err, postbox.ErrReadOnly), errors.Is(err, postbox.ErrBadAddress):
		code = imap.ResponseCodeCannot
	default:
		return err
	}
	return &imap.Error{Type: imap.StatusResponseTypeNo, Code: code, Text: err.Error()}
}
