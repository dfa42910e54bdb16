package report_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/report"
)

// oracleTables find again, in SQL alone, what reports count. Working time is told minute by minute: for each calendar,
// whether the town's clocks show an hour of it, and how many such minutes went before.
const oracleTables = `
	CREATE SCHEMA oracle;
	CREATE TABLE oracle.calendar AS
	SELECT o.id AS office, CASE WHEN o.hours IS NULL THEN 'town' ELSE md5(o.hours::text) END AS name,
	       coalesce(o.hours, t.hours) AS hours, o.closures || t.closures AS closures
	FROM office o, town t;
	CREATE TABLE oracle.clock AS
	SELECT m, shown::date AS day, trim(to_char(shown::date, 'day')) AS name, (extract(hour FROM shown) * 60 + extract(minute FROM shown))::int AS minute
	FROM generate_series('2026-03-14'::timestamptz, '2026-04-17', '1 minute') m, LATERAL (SELECT m AT TIME ZONE 'Europe/Rome' AS shown) s;
	CREATE TABLE oracle.minute AS
	WITH kinds AS (SELECT DISTINCT name, hours, closures FROM oracle.calendar),
	     hours AS (
	         SELECT k.name, h.day, split_part(h."from", ':', 1)::int * 60 + split_part(h."from", ':', 2)::int AS opens,
	                split_part(h."to", ':', 1)::int * 60 + split_part(h."to", ':', 2)::int AS closes
	         FROM kinds k, jsonb_to_recordset(k.hours) AS h (day text, "from" text, "to" text)),
	     closed AS (
	         SELECT k.name, d::date AS day FROM kinds k, jsonb_to_recordset(k.closures) AS x ("from" date, "to" date), generate_series(x."from", x."to", '1 day') d
	         UNION SELECT name, unnest('{2026-03-19, 2026-04-05, 2026-04-06}'::date[]) FROM kinds),
	     open AS (
	         SELECT k.name, c.m, bool_or(h.day IS NOT NULL AND x.day IS NULL) AS open
	         FROM kinds k CROSS JOIN oracle.clock c
	         LEFT JOIN hours h ON h.name = k.name AND h.day = c.name AND c.minute >= h.opens AND c.minute < h.closes
	         LEFT JOIN closed x ON x.name = k.name AND x.day = c.day
	         GROUP BY k.name, c.m)
	SELECT name, m, open, (sum(open::int) OVER (PARTITION BY name ORDER BY m) - open::int)::int * 60 AS before FROM open;
	CREATE UNIQUE INDEX ON oracle.minute (name, m);
	CREATE INDEX ON oracle.calendar (office);
	ANALYZE oracle.calendar, oracle.minute;
	CREATE FUNCTION oracle.until(o uuid, t timestamptz) RETURNS int LANGUAGE sql STABLE AS $$
	    SELECT m.before + CASE WHEN m.open THEN extract(second FROM t)::int ELSE 0 END
	    FROM oracle.calendar c JOIN oracle.minute m ON m.name = c.name AND m.m = date_trunc('minute', t) WHERE c.office = o $$;

	-- All stays, those that run as well, with the working time until they began and ended; spell numbers those that follow
	-- each other without a pause.
	CREATE TABLE oracle.stays AS
	WITH every AS (
	    SELECT ticket_id, office_id, began_at, ended_at, reason FROM stay
	    UNION ALL SELECT id, office_id, held_since, NULL, '' FROM ticket WHERE held_since IS NOT NULL),
	lagged AS (SELECT e.*, lag(reason) OVER w AS last FROM every e WINDOW w AS (PARTITION BY ticket_id ORDER BY began_at))
	SELECT l.*, count(*) FILTER (WHERE last IS DISTINCT FROM 'transferred') OVER (PARTITION BY ticket_id ORDER BY began_at) AS spell,
	       a.before + a.open::int * extract(second FROM began_at)::int AS w0, b.before + b.open::int * extract(second FROM ended_at)::int AS w1
	FROM lagged l JOIN oracle.calendar c ON c.office = l.office_id
	JOIN oracle.minute a ON a.name = c.name AND a.m = date_trunc('minute', began_at)
	LEFT JOIN oracle.minute b ON b.name = c.name AND b.m = date_trunc('minute', ended_at);
	CREATE INDEX ON oracle.stays (ticket_id);
	ANALYZE oracle.stays;

	CREATE TABLE oracle.channel AS
	SELECT t.id, coalesce((SELECT channel_kind FROM message m WHERE m.ticket_id = t.id AND direction = 'inbound' ORDER BY created_at, id LIMIT 1), '') AS kind
	FROM ticket t;
	-- Which office had a ticket from one change until the next.
	CREATE TABLE oracle.had AS
	WITH changes AS (
	    SELECT ticket_id, at, (params->>'from')::uuid AS was, (params->>'to')::uuid AS office FROM ticket_event WHERE type = 'office_changed'),
	parts AS (
	    SELECT t.id AS ticket_id, '-infinity'::timestamptz AS since, coalesce(f.was, t.office_id) AS office
	    FROM ticket t LEFT JOIN (SELECT DISTINCT ON (ticket_id) ticket_id, was FROM changes ORDER BY ticket_id, at) f ON f.ticket_id = t.id
	    UNION ALL SELECT ticket_id, at, office FROM changes)
	SELECT p.*, lead(since, 1, 'infinity') OVER (PARTITION BY ticket_id ORDER BY since) AS until FROM parts p;
	CREATE INDEX ON oracle.had (ticket_id);

	CREATE TABLE oracle.facts AS
	WITH spells AS (
	    SELECT ticket_id, spell, max(ended_at) AS ended, sum(w1 - w0)::int AS worked, extract(epoch FROM max(ended_at) - min(began_at))::int AS elapsed
	    FROM oracle.stays GROUP BY ticket_id, spell),
	first AS (SELECT DISTINCT office_id FROM office_member),
	beyond AS (SELECT ticket_id, min(began_at) AS since FROM oracle.stays WHERE office_id NOT IN (SELECT office_id FROM first) GROUP BY ticket_id),
	told AS (
	    SELECT 'received' AS kind, e.ticket_id, e.at, 0 AS worked, 0 AS elapsed FROM ticket_event e WHERE e.type = 'opened'
	    UNION ALL
	    SELECT CASE WHEN params->>'to' IN ('resolved', 'closed') THEN 'resolved' ELSE 'reopened' END, e.ticket_id, e.at, coalesce(s.worked, 0), coalesce(s.elapsed, 0)
	    FROM ticket_event e LEFT JOIN spells s ON s.ticket_id = e.ticket_id AND s.ended = e.at
	    WHERE e.type IN ('status_changed', 'reopened', 'replied', 'withdrawn')
	      AND (params->>'from' IN ('resolved', 'closed')) <> (params->>'to' IN ('resolved', 'closed'))
	    UNION ALL
	    SELECT 'answered', m.ticket_id, m.at,
	           coalesce((SELECT sum(CASE WHEN ended_at <= m.at THEN w1 ELSE oracle.until(office_id, m.at) END - w0)::int
	                     FROM oracle.stays s WHERE s.ticket_id = m.ticket_id AND s.began_at < m.at), 0),
	           extract(epoch FROM m.at - t.created_at)::int
	    FROM (SELECT ticket_id, min(created_at) AS at FROM message
	          WHERE direction = 'outbound' AND origin = 'operator' AND cancelled_at IS NULL GROUP BY 1) m
	    JOIN ticket t ON t.id = m.ticket_id)
	SELECT t.*, h.office, t.kind = 'resolved' AND h.office IN (SELECT office_id FROM first) AND (b.since IS NULL OR b.since >= t.at) AS first
	FROM told t JOIN oracle.had h ON h.ticket_id = t.ticket_id AND t.at >= h.since AND t.at < h.until
	LEFT JOIN beyond b ON b.ticket_id = t.ticket_id
	UNION ALL
	SELECT CASE reason WHEN 'joined' THEN 'joined' ELSE 'went' END, ticket_id, ended_at, 0, 0, office_id, false FROM oracle.stays WHERE reason IN ('joined', 'transferred')
	UNION ALL
	SELECT CASE last WHEN 'joined' THEN 'parted' ELSE 'came' END, ticket_id, began_at, 0, 0, office_id, false FROM oracle.stays WHERE last IN ('joined', 'transferred');
	CREATE TABLE oracle.type AS SELECT id, coalesce(request_type, '') AS code FROM ticket;
	ANALYZE oracle.facts, oracle.channel, oracle.type`

