package email

import (
	"context"
	"errors"
	"fmt"
	"io"

	"sportello.dev/adapters/internal/mime"
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
		source, err := m.host.OpenRaw(ctx, raw)
		if err != nil {
			return nil, err
		}
		defer func() { _ = source.Close() }()
		sink := &blobSink{host: m.host, refs: map[string]channel.BlobRef{}}
		mail, err := mime.Parse(ctx, source, m.limits, sink)
		if err != nil {
			return nil, unreadable(err)
		}
		return m.inbound(mail, sink), nil
	})
}

// unreadable makes an Unparsed of an error about the bytes.
func unreadable(err error) error {
	var limit *mime.LimitError
	switch {
	case errors.As(err, &limit):
		return &channel.Unparsed{Code: "limit." + limit.Limit, Detail: fmt.Sprintf("more than %d", limit.Max)}
	case mime.Unreadable(err):
		return &channel.Unparsed{Code: "no_header", Detail: "the bytes hold no mail header"}
	}
	return err
}

// blobSink puts attachments into the hub's store while they are read.
type blobSink struct {
	host *channel.Host
	refs map[string]channel.BlobRef
}

// Store implements mime.AttachmentSink.
func (s *blobSink) Store(ctx context.Context, a mime.Attachment, r io.Reader) (string, error) {
	ref, err := s.host.PutBlob(ctx, r, 0, a.Type)
	if err != nil {
		return "", err
	}
	s.refs[ref.SHA256] = ref
	return ref.SHA256, nil
}
