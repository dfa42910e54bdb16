package ticket

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/postgres"
)

// maxSnooze is how far ahead a ticket may be put aside.
const maxSnooze = 366 * 24 * time.Hour

// Snooze puts a ticket out of the lists of work until a time, or until the citizen writes. Its clocks run on.
type Snooze struct {
	Until time.Time
	// NextWorkingDay is until the ticket's office next opens on another day; Until is not looked at then.
	NextWorkingDay bool
}

// wake takes the ticket back among what is to be done; false when it was there.
func (t *Ticket) wake() bool {
	if t.SnoozedUntil == nil {
		return false
	}
	t.SnoozedUntil, t.SnoozedBy = nil, id.Operator{}
	return true
}

// aside adds to an event's parameters until when the ticket was put aside before it, for whoever takes the event back.
func (t *Ticket) aside(params map[string]string) map[string]string {
	if t.SnoozedUntil != nil {
		params["aside_until"] = t.SnoozedUntil.UTC().Format(time.RFC3339Nano)
	}
	if !t.SnoozedBy.IsZero() {
		params["aside_by"] = t.SnoozedBy.String()
	}
	return params
}

// roused takes back what goes to somebody else: who has it from now on has not put it aside.
func (w *writer) roused(by account.Actor) {
	params := w.ticket.aside(map[string]string{})
	if w.ticket.wake() {
		w.record(actorOf(by), EventWoke, params)
	}
}

// changeSnooze comes after the other changes of a write: what is handed over and put aside at once stays aside.
func (s *Store) changeSnooze(w *writer) func(context.Context, postgres.Querier, account.Actor, Change) error {
	return func(ctx context.Context, db postgres.Querier, by account.Actor, c Change) error {
		if c.Wake {
			w.roused(by)
		}
		if c.Snooze == nil {
			return nil
		}
		until := c.Snooze.Until.UTC().Truncate(time.Second)
		if c.Snooze.NextWorkingDay {
			terms, err := s.book.Terms(ctx, db)
			if err != nil {
				return err
			}
			if until = nextWorkingDay(terms, w.ticket, w.now); until.IsZero() {
				return fault.Invalid("snooze.next_working_day", "not_allowed", "the office of the ticket has no day to come on which it opens")
			}
		}
		return w.snooze(by, until)
	}
}

func (w *writer) snooze(by account.Actor, until time.Time) error {
	t := w.ticket
	switch {
	case !t.Status.Open():
		return fault.Invalid("snooze", "snooze_over", "a ticket that is over is not put aside")
	case !until.After(w.now) || until.After(w.now.Add(maxSnooze)):
		return fault.Invalid("snooze.until", "snooze_range", "a ticket is put aside until a time to come, at most a year ahead")
	case t.SnoozedUntil != nil && t.SnoozedUntil.Equal(until):
		return nil
	}
	w.record(actorOf(by), EventSnoozed, t.aside(map[string]string{"until": until.Format(time.RFC3339)}))
	t.SnoozedUntil, t.SnoozedBy = &until, by.Operator
	return nil
}

// NextWorkingDay is when the office of a ticket next opens on another day; the unset time when that is not known.
func (s *Store) NextWorkingDay(ctx context.Context, db postgres.Querier, t *Ticket) (time.Time, error) {
	terms, err := s.book.Terms(ctx, db)
	if err != nil {
		return time.Time{}, err
	}
	return nextWorkingDay(terms, t, s.clock()), nil
}

func nextWorkingDay(terms *office.Terms, t *Ticket, now time.Time) time.Time {
	_, calendar := terms.For(t.termKey())
	if calendar == nil {
		return time.Time{}
	}
	return calendar.OpensNext(now)
}

// WakeDue takes back what was put aside until now. Replicas may do it at the same time: each takes other tickets, and
// what somebody is writing on comes with the next pass.
func (s *Store) WakeDue(ctx context.Context, pool *pgxpool.Pool) error {
	return inPasses(ctx, pool, s.wakeDue)
}

func (s *Store) wakeDue(ctx context.Context, tx pgx.Tx) (int, error) {
	w := &writer{now: s.clock(), book: s.book}
	list, err := lockDue(ctx, tx, "snoozed_until", w.now)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	for _, t := range list {
		t.wake()
		w.on(t).record(actorOf(account.System()), EventWoke, nil)
	}
	return len(list), w.send(ctx, tx)
}