// oracleFigures are those of a period, $1 to $2 and until $3 at most: of each office, of each channel, or of all of them.
const oracleFigures = `
	WITH o AS MATERIALIZED (
	    SELECT office, oracle.until(office, least($1::timestamptz, $3::timestamptz)) AS w0, oracle.until(office, least($2::timestamptz, $3::timestamptz)) AS w1 FROM oracle.calendar),
	f AS (
	    SELECT f.*, CASE $4 WHEN 'office' THEN f.office::text WHEN 'channel' THEN c.kind WHEN 'type' THEN t.code ELSE '' END AS key
	    FROM oracle.facts f JOIN oracle.channel c ON c.id = f.ticket_id JOIN oracle.type t ON t.id = f.ticket_id
	    WHERE f.at >= $1 AND f.at < $2 AND ($4 <> 'both' OR f.office = $5 AND c.kind = $6)),
	s AS (
	    SELECT s.*, o.w0 AS o0, o.w1 AS o1, CASE $4 WHEN 'office' THEN s.office_id::text WHEN 'channel' THEN c.kind WHEN 'type' THEN t.code ELSE '' END AS key
	    FROM oracle.stays s JOIN oracle.channel c ON c.id = s.ticket_id JOIN oracle.type t ON t.id = s.ticket_id
	    JOIN o ON o.office = s.office_id
	    WHERE s.began_at < $2 AND (s.ended_at IS NULL OR s.ended_at >= $1) AND ($4 <> 'both' OR s.office_id = $5 AND c.kind = $6)),
	counted AS (
	    SELECT key, count(*) FILTER (WHERE kind = 'received') AS received, count(*) FILTER (WHERE kind = 'answered') AS answered,
	        count(*) FILTER (WHERE kind = 'resolved') AS resolved, count(*) FILTER (WHERE first) AS first,
	        count(*) FILTER (WHERE kind = 'reopened') AS reopened, count(*) FILTER (WHERE kind = 'joined') AS joined,
	        count(*) FILTER (WHERE kind = 'parted') AS parted, count(*) FILTER (WHERE kind = 'came') AS came, count(*) FILTER (WHERE kind = 'went') AS went,
	        count(*) FILTER (WHERE kind = 'first_met') AS f1, count(*) FILTER (WHERE kind = 'first_missed') AS f0,
	        count(*) FILTER (WHERE kind = 'next_met') AS n1, count(*) FILTER (WHERE kind = 'next_missed') AS n0,
	        count(*) FILTER (WHERE kind = 'resolve_met') AS r1, count(*) FILTER (WHERE kind = 'resolve_missed') AS r0,
	        percentile_disc('{0.5, 0.9}'::float[]) WITHIN GROUP (ORDER BY worked) FILTER (WHERE kind = 'answered') AS aw,
	        percentile_disc('{0.5, 0.9}'::float[]) WITHIN GROUP (ORDER BY elapsed) FILTER (WHERE kind = 'answered') AS ae,
	        percentile_disc('{0.5, 0.9}'::float[]) WITHIN GROUP (ORDER BY worked) FILTER (WHERE kind = 'resolved') AS rw,
	        percentile_disc('{0.5, 0.9}'::float[]) WITHIN GROUP (ORDER BY elapsed) FILTER (WHERE kind = 'resolved') AS re
	    FROM f GROUP BY key),
	held AS (
	    SELECT key, count(*) FILTER (WHERE began_at < $1) AS opening, count(*) FILTER (WHERE ended_at IS NULL OR ended_at >= $2) AS backlog,
	        sum(greatest(least(coalesce(w1, o1), o1) - greatest(w0, o0), 0)) AS held, count(*) FILTER (WHERE ended_at < $2) AS stays,
	        percentile_disc('{0.5, 0.9}'::float[]) WITHIN GROUP (ORDER BY w1 - w0) FILTER (WHERE ended_at < $2) AS sw
	    FROM s GROUP BY key)
	SELECT key, coalesce(opening, 0), coalesce(backlog, 0), coalesce(received, 0), coalesce(answered, 0), coalesce(resolved, 0), coalesce(first, 0),
	       coalesce(reopened, 0), coalesce(joined, 0), coalesce(parted, 0), coalesce(came, 0), coalesce(went, 0),
	       coalesce(aw[1], 0), coalesce(aw[2], 0), coalesce(ae[1], 0), coalesce(ae[2], 0),
	       coalesce(rw[1], 0), coalesce(rw[2], 0), coalesce(re[1], 0), coalesce(re[2], 0),
	       coalesce(held, 0), coalesce(stays, 0), coalesce(sw[1], 0), coalesce(sw[2], 0),
	       coalesce(f1, 0), coalesce(f0, 0), coalesce(n1, 0), coalesce(n0, 0), coalesce(r1, 0), coalesce(r0, 0)
	FROM counted FULL JOIN held USING (key)`

