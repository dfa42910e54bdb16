package ticket

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// The reasons of notes that go with a ticket to another office, and back: office_name is where it went.
const (
	ReasonTransferred      = "transferred"
	ReasonTransferReturned = "transfer_returned"
)

// Transfer is how a ticket came to the office that has it.
type Transfer struct {
	From     id.Office `db:"from_office"`
	FromName string    `db:"from_name"`
	// By may have left since; then Active is false.
	By     id.Operator `db:"operator"`
	ByName string      `db:"by_name"`
	Active bool        `db:"active"`
	At     time.Time   `db:"at"`
}

// Transferred reads who handed a ticket over to the office that has it; nil when nobody did, or it came back from there.
func (s *Store) Transferred(ctx context.Context, db postgres.Querier, scope account.Scope, ticket id.Ticket) (*Transfer, error) {
	t, err := s.ByID(ctx, db, scope, ticket)
	if err != nil {
		return nil, err
	}
	const query = `
		SELECT f.id AS from_office, f.name AS from_name, a.id AS operator, a.name AS by_name, a.active, e.at
		FROM (SELECT * FROM ticket_event WHERE ticket_id = $1 AND type = 'office_changed' ORDER BY at DESC, id DESC LIMIT 1) e
		JOIN office f ON f.id = (e.params->>'from')::uuid AND f.active
		JOIN operator a ON a.id = e.actor_id
		WHERE e.actor_kind = 'operator' AND e.params->>'returned' IS NULL AND e.params->>'to' = $2`
	rows, err := db.Query(ctx, query, t.ID, t.Office.String())
	if err != nil {
		return nil, fmt.Errorf("reading who handed a ticket over: %w", err)
	}
	h, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[Transfer])
	if postgres.IsNoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading who handed a ticket over: %w", err)
	}
	return h, nil
}

// GiveBack returns a ticket to the office that handed it over, and to who did it, with the reason.
func (s *Store) GiveBack(ctx context.Context, tx pgx.Tx, scope account.Scope, ticket id.Ticket, by account.Actor, version int64, reason string) (*Ticket, error) {
	t, err := s.Lock(ctx, tx, scope, ticket)
	if err != nil {
		return nil, err
	}
	h, err := s.Transferred(ctx, tx, scope, t.ID)
	if err != nil {
		return nil, err
	}
	if h == nil {
		return nil, fault.Conflict("nobody handed the ticket over to the office that has it")
	}
	if reason, err = question(reason); err != nil {
		return nil, err
	}
	to, err := t.receivedBy(ctx, tx, h.From)
	if err != nil {
		return nil, err
	}
	c := Change{Version: version, Office: &h.From, Note: reason, back: true}
	if h.Active && !to.stands() {
		c.Assignee = &h.By
	}
	return s.Update(ctx, tx, scope, t.ID, by, c)
}

// handOver gives the ticket to the office that receives it, with what whoever does it has to say to it.
func (w *writer) handOver(by account.Actor, to Receiver, c Change) {
	t := w.ticket
	params := to.onto(map[string]string{"from": t.Office.String(), "to": to.ID.String(), "to_name": to.Name})
	reason := ReasonTransferred
	if c.back {
		params["returned"], reason = "true", ReasonTransferReturned
	}
	if c.cause != "" {
		params["cause"] = c.cause
	}
	if c.Note != "" {
		about := to.onto(map[string]string{"office": to.ID.String(), "office_name": to.Name})
		w.remark(by, Note{Text: c.Note, reason: Reason{Code: reason, Params: about}})
	}
	w.record(actorOf(by), EventOfficeChanged, params)
	w.roused(by)
	t.Office = to.ID
	if to.Confidential {
		t.enclosed = to.ID
	}
}
