package inbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/keyset"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket"
)

// Store reads lists of tickets.
type Store struct{ now func() time.Time }

// NewStore returns a store with this clock.
func NewStore(now func() time.Time) *Store { return &Store{now: now} }

// Summary is a ticket as lists show it.
type Summary struct {
	ticket.Ticket
	OfficeName   string `db:"office_name"`
	AssigneeName string `db:"assignee_name"`
	// Requester stands for the contact after all joins; RequesterName is its name or, failing that, its address.
	Requester     id.Contact `db:"requester_id"`
	RequesterName string     `db:"requester_name"`
	// AskEnded, DeliveryFailed, DeliveryUncertain and Suggested say why somebody should look at it.
	AskEnded          bool `db:"ask_ended"`
	DeliveryFailed    bool `db:"delivery_failed"`
	DeliveryUncertain bool `db:"delivery_uncertain"`
	Suggested         bool `db:"suggested"`
}

// decorated adds to the rows of "t" what lists show beside them. Joined tickets are looked for only where there are
// any: following joins for each row of a page would cost more than the page. Requesters are looked up row by row.
const decorated = `
	SELECT t.*, o.name AS office_name, coalesce(a.name, '') AS assignee_name, c.id AS requester_id,
	       coalesce(nullif(c.name, ''), nullif(first.name, ''), first.value, '') AS requester_name,
	       EXISTS (SELECT FROM side_request r WHERE r.ticket_id = ANY(own.ids) AND r.seen_at IS NULL AND (r.state <> 'open' OR r.answer_id IS NOT NULL)) AS ask_ended,
	       EXISTS (SELECT FROM delivery d WHERE d.ticket_id = ANY(own.ids) AND d.decided_at IS NULL
	               AND d.state IN ('failed', 'expired')) AS delivery_failed,
	       EXISTS (SELECT FROM delivery d WHERE d.ticket_id = ANY(own.ids) AND d.decided_at IS NULL
	               AND d.state = 'uncertain') AS delivery_uncertain,
	       EXISTS (SELECT FROM ticket_suggestion s WHERE s.ticket_id = ANY(own.ids) AND s.state = 'open'%s)
	           OR EXISTS (SELECT FROM requester_proposal q WHERE q.ticket_id = ANY(own.ids) AND q.state = 'open') AS suggested
	FROM (%s) t
	JOIN office o ON o.id = t.office_id
	LEFT JOIN operator a ON a.id = t.assignee_id
	LEFT JOIN LATERAL (
	    SELECT r.id, r.name FROM contact k JOIN contact r ON r.id = CASE WHEN k.merged_into IS NULL THEN k.id ELSE contact_root(k.id) END
	    WHERE k.id = t.contact_id LIMIT 1) c ON true
	LEFT JOIN LATERAL (
	    SELECT p.name, p.value FROM ticket_party p
	    WHERE p.ticket_id = t.id AND p.role = 'requester'
	    ORDER BY p.wrote_at, p.kind, p.value LIMIT 1) first ON true
	CROSS JOIN LATERAL (
	    SELECT CASE WHEN EXISTS (SELECT FROM ticket j WHERE j.merged_into = t.id)
	           THEN ARRAY(SELECT ticket_joined(t.id)) ELSE ARRAY[t.id] END AS ids) own`

