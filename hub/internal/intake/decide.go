package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake/internal/db"
	"sportello.dev/hub/internal/postgres"
)

// ErrDecided tells that somebody was faster: the item is no longer where the decision was to take it from.
var ErrDecided = fault.Conflict("the item is no longer in quarantine")

// ErrUnreadable tells that reading it again gave nothing.
var ErrUnreadable = fault.Conflict("the adapter still cannot read the item")

// Acts on an item in quarantine, as they are kept.
const (
	ActRetried   = "retried"
	ActFiled     = "filed"
	ActOpened    = "opened"
	ActDiscarded = "discarded"
	ActRestored  = "restored"
)

// Act is what somebody decided on an item.
type Act struct {
	Act    string      `db:"act"`
	Reason string      `db:"reason"`
	By     id.Operator `db:"operator_id"`
	ByName string      `db:"operator_name"`
	At     time.Time   `db:"at"`
}

// Acts lists what was decided on an item so far, the first decision first.
func (j *Journal) Acts(ctx context.Context, scope account.Scope, entry id.Entry) ([]Act, error) {
	rows, err := j.pool.Query(ctx, `
SELECT a.act, a.reason, a.operator_id, coalesce(o.name, '') AS operator_name, a.at
FROM quarantine_act a JOIN journal j ON j.id = a.journal_id JOIN channel c ON c.id = j.channel_id LEFT JOIN operator o ON o.id = a.operator_id
WHERE a.journal_id = $1 AND (c.office_id = ANY ($3)) <> $2
ORDER BY a.at, a.id`, entry, scope.AllBut(), scope.Offices())
	if err != nil {
		return nil, fmt.Errorf("listing decisions: %w", err)
	}
	acts, err := pgx.CollectRows(rows, pgx.RowToStructByName[Act])
	if err != nil {
		return nil, fmt.Errorf("reading decisions: %w", err)
	}
	return acts, nil
}

func note(ctx context.Context, tx pgx.Tx, entry id.Entry, act, reason string, by id.Operator) error {
	_, err := tx.Exec(ctx, `INSERT INTO quarantine_act (id, journal_id, act, reason, operator_id) VALUES ($1, $2, $3, $4, $5)`,
		id.New[id.Entry](), entry, act, reason, by)
	if err != nil {
		return fmt.Errorf("noting a decision: %w", err)
	}
	return nil
}

// decide writes a decision and its note together; a row that is elsewhere by then is ErrDecided.
func (j *Journal) decide(ctx context.Context, entry id.Entry, act, reason string, by id.Operator, write func(pgx.Tx) (int64, error)) error {
	return postgres.InTx(ctx, j.pool, func(tx pgx.Tx) error {
		rows, err := write(tx)
		if err != nil {
			return fmt.Errorf("deciding on an item: %w", err)
		}
		if rows == 0 {
			return ErrDecided
		}
		return note(ctx, tx, entry, act, reason, by)
	})
}

// Discard ends a quarantined row with a reason; the row and its raw bytes stay.
func (j *Journal) Discard(ctx context.Context, scope account.Scope, entry id.Entry, by id.Operator, why string) error {
	why = strings.TrimSpace(why)
	if why == "" || len(why) > 500 {
		return fault.Invalid("reason", "reason.required", "a discarded item needs a reason of 1 to 500 characters")
	}
	if _, err := j.Quarantine(ctx, scope, entry); err != nil {
		return err
	}
	return j.decide(ctx, entry, ActDiscarded, why, by, func(tx pgx.Tx) (int64, error) {
		return j.queries.Discard(ctx, tx, db.DiscardParams{DecidedBy: by, Decision: why, ID: entry})
	})
}

// Restore takes a discarded item back into quarantine; who discarded it and why stays noted.
func (j *Journal) Restore(ctx context.Context, scope account.Scope, entry id.Entry, by id.Operator) error {
	if _, err := j.Quarantine(ctx, scope, entry); err != nil {
		return err
	}
	return j.decide(ctx, entry, ActRestored, "", by, func(tx pgx.Tx) (int64, error) {
		return j.queries.Restore(ctx, tx, entry)
	})
}

// Interpreter parses raw bytes again; the plugin host implements it.
type Interpreter interface {
	Interpret(ctx context.Context, c id.Channel, raw Raw) (Event, error)
}

// Retry parses a quarantined row's raw bytes again, where its adapter can, and lets intake try the same row once more.
func (j *Journal) Retry(ctx context.Context, scope account.Scope, again Interpreter, entry id.Entry, by id.Operator) error {
	e, err := j.Quarantine(ctx, scope, entry)
	if err != nil {
		return err
	}
	raw, err := j.RawOf(ctx, scope, entry)
	if err != nil {
		return err
	}
	kind, payload := e.Kind, e.Payload
	if event, err := again.Interpret(ctx, e.Channel, raw); err == nil && event.Kind() != KindUnparsed {
		if payload, err = json.Marshal(&event); err != nil {
			return fmt.Errorf("encoding an event: %w", err)
		}
		kind = string(event.Kind())
	} else if e.Kind == string(KindUnparsed) {
		return ErrUnreadable
	}
	err = j.decide(ctx, entry, ActRetried, "", by, func(tx pgx.Tx) (int64, error) {
		return j.queries.Requeue(ctx, tx, db.RequeueParams{Kind: kind, Payload: payload, Reason: ActRetried, ID: entry})
	})
	if err == nil {
		j.crew.announce(1)
	}
	return err
}

// Pile is how many items in quarantine have a reason in common, or came by a channel.
type Pile struct {
	Reason      string     `db:"reason"`
	Channel     id.Channel `db:"channel_id"`
	ChannelName string     `db:"channel_name"`
	Adapter     string     `db:"adapter"`
	Items       int        `db:"items"`
}

const pilesSQL = `
SELECT q.reason, q.channel_id, c.name AS channel_name, c.adapter, q.items
FROM (SELECT reason, channel_id, count(*)::int AS items FROM journal WHERE state = 'quarantined' GROUP BY reason, channel_id) q
JOIN channel c ON c.id = q.channel_id
WHERE (c.office_id = ANY ($2)) <> $1
ORDER BY q.items DESC, q.reason, c.name
LIMIT 500`

// Piles counts what is in quarantine, by reason and channel, the largest first.
func (j *Journal) Piles(ctx context.Context, scope account.Scope) ([]Pile, error) {
	rows, err := j.pool.Query(ctx, pilesSQL, scope.AllBut(), scope.Offices())
	if err != nil {
		return nil, fmt.Errorf("counting the quarantine: %w", err)
	}
	piles, err := pgx.CollectRows(rows, pgx.RowToStructByName[Pile])
	if err != nil {
		return nil, fmt.Errorf("counting the quarantine: %w", err)
	}
	return piles, nil
}
