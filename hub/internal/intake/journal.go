package intake

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake/internal/db"
)

// MaxBatch is the largest number of events that one transaction of the journal takes.
const MaxBatch = 64

// MaxInlineRaw is the largest original, in bytes, that is kept in the journal row; larger ones are blobs.
const MaxInlineRaw = 64 << 10

// lanes is the number of lanes; those of a busy hour are spread over them.
const lanes = 256

// Journal is where everything that arrives is committed before anything else happens to it.
type Journal struct {
	pool    *pgxpool.Pool
	queries *db.Queries
	crew    *crew
	recent  *recent
	hall    *hall
}

// NewJournal returns the journal kept in pool's database.
func NewJournal(pool *pgxpool.Pool) *Journal {
	return &Journal{pool: pool, queries: db.New(), crew: newCrew(), recent: newRecent(), hall: newHall()}
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
