package ticket

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/ticket/internal/db"
)

// Join makes one conversation of two tickets and returns the one to go on with: source is shown within target from now
// on. No message moves, so Unjoin gives each its own back.
func (s *Store) Join(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, source, target id.Ticket) (*Ticket, error) {
	from, into, err := s.lockPair(ctx, tx, scope, source, target)
	if err != nil {
		return nil, err
	}
	now := s.clock()
	if from.enclosed, err = encloses(ctx, tx, into, from); err != nil {
		return nil, err
	}
	was := into.Status
	into.absorb(from, now)
	from.MergedInto = into.ID
	w := s.writer(from, now)
	w.record(actorOf(by), EventJoinedTo, map[string]string{"number": string(into.Number)})
	if err := w.send(ctx, tx); err != nil {
		return nil, err
	}
	w = s.writer(into, now)
	w.record(actorOf(by), EventJoined, withStatus(map[string]string{"number": string(from.Number)}, was, into.Status))
	if err := w.send(ctx, tx); err != nil {
		return nil, err
	}
	if err := reshare(ctx, tx, into.ID); err != nil {
		return nil, err
	}
	return into, s.settle(ctx, tx, by, now, from.ID, into.ID)
}

// encloses is the confidential office that a ticket lies at where the other one does not lie yet; unset where it does.
func encloses(ctx context.Context, tx pgx.Tx, t, other *Ticket) (id.Office, error) {
	if other.Office == t.Office {
		return id.Office{}, nil
	}
	var confidential bool
	if err := tx.QueryRow(ctx, `SELECT confidential FROM office WHERE id = $1`, t.Office).Scan(&confidential); err != nil {
		return id.Office{}, fmt.Errorf("looking whether an office is confidential: %w", err)
	}
	if !confidential {
		return id.Office{}, nil
	}
	return t.Office, nil
}

// lockPair locks the tickets to go on with in place of the two, always in the same order, so that two operators who
// join crosswise do not wait for each other for ever.
func (s *Store) lockPair(ctx context.Context, tx pgx.Tx, scope account.Scope, source, target id.Ticket) (from, into *Ticket, err error) {
	if from, err = s.ByID(ctx, tx, scope, source); err != nil {
		return nil, nil, err
	}
	if into, err = s.ByID(ctx, tx, scope, target); err != nil {
		return nil, nil, err
	}
	if from.ID == into.ID {
		return nil, nil, fault.Conflict("the tickets are one already")
	}
	if from.ID != source {
		return nil, nil, fault.Conflict("the ticket was joined to another already")
	}
	locked, err := s.lockAll(ctx, tx, from.ID, into.ID)
	if err != nil {
		return nil, nil, err
	}
	from, into = locked[from.ID], locked[into.ID]
	if !from.MergedInto.IsZero() || !into.MergedInto.IsZero() {
		return nil, nil, fault.Conflict("one of the tickets has just been joined to another")
	}
	return from, into, nil
}

