package sms

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"sportello.dev/adapters/internal/gsm"
	"sportello.dev/adapters/internal/smpp"
	"sportello.dev/plugins-sdk/channel"
)

// Send makes one attempt at a message, in as many parts as it takes.
func (c *Centre) Send(ctx context.Context, t channel.Transmission) (channel.Results, error) {
	if c.link == nil {
		return nil, channel.Transient("smpp.lease", "another replica holds the session", nil)
	}
	if len(t.Recipients) != 1 {
		return nil, channel.ContentRefused("sms.recipients", "one recipient each", nil)
	}
	to, refused := reachable(t.Recipients[0].Address)
	if refused != nil {
		return nil, refused
	}
	text, err := c.config.short(t.Content)
	if err != nil {
		return nil, err
	}
	select {
	case c.window <- struct{}{}:
		defer func() { <-c.window }()
	case <-ctx.Done():
		return nil, channel.Transient("smpp.window", "too many messages wait for the message centre", ctx.Err())
	}
	session, err := c.link.current(ctx)
	if err != nil {
		return nil, err
	}
	ids, err := c.submit(ctx, session, t, c.config.SMPP.messages(source(c.config.sender()), destination(to), text, t.ID))
	if err != nil {
		return nil, err
	}
	return channel.AcceptAll(t, channel.Accepted{State: channel.DeliveryAccepted, ExternalIDs: externalIDs(ids...)}), nil
}

// messages are the parts of a text, ready for the centre. Their reference follows from the transmission, so that parts
// of a second attempt replace those of the first.
func (c *SMPP) messages(from, to smpp.Address, text, transmission string) []smpp.Message {
	encoded := c.encode(text)
	draft := smpp.Message{Source: from, Dest: to, Coding: encoded.Coding}
	if len(encoded.Parts) == 1 || c.LongMessages == longPayload {
		whole := []byte{}
		for _, part := range encoded.Parts {
			whole = append(whole, part...)
		}
		draft.Short, draft.Registered = whole, c.registered(true)
		if len(whole) > smpp.MaxShort {
			draft.Short, draft.TLVs = nil, smpp.TLVs{{Tag: smpp.TagPayload, Value: whole}}
		}
		return []smpp.Message{draft}
	}
	sum := sha256.Sum256([]byte(transmission))
	reference := binary.BigEndian.Uint16(sum[:])
	messages := make([]smpp.Message, 0, len(encoded.Parts))
	for n, data := range encoded.Parts {
		part := gsm.Part{Reference: reference, Wide: c.LongMessages == longUDH16, Total: len(encoded.Parts), Part: n + 1}
		message := draft
		message.Registered = c.registered(part.Part == part.Total)
		if c.LongMessages == longSAR {
			message.Short = data
			message.TLVs = smpp.TLVs{
				{Tag: smpp.TagSARReference, Value: binary.BigEndian.AppendUint16(nil, reference)},
				{Tag: smpp.TagSARTotal, Value: []byte{byte(part.Total)}},
				{Tag: smpp.TagSARPart, Value: []byte{byte(part.Part)}},
			}
		} else {
			message.Class |= smpp.ClassUDH
			message.Short = append(part.Header(), data...)
		}
		messages = append(messages, message)
	}
	return messages
}

// registered asks for a receipt of the last part, and of the others only when they fail: the message has arrived when
// the last part has, unless an earlier one is known to be lost.
func (c *SMPP) registered(last bool) byte {
	switch {
	case !c.Receipts:
		return smpp.RegisteredNone
	case last:
		return smpp.RegisteredAlways
	}
	return smpp.RegisteredFailure
}

