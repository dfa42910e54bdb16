package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/thread"
	"sportello.dev/hub/internal/ticket"
)

// Assign files a quarantined item on a ticket that an operator chose. What could not be read is filed as a message
// without text, with the original to download.
func (s *Stages) Assign(ctx context.Context, scope account.Scope, by account.Actor, entry id.Entry, number string) (id.Message, error) {
	if _, err := s.journal.Quarantine(ctx, scope, entry); err != nil {
		return id.Message{}, err
	}
	var message id.Message
	err := postgres.InTx(ctx, s.journal.pool, func(tx pgx.Tx) error {
		w, err := s.reopen(ctx, tx, entry)
		if err != nil {
			return err
		}
		if w.ticket, err = s.tickets.LockNumber(ctx, tx, scope, number); err != nil {
			return err
		}
		w.decision = thread.Decision{
			Outcome: thread.Attach, Ticket: w.ticket.ID, ThirdPerson: true,
			Reason: ticket.Reason{Code: ticket.ReasonManual, Params: map[string]string{"operator": by.Name}},
		}
		in, err := w.inbound()
		if err != nil {
			return err
		}
		if w.message, err = s.tickets.AddInbound(ctx, tx, w.ticket, in); err != nil {
			return err
		}
		message = w.message
		w.settle("filed", "assigned", "")
		if err := s.journal.settle(ctx, tx, w); err != nil {
			return err
		}
		return note(ctx, tx, entry, ActFiled, string(w.ticket.Number), by.Operator)
	})
	if err != nil {
		return id.Message{}, fmt.Errorf("assigning an item: %w", err)
	}
	return message, nil
}

// Open makes a new ticket of a quarantined item, at the channel's office or at the one given, and returns its number.
// The operator says that a person wrote it, whatever its header says; nothing is acknowledged.
func (s *Stages) Open(ctx context.Context, scope account.Scope, by account.Actor, item id.Entry, at id.Office) (ticket.Number, error) {
	if _, err := s.journal.Quarantine(ctx, scope, item); err != nil {
		return "", err
	}
	var number ticket.Number
	err := postgres.InTx(ctx, s.journal.pool, func(tx pgx.Tx) error {
		w, err := s.reopen(ctx, tx, item)
		if err != nil {
			return err
		}
		if !at.IsZero() {
			w.Office = at
		}
		var known bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM office WHERE id = $1 AND active)`, w.Office).Scan(&known); err != nil {
			return fmt.Errorf("looking for an office: %w", err)
		}
		if !known || !scope.Covers(w.Office) {
			return fault.Invalid("office_id", "not_allowed", "the office is not one of the operator's")
		}
		if err := s.openFor(ctx, tx, w, by); err != nil {
			return err
		}
		number = w.ticket.Number
		return note(ctx, tx, item, ActOpened, string(number), by.Operator)
	})
	if err != nil {
		return "", fmt.Errorf("opening a ticket for an item: %w", err)
	}
	return number, nil
}

// openFor files the work as the first message of a new ticket.
func (s *Stages) openFor(ctx context.Context, tx pgx.Tx, w *work, by account.Actor) error {
	w.class = ticket.ClassHuman
	m := w.event.Message
	if !w.sender.IsZero() {
		people, err := s.contacts.IdentifyEach(ctx, tx, []contact.Sender{w.person(m)})
		if err != nil {
			return err
		}
		w.contact = people[0]
	}
	var err error
	w.ticket, err = s.tickets.Create(ctx, tx, by, ticket.Opening{
		Subject: subjectOf(m), Office: w.Office, Contact: w.contact, Language: m.Language, At: w.ReceivedAt,
	})
	if err != nil {
		return err
	}
	w.decision = thread.Decision{
		Outcome: thread.Begin, Reason: ticket.Reason{Code: ticket.ReasonManual, Params: map[string]string{"operator": by.Name}},
	}
	in, err := w.inbound()
	if err != nil {
		return err
	}
	if w.message, err = s.tickets.AddInbound(ctx, tx, w.ticket, in); err != nil {
		return err
	}
	w.settle("filed", "opened", "")
	return s.journal.settle(ctx, tx, w)
}

// reopen locks a quarantined row as work; an item that is no message becomes an empty one.
func (s *Stages) reopen(ctx context.Context, tx pgx.Tx, item id.Entry) (*work, error) {
	row, err := s.journal.queries.LockQuarantined(ctx, tx, item)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, ErrDecided
	}
	if err != nil {
		return nil, fmt.Errorf("locking a quarantined item: %w", err)
	}
	w := &work{entry: entry{
		ID: row.ID, Channel: row.ChannelID, ReceivedAt: row.ReceivedAt, RawSHA256: row.RawSha256, Adapter: row.Adapter,
		Office: id.Office{UUID: row.OfficeID},
	}}
	// A payload that cannot be read is one of the reasons to be here.
	if err := json.Unmarshal(row.Payload, &w.event); err != nil || w.event.Message == nil {
		w.event = Event{Message: &Inbound{Class: string(ticket.ClassSuspicious)}}
	}
	w.prepare()
	return w, nil
}
