package channeltest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"sportello.dev/plugins-sdk/channel"
	"sportello.dev/plugins-sdk/channelpb"
)

// codeTries is how often the hub lets a code be typed.
const codeTries = 5

// sentCode is a code that an adapter asked for.
type sentCode struct {
	ticket  string
	address string
	code    string
	tries   int
	over    bool
}

// Deny makes AskPreference answer so from now on; 0 lets it send codes again.
func (h *Host) Deny(outcome channel.AskOutcome) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.denied = outcome
}

// Code is the last code that was sent to an address, as its owner reads it.
func (h *Host) Code(address string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	for n := len(h.codes); n > 0; n-- {
		if c := h.codes[requestName(n)]; c.address == address {
			return c.code
		}
	}
	return ""
}

// Expire ends all codes, as ten minutes do.
func (h *Host) Expire() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.codes {
		c.over = true
	}
}

func requestName(n int) string { return fmt.Sprintf("request-%d", n) }

func keyName(key *channelpb.TicketKey) string {
	return key.GetTicketNumber() + " " + key.GetTrackingSecret()
}

// AskPreference makes a code for the address; Code tells it.
func (h *Host) AskPreference(ctx context.Context, request *channelpb.AskPreferenceRequest) (*channelpb.AskPreferenceResponse, error) {
	if err := h.enter(ctx, AskPreference); err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	key, address := keyName(request.GetTicket()), request.GetAddress()
	switch {
	case h.tickets[key] == nil:
		return &channelpb.AskPreferenceResponse{Outcome: channelpb.AskPreferenceResponse_OUTCOME_REFUSED}, nil
	case h.denied == channel.AskTooMany:
		return &channelpb.AskPreferenceResponse{
			Outcome: channelpb.AskPreferenceResponse_OUTCOME_TOO_MANY, RetryAfter: durationpb.New(42 * time.Minute),
		}, nil
	case h.denied != 0:
		return &channelpb.AskPreferenceResponse{Outcome: channelpb.AskPreferenceResponse_Outcome(h.denied)}, nil
	}
	for _, c := range h.codes {
		c.over = c.over || c.ticket == key
	}
	n := len(h.codes) + 1
	h.codes[requestName(n)] = &sentCode{ticket: key, address: address, code: fmt.Sprintf("%06d", n)}
	return &channelpb.AskPreferenceResponse{
		Outcome: channelpb.AskPreferenceResponse_OUTCOME_SENT, Request: requestName(n), Address: maskedAddress(address),
		ValidFor: durationpb.New(10 * time.Minute),
	}, nil
}

func maskedAddress(address string) *channelpb.AnswerAddress {
	if local, domain, ok := strings.Cut(address, "@"); ok {
		return &channelpb.AnswerAddress{Kind: "email", Masked: local[:min(len(local), 1)] + "•••@" + domain}
	}
	return &channelpb.AnswerAddress{Kind: "mobile", Masked: "••• ••• " + address[max(len(address)-4, 0):]}
}

// ConfirmPreference shows the address on the ticket when the code is right.
func (h *Host) ConfirmPreference(ctx context.Context, request *channelpb.ConfirmPreferenceRequest) (*channelpb.ConfirmPreferenceResponse, error) {
	if err := h.enter(ctx, ConfirmPreference); err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	ticket := h.tickets[keyName(request.GetTicket())]
	if ticket == nil {
		return &channelpb.ConfirmPreferenceResponse{Outcome: channelpb.ConfirmPreferenceResponse_OUTCOME_REFUSED}, nil
	}
	c := h.codes[request.GetRequest()]
	if c == nil || c.ticket != keyName(request.GetTicket()) || c.over || c.tries >= codeTries {
		return &channelpb.ConfirmPreferenceResponse{Outcome: channelpb.ConfirmPreferenceResponse_OUTCOME_EXPIRED}, nil
	}
	if c.tries++; c.code != request.GetCode() {
		return &channelpb.ConfirmPreferenceResponse{
			Outcome: channelpb.ConfirmPreferenceResponse_OUTCOME_WRONG, TriesLeft: uint32(codeTries - c.tries),
		}, nil
	}
	c.over = true
	answers := maskedAddress(c.address)
	answers.Chosen = true
	h.answerAt(request.GetTicket(), answers)
	return &channelpb.ConfirmPreferenceResponse{Outcome: channelpb.ConfirmPreferenceResponse_OUTCOME_CONFIRMED}, nil
}

// DropPreference takes the chosen address from the ticket.
func (h *Host) DropPreference(ctx context.Context, request *channelpb.DropPreferenceRequest) (*channelpb.DropPreferenceResponse, error) {
	if err := h.enter(ctx, DropPreference); err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	ticket := h.tickets[keyName(request.GetTicket())]
	if ticket.GetAnswers().GetChosen() {
		h.answerAt(request.GetTicket(), nil)
	}
	return &channelpb.DropPreferenceResponse{Accepted: ticket != nil}, nil
}

// answerAt changes a copy: the ticket may be on its way to somebody who looked it up.
func (h *Host) answerAt(key *channelpb.TicketKey, answers *channelpb.AnswerAddress) {
	ticket := proto.CloneOf(h.tickets[keyName(key)])
	ticket.Answers = answers
	h.tickets[keyName(key)] = ticket
}
