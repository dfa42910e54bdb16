package ticket

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
)

// undone marks the event that takes another back.
const undone = "undone"

// taker takes back what one event did to the ticket being written on.
type taker func(w *writer, ctx context.Context, tx pgx.Tx, by account.Actor, params map[string]string) error

// takers are what can be taken back. What told somebody, an office, a citizen or who was asked, is not among them.
var takers = map[EventType]taker{
	EventAssigned:        (*writer).takeBackAssignee,
	EventUnassigned:      (*writer).takeBackUnassigned,
	EventStatusChanged:   (*writer).takeBackStatus,
	EventReopened:        (*writer).takeBackStatus,
	EventStandingChanged: (*writer).takeBackStanding,
	EventPriorityChanged: (*writer).takeBackPriority,
	EventTypeChanged:     (*writer).takeBackType,
	EventTagged:          (*writer).takeBackTag,
	EventUntagged:        (*writer).takeBackTag,
	EventSnoozed:         (*writer).takeBackSnooze,
	EventWoke:            (*writer).takeBackSnooze,
}

// Undo takes back what the last write on a ticket changed, if it was the operator's own and the ticket is still at the
// version that it left. Either all of it is taken back, or nothing and the fault says why.
func (s *Store) Undo(ctx context.Context, tx pgx.Tx, scope account.Scope, ticket id.Ticket, by account.Actor, version int64) (*Ticket, error) {
	t, err := s.Lock(ctx, tx, scope, ticket)
	if err != nil {
		return nil, err
	}
	if t.Version != version {
		return nil, fault.Conflict("the ticket is at version %d, not %d", t.Version, version)
	}
	events, err := lastWrite(ctx, tx, t, by)
	if err != nil {
		return nil, err
	}
	w := s.writer(t, s.clock())
	was := t.Status
	for _, e := range events {
		if err := takers[e.Type](w, ctx, tx, by, e.Params); err != nil {
			return nil, err
		}
	}
	if !was.Open() && t.Status.Open() {
		if err := s.refresh(ctx, tx, t); err != nil {
			return nil, err
		}
	}
	return t, w.send(ctx, tx)
}

