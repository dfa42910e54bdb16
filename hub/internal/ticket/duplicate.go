package ticket

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
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

// Earlier is what is known of earlier arrivals: the message itself, or that another one has its identifier.
type Earlier struct {
	Original *Original
	IDReused bool
}

// The locks come as a statement of its own: the ones after it see what was filed while they were waited for.
const (
	lockArrivals = `SELECT pg_advisory_xact_lock(hashtextextended(k, 0)) FROM unnest($1::text[]) AS k`
	sameRaw      = `
		SELECT a.n, m.id, m.ticket_id
		FROM unnest($1::int[], $2::uuid[], $3::bytea[]) AS a (n, channel_id, sha256)
		CROSS JOIN LATERAL (
		    SELECT id, ticket_id FROM message
		    WHERE channel_id = a.channel_id AND raw_sha256 = a.sha256 ORDER BY id LIMIT 1) m`
	// Enough to find the same mail among others that a careless program gave one identifier.
	sameID = `
		SELECT a.n, m.id, m.ticket_id, m.fingerprint
		FROM unnest($1::int[], $2::uuid[], $3::text[], $4::text[]) AS a (n, channel_id, kind, value)
		CROSS JOIN LATERAL (
		    SELECT m.id, m.ticket_id, m.fingerprint
		    FROM message_external_id x JOIN message m ON m.id = x.message_id
		    WHERE x.channel_id = a.channel_id AND x.kind = a.kind AND x.value = a.value
		    ORDER BY m.id LIMIT 100) m
		ORDER BY m.id`
)

// FindEarlier looks for the messages that these are further arrivals of, and keeps others from filing the same until
// the transaction ends. The same identifier with other contents is another message.
func (s *Store) FindEarlier(ctx context.Context, tx pgx.Tx, arrivals []Arrival) ([]Earlier, error) {
	earlier := make([]Earlier, len(arrivals))
	var raws, values postgres.Rows
	var keys []string
	for i := range arrivals {
		a := &arrivals[i]
		key := hex.EncodeToString(a.RawSHA256)
		if len(a.RawSHA256) > 0 {
			raws.Add(i, a.Channel, a.RawSHA256)
		}
		if value := ExternalValue(a.Value); value != "" {
			key = value
			values.Add(i, a.Channel, a.Kind, value)
		}
		keys = append(keys, a.Channel.String()+" "+key)
	}
	// In one order, so that two batches do not wait for each other for ever.
	slices.Sort(keys)
	b := &pgx.Batch{}
	b.Queue(lockArrivals, slices.Compact(keys))
	var n int
	var found Original
	var fingerprint []byte
	if q := raws.Queue(b, sameRaw); q != nil {
		q.Query(func(rows pgx.Rows) error {
			_, err := pgx.ForEachRow(rows, []any{&n, &found.Message, &found.Ticket}, func() error {
				earlier[n].Original = &Original{Message: found.Message, Ticket: found.Ticket}
				return nil
			})
			return err
		})
	}
	if q := values.Queue(b, sameID); q != nil {
		q.Query(func(rows pgx.Rows) error {
			_, err := pgx.ForEachRow(rows, []any{&n, &found.Message, &found.Ticket, &fingerprint}, func() error {
				e := &earlier[n]
				e.IDReused = true
				if known := arrivals[n].Fingerprint; e.Original == nil && len(known) > 0 && bytes.Equal(fingerprint, known) {
					e.Original = &Original{Message: found.Message, Ticket: found.Ticket}
				}
				return nil
			})
			return err
		})
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("looking for earlier arrivals: %w", err)
	}
	for i := range earlier {
		earlier[i].IDReused = earlier[i].IDReused && earlier[i].Original == nil
	}
	return earlier, nil
}

// Copy is a further arrival of a message.
type Copy struct {
	Entry   id.Entry
	Message id.Message
}

// AddCopies records further arrivals of messages.
func (s *Store) AddCopies(ctx context.Context, tx pgx.Tx, copies []Copy) error {
	var r postgres.Rows
	for _, c := range copies {
		r.Add(c.Entry, c.Message, s.clock())
	}
	const insert = `
		INSERT INTO message_copy (journal_id, message_id, recorded_at)
		SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) ON CONFLICT (journal_id) DO NOTHING`
	if _, err := tx.Exec(ctx, insert, r.Args()...); err != nil {
		return fmt.Errorf("recording copies: %w", err)
	}
	return nil
}
