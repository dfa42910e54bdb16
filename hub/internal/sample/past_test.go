package sample_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/report"
	"sportello.dev/hub/internal/sample"
)

func TestThePastOfTheTown(t *testing.T) {
	t.Parallel()
	p, town := raised(t)
	const n = 700
	require.NoError(t, sample.WritePast(t.Context(), p, town, n, noon, 1))
	require.NoError(t, sample.NewHistory(p.Pool, town, contact.NewStore(), noon, 1).Write(t.Context(), 30))
	require.NoError(t, sample.WriteToday(t.Context(), p, town, noon))

	for what, query := range map[string]string{
		"written in the future": `SELECT id::text FROM message WHERE created_at > '2026-06-17 10:00+00' LIMIT 1`,
		"a count that is wrong": `SELECT number FROM ticket t
			WHERE message_count <> (SELECT count(*) FROM message m WHERE m.ticket_id = t.id)
			   OR inbound_count <> (SELECT count(*) FROM message m WHERE m.ticket_id = t.id AND m.direction = 'inbound') LIMIT 1`,
		"held by somebody of another office": `SELECT number FROM ticket t WHERE assignee_id IS NOT NULL
			AND NOT EXISTS (SELECT FROM office_member m WHERE m.office_id = t.office_id AND m.operator_id = t.assignee_id) LIMIT 1`,
		"a tag that its history does not know": `SELECT number FROM ticket t WHERE coalesce(cardinality(tags), 0) <>
			(SELECT count(*) FROM ticket_event e WHERE e.ticket_id = t.id AND type = 'tagged' AND (e.params->>'tag')::uuid = ANY (t.tags)) LIMIT 1`,
		"put aside until a time that is over": `SELECT number FROM ticket WHERE snoozed_until < '2026-06-17 10:00+00' LIMIT 1`,
		"an office without anybody":           `SELECT name FROM office WHERE received_by IS NOT NULL`,
		"a question without its answer": `SELECT r.id::text FROM side_request r LEFT JOIN message m ON m.id = r.answer_id AND m.direction = 'note'
			AND m.threading_reason IN ('ask_answered', 'ask_returned', 'expert_answered') WHERE (state IN ('answered', 'returned')) <> (m.id IS NOT NULL) LIMIT 1`,
		"asked about what it holds":                `SELECT id::text FROM side_request WHERE office_id = from_office_id LIMIT 1`,
		"answered before it was asked, or not yet": `SELECT id::text FROM side_request WHERE ended_at <= asked_at OR ended_at > '2026-06-17 10:00+00' OR asked_at > '2026-06-17 10:00+00' LIMIT 1`,
		"a later number of an older one": `SELECT a.number FROM ticket a JOIN ticket b ON b.number > a.number AND b.created_at < a.created_at - interval '2 days'
			WHERE a.number LIKE '2026-%' AND b.number LIKE '2026-%' LIMIT 1`,
		"a stay too many or too few": `SELECT number FROM ticket t WHERE created_at < '2026-05-20' AND (SELECT count(*) FROM stay s WHERE s.ticket_id = t.id)
			<> (SELECT count(*) FROM ticket_event e WHERE e.ticket_id = t.id AND (type = 'office_changed' OR params->>'to' IN ('resolved', 'closed'))) LIMIT 1`,
	} {
		require.Empty(t, texts(t, p.Pool, query), what)
	}
	for query, least := range map[string]int{
		`SELECT DISTINCT office_id::text FROM ticket`:                                   12,
		`SELECT DISTINCT channel_kind FROM message WHERE direction = 'inbound'`:         6,
		`SELECT DISTINCT request_type FROM ticket WHERE request_type IS NOT NULL`:       8,
		`SELECT DISTINCT outcome FROM ticket WHERE outcome IS NOT NULL`:                 5,
		`SELECT DISTINCT state FROM side_request WHERE seen_at IS NOT NULL`:             3,
		`SELECT DISTINCT type FROM ticket_event`:                                        8,
		`SELECT DISTINCT unnest(tags)::text FROM ticket`:                                12,
		`SELECT number FROM ticket WHERE snoozed_until IS NOT NULL`:                     2,
		`SELECT DISTINCT operator_id::text FROM mention_reader`:                         3,
		`SELECT DISTINCT area_id::text FROM office`:                                     5,
		`SELECT DISTINCT params->>'to' FROM ticket_event WHERE type = 'status_changed'`: 5,
	} {
		require.GreaterOrEqual(t, len(texts(t, p.Pool, query)), least, query)
	}

	// Reports of it are those of a town: everything is counted once, and most terms are met.
	keeper := report.NewKeeper(p.Pool, p.Offices, func() time.Time { return noon })
	require.NoError(t, keeper.Pass(t.Context()))
	q := report.Query{First: office.Date{Year: 2025, Month: 6, Day: 17}, Last: office.Date{Year: 2026, Month: 6, Day: 17}, By: report.ByOffice, Step: report.ByMonth}
	r, err := report.NewStore(p.Offices).Report(t.Context(), p.Pool, account.SystemScope(), q)
	require.NoError(t, err)
	require.Equal(t, n+30, r.Total.Received)
	require.Len(t, r.Rows, 12)
	require.Len(t, r.Course, 13)
	f := r.Total
	require.Equal(t, f.Backlog, f.Opening+f.Received+f.Reopened+f.Parted+f.Came-f.Resolved-f.Joined-f.Went)
	require.Equal(t, f.Came, f.Went)
	const told = `
		SELECT (SELECT count(*) FROM ticket_event WHERE params->>'to' IN ('resolved', 'closed') AND params->>'from' NOT IN ('resolved', 'closed')),
		       (SELECT count(*) FROM ticket_event WHERE type = 'office_changed'),
		       (SELECT count(DISTINCT ticket_id) FROM ticket_event WHERE type = 'deadline_missed' AND params->>'target' = 'resolve'),
		       (SELECT count(*) FROM ticket_event e WHERE at < (params->>'resolve_due')::timestamptz AND NOT EXISTS (
		           SELECT FROM ticket_event m WHERE m.ticket_id = e.ticket_id AND m.type = 'deadline_missed' AND m.params->>'target' = 'resolve' AND m.at <= e.at)),
		       (SELECT count(*) FROM ticket_event e WHERE type = 'replied' AND params->>'target' = 'first' AND at < (params->>'due')::timestamptz AND NOT EXISTS (
		           SELECT FROM ticket_event m WHERE m.ticket_id = e.ticket_id AND m.type = 'deadline_missed' AND m.params->>'target' = 'first' AND m.at <= e.at))`
	var resolved, went, late, met, first int
	require.NoError(t, p.Pool.QueryRow(t.Context(), told).Scan(&resolved, &went, &late, &met, &first))
	require.Equal(t, []int{resolved, went, late, met, first}, []int{f.Resolved, f.Went, f.Resolve.Missed, f.Resolve.Met, f.First.Met})
	for _, k := range []report.Kept{f.First, f.Next, f.Resolve} {
		require.Greater(t, k.Met, k.Missed)
		require.Positive(t, k.Missed)
	}
}
