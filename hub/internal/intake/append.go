package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"sportello.dev/hub/internal/id"
)

// ErrLeaseLost says that the replica no longer holds the channel: nothing was written, the stream must close.
var ErrLeaseLost = errors.New("the channel's lease is lost")

// Batch is up to MaxBatch events of one stream, in order, with the position after the last.
type Batch struct {
	Channel id.Channel
	Replica id.Replica
	Term    int64
	// Cursor is the position to commit; nil leaves it.
	Cursor []byte
	Events []Event
}

// appendEntries is one statement, since each round trip more would cost as much as some rows. Who does not hold the
// lease inserts nothing. New rows refer to their blobs, so that none is swept before it is filed. The channel's row is
// touched once a second at most.
const appendEntries = `
	WITH lease AS (
	    UPDATE channel_lease SET cursor = coalesce($5, cursor)
	    WHERE $1 AND channel_id = $2 AND holder = $3 AND term = $4 AND expires_at > clock_timestamp()
	    RETURNING channel_id
	), admitted AS (
	    SELECT NOT $1 OR EXISTS (SELECT FROM lease) AS yes
	), inserted AS (
	    INSERT INTO journal (id, channel_id, event_id, kind, lane, payload, raw, raw_sha256, raw_size, raw_media_type, occurred_at)
	    SELECT e.id, $2, e.event_id, e.kind, e.lane, e.payload, e.raw, e.raw_sha256, e.raw_size, e.raw_media_type, e.occurred_at
	    FROM unnest($6::uuid[], $7::text[], $8::text[], $9::smallint[], $10::bytea[], $11::bytea[], $12::bytea[], $13::bigint[],
	                $14::text[], $15::timestamptz[]) WITH ORDINALITY
	        AS e (id, event_id, kind, lane, payload, raw, raw_sha256, raw_size, raw_media_type, occurred_at, n)
	    WHERE (SELECT yes FROM admitted)
	    ORDER BY e.n
	    ON CONFLICT (channel_id, event_id) DO NOTHING
	    RETURNING id
	), referred AS (
	    INSERT INTO blob_ref (sha256, owner_kind, owner_id)
	    SELECT r.sha256, 'journal', r.owner FROM unnest($16::bytea[], $17::uuid[]) AS r (sha256, owner)
	    WHERE r.owner IN (SELECT id FROM inserted)
	    ON CONFLICT DO NOTHING
	), touched AS (
	    UPDATE channel SET last_in_at = clock_timestamp()
	    WHERE id = $2 AND cardinality($6::uuid[]) > 0 AND (SELECT yes FROM admitted)
	      AND (last_in_at IS NULL OR last_in_at < clock_timestamp() - interval '1 second')
	)
	SELECT (SELECT yes FROM admitted), coalesce((SELECT array_agg(id) FROM inserted), '{}')`

// Append commits a batch from a stream, fenced by the lease's term, and says which events were known already.
// When it returns nil the events are durable and may be acknowledged.
func (j *Journal) Append(ctx context.Context, b Batch) ([]bool, error) { return j.append(ctx, b, true) }

// AppendUnleased commits events that came by a request rather than a stream: webhooks, pages.
func (j *Journal) AppendUnleased(ctx context.Context, channel id.Channel, events []Event) ([]bool, error) {
	return j.append(ctx, Batch{Channel: channel, Events: events}, false)
}

// append commits a batch, with the lease checked and locked by the same statement where it is fenced, and hands what is
// new to the workers.
func (j *Journal) append(ctx context.Context, b Batch, fenced bool) ([]bool, error) {
	rows, err := rowsOf(b.Channel, b.Events)
	if err != nil {
		return nil, fmt.Errorf("appending to the journal: %w", err)
	}
	return j.insert(ctx, b, rows, fenced)
}

func (j *Journal) insert(ctx context.Context, b Batch, rows rows, fenced bool) ([]bool, error) {
	var admitted bool
	var inserted []uuid.UUID
	err := j.pool.QueryRow(ctx, appendEntries, fenced, b.Channel, b.Replica, b.Term, b.Cursor, rows.ids, rows.events, rows.kinds,
		rows.lanes, rows.payloads, rows.raws, rows.hashes, rows.sizes, rows.mediaTypes, rows.occurred, rows.blobs, rows.owners).
		Scan(&admitted, &inserted)
	if err != nil {
		return nil, fmt.Errorf("appending to the journal: %w", err)
	}
	if !admitted {
		return nil, fmt.Errorf("appending to the journal: %w", ErrLeaseLost)
	}
	fresh := make(map[uuid.UUID]bool, len(inserted))
	for _, e := range inserted {
		fresh[e] = true
	}
	known := make([]bool, len(b.Events))
	for i := range b.Events {
		if known[i] = !fresh[rows.ids[i]]; !known[i] {
			j.recent.keep(id.Entry{UUID: rows.ids[i]}, &b.Events[i], len(rows.payloads[i]))
		}
	}
	j.crew.announce(len(fresh))
	return known, nil
}

// rows are events as appendEntries takes them, column by column; blobs are referred to by their owners among the rows.
type rows struct {
	ids        []uuid.UUID
	events     []string
	kinds      []string
	lanes      []int16
	payloads   [][]byte
	raws       [][]byte
	hashes     [][]byte
	sizes      []int64
	mediaTypes []string
	occurred   []time.Time
	blobs      [][]byte
	owners     []uuid.UUID
}

func rowsOf(channel id.Channel, events []Event) (rows, error) {
	var r rows
	for i := range events {
		e := &events[i]
		payload, err := json.Marshal(e)
		if err != nil {
			return r, fmt.Errorf("encoding an event: %w", err)
		}
		entry := id.New[id.Entry]().UUID
		r.ids = append(r.ids, entry)
		r.events = append(r.events, e.ID)
		r.kinds = append(r.kinds, string(e.Kind()))
		r.lanes = append(r.lanes, e.lane(channel))
		r.payloads = append(r.payloads, payload)
		r.raws = append(r.raws, e.Raw.Inline)
		r.hashes = append(r.hashes, e.Raw.hash())
		r.sizes = append(r.sizes, e.Raw.size())
		r.mediaTypes = append(r.mediaTypes, e.Raw.MediaType)
		r.occurred = append(r.occurred, e.occurred())
		for _, sum := range e.blobs() {
			r.blobs, r.owners = append(r.blobs, sum), append(r.owners, entry)
		}
	}
	return r, nil
}
