package email

import (
	"context"
	"errors"
	"io"
	"strings"

	"sportello.dev/adapters/internal/mime"
	"sportello.dev/plugins-sdk/channel"
)

// maxLocalPart is what RFC 5321 allows before the @.
const maxLocalPart = 64

// Send makes one SMTP attempt for all recipients of the transmission.
func (m *Mailbox) Send(ctx context.Context, transmission channel.Transmission) (channel.Results, error) {
	results := channel.Results{}
	var recipients []recipient
	for _, r := range transmission.Recipients {
		email, ok := mime.NormalEmail(r.Address.Value)
		if !ok {
			results[r.DeliveryID] = refuse(channel.RecipientRefused("smtp.address", "the address is not valid", nil))
			continue
		}
		recipients = append(recipients, recipient{delivery: r.DeliveryID, email: email, name: r.Address.Name, role: r.Role})
	}
	if len(recipients) == 0 {
		return results, nil
	}
	mail, err := m.compose(ctx, transmission, recipients)
	if err != nil {
		return results, err
	}
	attempt := &attempt{mailbox: m, transmission: transmission, mail: mail, recipients: recipients, results: results}
	attempt.run(ctx)
	return results, nil
}

// recipient is one delivery with an address that can be written to.
type recipient struct {
	delivery, email, name string
	role                  channel.Role
}

func refuse(failure *channel.Failure) channel.Result { return channel.Result{Failure: failure} }

// compose makes the mail, without writing it yet.
func (m *Mailbox) compose(ctx context.Context, t channel.Transmission, recipients []recipient) (mime.Outgoing, error) {
	id := bare(t.Thread.MessageID)
	if id == "" {
		return mime.Outgoing{}, channel.ContentRefused("smtp.message_id", "the message has no identifier", nil)
	}
	name := channel.OneLine(t.SenderName)
	if name == "" {
		name = m.config.DisplayName
	}
	out := mime.Outgoing{
		From:        mime.Address{Name: name, Email: m.config.Address},
		Subject:     channel.OneLine(t.Content.Subject),
		Date:        m.now(),
		MessageID:   id,
		InReplyTo:   bare(t.Thread.InReplyTo),
		References:  references(t.Thread),
		ThreadIndex: channel.OneLine(t.Thread.Headers[headerThreadIndex]),
		ThreadTopic: channel.OneLine(t.Thread.Headers[headerThreadTopic]),
		Automatic:   t.Origin == channel.OriginAutomatic,
		LoopMark:    m.self.LoopMark,
		Language:    t.Language,
		Text:        t.Content.Text,
		HTML:        t.Content.HTML,
	}
	if address, ok := m.replyAddress(t.Thread.ReplyToken); ok {
		out.ReplyTo = []mime.Address{{Name: name, Email: address}}
	} else if t.Thread.ReplyToken != "" {
		out.Text, out.HTML = marked(out.Text, out.HTML, t.Language, t.Thread.ReplyToken)
	}
	for _, r := range recipients {
		a := mime.Address{Name: channel.OneLine(r.name), Email: r.email}
		if r.role == channel.RoleCC {
			out.Cc = append(out.Cc, a)
		} else {
			out.To = append(out.To, a)
		}
	}
	for _, a := range t.Content.Attachments {
		out.Files = append(out.Files, m.file(ctx, a))
	}
	return out, nil
}

// file opens its blob when its turn comes.
func (m *Mailbox) file(ctx context.Context, a channel.Attachment) mime.File {
	return mime.File{
		Name: a.Name, Type: a.MediaType, ContentID: a.ContentID, Inline: a.Inline, Size: int64(a.Blob.Size),
		Open: func() (io.ReadCloser, error) { return m.host.GetBlob(ctx, a.Blob) },
	}
}

// replyAddress is ours with the token, where the server delivers such mail to
// the mailbox and the address stays within what every system takes.
func (m *Mailbox) replyAddress(token string) (string, bool) {
	if token == "" || !m.config.PlusAddress {
		return "", false
	}
	local, domain, _ := strings.Cut(m.config.Address, "@")
	if len(local)+1+len(token) > maxLocalPart {
		return "", false
	}
	return mime.NormalEmail(local + "+" + token + "@" + domain)
}

func bare(id string) string { return strings.Trim(strings.TrimSpace(id), "<>") }

// references ends with the message answered, as RFC 5322 wants it.
func references(thread channel.Thread) []string {
	var ids []string
	for _, id := range append(append([]string{}, thread.References...), thread.InReplyTo) {
		if id = bare(id); id != "" && (len(ids) == 0 || ids[len(ids)-1] != id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// contentFailure is why a mail could not be written; nothing has left then.
func contentFailure(err error) *channel.Failure {
	var header *mime.HeaderError
	if errors.As(err, &header) {
		return channel.ContentRefused("smtp.header", "the field "+header.Field+" holds something no mail may hold", err)
	}
	return channel.Transient("smtp.compose", "the message could not be put together", err)
}
