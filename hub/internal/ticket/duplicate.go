package ticket

import (
	"bytes"
	"context"
	"encoding/hex"
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

// The lock comes as a statement of its own: the ones after it see what was filed while it was waited for.
const (
	lockArrival = `SELECT pg_advisory_xact_lock(hashtextextended($1::text || ' ' || $2::text, 0))`
	sameRaw     = `SELECT id, ticket_id FROM message WHERE channel_id = $1 AND raw_sha256 = $2 ORDER BY id LIMIT 1`
	// Enough to find the same mail among others that a careless program gave one identifier.
	sameID = `
		SELECT m.id, m.ticket_id, m.fingerprint
		FROM message_external_id x JOIN message m ON m.id = x.message_id
		WHERE x.channel_id = $1 AND x.kind = $2 AND x.value = $3
		ORDER BY m.id LIMIT 100`
)

// FindOriginal looks for the message that this is a further arrival of, and keeps others from filing the same until the
// transaction ends. The same identifier with other contents is another message: idReused says that there is one.
func (s *Store) FindOriginal(ctx context.Context, tx pgx.Tx, a Arrival) (original *Original, idReused bool, err error) {
	value := externalValue(a.Value)
	b := &pgx.Batch{}
	if value == "" {
		b.Queue(lockArrival, a.Channel.String(), hex.EncodeToString(a.RawSHA256))
	} else {
		b.Queue(lockArrival, a.Channel.String(), value)
	}
	var found Original
	var fingerprint []byte
	if len(a.RawSHA256) > 0 {
		b.Queue(sameRaw, a.Channel, a.RawSHA256).Query(func(rows pgx.Rows) error {
			_, err := pgx.ForEachRow(rows, []any{&found.Message, &found.Ticket}, func() error {
				original = &Original{Message: found.Message, Ticket: found.Ticket}
				return nil
			})
			return err
		})
	}
	if value != "" {
		b.Queue(sameID, a.Channel, a.Kind, value).Query(func(rows pgx.Rows) error {
			_, err := pgx.ForEachRow(rows, []any{&found.Message, &found.Ticket, &fingerprint}, func() error {
				idReused = true
				if original == nil && len(a.Fingerprint) > 0 && bytes.Equal(fingerprint, a.Fingerprint) {
					original = &Original{Message: found.Message, Ticket: found.Ticket}
				}
				return nil
			})
			return err
		})
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return nil, false, fmt.Errorf("looking for an earlier arrival: %w", err)
	}
	return original, idReused && original == nil, nil
}

// AddCopy records a further arrival of a message.
func (s *Store) AddCopy(ctx context.Context, tx pgx.Tx, message id.Message, entry id.Entry) error {
	err := (&db.Queries{}).AddCopy(ctx, tx, db.AddCopyParams{JournalID: entry, MessageID: message, RecordedAt: s.clock()})
	if err != nil {
		return fmt.Errorf("recording a copy: %w", err)
	}
	return nil
}
