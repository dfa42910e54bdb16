package ticket

import (
	"bytes"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket/internal/db"
)

// Arrival is what tells one message from another arrival of the same.
type Arrival struct {
	Channel id.Channel
	// Kind and Value are the identifier the sender chose, such as the Message-ID; Value may be empty.
	Kind  string
	Value string
	// RawSHA256 is the hash of the original bytes; leave it out where different messages can have equal bytes.
	RawSHA256   []byte
	Fingerprint []byte
}

// Original is a message that arrived before.
type Original struct {
	Message id.Message
	Ticket  id.Ticket
}

// FindOriginal looks for the message that this is a further arrival of, and keeps others from filing the same until the
// transaction ends. The same identifier with other contents is another message: idReused says that there is one.
func (s *Store) FindOriginal(ctx context.Context, tx pgx.Tx, a Arrival) (original *Original, idReused bool, err error) {
	q := &db.Queries{}
	lock := externalValue(a.Value)
	if lock == "" {
		lock = string(fmt.Appendf(nil, "raw %x", a.RawSHA256))
	}
	if err := q.LockMessageID(ctx, tx, db.LockMessageIDParams{ChannelID: a.Channel.String(), Value: lock}); err != nil {
		return nil, false, fmt.Errorf("locking an identifier: %w", err)
	}
	if len(a.RawSHA256) > 0 {
		same, err := q.SameRaw(ctx, tx, db.SameRawParams{ChannelID: a.Channel, RawSha256: a.RawSHA256})
		if err != nil {
			return nil, false, fmt.Errorf("looking for the same bytes: %w", err)
		}
		if len(same) > 0 {
			return &Original{Message: same[0].ID, Ticket: same[0].TicketID}, false, nil
		}
	}
	if a.Value == "" {
		return nil, false, nil
	}
	same, err := q.SameExternalID(ctx, tx, db.SameExternalIDParams{ChannelID: a.Channel, Kind: a.Kind, Value: externalValue(a.Value)})
	if err != nil {
		return nil, false, fmt.Errorf("looking for the same identifier: %w", err)
	}
	for _, m := range same {
		if len(a.Fingerprint) > 0 && bytes.Equal(m.Fingerprint, a.Fingerprint) {
			return &Original{Message: m.ID, Ticket: m.TicketID}, false, nil
		}
	}
	return nil, len(same) > 0, nil
}

// AddCopy records a further arrival of a message.
func (s *Store) AddCopy(ctx context.Context, tx pgx.Tx, message id.Message, entry id.Entry) error {
	err := (&db.Queries{}).AddCopy(ctx, tx, db.AddCopyParams{JournalID: entry, MessageID: message, RecordedAt: s.clock()})
	if err != nil {
		return fmt.Errorf("recording a copy: %w", err)
	}
	return nil
}
