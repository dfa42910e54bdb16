package ticket

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Change is what an operator changes on a ticket; nil fields stay as they are.
type Change struct {
	// Version is the one the operator saw.
	Version int64
	// Assignee unset takes the ticket from whoever has it.
	Assignee *id.Operator
	Status   *Status
	// Office hands the ticket over; the assignee is cleared unless given too.
	Office   *id.Office
	Priority *Priority
	Subject  *string
	// Note says why it is handed over; it stands on the ticket as a note. Nothing without Office.
	Note string
	// back says that it goes back to who handed it over, cause why the hub did it.
	back  bool
	cause string
	// Type is the code of a request type; empty is none.
	Type *string
	// Standing is what is said of the status, the one given or the one the ticket has.
	Standing *Standing
	// AddTags and RemoveTags change its tags.
	AddTags, RemoveTags []id.Tag
	// Snooze puts it aside, Wake takes it back.
	Snooze *Snooze
	Wake   bool
}

// Update changes a ticket. When it has changed since the version given, nothing is done and the fault is a conflict.
func (s *Store) Update(ctx context.Context, tx pgx.Tx, scope account.Scope, ticket id.Ticket, by account.Actor, c Change) (*Ticket, error) {
	t, err := s.Lock(ctx, tx, scope, ticket)
	if err != nil {
		return nil, err
	}
	if t.Version != c.Version {
		return nil, fault.Conflict("the ticket is at version %d, not %d", t.Version, c.Version)
	}
	if c.Office == nil && c.Status != nil && c.Status.Open() && !t.Status.Open() {
		if c.Office, err = successor(ctx, tx, t.Office); err != nil {
			return nil, err
		}
	}
	before := t.Version
	w := s.writer(t, s.clock())
	// What an end was due by follows from office, priority and type: they are on record before it.
	for _, apply := range []func(context.Context, postgres.Querier, account.Actor, Change) error{
		w.changeOffice, w.changePriority, w.changeType, w.changeAssignee, w.changeStatus, w.changeSubject,
		w.changeTags, s.changeSnooze(w),
	} {
		if err := apply(ctx, tx, by, c); err != nil {
			return nil, err
		}
	}
	if w.events.Len() == 0 && t.Version == before {
		return t, nil
	}
	return t, w.send(ctx, tx)
}

func (w *writer) changeOffice(ctx context.Context, db postgres.Querier, by account.Actor, c Change) error {
	t := w.ticket
	if c.Office == nil || *c.Office == t.Office && c.cause == "" {
		return nil
	}
	to, err := t.receivedBy(ctx, db, *c.Office)
	if err != nil {
		return err
	}
	w.handOver(by, to, c)
	if c.Assignee == nil && !t.Assignee.IsZero() {
		w.unassign(by)
	}
	return nil
}

func (w *writer) unassign(by account.Actor) {
	t := w.ticket
	w.record(actorOf(by), EventUnassigned, map[string]string{"operator": t.Assignee.String()})
	t.Assignee = id.Operator{}
	w.roused(by)
}

// changeAssignee also takes up a new ticket: somebody has it now.
func (w *writer) changeAssignee(ctx context.Context, db postgres.Querier, by account.Actor, c Change) error {
	t := w.ticket
	if c.Assignee == nil || *c.Assignee == t.Assignee {
		return nil
	}
	if c.Assignee.IsZero() {
		w.unassign(by)
		return nil
	}
	name, err := w.ticket.assignable(ctx, db, *c.Assignee)
	if err != nil {
		return err
	}
	params := map[string]string{"operator": c.Assignee.String(), "operator_name": name}
	if c.cause != "" {
		params["cause"] = c.cause
	}
	if !t.Assignee.IsZero() {
		params["before"] = t.Assignee.String()
	}
	if t.Status == StatusNew && c.Status == nil {
		params["taken_up"] = "true"
		t.setStatus(StatusOpen, w.now)
	}
	w.record(actorOf(by), EventAssigned, params)
	t.Assignee = *c.Assignee
	w.roused(by)
	return nil
}

// assignable makes sure that an operator may work on the ticket where it is: with somebody who does not see it, it would
// be nobody's. The answer is the operator's name.
func (t *Ticket) assignable(ctx context.Context, db postgres.Querier, to id.Operator) (name string, err error) {
	who, err := account.Colleague(ctx, db, to)
	if fault.Kind(err) == fault.CodeNotFound {
		return "", fault.Invalid("assignee_id", "unknown", "there is none with this id")
	}
	if err != nil {
		return "", err
	}
	if !account.WorksOn(who, t.Office) {
		return "", fault.Invalid("assignee_id", "assignee_unseen", "%s does not work on requests of that office", who.Name)
	}
	return who.Name, nil
}

// nameOf reads the name of a row that must exist; another is the caller's mistake.
func nameOf(ctx context.Context, db postgres.Querier, query, field string, key any) (string, error) {
	var name string
	err := db.QueryRow(ctx, query, key).Scan(&name)
	if postgres.IsNoRows(err) {
		return "", fault.Invalid(field, "unknown", "there is none with this id")
	}
	if err != nil {
		return "", fmt.Errorf("reading a name: %w", err)
	}
	return name, nil
}

func (w *writer) changeStatus(_ context.Context, _ postgres.Querier, by account.Actor, c Change) error {
	t := w.ticket
	if c.Status == nil || *c.Status == t.Status {
		return w.changeStanding(by, c)
	}
	if !c.Status.Valid() || *c.Status == StatusNew {
		return fault.Invalid("status", "not_allowed", "a ticket cannot be set %q", *c.Status)
	}
	kind := EventStatusChanged
	if !t.Status.Open() && c.Status.Open() {
		kind = EventReopened
	}
	said, err := c.said().For(*c.Status, by, w.now)
	if err != nil {
		return err
	}
	w.record(actorOf(by), kind, said.onto(t.before(map[string]string{"from": string(t.Status), "to": string(*c.Status)})))
	t.setStatus(*c.Status, w.now)
	t.Standing = said
	return nil
}

func (w *writer) changePriority(_ context.Context, _ postgres.Querier, by account.Actor, c Change) error {
	t := w.ticket
	if c.Priority == nil || *c.Priority == t.Priority {
		return nil
	}
	if !c.Priority.Valid() {
		return fault.Invalid("priority", "out_of_range", "no priority %d", *c.Priority)
	}
	w.record(actorOf(by), EventPriorityChanged,
		map[string]string{"from": strconv.Itoa(int(t.Priority)), "to": strconv.Itoa(int(*c.Priority))})
	t.Priority = *c.Priority
	return nil
}

func (w *writer) changeSubject(_ context.Context, _ postgres.Querier, by account.Actor, c Change) error {
	t := w.ticket
	if c.Subject == nil {
		return nil
	}
	subject := cutRunes(clean(strings.TrimSpace(*c.Subject)), maxSubject)
	if subject == "" {
		return fault.Invalid("subject", "required", "a ticket needs a subject")
	}
	if subject == t.Subject {
		return nil
	}
	w.record(actorOf(by), EventSubjectChanged, map[string]string{"from": t.Subject, "to": subject})
	t.Subject = subject
	return nil
}

// RevokeSecret makes the tracking secrets given out so far worthless.
func (s *Store) RevokeSecret(ctx context.Context, tx pgx.Tx, t *Ticket, by account.Actor) error {
	w := s.writer(t, s.clock())
	t.SecretVersion++
	w.record(actorOf(by), EventSecretRevoked, map[string]string{"version": strconv.Itoa(t.SecretVersion)})
	return w.send(ctx, tx)
}