// submit hands the parts over in order and answers their ids. What was refused before the first part was taken did
// certainly not go; afterwards neither, but the telephone may show a piece.
func (c *Centre) submit(ctx context.Context, session *smpp.Session, t channel.Transmission, messages []smpp.Message) ([]string, error) {
	var ids []string
	for n, message := range messages {
		late := func(answer smpp.PDU) {
			if len(messages) > 1 {
				return // one part says nothing of the others
			}
			select {
			case c.late <- lateAnswer{t, answer}:
			default:
				c.log.Warn("too many late answers, one stays uncertain", "transmission", t.ID)
			}
		}
		answer, err := c.submitPart(ctx, session, message, late, n > 0)
		if err != nil {
			return nil, err
		}
		id := smpp.ParseText(answer.Body)
		if id == "" {
			c.log.Info("the message centre gave no id; receipts will not find the message", "transmission", t.ID)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// throttledTries is how often a later part is offered again to a centre that is busy: giving up would waste those that
// went.
const throttledTries = 5

func (c *Centre) submitPart(
	ctx context.Context, session *smpp.Session, message smpp.Message, late func(smpp.PDU), begun bool,
) (smpp.PDU, error) {
	for try := 1; ; try++ {
		answer, err := c.exchange(ctx, session, message, late)
		var refused smpp.StatusError
		if err == nil {
			return answer, nil
		}
		busy := errors.As(err, &refused) && (refused.Status == smpp.Throttled || refused.Status == smpp.QueueFull)
		if !busy || !begun || try == throttledTries {
			failure := submitFailure(err)
			if begun && failure.Class == channel.FailureTransient && errors.Is(err, smpp.ErrNotSent) {
				// The parts before are with the centre.
				failure = channel.UnknownOutcome("smpp.partial", "the session ended between the parts of the message", err)
			}
			return smpp.PDU{}, failure
		}
		sleep(ctx, c.pace.throttled)
	}
}

// exchange is one request and its answer, recorded without the text.
func (c *Centre) exchange(ctx context.Context, session *smpp.Session, message smpp.Message, late func(smpp.PDU)) (smpp.PDU, error) {
	ctx, cancel := context.WithTimeout(ctx, c.pace.submit)
	defer cancel()
	record := channel.Exchange{
		Protocol: "smpp", StartedAt: time.Now(),
		Request: fmt.Sprintf("submit_sm source=%s/%d/%d destination=%s esm_class=%#02x data_coding=%#02x registered_delivery=%d bytes=%d",
			message.Source.Value, message.Source.TON, message.Source.NPI, message.Dest.Value, message.Class, message.Coding,
			message.Registered, len(message.Content())),
	}
	answer, err := session.Call(ctx, smpp.SubmitSM, message.Bytes(), late)
	record.Took = time.Since(record.StartedAt)
	var refused smpp.StatusError
	if err != nil && !errors.As(err, &refused) {
		record.Error = err.Error()
	} else {
		record.Response = answer.Status.String() + " message_id=" + smpp.ParseText(answer.Body)
	}
	channel.Record(ctx, record)
	return answer, err
}

// throttledPause is what a centre that names none wants us to wait.
const (
	throttledPause = 5 * time.Second
	queuePause     = 30 * time.Second
)

// submitFailure is what an answer, or none, to submit_sm means.
func submitFailure(err error) *channel.Failure {
	var refused smpp.StatusError
	switch {
	case errors.As(err, &refused):
		return statusFailure(refused.Status, err).WithProviderCode(refused.Status.String())
	case errors.Is(err, smpp.ErrNotSent):
		return channel.Transient("smpp.connect", "the session ended before the message left", err)
	}
	return channel.UnknownOutcome("smpp.no_answer", "the message left and the message centre did not answer", err)
}

func statusFailure(status smpp.Status, err error) *channel.Failure {
	switch status {
	case smpp.Throttled:
		return channel.RateLimited(throttledPause, err)
	case smpp.QueueFull:
		return channel.RateLimited(queuePause, err)
	case smpp.InvalidDest, smpp.InvalidDestTON, smpp.InvalidDestNPI:
		return channel.RecipientRefused("smpp.destination", "the message centre does not take this number", err)
	case smpp.InvalidSource, smpp.InvalidSourceTON, smpp.InvalidSourceNPI:
		return channel.Misconfigured("smpp.source", "the message centre does not take this sender", err)
	case smpp.InvalidServiceType, smpp.InvalidCommand:
		return channel.Misconfigured("smpp.service", "the message centre does not offer this service", err)
	case smpp.InvalidLength, smpp.InvalidESMClass, smpp.InvalidDataCoding, smpp.InvalidTLV, smpp.PermanentError,
		smpp.RejectedByReceiver:
		return channel.ContentRefused("smpp.content", "the message centre refuses the message", err)
	}
	return channel.Transient("smpp.refused", "the message centre cannot take the message now", err)
}
