// Package imapd serves the mailboxes of a postbox over IMAP4rev1 and IMAP4rev2, with IDLE, UIDPLUS, MOVE and SPECIAL-USE.
package imapd

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"

	"sportello.dev/adapters/simulator/fault"
	"sportello.dev/adapters/simulator/internal/directory"
	"sportello.dev/adapters/simulator/internal/listener"
	"sportello.dev/adapters/simulator/internal/postbox"
)

// Security says how a server treats TLS.
type Security int

// The ways of using TLS.
const (
	Plain    Security = iota // no TLS
	StartTLS                 // STARTTLS offered, and needed before a login
	Implicit                 // TLS from the first byte
)

// Server is the IMAP server.
type Server struct {
	Store     *postbox.Store
	Directory *directory.Directory
	Faults    *fault.Board
	Logger    *slog.Logger
	Now       func() time.Time
	Security  Security
	TLS       *tls.Config
	// Boxes are the mailboxes a citizen's new account gets beside the inbox.
	Boxes []string

	mu       sync.Mutex
	sessions map[*session]struct{}
}

// Serve answers connections until the listener is shut down.
func (s *Server) Serve(l *listener.Listener) error {
	var over net.Listener = l
	options := &imapserver.Options{
		NewSession: s.newSession,
		Logger:     logPrinter{s.Logger},
		Caps: imap.CapSet{
			imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}, imap.CapNamespace: {}, imap.CapUIDPlus: {}, imap.CapESearch: {},
			imap.CapSearchRes: {}, imap.CapListExtended: {}, imap.CapListStatus: {}, imap.CapMove: {}, imap.CapStatusSize: {},
			imap.CapSpecialUse: {},
		},
	}
	switch s.Security {
	case Plain:
		options.InsecureAuth = true
	case StartTLS:
		options.TLSConfig = s.TLS
	case Implicit:
		over = tls.NewListener(l, s.TLS)
	}
	if err := imapserver.New(options).Serve(over); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("serving IMAP: %w", err)
	}
	return nil
}

// Cut breaks the connections logged in to an account, or all of them for an empty one, and returns how many.
func (s *Server) Cut(account string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	cut := 0
	for session := range s.sessions {
		if account == "" || session.owner == account {
			session.cut()
			cut++
		}
	}
	return cut
}

func (s *Server) newSession(conn *imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
	if _, refuse := s.Faults.Take(fault.RefuseConnection); refuse {
		return nil, nil, &imap.Error{Type: imap.StatusResponseTypeBye, Code: imap.ResponseCodeUnavailable, Text: "Come back later"}
	}
	one := &session{server: s, conn: conn}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions == nil {
		s.sessions = make(map[*session]struct{})
	}
	s.sessions[one] = struct{}{}
	return one, nil, nil
}

func (s *Server) forget(one *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, one)
}

// logPrinter keeps the library's complaints about broken connections at debug level. Their text may quote a client's
// line, so only that something happened is logged.
type logPrinter struct{ logger *slog.Logger }

func (p logPrinter) Printf(format string, _ ...any) {
	p.logger.Debug("imap server reports a problem", "what", format)
}
