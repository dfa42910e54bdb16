package report_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// termTables find again which terms were met and missed: from events, messages, policies and the minutes worked, never from
// a deadline that was stored. A term is an amount of time that must pass, worked or on the wall, while the clock runs.
var termTables = []string{
	`CREATE TABLE oracle.days AS
	SELECT m.name, c.day, row_number() OVER (PARTITION BY m.name ORDER BY c.day) AS n, max(m.before) + 60 AS w
	FROM oracle.minute m JOIN oracle.clock c ON c.m = m.m WHERE m.open GROUP BY m.name, c.day`,

	`CREATE TABLE oracle.policy AS
	SELECT o.office, o.name, k.code AS type, x.target, (x.term->>'amount')::int AS amount, x.term->>'unit' AS unit,
	       coalesce((x.term->>'worked')::boolean, false) AS worked
	FROM oracle.calendar o CROSS JOIN (SELECT DISTINCT code FROM oracle.type) k
	CROSS JOIN LATERAL (
	    SELECT v FROM town, jsonb_array_elements(terms) AS p (v)
	    WHERE coalesce(v->>'office', o.office::text) = o.office::text AND coalesce(v->>'type', k.code) = k.code
	    ORDER BY v ? 'office' DESC, v ? 'type' DESC LIMIT 1) p
	CROSS JOIN LATERAL (VALUES ('first', v->'first'), ('next', v->'next'), ('resolve', v->'resolve')) x (target, term)
	WHERE jsonb_typeof(x.term) = 'object'`,

	// What a ticket was, stretch by stretch.
	`CREATE TABLE oracle.stretch AS
	WITH points AS (
	    SELECT ticket_id, at, id, CASE type WHEN 'opened' THEN 'new' WHEN 'office_changed' THEN NULL ELSE params->>'to' END AS status,
	           CASE type WHEN 'joined_to' THEN true WHEN 'unjoined' THEN false WHEN 'opened' THEN false END AS joined
	    FROM ticket_event WHERE type IN ('opened', 'status_changed', 'reopened', 'replied', 'withdrawn', 'office_changed', 'joined_to', 'unjoined')),
	filled AS (
	    SELECT ticket_id, at AS began, coalesce(lead(at) OVER w, (SELECT at FROM oracle.present)) AS ended,
	           (array_agg(status) FILTER (WHERE status IS NOT NULL) OVER w)[count(status) OVER w] AS status,
	           (array_agg(joined) FILTER (WHERE joined IS NOT NULL) OVER w)[count(joined) OVER w] AS joined
	    FROM points WINDOW w AS (PARTITION BY ticket_id ORDER BY at, id))
	SELECT f.*, h.office, f.status IN ('new', 'open') AS settles, f.status IN ('new', 'open', 'suspended') AS answers
	FROM filled f JOIN oracle.had h ON h.ticket_id = f.ticket_id AND f.began >= h.since AND f.began < h.until`,
	`CREATE INDEX ON oracle.stretch (ticket_id)`,

	// What a clock runs for: the end, since the beginning; an answer, since the first letter after the last one or after the
	// end. Answers that were called back are none.
	`CREATE TABLE oracle.run AS
	WITH back AS (SELECT params->>'message' AS message FROM ticket_event WHERE type = 'withdrawn'),
	points AS (
	    SELECT ticket_id, created_at AS at, 1 AS place, 'letter' AS what FROM message WHERE direction = 'inbound'
	    UNION ALL
	    SELECT ticket_id, created_at, 2, 'reply' FROM message WHERE direction = 'outbound' AND origin = 'operator' AND cancelled_at IS NULL
	    UNION ALL
	    SELECT ticket_id, at, 3, 'end' FROM ticket_event
	    WHERE params->>'from' NOT IN ('resolved', 'closed') AND params->>'to' IN ('resolved', 'closed') AND type IN ('status_changed', 'replied')
	      AND coalesce(params->>'message', '') NOT IN (SELECT message FROM back)),
	spells AS (
	    SELECT p.*, count(*) FILTER (WHERE what <> 'letter') OVER w AS stops, count(*) FILTER (WHERE what = 'reply') OVER w AS replies
	    FROM points p WINDOW w AS (PARTITION BY ticket_id ORDER BY at, place)),
	waits AS (
	    SELECT ticket_id, stops, max(replies) AS replies, min(at) AS since FROM spells WHERE what = 'letter' GROUP BY ticket_id, stops)
	SELECT row_number() OVER () AS run, r.*, t.code AS type FROM (
	    SELECT w.ticket_id, CASE w.replies WHEN 0 THEN 'first' ELSE 'next' END AS target, w.since, s.at AS ended, s.what = 'reply' AS replied
	    FROM waits w LEFT JOIN spells s ON s.ticket_id = w.ticket_id AND s.what <> 'letter' AND s.stops = w.stops + 1
	    UNION ALL
	    SELECT ticket_id, 'resolve', at, NULL, NULL FROM ticket_event WHERE type = 'opened') r
	JOIN oracle.type t ON t.id = r.ticket_id`,
	`ANALYZE oracle.days, oracle.policy, oracle.stretch, oracle.run`,

	// For each office that had the ticket meanwhile: how much time its term gives, and when that has passed.
	`CREATE TABLE oracle.given AS
	WITH held AS (
	    SELECT DISTINCT r.run, s.office FROM oracle.run r
	    JOIN oracle.stretch s ON s.ticket_id = r.ticket_id AND s.ended >= r.since AND (r.ended IS NULL OR s.began <= r.ended)),
	every AS (SELECT c.name, k.day FROM (SELECT DISTINCT name FROM oracle.calendar) c, (SELECT DISTINCT day FROM oracle.clock) k),
	open AS (SELECT e.*, (SELECT count(*) FROM oracle.days y WHERE y.name = e.name AND y.day <= e.day) AS n FROM every e)
	SELECT r.*, o.office, p.name, p.worked,
	       CASE WHEN NOT p.worked AND p.unit = 'days'
	            THEN extract(epoch FROM (r.since AT TIME ZONE 'Europe/Rome' + p.amount * interval '1 day') AT TIME ZONE 'Europe/Rome' - r.since)
	            WHEN p.unit = 'minutes' THEN p.amount * 60
	            WHEN p.unit = 'hours' THEN p.amount * 3600
	            ELSE x.w - m.before - m.open::int * extract(second FROM r.since)::int END::int AS term
	FROM held o JOIN oracle.run r ON r.run = o.run
	JOIN oracle.policy p ON p.office = o.office AND p.type = r.type AND p.target = r.target
	JOIN oracle.minute m ON m.name = p.name AND m.m = date_trunc('minute', r.since)
	JOIN open d ON d.name = p.name AND d.day = (r.since AT TIME ZONE 'Europe/Rome')::date
	LEFT JOIN oracle.days x ON x.name = p.name AND x.n = d.n + p.amount AND p.worked AND p.unit = 'days'`,
	`CREATE TABLE oracle.ran AS
	SELECT g.*, greatest(s.began, g.since) AS a, least(s.ended, g.ended) AS b FROM oracle.given g
	JOIN oracle.stretch s ON s.ticket_id = g.ticket_id AND s.ended > g.since AND (g.ended IS NULL OR s.began < g.ended)
	  AND CASE g.target WHEN 'resolve' THEN s.settles ELSE s.answers END`,
	`ANALYZE oracle.given, oracle.ran`,
	`CREATE TABLE oracle.passed AS
	WITH timed AS (
	    SELECT r.*, CASE WHEN worked THEN x.before + x.open::int * extract(second FROM a)::int ELSE extract(epoch FROM a)::int END AS w0,
	           CASE WHEN worked THEN y.before + y.open::int * extract(second FROM b)::int ELSE extract(epoch FROM b)::int END AS w1
	    FROM oracle.ran r
	    JOIN oracle.minute x ON x.name = r.name AND x.m = date_trunc('minute', a)
	    JOIN oracle.minute y ON y.name = r.name AND y.m = date_trunc('minute', b)),
	summed AS (SELECT t.*, sum(w1 - w0) OVER (PARTITION BY run, office ORDER BY a, b) - (w1 - w0) AS spent FROM timed t)
	SELECT run, office, name, worked, (w0 + term - spent)::int AS w FROM summed WHERE spent < term AND spent + w1 - w0 >= term`,
	`CREATE INDEX ON oracle.minute (name, before) WHERE open`,
	`ANALYZE oracle.passed, oracle.minute`,
	`CREATE TABLE oracle.lapse AS
	SELECT g.run, g.office, CASE WHEN p.worked THEN m.m + (p.w - m.before) * interval '1 second' ELSE to_timestamp(p.w) END AS at
	FROM oracle.given g LEFT JOIN oracle.passed p ON p.run = g.run AND p.office = g.office
	LEFT JOIN oracle.minute m ON p.worked AND m.name = p.name AND m.open AND m.before = (p.w - 1) / 60 * 60`,
	`CREATE INDEX ON oracle.lapse (run, office)`,
	`ANALYZE oracle.lapse`,

	// A miss is on record when the time has passed at the office that has the ticket, while the clock runs or when it ends.
	`CREATE TABLE oracle.ending AS
	SELECT r.run, e.at, h.office, l.at AS lapse, l.run IS NOT NULL AS termed
	FROM (SELECT run, ticket_id, ended AS at FROM oracle.run WHERE replied
	      UNION ALL
	      SELECT r.run, r.ticket_id, e.at FROM oracle.run r JOIN ticket_event e ON e.ticket_id = r.ticket_id
	      WHERE r.target = 'resolve' AND e.type IN ('status_changed', 'replied')
	        AND e.params->>'from' NOT IN ('resolved', 'closed') AND e.params->>'to' IN ('resolved', 'closed')) e
	JOIN oracle.run r ON r.run = e.run
	JOIN oracle.had h ON h.ticket_id = e.ticket_id AND e.at >= h.since AND e.at < h.until
	LEFT JOIN oracle.lapse l ON l.run = e.run AND l.office = h.office`,
	`CREATE TABLE oracle.miss AS
	SELECT run, min(at) AS at FROM (
	    SELECT r.run, greatest(l.at, s.began, r.since) AS at FROM oracle.run r
	    JOIN oracle.stretch s ON s.ticket_id = r.ticket_id AND NOT s.joined AND CASE r.target WHEN 'resolve' THEN s.settles ELSE s.answers END
	      AND s.ended > r.since AND (r.ended IS NULL OR s.began < r.ended)
	    JOIN oracle.lapse l ON l.run = r.run AND l.office = s.office AND l.at <= least(s.ended, r.ended)
	    UNION ALL SELECT run, at FROM oracle.ending WHERE lapse <= at) x GROUP BY run`,
	`INSERT INTO oracle.facts (kind, ticket_id, at, worked, elapsed, office, first)
	WITH found AS (
	    SELECT r.ticket_id, r.target, m.at, 'missed' AS how FROM oracle.run r JOIN oracle.miss m ON m.run = r.run
	    UNION ALL
	    SELECT r.ticket_id, r.target, e.at, 'met' FROM oracle.ending e JOIN oracle.run r ON r.run = e.run LEFT JOIN oracle.miss m ON m.run = e.run
	    WHERE e.termed AND (m.at IS NULL OR e.at < m.at)),
	counted AS (
	    SELECT f.*, row_number() OVER (PARTITION BY ticket_id, target ORDER BY at) AS n FROM found f)
	SELECT target || '_' || how, c.ticket_id, at, 0, 0, h.office, false
	FROM counted c JOIN oracle.had h ON h.ticket_id = c.ticket_id AND c.at >= h.since AND c.at < h.until
	WHERE target <> 'first' OR n = 1`,
	`ANALYZE oracle.facts`,
}

func tellTerms(t *testing.T, m *month) {
	t.Helper()
	_, err := m.db.Exec(t.Context(), `CREATE TABLE oracle.present (at timestamptz)`)
	require.NoError(t, err)
	_, err = m.db.Exec(t.Context(), `INSERT INTO oracle.present VALUES ($1)`, m.now)
	require.NoError(t, err)
	for _, statement := range termTables {

		_, err := m.db.Exec(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}
