package report

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
)

// count makes the marks of tickets again, writes those of tickets where anything differs, and notes the days to make.
func (k *Keeper) count(ctx context.Context, tx pgx.Tx, r *rules, tickets []uuid.UUID) error {
	written, err := readMarks(ctx, tx, tickets)
	if err != nil {
		return err
	}
	read, err := histories(ctx, tx, tickets)
	if err != nil {
		return err
	}
	var changed []uuid.UUID
	var rows [][]any
	days := map[office.Date]bool{}
	for _, h := range read {
		made, err := r.marks(h)
		if err != nil {
			return err
		}
		if slices.Equal(made, written[h.ticket]) {
			continue
		}
		changed = append(changed, h.ticket.UUID)
		for _, m := range written[h.ticket] {
			days[m.day] = true
		}
		for _, m := range made {
			days[m.day] = true
			rows = append(rows, m.row(h.ticket))
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return writeMarks(ctx, tx, changed, rows, days)
}

var markColumns = []string{
	"ticket_id", "kind", "at", "day", "office_id", "channel_kind", "request_type", "worked", "elapsed", "stayed", "rest", "first_level",
}

func (m *mark) row(t id.Ticket) []any {
	return []any{
		t.UUID, string(m.kind), time.UnixMicro(m.at), midnight(m.day, time.UTC, 0), m.office.UUID, m.channel, m.request,
		m.worked, m.elapsed, m.stayed, m.rest, m.firstLevel,
	}
}

func readMarks(ctx context.Context, q postgres.Querier, tickets []uuid.UUID) (map[id.Ticket][]mark, error) {
	const query = `
		SELECT ticket_id, kind, at, day, office_id, channel_kind, request_type, worked, elapsed, stayed, rest, first_level
		FROM report_mark WHERE ticket_id = ANY($1)`
	rows, err := q.Query(ctx, query, tickets)
	if err != nil {
		return nil, fmt.Errorf("reading what is counted: %w", err)
	}
	marks := map[id.Ticket][]mark{}
	var of id.Ticket
	var m mark
	var at, day time.Time
	into := []any{&of, &m.kind, &at, &day, &m.office, &m.channel, &m.request, &m.worked, &m.elapsed, &m.stayed, &m.rest, &m.firstLevel}
	_, err = pgx.ForEachRow(rows, into, func() error {
		m.at, m.day = at.UnixMicro(), office.DateOf(day)
		marks[of] = append(marks[of], m)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading what is counted: %w", err)
	}
	for _, list := range marks {
		slices.SortFunc(list, inOrder)
	}
	return marks, nil
}

func writeMarks(ctx context.Context, tx pgx.Tx, changed []uuid.UUID, rows [][]any, days map[office.Date]bool) error {
	list := make([]time.Time, 0, len(days))
	for d := range days {
		list = append(list, midnight(d, time.UTC, 0))
	}
	if _, err := tx.Exec(ctx, `DELETE FROM report_mark WHERE ticket_id = ANY($1)`, changed); err != nil {
		return fmt.Errorf("removing what was counted: %w", err)
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"report_mark"}, markColumns, pgx.CopyFromRows(rows)); err != nil {
		return fmt.Errorf("writing what is counted: %w", err)
	}
	if _, err := tx.Exec(ctx, `INSERT INTO report_day SELECT unnest($1::date[]) ON CONFLICT DO NOTHING`, list); err != nil {
		return fmt.Errorf("noting days to make again: %w", err)
	}
	return nil
}

// settleDays makes the cells of some days again; left tells that there may be more.
func settleDays(ctx context.Context, tx pgx.Tx) (left bool, err error) {
	rows, err := tx.Query(ctx, `DELETE FROM report_day WHERE day IN (SELECT day FROM report_day ORDER BY day LIMIT $1) RETURNING day`, daysAtOnce)
	if err != nil {
		return false, fmt.Errorf("taking days to make again: %w", err)
	}
	days, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
	if err != nil || len(days) == 0 {
		return false, err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM report_cell WHERE day = ANY($1::date[])`, days); err != nil {
		return false, fmt.Errorf("removing the cells of days: %w", err)
	}
	if _, err := tx.Exec(ctx, makeCells, days); err != nil {
		return false, fmt.Errorf("making the cells of days: %w", err)
	}
	return len(days) == daysAtOnce, nil
}

const makeCells = `
	INSERT INTO report_cell (` + cellColumns + `)
	SELECT day, office_id, channel_kind, request_type,
	       count(*) FILTER (WHERE kind = 'received'), count(*) FILTER (WHERE kind = 'answered'), count(*) FILTER (WHERE kind = 'resolved'),
	       count(*) FILTER (WHERE first_level), count(*) FILTER (WHERE kind = 'reopened'),
	       count(*) FILTER (WHERE kind = 'joined'), count(*) FILTER (WHERE kind = 'parted'),
	       count(*) FILTER (WHERE kind = 'came'), count(*) FILTER (WHERE kind = 'went'),
	       count(*) FILTER (WHERE kind = 'first_met'), count(*) FILTER (WHERE kind = 'first_missed'),
	       count(*) FILTER (WHERE kind = 'next_met'), count(*) FILTER (WHERE kind = 'next_missed'),
	       count(*) FILTER (WHERE kind = 'resolve_met'), count(*) FILTER (WHERE kind = 'resolve_missed'),
	       coalesce(sum(CASE WHEN kind IN ('received', 'reopened', 'parted', 'came') THEN rest
	                         WHEN kind IN ('resolved', 'joined', 'went') THEN -rest END), 0),
	       coalesce(string_agg(int4send(worked), '') FILTER (WHERE kind = 'answered'), ''),
	       coalesce(string_agg(int4send(elapsed), '') FILTER (WHERE kind = 'answered'), ''),
	       coalesce(string_agg(int4send(worked), '') FILTER (WHERE kind = 'resolved'), ''),
	       coalesce(string_agg(int4send(elapsed), '') FILTER (WHERE kind = 'resolved'), ''),
	       coalesce(string_agg(int4send(stayed), '') FILTER (WHERE stayed >= 0), '')
	FROM report_mark WHERE day = ANY($1::date[]) GROUP BY day, office_id, channel_kind, request_type`