// lockAll locks very rows whose scope was checked before.
func (s *Store) lockAll(ctx context.Context, tx pgx.Tx, tickets ...id.Ticket) (map[id.Ticket]*Ticket, error) {
	const query = `SELECT ` + Columns + ` FROM ticket t WHERE t.id = ANY($1) ORDER BY t.id FOR NO KEY UPDATE`
	rows, err := tx.Query(ctx, query, tickets)
	if err != nil {
		return nil, fmt.Errorf("locking tickets: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByName[Ticket])
	if err != nil {
		return nil, fmt.Errorf("locking tickets: %w", err)
	}
	locked := make(map[id.Ticket]*Ticket, len(list))
	for _, t := range list {
		locked[t.ID] = t
	}
	return locked, nil
}

// absorb takes over what lists show of the other ticket.
func (t *Ticket) absorb(other *Ticket, now time.Time) {
	if other.Status.Open() && !t.Status.Open() {
		t.setStatus(StatusOpen, now)
	}
	if other.WaitingSince != nil && (t.WaitingSince == nil || other.WaitingSince.Before(*t.WaitingSince)) {
		t.WaitingSince = other.WaitingSince
	}
	if other.FirstAnsweredAt != nil && (t.FirstAnsweredAt == nil || other.FirstAnsweredAt.Before(*t.FirstAnsweredAt)) {
		t.FirstAnsweredAt, t.FirstDueAt = other.FirstAnsweredAt, other.FirstDueAt
	}
	if other.LastMessageAt.After(t.LastMessageAt) {
		t.LastMessageAt, t.LastChannelKind, t.Preview = other.LastMessageAt, other.LastChannelKind, other.Preview
	}
	t.MessageCount += other.MessageCount
	t.InboundCount += other.InboundCount
}

// Unjoin takes a ticket out of the one it was joined to and returns it, open when it was open before. Messages that
// came in between stay on the ticket they were filed on.
func (s *Store) Unjoin(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, source id.Ticket) (*Ticket, error) {
	chain, err := s.lockChain(ctx, tx, scope, source)
	if err != nil {
		return nil, err
	}
	t, root, now := chain[0], chain[len(chain)-1], s.clock()
	parent := t.MergedInto
	t.MergedInto = id.Ticket{}
	for _, above := range chain[1:] {
		above.MessageCount -= t.MessageCount
		above.InboundCount -= t.InboundCount
	}
	for i, each := range chain {
		w := s.writer(each, now)
		switch each {
		case t:
			w.record(actorOf(by), EventUnjoined, map[string]string{"number": string(chain[1].Number)})
		case root:
			w.record(actorOf(by), EventUnjoined, map[string]string{"number": string(t.Number)})
		}
		// The first row goes out first: what is read for the root must no longer find the ticket below it.
		if i > 0 {
			if err := s.refresh(ctx, tx, each); err != nil {
				return nil, err
			}
		}
		if err := w.send(ctx, tx); err != nil {
			return nil, err
		}
	}
	if err := reshare(ctx, tx, t.ID, root.ID); err != nil {
		return nil, err
	}
	err = (&db.Queries{}).RetractSuggestions(ctx, tx, db.RetractSuggestionsParams{
		SourceID: t.ID, TargetID: parent, DecidedBy: by.Operator, DecidedAt: &now,
	})
	if err != nil {
		return nil, fmt.Errorf("retracting a suggestion: %w", err)
	}
	return t, nil
}

// lockChain locks a joined ticket and all above it, the one to go on with last.
func (s *Store) lockChain(ctx context.Context, tx pgx.Tx, scope account.Scope, source id.Ticket) ([]*Ticket, error) {
	var path []id.Ticket
	for next := source; !next.IsZero() && len(path) < maxJoinDepth; {
		t, err := s.Exact(ctx, tx, scope, next)
		if err != nil {
			return nil, err
		}
		path = append(path, next)
		next = t.MergedInto
	}
	if len(path) < 2 {
		return nil, fault.Conflict("the ticket is not joined to another")
	}
	locked, err := s.lockAll(ctx, tx, path...)
	if err != nil {
		return nil, err
	}
	chain := make([]*Ticket, len(path))
	for i, ticket := range path {
		chain[i] = locked[ticket]
		next := id.Ticket{}
		if i+1 < len(path) {
			next = path[i+1]
		}
		if chain[i].MergedInto != next {
			return nil, fault.Conflict("the tickets have just been joined otherwise")
		}
	}
	return chain, nil
}

// refresh reads again, from the messages of the whole conversation, what the ticket's row says of them.
func (s *Store) refresh(ctx context.Context, tx pgx.Tx, t *Ticket) error {
	const waiting = `
		SELECT min(m.created_at) FROM message m
		WHERE m.ticket_id IN (SELECT ticket_joined($1)) AND m.direction = 'inbound' AND m.class = 'human'
		  AND m.id > coalesce((
		      SELECT r.id FROM message r
		      WHERE r.ticket_id IN (SELECT ticket_joined($1)) AND r.direction = 'outbound' AND r.origin = 'operator'
		        AND r.cancelled_at IS NULL
		      ORDER BY r.id DESC LIMIT 1), '00000000-0000-0000-0000-000000000000')`
	const answered = `
		SELECT f.at, (SELECT (e.params->>'due')::timestamptz FROM ticket_event e
		              WHERE e.ticket_id IN (SELECT ticket_joined($1)) AND e.type = 'replied' AND e.at = f.at LIMIT 1)
		FROM (SELECT min(m.created_at) AS at FROM message m
		      WHERE m.ticket_id IN (SELECT ticket_joined($1)) AND m.direction = 'outbound' AND m.origin = 'operator'
		        AND m.cancelled_at IS NULL) f`
	const last = `
		SELECT m.created_at, m.channel_kind, left(m.text, 16384) FROM message m
		WHERE m.ticket_id IN (SELECT ticket_joined($1)) AND m.direction <> 'note' AND m.class = 'human'
		  AND m.origin <> 'automatic' AND m.cancelled_at IS NULL
		ORDER BY m.created_at DESC, m.id DESC LIMIT 1`
	var since *time.Time
	if err := tx.QueryRow(ctx, waiting, t.ID).Scan(&since); err != nil {
		return fmt.Errorf("finding since when the citizen waits: %w", err)
	}
	if t.Status.Open() {
		t.WaitingSince = since
	}
	if err := tx.QueryRow(ctx, answered, t.ID).Scan(&t.FirstAnsweredAt, &t.FirstDueAt); err != nil {
		return fmt.Errorf("finding when the citizen was first answered: %w", err)
	}
	var text string
	err := tx.QueryRow(ctx, last, t.ID).Scan(&t.LastMessageAt, &t.LastChannelKind, &text)
	if postgres.IsNoRows(err) {
		t.LastMessageAt, t.LastChannelKind, t.Preview = t.CreatedAt, "", ""
		return nil
	}
	if err != nil {
		return fmt.Errorf("finding the last message: %w", err)
	}
	t.Preview = Preview(text)
	return nil
}

const joinedTo = `SELECT ` + Columns + ` FROM ticket t
	WHERE t.id = ANY($1) AND t.merged_into IS NOT NULL ORDER BY t.created_at, t.id`

// Joined lists the tickets that were joined to this one, directly or through others.
func (s *Store) Joined(ctx context.Context, dbtx postgres.Querier, scope account.Scope, ticket id.Ticket) ([]Ticket, error) {
	tickets, err := s.conversation(ctx, dbtx, scope, ticket)
	if err != nil {
		return nil, err
	}
	rows, err := dbtx.Query(ctx, joinedTo, tickets)
	if err != nil {
		return nil, fmt.Errorf("reading joined tickets: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Ticket])
	if err != nil {
		return nil, fmt.Errorf("reading joined tickets: %w", err)
	}
	return slices.Clip(list), nil
}
