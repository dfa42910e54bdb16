package ticket

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Split makes a ticket of its own of a person's message, together with what we answered to it, and returns the new
// ticket. Both keep a link and an event; joining the new one to the old undoes it. A message that came with a joined
// ticket of its own takes that ticket out again.
func (s *Store) Split(ctx context.Context, tx pgx.Tx, scope account.Scope, by account.Actor, message id.Message) (*Ticket, error) {
	m, err := s.Message(ctx, tx, scope, message)
	if err != nil {
		return nil, err
	}
	if m.Direction != DirectionInbound || !m.Class.Human() {
		return nil, fault.Conflict("only a letter of a person can become a ticket of its own")
	}
	line, err := s.lockLine(ctx, tx, scope, m.Ticket)
	if err != nil {
		return nil, err
	}
	alone, err := s.standsAlone(ctx, tx, m)
	switch {
	case err != nil:
		return nil, err
	case alone && len(line) > 1:
		return s.Unjoin(ctx, tx, scope, by, m.Ticket)
	case alone:
		return nil, fault.Conflict("the ticket has no other letter: there is nothing to split")
	}
	made, err := s.beginSplit(ctx, tx, by, m, line[len(line)-1])
	if err != nil {
		return nil, err
	}
	return made, s.linkSplit(ctx, tx, by, m, line, made)
}

// lockLine locks a ticket and all that it is joined to, the one to go on with last.
func (s *Store) lockLine(ctx context.Context, tx pgx.Tx, scope account.Scope, ticket id.Ticket) ([]*Ticket, error) {
	t, err := s.Exact(ctx, tx, scope, ticket)
	if err != nil {
		return nil, err
	}
	if !t.MergedInto.IsZero() {
		return s.lockChain(ctx, tx, scope, ticket)
	}
	locked, err := s.lockAll(ctx, tx, ticket)
	if err != nil {
		return nil, err
	}
	if !locked[ticket].MergedInto.IsZero() {
		return nil, fault.Conflict("the ticket has just been joined to another")
	}
	return []*Ticket{locked[ticket]}, nil
}

// standsAlone tells whether the message is the only letter of a person on its ticket. That it still stands there is
// checked too: the tickets are locked only now.
func (s *Store) standsAlone(ctx context.Context, tx pgx.Tx, m *Message) (bool, error) {
	const query = `
		SELECT count(*) FILTER (WHERE id = $2) = 1, count(*) FILTER (WHERE id <> $2) = 0
		FROM message WHERE ticket_id = $1 AND direction = 'inbound' AND class = 'human'`
	var there, alone bool
	if err := tx.QueryRow(ctx, query, m.Ticket, m.ID).Scan(&there, &alone); err != nil {
		return false, fmt.Errorf("counting the letters of a ticket: %w", err)
	}
	if !there {
		return false, fault.Conflict("the message has just been moved to another ticket")
	}
	return alone, nil
}

// beginSplit opens the new ticket as if the message had begun it: since then the citizen waits. Whoever works on the old
// ticket has both.
func (s *Store) beginSplit(ctx context.Context, tx pgx.Tx, by account.Actor, m *Message, from *Ticket) (*Ticket, error) {
	subject := BareSubject(m.Subject)
	if subject == "" {
		subject = from.Subject
	}
	made, err := s.Create(ctx, tx, by, Opening{
		Subject: subject, Office: from.Office, Contact: m.Contact, Language: from.Language, At: m.CreatedAt,
	})
	if err != nil {
		return nil, err
	}
	made.Assignee, made.Priority = from.Assignee, from.Priority
	if !made.Assignee.IsZero() {
		made.Status = StatusOpen
	}
	moved, answered, err := s.moveMessage(ctx, tx, m, from, made)
	if err != nil {
		return nil, err
	}
	made.MessageCount, made.InboundCount = moved, 1
	if err := s.refresh(ctx, tx, made); err != nil {
		return nil, err
	}
	if answered {
		made.setStatus(StatusWaitingCitizen, s.clock())
	}
	return made, nil
}

// moveMessage moves the message and what we answered to it. It says how many moved, and whether an operator answered.
func (s *Store) moveMessage(ctx context.Context, tx pgx.Tx, m *Message, from, made *Ticket) (moved int, answered bool, err error) {
	const move = `
		UPDATE message SET ticket_id = $3 WHERE ticket_id = $1
		   AND (id = $2 OR answers_id = $2 AND direction = 'outbound') RETURNING id, origin = 'operator' AND cancelled_at IS NULL`
	rows, err := tx.Query(ctx, move, m.Ticket, m.ID, made.ID)
	if err != nil {
		return 0, false, fmt.Errorf("moving a message: %w", err)
	}
	var ids []id.Message
	var each id.Message
	var reply bool
	_, err = pgx.ForEachRow(rows, []any{&each, &reply}, func() error {
		ids, answered = append(ids, each), answered || reply
		return nil
	})
	if err != nil {
		return 0, false, fmt.Errorf("moving a message: %w", err)
	}
	b := &pgx.Batch{}
	b.Queue(`UPDATE delivery SET ticket_id = $2 WHERE message_id = ANY($1)`, ids, made.ID)
	b.Queue(`UPDATE requester_proposal SET ticket_id = $2 WHERE message_id = ANY($1)`, ids, made.ID)
	b.Queue(`UPDATE message SET threading_reason = $2, threading_params = threading_params || jsonb_build_object(
		'number', $3::text, 'was', threading_reason) WHERE id = $1`, m.ID, ReasonSplit, from.Number)
	queueParties(b, m, ids, made.ID)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return 0, false, fmt.Errorf("moving a message: %w", err)
	}
	return len(ids), answered, nil
}

