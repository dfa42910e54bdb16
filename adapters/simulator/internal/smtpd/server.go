// Package smtpd is the world's SMTP port. Without a login it is a mail exchanger, taking mail for the world's domains from
// anyone; with a login it is a submission server, taking mail from the account's own address.
package smtpd

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"sportello.dev/adapters/simulator/fault"
	"sportello.dev/adapters/simulator/internal/credential"
	"sportello.dev/adapters/simulator/internal/directory"
	"sportello.dev/adapters/simulator/internal/listener"
	"sportello.dev/adapters/simulator/internal/mta"
	"sportello.dev/adapters/simulator/journal"
)

const (
	maxRecipients = 200
	maxLine       = 1 << 20 // bytes; machine-written mail has lines far above the 998 of the standard
	timeout       = 5 * time.Minute
)

// Server is the SMTP server.
type Server struct {
	MTA       *mta.Server
	Directory *directory.Directory
	Faults    *fault.Board
	Logger    *slog.Logger
	Name      string // in the greeting
	MaxBytes  int64
	TLS       *tls.Config // nil: no TLS
	// Implicit starts TLS with the first byte; else it is offered by STARTTLS, and needed before a login.
	Implicit bool
}

// Serve answers connections until the listener is shut down; ctx ends waits that a fault asked for.
func (s *Server) Serve(ctx context.Context, l *listener.Listener) error {
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return s.newSession(ctx, c) }))
	server.Domain = s.Name
	server.MaxMessageBytes = s.MaxBytes
	server.MaxRecipients = maxRecipients
	server.MaxLineLength = maxLine
	server.ReadTimeout, server.WriteTimeout = timeout, timeout
	server.EnableDSN = true
	server.ErrorLog = logPrinter{s.Logger}
	server.AllowInsecureAuth = s.TLS == nil
	var over net.Listener = l
	switch {
	case s.TLS != nil && s.Implicit:
		over = tls.NewListener(l, s.TLS)
	case s.TLS != nil:
		server.TLSConfig = s.TLS
	}
	if err := server.Serve(over); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("serving SMTP: %w", err)
	}
	return nil
}

func (s *Server) newSession(ctx context.Context, c *smtp.Conn) (smtp.Session, error) {
	if _, refuse := s.Faults.Take(fault.RefuseConnection); refuse {
		return nil, &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "Come back later"}
	}
	return &session{server: s, conn: c, ctx: ctx}, nil
}

// session is one connection. Its context is the server's, because the library hands none to its methods.
type session struct {
	server  *Server
	conn    *smtp.Conn
	ctx     context.Context //nolint:containedctx // see above
	account string
	from    string
	to      []string
}

var _ smtp.AuthSession = (*session)(nil)

func (s *session) AuthMechanisms() []string { return credential.Mechanisms() }

func (s *session) Auth(mechanism string) (sasl.Server, error) {
	server, err := credential.New(mechanism, func(user, password, token string) error {
		account, ok := s.server.Directory.Login(user, password, token)
		if _, refuse := s.server.Faults.Take(fault.RefuseLogin, account); refuse || !ok {
			return smtp.ErrAuthFailed
		}
		s.account = account
		return nil
	})
	if err != nil {
		return nil, smtp.ErrAuthUnknownMechanism
	}
	return server, nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if err := s.server.MTA.CheckSender(s.account, from); err != nil {
		return answer(err)
	}
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := s.server.MTA.CheckRecipient(to); err != nil {
		return answer(err)
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return answer(err)
	}
	if s.account == "" {
		raw = mta.Normalise(raw)
	} else if err := mta.CheckContent(raw); err != nil {
		return answer(err)
	}
	if _, drop := s.server.Faults.Take(fault.DropBeforeStore, s.to...); drop {
		return s.drop()
	}
	queueID, err := s.server.MTA.Accept(s.envelope(), raw)
	if err != nil {
		return answer(err)
	}
	if f, delay := s.server.Faults.Take(fault.DelayReply, s.to...); delay {
		s.wait(f.Delay)
	}
	if _, drop := s.server.Faults.Take(fault.DropAfterData, s.to...); drop {
		return s.drop()
	}
	return &smtp.SMTPError{Code: 250, EnhancedCode: smtp.EnhancedCode{2, 0, 0}, Message: "Ok: queued as " + queueID}
}

func (s *session) envelope() mta.Envelope {
	via := journal.ViaMX
	if s.account != "" {
		via = journal.ViaSubmission
	}
	remote, _, _ := net.SplitHostPort(s.conn.Conn().RemoteAddr().String())
	return mta.Envelope{Via: via, Account: s.account, Helo: s.conn.Hostname(), Remote: "[" + remote + "]", From: s.from, To: s.to}
}

// drop breaks the connection, so that the answer the library writes next reaches nobody.
func (s *session) drop() error {
	_ = s.conn.Conn().Close()
	return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 4, 2}, Message: "Connection dropped on request"}
}

func (s *session) wait(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.ctx.Done():
	}
}

func (s *session) Reset() { s.from, s.to = "", nil }

func (s *session) Logout() error { return nil }

// answer turns an error into an SMTP reply. An error of the world itself is temporary: the message was not accepted.
func answer(err error) error {
	var refusal *mta.Refusal
	if errors.As(err, &refusal) {
		return &smtp.SMTPError{Code: refusal.Code, EnhancedCode: refusal.Status, Message: refusal.Text}
	}
	var reply *smtp.SMTPError
	if errors.As(err, &reply) {
		return reply
	}
	return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Local error in processing"}
}

// logPrinter keeps the library's complaints about broken connections at debug level, without the data in them.
type logPrinter struct{ logger *slog.Logger }

func (p logPrinter) Printf(format string, _ ...any) {
	p.logger.Debug("smtp server reports a problem", "what", format)
}

func (p logPrinter) Println(_ ...any) { p.logger.Debug("smtp server reports a problem") }
