package channel

import (
	"context"
	"fmt"
	"time"

	"sportello.dev/plugins-sdk/channelpb"
)

// AnswerAddress is where the answers on a ticket go, as its citizen may be told.
type AnswerAddress struct {
	// Kind is that of the address: email, pec, mobile...; empty when none is known.
	Kind string
	// Masked is the address with most of it hidden; empty when the citizen did not give it on this ticket.
	Masked string
	// Chosen: the citizen chose and proved it for this ticket.
	Chosen bool
}

// AskOutcome is what became of a citizen's wish to be answered at an address.
type AskOutcome int32

// The outcomes of AskPreference.
const (
	// AskSent: a code is on its way.
	AskSent AskOutcome = 1
	// AskRefused: number and secret do not belong together, or must not be tried again yet.
	AskRefused AskOutcome = 2
	// AskInvalid: neither an e-mail address nor a mobile number.
	AskInvalid AskOutcome = 3
	// AskUnreachable: no channel of the town reaches it now, or the ticket takes no preference.
	AskUnreachable AskOutcome = 4
	// AskBlocked: the town does not write there: messages came back, or whoever has it asked for none.
	AskBlocked AskOutcome = 5
	// AskTooMany: too many codes for this ticket or this address.
	AskTooMany AskOutcome = 6
)

// Asked is the answer to AskPreference.
type Asked struct {
	Outcome AskOutcome
	// Request names the code for ConfirmPreference. It proves nothing, but keep others from choosing it.
	Request string
	Address AnswerAddress
	// RetryAfter is how long to wait; see AskRefused and AskTooMany.
	RetryAfter time.Duration
	// ValidFor is how long the code holds.
	ValidFor time.Duration
}

// AskPreference sends a code to the e-mail address or mobile number, as it was typed, at which a citizen wants the answers
// on a ticket, in a message of that language. Nothing changes before ConfirmPreference.
func (h *Host) AskPreference(ctx context.Context, key TicketKey, address, language string) (Asked, error) {
	answer, err := h.client.AskPreference(ctx, &channelpb.AskPreferenceRequest{
		ChannelId: h.channelID, Ticket: key.proto(), Address: address, Language: language,
	})
	if err != nil {
		return Asked{}, fmt.Errorf("asking for a preference: %w", err)
	}
	return Asked{
		Outcome: AskOutcome(answer.GetOutcome()), Request: answer.GetRequest(),
		Address:    AnswerAddress{Kind: answer.GetAddress().GetKind(), Masked: answer.GetAddress().GetMasked()},
		RetryAfter: answer.GetRetryAfter().AsDuration(), ValidFor: answer.GetValidFor().AsDuration(),
	}, nil
}

// ConfirmOutcome is what became of a code.
type ConfirmOutcome int32

// The outcomes of ConfirmPreference.
const (
	ConfirmDone ConfirmOutcome = 1
	// ConfirmRefused is as AskRefused.
	ConfirmRefused ConfirmOutcome = 2
	ConfirmWrong   ConfirmOutcome = 3
	// ConfirmExpired: too old, tried too often, or a newer code was asked for.
	ConfirmExpired ConfirmOutcome = 4
)

// Confirmed is the answer to ConfirmPreference.
type Confirmed struct {
	Outcome ConfirmOutcome
	// TriesLeft is how often a wrong code may still be corrected.
	TriesLeft int
	// RetryAfter is how long to wait; see AskRefused.
	RetryAfter time.Duration
}

// ConfirmPreference makes the address at which the citizen read the code the preferred one of that ticket, and of no other.
func (h *Host) ConfirmPreference(ctx context.Context, key TicketKey, request, code string) (Confirmed, error) {
	answer, err := h.client.ConfirmPreference(ctx, &channelpb.ConfirmPreferenceRequest{
		ChannelId: h.channelID, Ticket: key.proto(), Request: request, Code: code,
	})
	if err != nil {
		return Confirmed{}, fmt.Errorf("confirming a preference: %w", err)
	}
	return Confirmed{
		Outcome: ConfirmOutcome(answer.GetOutcome()), TriesLeft: int(answer.GetTriesLeft()), RetryAfter: answer.GetRetryAfter().AsDuration(),
	}, nil
}

// DropPreference ends the preference of a ticket; accepted is false when the key is wrong. After too many wrong keys the
// error is a TooManyWrongError.
func (h *Host) DropPreference(ctx context.Context, key TicketKey) (accepted bool, err error) {
	answer, err := h.client.DropPreference(ctx, &channelpb.DropPreferenceRequest{ChannelId: h.channelID, Ticket: key.proto()})
	if err != nil {
		return false, fmt.Errorf("dropping a preference: %w", err)
	}
	if wait := answer.GetRetryAfter(); wait != nil {
		return false, &TooManyWrongError{After: wait.AsDuration()}
	}
	return answer.GetAccepted(), nil
}

func (k TicketKey) proto() *channelpb.TicketKey {
	return &channelpb.TicketKey{TicketNumber: k.Number, TrackingSecret: k.Secret, ClientIp: k.ClientIP}
}