type oracle struct {
	t  *testing.T
	db *pgxpool.Pool
	// now is until when stays that run are counted.
	now time.Time
}

func newOracle(t *testing.T, m *month) *oracle {
	t.Helper()
	_, err := m.db.Exec(t.Context(), oracleTables)
	require.NoError(t, err)
	tellTerms(t, m)
	return &oracle{t, m.db, m.now}
}

// total is the figures of everything.
func (o *oracle) total(from, to time.Time) report.Figures {
	return o.figures(from, to, "all", uuid.Nil, "")[""]
}

// figures are those of each office or channel, or those that an office had by a channel.
func (o *oracle) figures(from, to time.Time, by string, office uuid.UUID, channel string) map[string]report.Figures {
	o.t.Helper()
	rows, err := o.db.Query(o.t.Context(), oracleFigures, from, to, o.now, by, office, channel)
	require.NoError(o.t, err)
	all := map[string]report.Figures{}
	var key string
	var f report.Figures
	_, err = pgx.ForEachRow(rows, []any{
		&key, &f.Opening, &f.Backlog, &f.Received, &f.Answered, &f.Resolved, &f.FirstLevel, &f.Reopened, &f.Joined, &f.Parted, &f.Came, &f.Went,
		&f.Answer.MedianWorked, &f.Answer.Worked9, &f.Answer.Median, &f.Answer.Elapsed9,
		&f.Settle.MedianWorked, &f.Settle.Worked9, &f.Settle.Median, &f.Settle.Elapsed9,
		&f.Held, &f.Stay.Count, &f.Stay.MedianWorked, &f.Stay.Worked9,
		&f.First.Met, &f.First.Missed, &f.Next.Met, &f.Next.Missed, &f.Resolve.Met, &f.Resolve.Missed,
	}, func() error {
		f.Answer.Count, f.Settle.Count = f.Answered, f.Resolved
		all[key] = f
		return nil
	})
	require.NoError(o.t, err)
	return all
}
