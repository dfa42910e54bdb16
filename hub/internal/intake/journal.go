package intake

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake/internal/db"
	"sportello.dev/hub/internal/postgres"
)

// MaxBatch is the largest number of events that one transaction of the journal takes.
const MaxBatch = 64

// MaxInlineRaw is the largest original, in bytes, that is kept in the journal row; larger ones are blobs.
const MaxInlineRaw = 64 << 10

// lanes is the number of rows of intake_lane.
const lanes = 256

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

// Journal is where everything that arrives is committed before anything else happens to it.
type Journal struct {
	pool    *pgxpool.Pool
	queries *db.Queries
	crew    *crew
	recent  *recent
}

// NewJournal returns the journal kept in pool's database.
func NewJournal(pool *pgxpool.Pool) *Journal {
	return &Journal{pool: pool, queries: db.New(), crew: newCrew(), recent: newRecent()}
}

// Append commits a batch from a stream, fenced by the lease's term, and says which events were known already.
// When it returns nil the events are durable and may be acknowledged.
func (j *Journal) Append(ctx context.Context, b Batch) ([]bool, error) {
	return j.append(ctx, b.Channel, b.Events, func(tx pgx.Tx) error { return j.fence(ctx, tx, b) })
}

// AppendUnleased commits events that came by a request rather than a stream: webhooks, pages.
func (j *Journal) AppendUnleased(ctx context.Context, channel id.Channel, events []Event) ([]bool, error) {
	return j.append(ctx, channel, events, func(pgx.Tx) error { return nil })
}

