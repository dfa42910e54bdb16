package email

import (
	"context"
	"errors"
	"fmt"
	"io"

	"sportello.dev/adapters/internal/mime"
	"sportello.dev/adapters/internal/reader"
	"sportello.dev/plugins-sdk/channel"
)

// Interpret reads an original again, for quarantine.
func (m *Mailbox) Interpret(ctx context.Context, raw channel.Raw) (channel.Event, error) {
	body, err := m.interpret(ctx, raw)
	if err != nil {
		return channel.Event{}, err
	}
	event := channel.Event{Raw: raw, Body: body, OccurredAt: m.now()}
	if message, ok := body.(*channel.InboundMessage); ok && !message.SentAt.IsZero() {
		event.OccurredAt = message.SentAt
	}
	return event, nil
}

// interpret makes a message of an original. Bytes that cannot be read give an
// Unparsed; an error is about the hub.
func (m *Mailbox) interpret(ctx context.Context, raw channel.Raw) (channel.Body, error) {
	return channel.Guard(func() (channel.Body, error) {
		open := func() (io.ReadCloser, error) { return m.host.OpenRaw(ctx, raw) }
		sink := &blobSink{host: m.host}
		mail, err := m.readers.Read(ctx, open, m.rules(), sink)
		if err != nil {
			return nil, unreadable(err)
		}
		if err := sink.flush(ctx); err != nil {
			return nil, err
		}
		return m.inbound(mail, sink), nil
	})
}

// rules trust what the town trusts on the day of reading.
func (m *Mailbox) rules() mime.Rules {
	return mime.Rules{Limits: m.limits, Trust: mime.Trust{System: true, PEM: []byte(m.config.SignersPEM), At: m.now()}}
}

// unreadable makes an Unparsed of an error about the bytes.
func unreadable(err error) error {
	var limit *mime.LimitError
	var crash *reader.CrashError
	switch {
	case errors.As(err, &limit):
		return &channel.Unparsed{Code: "limit." + limit.Limit, Detail: fmt.Sprintf("more than %d", limit.Max)}
	case errors.As(err, &crash):
		return &channel.Unparsed{Code: "crash", Detail: crash.Detail}
	case mime.Unreadable(err):
		return &channel.Unparsed{Code: "no_header", Detail: "the bytes hold no mail header"}
	}
	return err
}
