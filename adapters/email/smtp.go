package email

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"sportello.dev/adapters/internal/mime"
	"sportello.dev/plugins-sdk/channel"
)

// sendTimeout bounds one attempt from the connection to the answer after the
// message; servers that check content take minutes.
const sendTimeout = 15 * time.Minute

func (c *SMTP) endpoint() endpoint {
	return endpoint{host: c.Host, port: c.Port, security: c.Security, proto: "smtp"}
}

// attempt is one SMTP transaction. Every recipient gets exactly one result.
type attempt struct {
	mailbox      *Mailbox
	transmission channel.Transmission
	mail         mime.Outgoing
	recipients   []recipient
	results      channel.Results
}

func (a *attempt) run(ctx context.Context) {
	started := a.mailbox.now()
	answer, err := a.transact(ctx)
	if err != nil {
		failure := channel.AsFailure(err)
		for _, r := range a.recipients {
			if _, settled := a.results[r.delivery]; !settled {
				a.results[r.delivery] = refuse(failure)
			}
		}
		a.mailbox.noteSending(failure)
	} else {
		a.mailbox.health.report(sendingPart, channel.Status{State: channel.HealthHealthy})
	}
	a.record(ctx, started, answer, err)
}

// sendingPart names sending on the health board.
const sendingPart = "smtp"

// noteSending shows refused credentials; a refused message says nothing about
// the mailbox.
func (m *Mailbox) noteSending(failure *channel.Failure) {
	if failure.Class == channel.FailureConfig {
		m.health.report(sendingPart, broken(failure))
	}
}

func (a *attempt) record(ctx context.Context, started time.Time, answer string, err error) {
	exchange := channel.Exchange{
		Protocol: "smtp", StartedAt: started, Took: a.mailbox.now().Sub(started), Response: answer,
		Request: fmt.Sprintf("MAIL FROM:<%s>, %d RCPT, Message-ID <%s>", a.mailbox.config.Address, len(a.recipients), a.mail.MessageID),
	}
	if err != nil {
		exchange.Error = err.Error()
	}
	channel.Record(ctx, exchange)
}

// transact goes through one transaction. It sets the results of recipients
// that were refused or accepted; its error stands for all others.
func (a *attempt) transact(ctx context.Context) (answer string, err error) {
	client, conn, err := a.mailbox.openSMTP(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = client.Close() }()
	defer guard(ctx, sendTimeout, conn)()
	size := a.mail.EncodedSize()
	limit := a.mailbox.largest()
	if said, ok := client.MaxMessageSize(); ok && said > 0 {
		limit = min(limit, int64(said))
	}
	if size > limit {
		return "", channel.ContentRefused("smtp.size", fmt.Sprintf("messages of at most %d MB are taken", limit/megabyte), nil)
	}
	options := &smtp.MailOptions{Size: size, Return: smtp.DSNReturnHeaders, EnvelopeID: envelopeID(a.transmission.ID)}
	if err := client.Mail(a.mailbox.config.Address, options); err != nil {
		return "", mailFailure(err)
	}
	accepted, err := a.announce(client)
	if err != nil || len(accepted) == 0 {
		return "", err
	}
	answer, err = a.hand(client)
	if err != nil {
		return answer, err
	}
	for _, r := range accepted {
		a.results[r.delivery] = channel.Result{Accepted: a.accepted(answer)}
	}
	_ = client.Quit() // the message is taken, whatever comes of the farewell
	return answer, nil
}

// envelopeID lets a bounce name the transmission; ids that do not fit are left
// out.
func envelopeID(id string) string {
	if len(id) > 100 || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return id
}

// announce names the recipients. Those refused get their result at once.
func (a *attempt) announce(client *smtp.Client) (accepted []recipient, err error) {
	for _, r := range a.recipients {
		err := client.Rcpt(r.email, &smtp.RcptOptions{Notify: []smtp.DSNNotify{smtp.DSNNotifyFailure, smtp.DSNNotifyDelayed}})
		var refused *smtp.SMTPError
		switch {
		case err == nil:
			accepted = append(accepted, r)
		case errors.As(err, &refused) && refused.Code != codeClosing:
			a.results[r.delivery] = refuse(recipientFailure(refused))
		default:
			return nil, connectionLost(err)
		}
	}
	return accepted, nil
}