// append commits events after fence has let them in, and announces those that are new to the workers.
func (j *Journal) append(ctx context.Context, channel id.Channel, events []Event, fence func(pgx.Tx) error) ([]bool, error) {
	rows, err := rowsOf(channel, events)
	if err != nil {
		return nil, fmt.Errorf("appending to the journal: %w", err)
	}
	var known []bool
	err = postgres.InTx(ctx, j.pool, func(tx pgx.Tx) error {
		if err := fence(tx); err != nil {
			return err
		}
		var err error
		known, err = j.insert(ctx, tx, channel, events, rows)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("appending to the journal: %w", err)
	}
	j.hand(events, rows, known)
	return known, nil
}

// hand gives what was committed to the workers.
func (j *Journal) hand(events []Event, rows db.InsertEntriesParams, known []bool) {
	fresh := 0
	for i := range events {
		if !known[i] {
			fresh++
			j.recent.keep(id.Entry{UUID: rows.Ids[i]}, &events[i], len(rows.Payloads[i]))
		}
	}
	j.crew.announce(fresh)
}

// Missing names those events of a channel that the journal does not have.
func (j *Journal) Missing(ctx context.Context, channel id.Channel, events []string) ([]string, error) {
	missing, err := j.queries.MissingEvents(ctx, j.pool, db.MissingEventsParams{ChannelID: channel, EventIds: events})
	if err != nil {
		return nil, fmt.Errorf("comparing events with the journal: %w", err)
	}
	return missing, nil
}

// fence locks the lease row and moves the cursor in the same statement.
func (j *Journal) fence(ctx context.Context, tx pgx.Tx, b Batch) error {
	var rows int64
	var err error
	if b.Cursor == nil {
		rows, err = j.queries.HoldLease(ctx, tx, db.HoldLeaseParams{ChannelID: b.Channel, Holder: b.Replica, Term: b.Term})
	} else {
		rows, err = j.queries.MoveCursor(ctx, tx, db.MoveCursorParams{
			Cursor: b.Cursor, ChannelID: b.Channel, Holder: b.Replica, Term: b.Term,
		})
	}
	if err != nil {
		return fmt.Errorf("checking the lease: %w", err)
	}
	if rows == 0 {
		return ErrLeaseLost
	}
	return nil
}

// insert writes the rows that are new and refers to their blobs, so that none is swept before it is filed.
func (j *Journal) insert(ctx context.Context, tx pgx.Tx, channel id.Channel, events []Event, rows db.InsertEntriesParams) ([]bool, error) {
	known := make([]bool, len(events))
	if len(events) == 0 {
		return known, nil
	}
	inserted, err := j.queries.InsertEntries(ctx, tx, rows)
	if err != nil {
		return nil, fmt.Errorf("inserting events: %w", err)
	}
	fresh := make(map[id.Entry]bool, len(inserted))
	for _, e := range inserted {
		fresh[e] = true
	}
	var refs db.ReferBlobsParams
	for i := range events {
		known[i] = !fresh[id.Entry{UUID: rows.Ids[i]}]
		if known[i] {
			continue
		}
		for _, sum := range events[i].blobs() {
			refs.Hashes = append(refs.Hashes, sum)
			refs.Owners = append(refs.Owners, rows.Ids[i])
		}
	}
	if len(refs.Hashes) > 0 {
		if err := j.queries.ReferBlobs(ctx, tx, refs); err != nil {
			return nil, fmt.Errorf("referring to blobs: %w", err)
		}
	}
	if err := j.queries.TouchChannel(ctx, tx, channel); err != nil {
		return nil, fmt.Errorf("noting the arrival: %w", err)
	}
	return known, nil
}

func rowsOf(channel id.Channel, events []Event) (db.InsertEntriesParams, error) {
	p := db.InsertEntriesParams{ChannelID: channel}
	for i := range events {
		e := &events[i]
		payload, err := json.Marshal(e)
		if err != nil {
			return p, fmt.Errorf("encoding an event: %w", err)
		}
		p.Ids = append(p.Ids, id.New[id.Entry]().UUID)
		p.EventIds = append(p.EventIds, e.ID)
		p.Kinds = append(p.Kinds, string(e.Kind()))
		p.Lanes = append(p.Lanes, e.lane(channel))
		p.Payloads = append(p.Payloads, payload)
		p.Raws = append(p.Raws, e.Raw.Inline)
		p.Hashes = append(p.Hashes, e.Raw.hash())
		p.Sizes = append(p.Sizes, e.Raw.size())
		p.MediaTypes = append(p.MediaTypes, e.Raw.MediaType)
		p.Occurred = append(p.Occurred, e.occurred())
	}
	return p, nil
}

// lane keeps the events of one sender in order; events without a sender share the channel's lane.
func (e *Event) lane(channel id.Channel) int16 {
	h := fnv.New32a()
	if e.Message != nil && e.Message.From.Value != "" {
		h.Write([]byte(e.Message.From.Kind + " " + strings.ToLower(e.Message.From.Value)))
	} else {
		h.Write(channel.UUID[:])
	}
	return int16(h.Sum32() % lanes)
}

func (e *Event) occurred() time.Time {
	if e.OccurredAt.IsZero() {
		return time.Unix(0, 0).UTC()
	}
	return e.OccurredAt
}

// blobs lists the hashes of all bytes kept outside the row.
func (e *Event) blobs() [][]byte {
	var all [][]byte
	if e.Raw.Inline == nil && e.Raw.SHA256 != nil {
		all = append(all, e.Raw.SHA256)
	}
	if e.Message != nil {
		for _, a := range e.Message.Attachments {
			all = append(all, a.SHA256)
		}
	}
	if e.Call != nil && e.Call.Recording != nil {
		all = append(all, e.Call.Recording.SHA256)
	}
	return all
}

func (r Raw) hash() []byte {
	if r.Inline == nil {
		return r.SHA256
	}
	sum := sha256.Sum256(r.Inline)
	return sum[:]
}

func (r Raw) size() int64 {
	if r.Inline == nil {
		return r.Size
	}
	return int64(len(r.Inline))
}

// claim is what a worker holds: a token that fences its lanes and rows.
type claim struct {
	token   uuid.UUID
	entries []id.Entry
}

// claimHold is how long a lane stays with a worker that went silent.
const claimHold = 20 * time.Second

// forgettable spares the commit of a claim its flush of the disk. A server that crashes forgets it together with the
// worker's session; that the hub itself crashes over a row is what claims must outlive, and they do.
const forgettable = `SET LOCAL synchronous_commit = off`

// claim takes free lanes and the first due rows in each, and commits the attempt before any work on them starts.
func (j *Journal) claim(ctx context.Context, maxLanes, maxRows int32) (claim, error) {
	c := claim{token: uuid.New()}
	err := postgres.InTx(ctx, j.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, forgettable); err != nil {
			return err
		}
		held, err := j.queries.ClaimLanes(ctx, tx, db.ClaimLanesParams{Token: &c.token, Hold: postgres.Interval(claimHold), Lanes: maxLanes})
		if err != nil || len(held) == 0 {
			return err
		}
		candidates, err := j.queries.Candidates(ctx, tx, db.CandidatesParams{Lanes: held, Rows: maxRows})
		if err != nil {
			return err
		}
		return j.claimEntries(ctx, tx, &c, eligible(candidates))
	})
	if err != nil {
		return claim{}, fmt.Errorf("claiming journal rows: %w", err)
	}
	return c, nil
}

func (j *Journal) claimEntries(ctx context.Context, tx pgx.Tx, c *claim, ids []uuid.UUID) error {
	taken, err := j.queries.ClaimEntries(ctx, tx, db.ClaimEntriesParams{Token: &c.token, Ids: ids})
	if err != nil {
		return err
	}
	c.entries = inOrder(taken)
	return nil
}

// release frees the lanes of a claim before their hold runs out.
func (j *Journal) release(ctx context.Context, q postgres.Querier, c claim) error {
	if err := j.queries.ReleaseLanes(ctx, q, &c.token); err != nil {
		return fmt.Errorf("releasing lanes: %w", err)
	}
	return nil
}
