package email

import (
	"context"
	"errors"
	"net"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"sportello.dev/plugins-sdk/channel"
)

const (
	// commandTimeout bounds one IMAP command that carries no message.
	commandTimeout = time.Minute
	// fetchTimeout bounds a FETCH of a batch of messages; the hub's waiting for
	// room in the window counts.
	fetchTimeout = 30 * time.Minute
)

// imapSession is one connection with one folder selected.
type imapSession struct {
	client *imapclient.Client
	conn   net.Conn
	caps   imap.CapSet
	// news gets a value when the server speaks of new messages.
	news chan struct{}
}

func (c *IMAP) endpoint() endpoint {
	return endpoint{host: c.Host, port: c.Port, security: c.Security, proto: "imap"}
}

// openIMAP connects and signs in.
func (m *Mailbox) openIMAP(ctx context.Context) (*imapSession, error) {
	s, err := connectIMAP(ctx, m.dialer, m.config.IMAP.endpoint())
	if err != nil {
		return nil, err
	}
	if err := s.signIn(ctx, m.config.IMAP, m.tokens); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func connectIMAP(ctx context.Context, d dialer, e endpoint) (*imapSession, error) {
	conn, err := d.connect(ctx, e)
	if err != nil {
		return nil, err
	}
	defer guard(ctx, dialTimeout, conn)()
	s := &imapSession{conn: conn, news: make(chan struct{}, 1)}
	options := &imapclient.Options{
		TLSConfig: d.tlsConfig(e),
		UnilateralDataHandler: &imapclient.UnilateralDataHandler{
			Mailbox: func(data *imapclient.UnilateralDataMailbox) {
				if data.NumMessages != nil {
					s.wake()
				}
			},
		},
	}
	if e.security == securityStartTLS {
		if s.client, err = imapclient.NewStartTLS(conn, options); err != nil {
			return nil, tlsFailure(e, err)
		}
	} else {
		s.client = imapclient.New(conn, options)
	}
	if err := s.client.WaitGreeting(); err != nil {
		s.close()
		return nil, channel.Transient("imap.greeting", "no greeting from "+e.address(), err)
	}
	if s.caps = s.client.Caps(); s.caps == nil {
		s.close()
		return nil, channel.Transient("imap.greeting", "no capabilities from "+e.address(), nil)
	}
	return s, nil
}

func (s *imapSession) wake() {
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// close ends the connection; there is nobody left to tell an error.
func (s *imapSession) close() { _ = s.client.Close() }

// signIn authenticates, with a fresh token where the kept one is refused.
func (s *imapSession) signIn(ctx context.Context, config *IMAP, tokens *tokenSource) error {
	defer guard(ctx, commandTimeout, s.conn)()
	if s.client.State() != imap.ConnStateNotAuthenticated {
		return nil // PREAUTH
	}
	var err error
	if config.Auth == authOAuth {
		err = s.signInByToken(ctx, config.Username, tokens)
	} else {
		err = s.signInByPassword(config.Username, config.Password)
	}
	if err != nil {
		return signInFailure("imap", err)
	}
	// Servers may offer more once they know who asks.
	if caps, err := s.client.Capability().Wait(); err == nil {
		s.caps = caps
	}
	return nil
}

func (s *imapSession) signInByPassword(username, password string) error {
	if s.caps.Has(imap.AuthCap(sasl.Plain)) {
		return s.client.Authenticate(sasl.NewPlainClient("", username, password))
	}
	if s.caps.Has(imap.CapLoginDisabled) {
		return channel.Misconfigured("imap.auth", "the server takes no password on this connection", nil)
	}
	return s.client.Login(username, password).Wait()
}

func (s *imapSession) signInByToken(ctx context.Context, username string, tokens *tokenSource) error {
	token, err := tokens.token(ctx, "")
	if err != nil {
		return err
	}
	err = s.client.Authenticate(xoauth2{username, token})
	var refused *refusedToken
	if err != nil && errors.As(err, &refused) {
		// The next connection must not try the same token again.
		_, renewal := tokens.token(ctx, token)
		return errors.Join(err, renewal)
	}
	return err
}

// signInFailure tells a refusal, which only an administrator can mend, from a
// server that is out of order.
func signInFailure(proto string, err error) error {
	var failure *channel.Failure
	if errors.As(err, &failure) {
		return failure
	}
	code := proto + ".auth"
	var refused *refusedToken
	if errors.As(err, &refused) {
		return channel.Transient(code, "the access token was refused", err)
	}
	var status *imap.Error
	if !errors.As(err, &status) {
		return channel.Transient(proto+".connection", "the connection broke while signing in", err)
	}
	switch status.Code {
	case imap.ResponseCodeUnavailable, imap.ResponseCodeInUse, imap.ResponseCodeLimit, imap.ResponseCodeServerBug:
		return channel.Transient(code, "the server cannot sign in now: "+channel.OneLine(status.Text), err)
	}
	return channel.Misconfigured(code, "signing in refused: "+channel.OneLine(status.Text), err)
}

// selected is what SELECT tells of a folder.
type selected struct {
	validity uint32
	next     imap.UID
}

func (s *imapSession) selectFolder(ctx context.Context, folder string, readOnly bool) (selected, error) {
	defer guard(ctx, commandTimeout, s.conn)()
	data, err := s.client.Select(folder, &imap.SelectOptions{ReadOnly: readOnly}).Wait()
	if err != nil {
		return selected{}, folderFailure(folder, err)
	}
	return selected{validity: data.UIDValidity, next: data.UIDNext}, nil
}

func folderFailure(folder string, err error) error {
	var status *imap.Error
	if errors.As(err, &status) && status.Type == imap.StatusResponseTypeNo {
		switch status.Code {
		case imap.ResponseCodeUnavailable, imap.ResponseCodeInUse, imap.ResponseCodeServerBug, imap.ResponseCodeLimit:
			return channel.Transient("imap.folder", "folder "+folder+" cannot be opened now", err)
		}
		return channel.Misconfigured("imap.folder", "folder "+folder+" cannot be opened: "+channel.OneLine(status.Text), err)
	}
	return connectionFailure(err)
}

func connectionFailure(err error) error {
	var failure *channel.Failure
	if errors.As(err, &failure) {
		return failure
	}
	return channel.Transient("imap.connection", "the connection to the server broke", err)
}

// search returns the UIDs from first to last that match, in ascending order;
// last 0 means no end.
func (s *imapSession) search(ctx context.Context, first, last imap.UID, criteria imap.SearchCriteria) ([]imap.UID, error) {
	defer guard(ctx, commandTimeout, s.conn)()
	criteria.UID = []imap.UIDSet{{imap.UIDRange{Start: first, Stop: last}}}
	data, err := s.client.UIDSearch(&criteria, nil).Wait()
	if err != nil {
		return nil, connectionFailure(err)
	}
	uids := data.AllUIDs()
	slices.Sort(uids)
	// "n:*" also names the last message when its UID is below n.
	from, _ := slices.BinarySearch(uids, first)
	return uids[from:], nil
}

// canIdle reports whether the server tells of new messages by itself.
func (s *imapSession) canIdle() bool {
	return s.caps.Has(imap.CapIdle) || s.caps.Has(imap.CapIMAP4rev2)
}

// idle waits as waitFor does, with the server telling of new messages. The
// library says IDLE anew every 28 minutes, within the 29 that servers allow.
func (s *imapSession) idle(ctx context.Context, limit time.Duration, done <-chan struct{}) error {
	release := guard(ctx, commandTimeout, s.conn)
	command, err := s.client.Idle()
	release()
	if err != nil {
		return connectionFailure(err)
	}
	s.waitFor(ctx, limit, done)
	defer guard(ctx, commandTimeout, s.conn)()
	if err := command.Close(); err != nil {
		return connectionFailure(err)
	}
	if err := command.Wait(); err != nil {
		return connectionFailure(err)
	}
	return nil
}

// waitFor waits for news, the end of the connection, of ctx or of the time, or
// for done, which may be nil.
func (s *imapSession) waitFor(ctx context.Context, limit time.Duration, done <-chan struct{}) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-s.news:
	case <-s.client.Closed():
	case <-done:
	}
}