// queueParties makes the writer the new ticket's requester and brings whom we answered along. On the old ticket both
// stay only as far as its own messages name them; its requester stays always.
func queueParties(b *pgx.Batch, m *Message, moved []id.Message, made id.Ticket) {
	if from := m.From.Bounded(); !from.IsZero() {
		var wrote postgres.Rows
		wrote.Add(made, from.Kind, from.Value, from.Name, m.Contact, RoleRequester, m.CreatedAt, m.Channel)
		wrote.Queue(b, upsertWrote)
	}
	b.Queue(`
		INSERT INTO ticket_party (ticket_id, kind, value, name, role, addressed_at, channel_id)
		SELECT DISTINCT ON (p.kind, p.value) $2::uuid, p.kind, left(p.value, 500), left(p.name, 200), 'third', o.created_at, o.channel_id
		FROM message o JOIN message_party p ON p.message_id = o.id AND p.role IN ('to', 'cc')
		WHERE o.id = ANY($1) AND o.direction = 'outbound' ORDER BY p.kind, p.value, o.created_at DESC
		ON CONFLICT (ticket_id, kind, value) DO UPDATE SET addressed_at = EXCLUDED.addressed_at`, moved, made)
	b.Queue(`
		UPDATE ticket_party y SET
		    wrote_at = (SELECT max(i.created_at) FROM message i WHERE i.ticket_id = y.ticket_id AND i.direction = 'inbound'
		                AND i.class = 'human' AND i.from_kind = y.kind AND i.from_value = y.value),
		    addressed_at = (SELECT max(o.created_at) FROM message o JOIN message_party p ON p.message_id = o.id
		                    WHERE o.ticket_id = y.ticket_id AND o.direction = 'outbound' AND p.role IN ('to', 'cc')
		                    AND p.kind = y.kind AND p.value = y.value)
		WHERE y.ticket_id = $1`, m.Ticket)
	b.Queue(`DELETE FROM ticket_party WHERE ticket_id = $1 AND role = 'third' AND wrote_at IS NULL AND addressed_at IS NULL`, m.Ticket)
}

// linkSplit writes both tickets with their events and the link, and takes back what the message had done to the old one.
func (s *Store) linkSplit(ctx context.Context, tx pgx.Tx, by account.Actor, m *Message, line []*Ticket, made *Ticket) error {
	root, now := line[len(line)-1], s.clock()
	for _, each := range line {
		each.MessageCount -= made.MessageCount
		each.InboundCount -= made.InboundCount
		if err := s.refresh(ctx, tx, each); err != nil {
			return err
		}
		w := s.writer(each, now)
		if each == root {
			if err := s.undoStatus(ctx, tx, m, w); err != nil {
				return err
			}
			w.record(actorOf(by), EventSplitOff, map[string]string{"number": string(made.Number), "message": m.ID.String()})
		}
		if err := w.send(ctx, tx); err != nil {
			return err
		}
	}
	w := s.writer(made, now)
	w.record(actorOf(by), EventSplitFrom, map[string]string{"number": string(root.Number), "message": m.ID.String()})
	w.link(made.ID, m.ID, []Link{{Other: root.ID, Kind: LinkSplit}})
	return w.send(ctx, tx)
}

// undoStatus gives the old ticket the status it had before the message, when nobody has changed it since and no other
// letter waits.
func (s *Store) undoStatus(ctx context.Context, tx pgx.Tx, m *Message, w *writer) error {
	t := w.ticket
	if t.WaitingSince != nil {
		return nil
	}
	const query = `
		SELECT params->>'from', params->>'to', params->>'was' FROM (
		    SELECT type, params FROM ticket_event
		    WHERE ticket_id = $1 AND type IN ('status_changed', 'reopened', 'replied') ORDER BY at DESC, id DESC LIMIT 1) AS last
		WHERE params->>'message' = $2`
	var from, to Status
	var was *string
	err := tx.QueryRow(ctx, query, t.ID, m.ID.String()).Scan(&from, &to, &was)
	if postgres.IsNoRows(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading what a message did to its ticket: %w", err)
	}
	if from.Valid() && t.Status == to {
		t.setStatus(from, w.now)
		t.Standing = kept(was)
		w.record(actor{kind: "system"}, EventStatusChanged, map[string]string{"from": string(to), "to": string(from)})
	}
	return nil
}