// List gives a page of tickets.
func (s *Store) List(ctx context.Context, db postgres.Querier, scope account.Scope, f Filter) (keyset.Page[Summary], error) {
	if err := f.look(ctx, db); err != nil {
		return keyset.Page[Summary]{}, err
	}
	query, err := s.compile(scope, f)
	if err != nil {
		return keyset.Page[Summary]{}, err
	}
	text := query.text()
	rows, err := db.Query(ctx, text, query.asked()...)
	if err != nil {
		return keyset.Page[Summary]{}, fmt.Errorf("listing tickets: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Summary])
	if err != nil {
		return keyset.Page[Summary]{}, fmt.Errorf("listing tickets: %w", err)
	}
	return keyset.Cut(list, query.size, query.after), nil
}

// listing is a compiled filter with its order and position.
type listing struct {
	*conditions
	order Order
	name  string
	size  int
}

func (s *Store) compile(scope account.Scope, f Filter) (*listing, error) {
	order, err := f.order()
	if err != nil {
		return nil, err
	}
	name, err := f.name(order)
	if err != nil {
		return nil, err
	}
	from, err := keyset.Decode(f.Cursor, name)
	if err != nil {
		return nil, err
	}
	c, err := f.compile(&conditions{}, scope, s.now().Year())
	if err != nil {
		return nil, err
	}
	if order == OrderDue {
		c.open = true
		c.add(openTickets)
	}
	l := &listing{conditions: c, order: order, name: name, size: keyset.Size(f.Limit)}
	if from != nil {
		l.add(l.keyset(), from.Key(), from.ID)
	}
	return l, nil
}

// asked are the arguments; before those whose values decide how to look goes that the statement is planned for them each
// time, which costs about a millisecond. PostgreSQL would else take the plan that it thinks best for any.
func (l *listing) asked() []any {
	if l.valued {
		return append([]any{pgx.QueryExecModeCacheDescribe}, l.args...)
	}
	return l.args
}

func (l *listing) keyset() string {
	switch l.order {
	case OrderWaiting:
		return `(` + waitingKey + `, t.id) > (%s, %s)`
	case OrderDue:
		return `(` + dueKey + `, t.id) > (%s, %s)`
	case OrderBack:
		return `(t.snoozed_until, t.id) > (%s, %s)`
	}
	return `(t.last_message_at, t.id) < (%s, %s)`
}

func (l *listing) orderBy() string {
	switch l.order {
	case OrderWaiting:
		return waitingKey + `, t.id`
	case OrderDue:
		return dueKey + `, t.id`
	case OrderBack:
		return `t.snoozed_until, t.id`
	}
	return `t.last_message_at DESC, t.id DESC`
}

func (l *listing) text() string {
	return fmt.Sprintf(decorated, l.suggested(), l.page()) + ` ORDER BY ` + l.orderBy()
}

// page reads one row more than asked for, along an index that has the page's order. Where the index begins with the
// office or the status, each of them is read in order and the pages are merged: one condition over all would sort
// everything they hold.
func (l *listing) page() string {
	limit := fmt.Sprintf(` ORDER BY %s LIMIT %d`, l.orderBy(), l.size+1)
	held := l.walk(limit)
	if !l.seen.shares() {
		return held
	}
	shared := `SELECT ` + ticket.Columns + ` FROM ticket t WHERE ` + l.clause() + ` AND ` + l.shared() + limit
	return `SELECT t.* FROM ((` + held + `) UNION ALL (` + shared + `)) t` + limit
}

// walk is the page of what the offices in sight hold.
func (l *listing) walk(limit string) string {
	all := `SELECT ` + ticket.Columns + ` FROM ticket t WHERE ` + l.clause()
	merged := func(parts, own string) string {
		return `SELECT t.* FROM ` + parts + ` AS held (part) CROSS JOIN LATERAL (` + all + ` AND ` + own + ` = held.part` + limit + `) t` + limit
	}
	offices := l.seen.offices()
	switch {
	case l.narrow && !l.open && !l.over && !l.few && !l.mine:
		return l.halves(limit)
	case l.byOffice() && offices == nil:
		return merged(`(SELECT id FROM office WHERE NOT id = ANY(`+l.arg(l.seen.hidden())+`::uuid[]))`, `t.office_id`)
	case l.byOffice():
		return merged(`unnest(`+l.arg(offices)+`::uuid[])`, `t.office_id`)
	}
	if held := l.held(`t.office_id`); held != "" {
		all += ` AND ` + held
	}
	switch {
	case offices != nil:
	case l.over && !l.few:
		return merged(`(VALUES ('resolved'), ('closed'))`, `t.status`)
	}
	return all + limit
}

// halves walks what is open and what is over by themselves, each along its own indexes, and merges the pages.
func (l *listing) halves(limit string) string {
	half := func(open bool, states string) string {
		c := *l.conditions
		c.where, c.open, c.over = append(slices.Clone(c.where), states), open, !open
		part := *l
		part.conditions = &c
		text := part.walk(limit)
		l.args = c.args
		return `(` + text + `)`
	}
	return `SELECT t.* FROM (` + half(true, openTickets) + ` UNION ALL ` + half(false, overTickets) + `) t` + limit
}

// byOffice tells whether the index to walk begins with the office.
func (l *listing) byOffice() bool {
	switch {
	case l.narrow && l.over:
		return !l.few && !l.byHolder
	case l.order == OrderDue:
		return !l.few && !l.mine
	case l.few, l.byHolder:
		return false
	case l.order == OrderWaiting && !l.open:
		return true
	}
	// The latest of the open ones are walked as they are: their number has a bound, offices sort nothing there.
	return l.seen.offices() != nil && (l.order == OrderWaiting || !l.open)
}

func (l *listing) after(t Summary) keyset.Cursor {
	switch l.order {
	case OrderWaiting:
		return keyset.Cursor{List: l.name, At: t.WaitingSince, ID: t.ID.UUID}
	case OrderDue:
		return keyset.Cursor{List: l.name, At: t.DueAt, ID: t.ID.UUID}
	case OrderBack:
		return keyset.Cursor{List: l.name, At: t.SnoozedUntil, ID: t.ID.UUID}
	}
	return keyset.Cursor{List: l.name, At: &t.LastMessageAt, ID: t.ID.UUID}
}
