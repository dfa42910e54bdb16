package intake

import (
	"context"

	"sportello.dev/hub/internal/ticket"
)

// messageIDKind is the kind of the identifier that e-mail messages carry.
const messageIDKind = "message_id"

// deduplicate recognises a message that is filed already: the same raw bytes, or the same Message-ID and the same
// fingerprint. The sender controls the Message-ID, so alone it says nothing: with other contents both are kept.
func (s *Stages) deduplicate(ctx context.Context, w *work) error {
	m := w.event.Message
	original, reused, err := s.tickets.FindOriginal(ctx, w.tx, ticket.Arrival{
		Channel: w.row.ChannelID, Kind: messageIDKind, Value: w.messageID(), RawSHA256: w.rawHash(), Fingerprint: m.Fingerprint,
	})
	if err != nil {
		return err
	}
	w.idReused = reused
	if original == nil {
		return nil
	}
	if err := s.tickets.AddCopy(ctx, w.tx, original.Message, w.row.ID); err != nil {
		return err
	}
	w.settled = true
	return s.journal.settle(ctx, w.tx, w.row.ID, "duplicate", "", "", original.Ticket, original.Message)
}

// rawHash is left out where different messages may well have equal bytes: short texts, calls.
func (w *work) rawHash() []byte {
	if w.row.RawMediaType != "message/rfc822" {
		return nil
	}
	return w.row.RawSha256
}

// messageID is the identifier that the sender chose, empty without one.
func (w *work) messageID() string {
	for _, x := range w.event.Message.ExternalIDs {
		if x.Kind == messageIDKind {
			return x.Value
		}
	}
	return ""
}
