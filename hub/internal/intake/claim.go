package intake

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

const (
	// suspect is the number of times that a process died over a row after which it is worked on alone: if it kills the
	// process, it shall not be taken for its neighbours.
	suspect = 3
	// maxClaims is how often a process may die over a row: then a person must look at it.
	maxClaims = 10
	// maxClaimBytes bounds the events that a worker has in memory at a time; one event may be larger.
	maxClaimBytes = 8 << 20
	// lanesPerClaim, rowsPerLane and rowsPerClaim bound what one worker holds at a time.
	lanesPerClaim = 128
	rowsPerLane   = 32
	rowsPerClaim  = 256
)

// laneLock is the class of the advisory locks by which lanes are held. A transaction holds a lane until it ends,
// however it ends, so nothing has to be given back.
const laneLock = "1818324581"

// takeLanes goes from lane to lane in the index, from $1 on and round, and holds those that are free and whose first row
// is due; one that is not holds its lane back.
const takeLanes = `
	WITH RECURSIVE above AS (
	    (SELECT j.lane, j.next_attempt_at FROM journal j WHERE j.state = 'pending' AND j.lane >= $1 ORDER BY j.lane, j.seq LIMIT 1)
	    UNION ALL
	    SELECT n.lane, n.next_attempt_at FROM above h CROSS JOIN LATERAL (
	        SELECT j.lane, j.next_attempt_at FROM journal j WHERE j.state = 'pending' AND j.lane > h.lane ORDER BY j.lane, j.seq LIMIT 1) n
	), below AS (
	    (SELECT j.lane, j.next_attempt_at FROM journal j WHERE j.state = 'pending' AND j.lane < $1 ORDER BY j.lane, j.seq LIMIT 1)
	    UNION ALL
	    SELECT n.lane, n.next_attempt_at FROM below h CROSS JOIN LATERAL (
	        SELECT j.lane, j.next_attempt_at FROM journal j
	        WHERE j.state = 'pending' AND j.lane > h.lane AND j.lane < $1 ORDER BY j.lane, j.seq LIMIT 1) n
	)
	SELECT h.lane FROM (SELECT * FROM above UNION ALL SELECT * FROM below) h
	WHERE h.next_attempt_at <= clock_timestamp() AND pg_try_advisory_xact_lock(` + laneLock + `, h.lane)
	LIMIT $2`

const takeLane = `SELECT pg_try_advisory_xact_lock(` + laneLock + `, lane) FROM journal WHERE id = $1`

// readLanes reads the first waiting rows of lanes that the transaction holds. What other workers have noted as theirs
// and did not come to an end with, they died over. What is for an office that does not take its own is its receiver's.
const readLanes = `
	SELECT j.id, j.lane, j.seq, j.channel_id, j.raw_sha256, j.raw_media_type, j.occurred_at, j.received_at,
	       j.attempt + coalesce(lost.times, 0) AS attempt, j.failures, j.reason, j.early, j.size, c.adapter, c.address_value,
	       coalesce(own.received_by, own.id,
	           (SELECT coalesce(o.received_by, o.id) FROM office o WHERE o.active ORDER BY o.created_at, o.id LIMIT 1)) AS office_id,
	       (SELECT r.revision FROM routing_state r) AS routing
	FROM unnest($1::smallint[]) WITH ORDINALITY AS l (lane, n)
	CROSS JOIN LATERAL (
	    SELECT j.*, j.next_attempt_at > clock_timestamp() AS early, coalesce(octet_length(j.payload), 0)::bigint AS size
	    FROM journal j WHERE j.lane = l.lane AND j.state = 'pending' ORDER BY j.seq LIMIT $2) j
	JOIN channel c ON c.id = j.channel_id
	LEFT JOIN office own ON own.id = c.office_id
	LEFT JOIN (
	    SELECT e.id, count(*)::int AS times FROM intake_worker w CROSS JOIN unnest(w.entries) AS e (id)
	    WHERE w.id <> $4 GROUP BY e.id) lost ON lost.id = j.id
	ORDER BY l.n, j.seq LIMIT $3`

// planOnce lets statements keep their plan: planning the statements of filing anew for each batch costs as much as they
// do, and that the plans do not look at the number of rows keeps them on the indexes.
const planOnce = `SET LOCAL plan_cache_mode = force_generic_plan`

