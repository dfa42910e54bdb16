package pluginhost

import (
	"context"
	"errors"

	"google.golang.org/protobuf/types/known/durationpb"

	"sportello.dev/hub/internal/pluginhost/internal/translation"
	"sportello.dev/plugins-sdk/channelpb"
)

// Bounds of what citizens type, in bytes.
const (
	maxTypedAddress = 500
	maxTypedCode    = 100
)

func answerAddress(a AnswerAddress) *channelpb.AnswerAddress {
	return &channelpb.AnswerAddress{Kind: a.Kind, Masked: a.Masked, Chosen: a.Chosen}
}

// keyOf is ticketKey where a call cannot do without.
func keyOf(key *channelpb.TicketKey) TicketKey {
	if k := ticketKey(key); k != nil {
		return *k
	}
	return TicketKey{}
}

var askOutcomes = map[string]channelpb.AskPreferenceResponse_Outcome{
	"sent":        channelpb.AskPreferenceResponse_OUTCOME_SENT,
	"refused":     channelpb.AskPreferenceResponse_OUTCOME_REFUSED,
	"invalid":     channelpb.AskPreferenceResponse_OUTCOME_INVALID,
	"unreachable": channelpb.AskPreferenceResponse_OUTCOME_UNREACHABLE,
	"blocked":     channelpb.AskPreferenceResponse_OUTCOME_BLOCKED,
	"too_many":    channelpb.AskPreferenceResponse_OUTCOME_TOO_MANY,
}

// AskPreference implements channelpb.HostServer.
func (hs *hostService) AskPreference(ctx context.Context, r *channelpb.AskPreferenceRequest) (*channelpb.AskPreferenceResponse, error) {
	if err := hs.check(r.GetChannelId()); err != nil {
		return nil, err
	}
	if hs.host.Preferences == nil {
		return nil, errNotHere
	}
	asked, err := hs.host.Preferences.AskPreference(ctx, keyOf(r.GetTicket()),
		translation.Text(r.GetAddress(), maxTypedAddress), translation.Text(r.GetLanguage(), 40))
	var many *TooManyWrongError
	if errors.As(err, &many) {
		return &channelpb.AskPreferenceResponse{
			Outcome: channelpb.AskPreferenceResponse_OUTCOME_REFUSED, RetryAfter: durationpb.New(many.After),
		}, nil
	}
	if err != nil {
		return nil, err
	}
	answer := &channelpb.AskPreferenceResponse{
		Outcome: askOutcomes[asked.Outcome], Request: asked.Request, Address: answerAddress(asked.Address),
	}
	if asked.Wait > 0 {
		answer.RetryAfter = durationpb.New(asked.Wait)
	}
	if asked.Valid > 0 {
		answer.ValidFor = durationpb.New(asked.Valid)
	}
	return answer, nil
}

var confirmOutcomes = map[string]channelpb.ConfirmPreferenceResponse_Outcome{
	"confirmed": channelpb.ConfirmPreferenceResponse_OUTCOME_CONFIRMED,
	"refused":   channelpb.ConfirmPreferenceResponse_OUTCOME_REFUSED,
	"wrong":     channelpb.ConfirmPreferenceResponse_OUTCOME_WRONG,
	"expired":   channelpb.ConfirmPreferenceResponse_OUTCOME_EXPIRED,
}

// ConfirmPreference implements channelpb.HostServer.
func (hs *hostService) ConfirmPreference(ctx context.Context, r *channelpb.ConfirmPreferenceRequest) (*channelpb.ConfirmPreferenceResponse, error) {
	if err := hs.check(r.GetChannelId()); err != nil {
		return nil, err
	}
	if hs.host.Preferences == nil {
		return nil, errNotHere
	}
	done, err := hs.host.Preferences.ConfirmPreference(ctx, keyOf(r.GetTicket()),
		translation.Text(r.GetRequest(), maxReference), translation.Text(r.GetCode(), maxTypedCode))
	var many *TooManyWrongError
	if errors.As(err, &many) {
		return &channelpb.ConfirmPreferenceResponse{
			Outcome: channelpb.ConfirmPreferenceResponse_OUTCOME_REFUSED, RetryAfter: durationpb.New(many.After),
		}, nil
	}
	if err != nil {
		return nil, err
	}
	return &channelpb.ConfirmPreferenceResponse{Outcome: confirmOutcomes[done.Outcome], TriesLeft: uint32(max(done.TriesLeft, 0))}, nil
}

// DropPreference implements channelpb.HostServer.
func (hs *hostService) DropPreference(ctx context.Context, r *channelpb.DropPreferenceRequest) (*channelpb.DropPreferenceResponse, error) {
	if err := hs.check(r.GetChannelId()); err != nil {
		return nil, err
	}
	if hs.host.Preferences == nil {
		return nil, errNotHere
	}
	accepted, err := hs.host.Preferences.DropPreference(ctx, keyOf(r.GetTicket()))
	var many *TooManyWrongError
	if errors.As(err, &many) {
		return &channelpb.DropPreferenceResponse{RetryAfter: durationpb.New(many.After)}, nil
	}
	return &channelpb.DropPreferenceResponse{Accepted: accepted}, err
}
