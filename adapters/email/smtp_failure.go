package email

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/emersion/go-smtp"

	"sportello.dev/plugins-sdk/channel"
)

const (
	// codeClosing is said by a server that is about to go away.
	codeClosing = 421
	// rateWait is how long to wait where a server says too much without saying
	// for how long.
	rateWait = 15 * time.Minute
)

var (
	rateText   = regexp.MustCompile(`(?i)rate.?limit|too many (messages|emails|mails|connections|requests)|quota exceeded|sending limit|throttl|try again later.*limit`)
	senderText = regexp.MustCompile(`(?i)sender (address )?(rejected|verify|not allowed)|not owned by|authentication (is )?required|must authenticate|not authori[sz]ed to send`)
	relayText  = regexp.MustCompile(`(?i)relay(ing)? (access )?(denied|not permitted)|(unable|not allowed) to relay`)
)

// providerCode is the reply code with the enhanced one.
func providerCode(err *smtp.SMTPError) string {
	if err.EnhancedCode == (smtp.EnhancedCode{}) || err.EnhancedCode == smtp.NoEnhancedCode {
		return fmt.Sprint(err.Code)
	}
	return fmt.Sprintf("%d %d.%d.%d", err.Code, err.EnhancedCode[0], err.EnhancedCode[1], err.EnhancedCode[2])
}

// said is the server's own explanation.
func said(err *smtp.SMTPError) string { return channel.OneLine(err.Message) }

// common classifies what means the same at every step: wait, or go away.
func common(code string, err *smtp.SMTPError) *channel.Failure {
	switch {
	case rateText.MatchString(err.Message):
		failure := channel.RateLimited(rateWait, err)
		failure.Detail = clip(said(err), maxSaid)
		return failure.WithProviderCode(providerCode(err))
	case err.Code < 500:
		return channel.Transient(code, said(err), err).WithProviderCode(providerCode(err))
	case err.Code == 530, err.Code == 535, err.Code == 534, err.Code == 538, senderText.MatchString(err.Message):
		return channel.Misconfigured(code, said(err), err).WithProviderCode(providerCode(err))
	}
	return nil
}

// maxSaid is how much of an explanation is kept, in bytes.
const maxSaid = 500

// recipientFailure classifies the answer to RCPT.
func recipientFailure(err *smtp.SMTPError) *channel.Failure {
	const code = "smtp.rcpt"
	if failure := common(code, err); failure != nil {
		return failure
	}
	// A server that does not pass mail on to one domain passes it on to others: one citizen's address must not end the
	// channel. And it says nothing of whether the address exists.
	if relayText.MatchString(err.Message) {
		return channel.ContentRefused(code, said(err), err).WithProviderCode(providerCode(err))
	}
	// 552 and x.2.2 say that the mailbox is full: the person, not the message.
	return channel.RecipientRefused(code, said(err), err).WithProviderCode(providerCode(err))
}

// mailFailure classifies the answer to MAIL: about us, or about the size.
func mailFailure(err error) *channel.Failure {
	const code = "smtp.mail"
	var refused *smtp.SMTPError
	if !errors.As(err, &refused) {
		return connectionLost(err)
	}
	if failure := common(code, refused); failure != nil {
		return failure
	}
	if refused.Code == 552 || refused.EnhancedCode[1] == 3 && refused.EnhancedCode[2] == 4 {
		return channel.ContentRefused("smtp.size", said(refused), refused).WithProviderCode(providerCode(refused))
	}
	return channel.Misconfigured(code, said(refused), refused).WithProviderCode(providerCode(refused))
}

// dataFailure classifies the answers to DATA and to the message itself.
func dataFailure(err error) *channel.Failure {
	const code = "smtp.data"
	var refused *smtp.SMTPError
	if !errors.As(err, &refused) {
		return connectionLost(err)
	}
	if failure := common(code, refused); failure != nil {
		return failure
	}
	return channel.ContentRefused(code, said(refused), refused).WithProviderCode(providerCode(refused))
}

func authFailure(err error) *channel.Failure {
	const code = "smtp.auth"
	var refused *smtp.SMTPError
	if !errors.As(err, &refused) {
		var token *refusedToken
		if errors.As(err, &token) {
			return channel.Transient(code, "the access token was refused", err)
		}
		return connectionLost(err)
	}
	if refused.Code < 500 {
		return channel.Transient(code, said(refused), err).WithProviderCode(providerCode(refused))
	}
	return channel.Misconfigured(code, "signing in refused: "+said(refused), err).WithProviderCode(providerCode(refused))
}

func greetingFailure(e endpoint, err error) *channel.Failure {
	var refused *smtp.SMTPError
	if errors.As(err, &refused) {
		return channel.Transient("smtp.greeting", said(refused), err).WithProviderCode(providerCode(refused))
	}
	if e.security == securityStartTLS {
		return tlsFailure(e, err) // the library shakes hands with the next command
	}
	return channel.Transient("smtp.greeting", "no greeting from "+e.address(), err)
}

// connectionLost is a broken connection before the message was whole.
func connectionLost(err error) *channel.Failure {
	return channel.Transient("smtp.connection", "the connection broke before the message was handed over", err)
}

// beforeSending makes a failure of any error that came before the message.
func beforeSending(err error) *channel.Failure {
	var failure *channel.Failure
	if errors.As(err, &failure) {
		return failure
	}
	return channel.Transient("smtp.connection", "the message was not handed over", err)
}