// hand writes the message. Until its last line is sent nothing has left: a
// server drops what it did not get whole.
func (a *attempt) hand(client *smtp.Client) (answer string, err error) {
	data, err := client.Data()
	if err != nil {
		return "", dataFailure(err)
	}
	source := &faultWriter{w: data}
	if err := mime.Compose(source, a.mail); err != nil {
		if source.err != nil {
			return "", connectionLost(source.err)
		}
		return "", contentFailure(err)
	}
	response, err := data.CloseWithResponse()
	if err == nil {
		return response.StatusText, nil
	}
	var refused *smtp.SMTPError
	if errors.As(err, &refused) {
		return refused.Error(), dataFailure(err)
	}
	return "", channel.UnknownOutcome("smtp.lost", "the connection broke after the message was handed over", err)
}

// faultWriter remembers the error of the connection, so that it is not taken
// for one of the message.
type faultWriter struct {
	w   io.Writer
	err error
}

func (f *faultWriter) Write(p []byte) (int, error) {
	n, err := f.w.Write(p)
	if err != nil {
		f.err = err
	}
	return n, err
}

func (a *attempt) accepted(answer string) *channel.Accepted {
	accepted := &channel.Accepted{
		State:       channel.DeliveryAccepted,
		ExternalIDs: []channel.ExternalID{{Kind: idMessage, Value: bracketed(a.mail.MessageID), Issuer: channel.IssuerHub}},
	}
	if id := envelopeID(a.transmission.ID); id != "" {
		accepted.ExternalIDs = append(accepted.ExternalIDs, channel.ExternalID{Kind: idEnvelope, Value: id, Issuer: channel.IssuerHub})
	}
	if queue := queueID(answer); queue != "" {
		// Servers use short ids again after a while: the day makes them unique.
		value := queue + "@" + a.mailbox.now().UTC().Format(time.DateOnly)
		accepted.ExternalIDs = append(accepted.ExternalIDs, channel.ExternalID{Kind: idQueue, Value: value, Issuer: channel.IssuerProvider})
	}
	return accepted
}

var (
	queuedAs = regexp.MustCompile(`(?i)\bqueued as ([A-Za-z0-9._-]{4,100})`)
	okID     = regexp.MustCompile(`(?i)\bid=([A-Za-z0-9._-]{4,100})`)
)

// queueID finds the server's own name for the message in its last answer.
func queueID(answer string) string {
	for _, pattern := range []*regexp.Regexp{queuedAs, okID} {
		if found := pattern.FindStringSubmatch(answer); found != nil {
			return found[1]
		}
	}
	return ""
}

// openSMTP connects and signs in.
func (m *Mailbox) openSMTP(ctx context.Context) (*smtp.Client, net.Conn, error) {
	client, conn, err := connectSMTP(ctx, m.dialer, m.config.SMTP.endpoint(), domainOf(m.config.Address))
	if err != nil {
		return nil, nil, err
	}
	if err := signInSMTP(ctx, client, conn, m.config.SMTP, m.tokens); err != nil {
		return nil, nil, errors.Join(err, client.Close())
	}
	return client, conn, nil
}

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

func connectSMTP(ctx context.Context, d dialer, e endpoint, helo string) (*smtp.Client, net.Conn, error) {
	conn, err := d.connect(ctx, e)
	if err != nil {
		return nil, nil, err
	}
	defer guard(ctx, commandTimeout, conn)()
	var client *smtp.Client
	if e.security == securityStartTLS {
		if client, err = smtp.NewClientStartTLS(conn, d.tlsConfig(e)); err != nil {
			return nil, nil, tlsFailure(e, err)
		}
	} else {
		client = smtp.NewClient(conn)
	}
	if err := client.Hello(helo); err != nil {
		return nil, nil, errors.Join(greetingFailure(e, err), client.Close())
	}
	return client, conn, nil
}

func signInSMTP(ctx context.Context, client *smtp.Client, conn net.Conn, config *SMTP, tokens *tokenSource) error {
	defer guard(ctx, commandTimeout, conn)()
	var mechanism sasl.Client
	token := ""
	switch config.Auth {
	case authNone:
		return nil
	case authOAuth:
		var err error
		if token, err = tokens.token(ctx, ""); err != nil {
			return beforeSending(err)
		}
		mechanism = xoauth2{config.Username, token}
	case authPassword:
		mechanism = passwordMechanism(client, config)
	}
	err := client.Auth(mechanism)
	var refused *refusedToken
	if err != nil && errors.As(err, &refused) {
		if _, renewal := tokens.token(ctx, token); renewal != nil {
			return beforeSending(renewal)
		}
	}
	if err != nil {
		return authFailure(err)
	}
	return nil
}

func passwordMechanism(client *smtp.Client, config *SMTP) sasl.Client {
	if client.SupportsAuth(sasl.Login) && !client.SupportsAuth(sasl.Plain) {
		return sasl.NewLoginClient(config.Username, config.Password)
	}
	return sasl.NewPlainClient("", config.Username, config.Password)
}
