package ticket

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/postgres"
)

// said is what the change says of the status.
func (c Change) said() Standing {
	if c.Standing == nil {
		return Standing{}
	}
	return *c.Standing
}

// changeStanding puts right what is said of a status that stays.
func (w *writer) changeStanding(by account.Actor, c Change) error {
	t := w.ticket
	if c.Standing == nil {
		return nil
	}
	said, err := c.Standing.For(t.Status, by, w.now)
	if err != nil || said.same(t.Standing) {
		return err
	}
	w.record(actorOf(by), EventStandingChanged, said.onto(t.Standing.keep(map[string]string{})))
	t.Standing = said
	return nil
}

func (s Standing) same(o Standing) bool {
	if s.Until != nil && o.Until != nil && s.Until.Equal(*o.Until) {
		s.Until = o.Until
	}
	return s == o
}

// keep adds to an event's parameters what was said before it, for whoever takes the event back.
func (s Standing) keep(params map[string]string) map[string]string {
	if raw, err := json.Marshal(s); err == nil && !s.IsZero() {
		params["was"] = string(raw)
	}
	return params
}

// kept reads what keep has put away; nothing when there is none.
func kept(was *string) (s Standing) {
	if was != nil {
		_ = json.Unmarshal([]byte(*was), &s)
	}
	return s
}

func (w *writer) changeType(ctx context.Context, db postgres.Querier, by account.Actor, c Change) error {
	t := w.ticket
	if c.Type == nil || *c.Type == t.RequestType {
		return nil
	}
	if *c.Type != "" {
		retired, err := nameOf(ctx, db, `SELECT coalesce(retired_at::text, '') FROM request_type WHERE code = $1`, "type", *c.Type)
		if err != nil {
			return err
		}
		if retired != "" {
			return fault.Invalid("type", "type_retired", "this type of request is no longer in use")
		}
	}
	w.record(actorOf(by), EventTypeChanged, map[string]string{"from": t.RequestType, "to": *c.Type})
	t.RequestType = *c.Type
	return nil
}

// ResumeDue opens what was put aside until now. Replicas may do it at the same time: each takes other tickets, and what
// somebody is writing on comes with the next pass.
func (s *Store) ResumeDue(ctx context.Context, pool *pgxpool.Pool) error {
	return inPasses(ctx, pool, s.resumeDue)
}

func (s *Store) resumeDue(ctx context.Context, tx pgx.Tx) (int, error) {
	w := &writer{now: s.clock(), book: s.book}
	list, err := lockDue(ctx, tx, "resume_at", w.now)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	for _, t := range list {
		was := t.Status
		t.setStatus(StatusOpen, w.now)
		w.on(t).record(actorOf(account.System()), EventStatusChanged, map[string]string{"from": string(was), "to": string(StatusOpen), "cause": "until"})
	}
	return len(list), w.send(ctx, tx)
}
