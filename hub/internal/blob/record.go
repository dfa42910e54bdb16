package blob

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"sportello.dev/hub/internal/postgres"
)

// recordWait bounds the statement of a round.
const recordWait = 30 * time.Second

// Recorder gives stored bytes their rows, to which a journal can refer. Those that come together are written in one
// transaction.
type Recorder struct {
	db     postgres.Querier
	rounds rounds[recording]
}

type recording struct {
	ref         Ref
	contentType string
}

// NewRecorder writes to a database.
func NewRecorder(db postgres.Querier) *Recorder {
	r := &Recorder{db: db}
	r.rounds.run = r.write
	return r
}

// Record returns when the row of a blob is committed.
func (r *Recorder) Record(ref Ref, contentType string) error {
	return r.rounds.join(recording{ref: ref, contentType: contentType})
}

// write belongs to everybody in the round: no caller's end may end it.
func (r *Recorder) write(all []recording) []error {
	ctx, cancel := context.WithTimeout(context.Background(), recordWait)
	defer cancel()
	errs := make([]error, len(all))
	// In the order of their names, so that replicas wait for each other and not both for ever; each once, as the
	// statement demands.
	rows := slices.Clone(all)
	slices.SortStableFunc(rows, func(a, b recording) int { return bytes.Compare(a.ref.Sum[:], b.ref.Sum[:]) })
	rows = slices.CompactFunc(rows, func(a, b recording) bool { return a.ref.Sum == b.ref.Sum })
	var sums [][]byte
	var sizes []int64
	var types []string
	for _, row := range rows {
		sums, sizes, types = append(sums, row.ref.Sum[:]), append(sizes, row.ref.Size), append(types, row.contentType)
	}
	_, err := r.db.Exec(ctx, `
		INSERT INTO blob (sha256, size, content_type)
		SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::text[])
		ON CONFLICT (sha256) DO UPDATE SET unreferenced_since = NULL`, sums, sizes, types)
	if err != nil {
		err = fmt.Errorf("recording blobs: %w", err)
	}
	for i := range errs {
		errs[i] = err
	}
	return errs
}