// lastWrite reads what the last write on a ticket did, the last first, but what the terms follow from before all else. It
// is a fault unless all of it was done by the operator who asks and can be taken back; deadlines that it found near or
// missed stay on record.
func lastWrite(ctx context.Context, tx pgx.Tx, t *Ticket, by account.Actor) ([]Event, error) {
	const query = `SELECT type, params, actor_kind, coalesce(actor_id, '00000000-0000-0000-0000-000000000000')
		FROM ticket_event WHERE ticket_id = $1 AND at = $2 ORDER BY id DESC`
	rows, err := tx.Query(ctx, query, t.ID, t.UpdatedAt)
	if err != nil {
		return nil, fmt.Errorf("reading the last write on a ticket: %w", err)
	}
	var e Event
	var found []Event
	who := actorOf(by)
	_, err = pgx.ForEachRow(rows, []any{&e.Type, &e.Params, &e.ActorKind, &e.ActorID}, func() error {
		found = append(found, e)
		e.Params = nil
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the last write on a ticket: %w", err)
	}
	found = slices.DeleteFunc(found, func(e Event) bool { return e.Type == EventDeadlineWarned || e.Type == EventDeadlineMissed })
	own := func(e Event) bool { return e.ActorKind == who.kind && e.ActorID == who.id }
	if !slices.ContainsFunc(found, own) {
		return nil, fault.Invalid("undo", "undo_nothing", "the last change is not the operator's own")
	}
	if n := len(slices.DeleteFunc(slices.Clone(found), func(e Event) bool { return !e.Type.setsStatus() })); n > 1 {
		return nil, fault.Invalid("undo", "undo_nothing", "more than one write fell into the same instant")
	}
	if slices.ContainsFunc(found, func(e Event) bool { return !own(e) || takers[e.Type] == nil }) {
		return nil, fault.Invalid("undo", "undo_told", "somebody was told of it: it cannot be taken back")
	}
	terms, rest := divide(found, func(e Event) bool { return e.Type == EventPriorityChanged || e.Type == EventTypeChanged })
	return append(terms, rest...), nil
}

// divide keeps the order of both parts.
func divide(events []Event, first func(Event) bool) (yes, no []Event) {
	for _, e := range events {
		if first(e) {
			yes = append(yes, e)
		} else {
			no = append(no, e)
		}
	}
	return yes, no
}

func (w *writer) takeBackAssignee(ctx context.Context, tx pgx.Tx, by account.Actor, params map[string]string) error {
	t := w.ticket
	if before := params["before"]; before == "" {
		w.record(actorOf(by), EventUnassigned, map[string]string{"operator": t.Assignee.String(), undone: "true"})
		t.Assignee = id.Operator{}
	} else if err := w.giveBackTo(ctx, tx, by, before); err != nil {
		return err
	}
	if params["taken_up"] != "" && t.Status == StatusOpen {
		w.record(actorOf(by), EventStatusChanged, map[string]string{"from": string(StatusOpen), "to": string(StatusNew), undone: "true"})
		t.setStatus(StatusNew, w.now)
	}
	return nil
}

func (w *writer) takeBackUnassigned(ctx context.Context, tx pgx.Tx, by account.Actor, params map[string]string) error {
	return w.giveBackTo(ctx, tx, by, params["operator"])
}

// giveBackTo assigns the ticket to who had it, unless that person has gone, or no longer sees it.
func (w *writer) giveBackTo(ctx context.Context, tx pgx.Tx, by account.Actor, operator string) error {
	before, err := id.Parse[id.Operator](operator)
	if err != nil {
		return fmt.Errorf("reading who had a ticket: %w", err)
	}
	name, err := w.ticket.assignable(ctx, tx, before)
	if err != nil {
		return err
	}
	w.record(actorOf(by), EventAssigned, map[string]string{"operator": operator, "operator_name": name, undone: "true"})
	w.ticket.Assignee = before
	return nil
}

func (w *writer) takeBackStatus(ctx context.Context, tx pgx.Tx, by account.Actor, params map[string]string) error {
	t := w.ticket
	from := Status(params["from"])
	if !from.Valid() {
		return fault.Invalid("undo", "undo_nothing", "the status before it is not on record")
	}
	kind := EventStatusChanged
	if from.Open() && !t.Status.Open() {
		kind = EventReopened
		to, err := successor(ctx, tx, t.Office)
		if err == nil {
			err = w.changeOffice(ctx, tx, by, Change{Office: to})
		}
		if err != nil {
			return err
		}
	}
	said := keptIn(params)
	w.record(actorOf(by), kind, said.onto(map[string]string{"from": string(t.Status), "to": string(from), undone: "true"}))
	t.setStatus(from, w.now)
	t.Standing = said
	if closed, err := time.Parse(time.RFC3339Nano, params["closed"]); err == nil && !from.Open() {
		t.ClosedAt = &closed
	}
	return w.takeBackSnooze(ctx, tx, by, params)
}

func (w *writer) takeBackStanding(_ context.Context, _ pgx.Tx, by account.Actor, params map[string]string) error {
	said := keptIn(params)
	w.record(actorOf(by), EventStandingChanged, said.onto(map[string]string{undone: "true"}))
	w.ticket.Standing = said
	return nil
}

func (w *writer) takeBackPriority(_ context.Context, _ pgx.Tx, by account.Actor, params map[string]string) error {
	before, err := strconv.Atoi(params["from"])
	if err != nil {
		return fmt.Errorf("reading the priority before a change: %w", err)
	}
	w.record(actorOf(by), EventPriorityChanged,
		map[string]string{"from": strconv.Itoa(int(w.ticket.Priority)), "to": params["from"], undone: "true"})
	w.ticket.Priority = Priority(before)
	return nil
}

func (w *writer) takeBackType(_ context.Context, _ pgx.Tx, by account.Actor, params map[string]string) error {
	w.record(actorOf(by), EventTypeChanged, map[string]string{"from": w.ticket.RequestType, "to": params["from"], undone: "true"})
	w.ticket.RequestType = params["from"]
	return nil
}

// takeBackTag turns a tag that the event names: one that stands is taken away, one that does not is put back.
func (w *writer) takeBackTag(ctx context.Context, tx pgx.Tx, by account.Actor, params map[string]string) error {
	tag, err := id.Parse[id.Tag](params["tag"])
	if err != nil {
		return fmt.Errorf("reading a tag that was changed: %w", err)
	}
	stand, err := holdTags(ctx, tx, []id.Tag{tag})
	if err != nil {
		return err
	}
	if stand.of(tag).ID != tag {
		return fault.Invalid("undo", "undo_nothing", "another tag has taken the place of the one that was changed")
	}
	if slices.Contains(w.ticket.Tags, tag) {
		return w.changeTags(ctx, tx, by, Change{RemoveTags: []id.Tag{tag}})
	}
	return w.changeTags(ctx, tx, by, Change{AddTags: []id.Tag{tag}})
}

// takeBackSnooze gives back the time until which the ticket was put aside before; what is past by now is not waited for.
func (w *writer) takeBackSnooze(_ context.Context, _ pgx.Tx, by account.Actor, params map[string]string) error {
	until, err := time.Parse(time.RFC3339Nano, params["aside_until"])
	if err != nil || !until.After(w.now) {
		if w.ticket.wake() {
			w.record(actorOf(by), EventWoke, map[string]string{undone: "true"})
		}
		return nil
	}
	w.ticket.SnoozedUntil = &until
	w.ticket.SnoozedBy, _ = id.Parse[id.Operator](params["aside_by"])
	w.record(actorOf(by), EventSnoozed, map[string]string{"until": until.Format(time.RFC3339), undone: "true"})
	return nil
}

// before adds to a change of status what was so before it, for whoever takes it back: what was said, since when it was
// over, and until when it was put aside.
func (t *Ticket) before(params map[string]string) map[string]string {
	if t.ClosedAt != nil {
		params["closed"] = t.ClosedAt.UTC().Format(time.RFC3339Nano)
	}
	return t.aside(t.Standing.keep(params))
}

func keptIn(params map[string]string) Standing {
	was, given := params["was"]
	if !given {
		return Standing{}
	}
	return kept(&was)
}
