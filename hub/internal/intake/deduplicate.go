package intake

import (
	"context"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// messageIDKind is the kind of the identifier that e-mail messages carry.
const messageIDKind = "message_id"

// deduplicate recognises messages that are filed already: the same raw bytes, or the same Message-ID and the same
// fingerprint. The sender controls the Message-ID, so alone it says nothing: with other contents both are kept.
func (s *Stages) deduplicate(ctx context.Context, v *wave) error {
	open := v.open()
	if len(open) == 0 {
		return nil
	}
	arrivals := make([]ticket.Arrival, len(open))
	for i, w := range open {
		arrivals[i] = w.arrival()
	}
	earlier, err := s.tickets.FindEarlier(ctx, v.tx, arrivals)
	if err != nil {
		return err
	}
	var copies []ticket.Copy
	for i, w := range open {
		original := earlier[i].Original
		w.idReused = earlier[i].IDReused
		if original == nil {
			continue
		}
		copies = append(copies, w.copyOf(original.Ticket, original.Message))
	}
	if len(copies) == 0 {
		return nil
	}
	return s.tickets.AddCopies(ctx, v.tx, copies)
}

// arrival tells this message from another arrival of the same.
func (w *work) arrival() ticket.Arrival {
	return ticket.Arrival{
		Channel: w.Channel, Kind: messageIDKind, Value: w.messageID(), RawSHA256: w.rawHash(), Fingerprint: w.event.Message.Fingerprint,
	}
}

// copyOf settles a further arrival of a message.
func (w *work) copyOf(t id.Ticket, m id.Message) ticket.Copy {
	w.on, w.message = t, m
	w.settle("duplicate", "", "")
	return ticket.Copy{Entry: w.ID, Message: m}
}

// rawHash is left out where different messages may well have equal bytes: short texts, calls.
func (w *work) rawHash() []byte {
	if w.MediaType != "message/rfc822" {
		return nil
	}
	return w.RawSHA256
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
