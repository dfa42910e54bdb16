package channel

import (
	"errors"
	"strings"
	"time"
)

// FailureClass says what can be done about a failure.
type FailureClass int32

// The classes.
const (
	// FailureTransient: try again later.
	FailureTransient FailureClass = 1
	// FailureRateLimited: try again after RetryAfter.
	FailureRateLimited FailureClass = 2
	// FailureRecipient: the recipient does not exist or refuses.
	FailureRecipient FailureClass = 3
	// FailureContent: the message is refused.
	FailureContent FailureClass = 4
	// FailureConfig: nothing will go until an administrator acts.
	FailureConfig FailureClass = 5
	// FailureOptedOut: the recipient does not want messages.
	FailureOptedOut FailureClass = 6
	// FailureUnknownOutcome: it may or may not have gone.
	FailureUnknownOutcome FailureClass = 7
)

// maxDetail is the longest detail of a failure, in characters.
const maxDetail = 500

// Failure is an error that the hub can act upon.
type Failure struct {
	Class FailureClass
	// Code is stable and the adapter's own: "smtp.rcpt".
	Code string
	// ProviderCode is the provider's: "550 5.1.1".
	ProviderCode string
	// Detail is for the operator, without secrets; at most 500 characters.
	Detail string
	// RetryAfter is the least wait before another attempt.
	RetryAfter time.Duration

	cause error
}

// Transient is a failure that may be gone on another attempt, such as a refused connection before anything was sent.
func Transient(code, detail string, cause error) *Failure {
	return newFailure(FailureTransient, code, detail, cause)
}

// RateLimited is a refusal because of too many messages; after is the provider's wait, 0 if it names none.
func RateLimited(after time.Duration, cause error) *Failure {
	failure := newFailure(FailureRateLimited, "rate_limited", "", cause)
	failure.RetryAfter = max(after, 0)
	return failure
}

// RecipientRefused is a final refusal of one recipient.
func RecipientRefused(code, detail string, cause error) *Failure {
	return newFailure(FailureRecipient, code, detail, cause)
}

// ContentRefused is a final refusal of the message: size, type, policy.
func ContentRefused(code, detail string, cause error) *Failure {
	return newFailure(FailureContent, code, detail, cause)
}

// Misconfigured is a refusal that only an administrator can end: credentials, account, setting.
func Misconfigured(code, detail string, cause error) *Failure {
	return newFailure(FailureConfig, code, detail, cause)
}

// OptedOut is a recipient who does not want messages.
func OptedOut(code, detail string, cause error) *Failure {
	return newFailure(FailureOptedOut, code, detail, cause)
}

// UnknownOutcome is an attempt that may or may not have gone: the connection broke after the message was handed over.
func UnknownOutcome(code, detail string, cause error) *Failure {
	return newFailure(FailureUnknownOutcome, code, detail, cause)
}

// WithProviderCode returns a copy that carries the provider's own code.
func (f *Failure) WithProviderCode(code string) *Failure {
	with := *f
	with.ProviderCode = code
	return &with
}

// Error joins code, detail and cause.
func (f *Failure) Error() string {
	parts := make([]string, 0, 3)
	for _, part := range []string{f.Code, f.Detail} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if f.cause != nil {
		parts = append(parts, f.cause.Error())
	}
	if len(parts) == 0 {
		return "failure without detail"
	}
	return strings.Join(parts, ": ")
}

// Unwrap gives the cause, which does not travel to the hub.
func (f *Failure) Unwrap() error { return f.cause }

// AsFailure finds the Failure in err; any other error is an unknown outcome.
func AsFailure(err error) *Failure {
	var failure *Failure
	if errors.As(err, &failure) && failure != nil {
		return failure
	}
	return newFailure(FailureUnknownOutcome, "error", err.Error(), err)
}

func newFailure(class FailureClass, code, detail string, cause error) *Failure {
	return &Failure{Class: class, Code: code, Detail: clip(detail, maxDetail), cause: cause}
}

// clip shortens text to a number of characters.
func clip(text string, limit int) string {
	count := 0
	for at := range text {
		if count == limit {
			return text[:at]
		}
		count++
	}
	return text
}
