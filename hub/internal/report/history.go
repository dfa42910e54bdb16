package report

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// histories reads what marks of tickets are made from. The channel is that of the first letter, the type the one that the
// ticket has today: who corrects it corrects the past with it.
func histories(ctx context.Context, q postgres.Querier, tickets []uuid.UUID) ([]*history, error) {
	const query = `
		SELECT t.id, t.created_at, t.office_id, coalesce(t.request_type, ''), coalesce(first.channel_kind, ''), answer.at
		FROM ticket t
		LEFT JOIN LATERAL (
		    SELECT m.channel_kind FROM message m WHERE m.ticket_id = t.id AND m.direction = 'inbound'
		    ORDER BY m.created_at, m.id LIMIT 1) first ON true
		LEFT JOIN LATERAL (
		    SELECT min(m.created_at) AS at FROM message m
		    WHERE m.ticket_id = t.id AND m.direction = 'outbound' AND m.origin = 'operator' AND m.cancelled_at IS NULL) answer ON true
		WHERE t.id = ANY($1) ORDER BY t.id`
	rows, err := q.Query(ctx, query, tickets)
	if err != nil {
		return nil, fmt.Errorf("reading tickets to count: %w", err)
	}
	byTicket := make(map[id.Ticket]*history, len(tickets))
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*history, error) {
		h, answered := &history{}, (*time.Time)(nil)
		err := row.Scan(&h.ticket, &h.created, &h.office, &h.request, &h.channel, &answered)
		if answered != nil {
			h.answered = *answered
		}
		byTicket[h.ticket] = h
		return h, err
	})
	if err != nil {
		return nil, fmt.Errorf("reading tickets to count: %w", err)
	}
	return list, readEvents(ctx, q, tickets, byTicket)
}

// counted are the events that count though they lead to no other status or office.
var counted = []ticket.EventType{
	ticket.EventOpened, ticket.EventJoinedTo, ticket.EventUnjoined, ticket.EventWithdrawn, ticket.EventDeadlineMissed,
}

// eventParams are the parameters that count.
var eventParams = [...]string{"from", "to", "message", "target", "due", "resolve_due"}

// readEvents reads what changed office, status or standing of the tickets, and how their terms went.
func readEvents(ctx context.Context, q postgres.Querier, tickets []uuid.UUID, byTicket map[id.Ticket]*history) error {
	const query = `
		SELECT ticket_id, type, actor_kind, at, params->>'from', params->>'to', params->>'message', params->>'target', params->>'due', params->>'resolve_due'
		FROM ticket_event WHERE ticket_id = ANY($1) AND (params ? 'to' OR type = ANY($2)) ORDER BY ticket_id, at, id`
	rows, err := q.Query(ctx, query, tickets, counted)
	if err != nil {
		return fmt.Errorf("reading the events of tickets to count: %w", err)
	}
	var of id.Ticket
	var e ticket.Event
	var params [len(eventParams)]*string
	into := []any{&of, &e.Type, &e.ActorKind, &e.At}
	for i := range params {
		into = append(into, &params[i])
	}
	_, err = pgx.ForEachRow(rows, into, func() error {
		e.Params = map[string]string{}
		for i, p := range params {
			if p != nil {
				e.Params[eventParams[i]] = *p
			}
		}
		if h := byTicket[of]; h != nil {
			h.events = append(h.events, e)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading the events of tickets to count: %w", err)
	}
	return nil
}

// readRules reads what marks depend on beside the tickets, and its revision: two of the same make the same marks.
func readRules(ctx context.Context, q postgres.Querier, offices *office.Store) (*rules, string, error) {
	r := &rules{firstLevel: map[id.Office]bool{}}
	town, err := offices.Town(ctx, q)
	if err != nil {
		return nil, "", err
	}
	r.zone = town.Zone
	if r.calendars, err = offices.Calendars(ctx, q); err != nil {
		return nil, "", err
	}
	// The first level is the offices in which people of that role work.
	const first = `
		SELECT DISTINCT m.office_id FROM office_member m JOIN operator p ON p.id = m.operator_id
		WHERE p.active AND p.role = 'first_level'`
	rows, err := q.Query(ctx, first)
	if err != nil {
		return nil, "", fmt.Errorf("reading the offices of the first level: %w", err)
	}
	var o id.Office
	if _, err = pgx.ForEachRow(rows, []any{&o}, func() error { r.firstLevel[o] = true; return nil }); err != nil {
		return nil, "", fmt.Errorf("reading the offices of the first level: %w", err)
	}
	const revision = `
		SELECT md5(concat_ws('|', t.time_zone, t.hours, t.holidays, t.patron, t.closures,
		    (SELECT string_agg(concat_ws('|', o.id, o.hours, o.closures), '|' ORDER BY o.id) FROM office o WHERE o.hours IS NOT NULL OR o.closures <> '[]'),
		    (SELECT string_agg(f.office_id::text, '|' ORDER BY f.office_id) FROM (` + first + `) f)))
		FROM town t`
	var made string
	if err := q.QueryRow(ctx, revision).Scan(&made); err != nil {
		return nil, "", fmt.Errorf("reading the revision of calendars: %w", err)
	}
	return r, made, nil
}
