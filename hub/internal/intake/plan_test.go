package intake

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres/pgtest"
)

// Every page of what needs a look, whatever its filter, comes from an index and touches little more than what it shows:
// beside 2,000 items that wait, as many that were put aside and the town's other mail.
func TestEveryPageOfTheQuarantineIsReadFromAnIndex(t *testing.T) {
	t.Parallel()
	b := setupJournal(t)
	other := id.New[id.Channel]()
	exec(t, b.pool, `INSERT INTO channel (id, adapter, slug, name) VALUES ($1, 'echo', 'altro', 'Altro')`, other)
	exec(t, b.pool, `
INSERT INTO journal (id, channel_id, event_id, kind, lane, state, reason, occurred_at, received_at, settled_at)
SELECT gen_random_uuid(), CASE WHEN n % 2 = 0 THEN $1::uuid ELSE $2::uuid END, n::text, 'message', n % 256,
       CASE WHEN n <= 2000 THEN 'quarantined' WHEN n <= 4000 THEN 'discarded' ELSE 'filed' END,
       CASE n % 8 WHEN 0 THEN 'failed' WHEN 1 THEN 'limit.depth' ELSE 'machine_unmatched' END,
       now(), now() - n * interval '1 minute', now() - n * interval '1 minute'
FROM generate_series(1, 8000) n`, b.channel, other)
	exec(t, b.pool, `ANALYZE journal`)

	var middle EntryCursor
	require.NoError(t, b.pool.QueryRow(t.Context(), `SELECT received_at, id FROM journal WHERE event_id = '1000'`).Scan(&middle.At, &middle.ID))
	scope := account.SystemScope()
	for state, discarded := range map[string]bool{"open": false, "discarded": true} {
		for _, channel := range []id.Channel{{}, b.channel} {
			for _, reason := range []string{"", "failed", "machine_unmatched"} {
				for _, before := range []*EntryCursor{nil, &middle} {
					p := EntryPage{Discarded: discarded, Channel: channel, Reason: reason, Before: before, Size: 50}
					args := pgx.NamedArgs{"everything": scope.All(), "offices": scope.Offices(), "channel": channel, "reason": reason, "most": 51}
					if before != nil {
						args["at"], args["id"] = before.At, before.ID
						if discarded {
							args["at"] = before.At.Add(-2000 * time.Minute)
						}
					}
					name := state + ", channel " + channel.String() + ", reason " + reason
					pgtest.RequireBounded(t, b.pool, name, "journal", 1000, p.sql(), args)
				}
			}
		}
	}
	pgtest.RequireBounded(t, b.pool, "piles", "journal", 2000, pilesSQL, true, []id.Office{})
}