// take holds free lanes for as long as the transaction lasts and returns the first due rows of each, in the order of
// their arrival.
func (j *Journal) take(ctx context.Context, tx pgx.Tx, worker uuid.UUID, maxLanes, maxRows int) ([]entry, error) {
	var held []int16
	b := &pgx.Batch{}
	b.Queue(planOnce)
	b.Queue(takeLanes, int16(rand.IntN(lanes)), maxLanes).Query(func(rows pgx.Rows) (err error) {
		held, err = pgx.CollectRows(rows, pgx.RowTo[int16])
		return err
	})
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("taking lanes: %w", err)
	}
	if len(held) == 0 {
		return nil, nil
	}
	return j.readLanes(ctx, tx, worker, held, maxRows)
}

// takeOne holds the lane of one row and returns the row, or nothing if others are at it or come before it.
func (j *Journal) takeOne(ctx context.Context, tx pgx.Tx, worker uuid.UUID, e entry) ([]entry, error) {
	var held bool
	if err := tx.QueryRow(ctx, takeLane, e.ID).Scan(&held); err != nil {
		return nil, fmt.Errorf("taking a lane: %w", err)
	}
	if !held {
		return nil, nil
	}
	first, err := j.readLanes(ctx, tx, worker, []int16{e.Lane}, 1)
	if err != nil || len(first) == 0 || first[0].ID != e.ID {
		return nil, err
	}
	return first, nil
}

func (j *Journal) readLanes(ctx context.Context, tx pgx.Tx, worker uuid.UUID, held []int16, maxRows int) ([]entry, error) {
	rows, err := tx.Query(ctx, readLanes, held, rowsPerLane, maxRows, worker)
	if err != nil {
		return nil, fmt.Errorf("reading journal rows: %w", err)
	}
	waiting, err := pgx.CollectRows(rows, pgx.RowToStructByName[entry])
	if err != nil {
		return nil, fmt.Errorf("reading journal rows: %w", err)
	}
	due := eligible(waiting)
	slices.SortFunc(due, func(a, b entry) int { return cmp.Compare(a.Seq, b.Seq) })
	return due, nil
}

// eligible keeps, of rows ordered by lane, those that may be worked on now: a row that waits holds back its lane, and
// a suspect row is taken alone.
func eligible(rows []entry) []entry {
	var due []entry
	blocked := map[int16]bool{}
	size := int64(0)
	for _, r := range rows {
		if blocked[r.Lane] || r.Early {
			blocked[r.Lane] = true
			continue
		}
		if r.Attempt >= suspect {
			return []entry{r}
		}
		if size += r.Size; size > maxClaimBytes && len(due) > 0 {
			break
		}
		due = append(due, r)
	}
	return due
}

// noteEntries is committed without a flush of the disk. A server that crashes forgets it together with the worker's
// session; that the hub itself dies over a row is what the note must outlive, and it does.
const noteEntries = `
	WITH forgettable AS (SELECT set_config('synchronous_commit', 'off', true))
	INSERT INTO intake_worker (id, entries, since) SELECT $1, $2, clock_timestamp() FROM forgettable
	ON CONFLICT (id) DO UPDATE SET entries = EXCLUDED.entries, since = EXCLUDED.since`

const forgetEntries = `UPDATE intake_worker SET entries = '{}' WHERE id = $1`

// note commits what a worker begins to work on, beside the transaction in which it does.
func (j *Journal) note(ctx context.Context, worker uuid.UUID, entries []entry) error {
	ids := make([]id.Entry, len(entries))
	for i := range entries {
		ids[i] = entries[i].ID
	}
	if _, err := j.pool.Exec(ctx, noteEntries, worker, ids); err != nil {
		return fmt.Errorf("noting what is worked on: %w", err)
	}
	return nil
}

// blameTheDead counts against rows that workers died over them, and forgets those workers. Nobody works on what he noted
// for as long as a minute.
const blameTheDead = `
	WITH dead AS (
	    DELETE FROM intake_worker WHERE since < clock_timestamp() - interval '1 minute' RETURNING entries
	), lost AS (
	    SELECT e.id, count(*) AS times FROM dead CROSS JOIN unnest(dead.entries) AS e (id) GROUP BY e.id
	)
	UPDATE journal j SET attempt = j.attempt + lost.times FROM lost WHERE j.id = lost.id AND j.state = 'pending'`

func (j *Journal) blameTheDead(ctx context.Context, q postgres.Querier) error {
	if _, err := q.Exec(ctx, blameTheDead); err != nil {
		return fmt.Errorf("forgetting former workers: %w", err)
	}
	return nil
}

// clip shortens text for people to at most n bytes, at a rune's border.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
