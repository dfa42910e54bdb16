package intake

import (
	"context"
	"crypto/sha256"
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

// Missing names those events of a channel that the journal does not have.
func (j *Journal) Missing(ctx context.Context, channel id.Channel, events []string) ([]string, error) {
	missing, err := j.queries.MissingEvents(ctx, j.pool, db.MissingEventsParams{ChannelID: channel, EventIds: events})
	if err != nil {
		return nil, fmt.Errorf("comparing events with the journal: %w", err)
	}
	return missing, nil
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
