package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/intake/internal/db"
)

// Reasons why a row waits in quarantine ("Da verificare"); the interface puts them in words. Those of adapters, for
// items they could not read, come as they are: "limit.depth".
const (
	// ReasonFailed: filing it failed three times by its own fault.
	ReasonFailed = "failed"
	// ReasonCrash: the process died each time it was worked on.
	ReasonCrash = "crash"
	// ReasonMachine: mail of a machine about nothing we know.
	ReasonMachine = "machine_unmatched"
	// ReasonManyNew: its sender began more tickets in ten minutes than people do; ReasonManyReopened: letters opened
	// its ticket again more often in an hour.
	ReasonManyNew      = "many_new"
	ReasonManyReopened = "many_reopened"
	// ReasonUnsupported: an event of a kind that this release does not file.
	ReasonUnsupported = "unsupported"
)

// Entry is a journal row as operators see it in quarantine.
type Entry struct {
	ID          id.Entry   `db:"id"`
	Channel     id.Channel `db:"channel_id"`
	ChannelName string     `db:"channel_name"`
	Adapter     string     `db:"adapter"`
	Kind        string     `db:"kind"`
	State       string     `db:"state"`
	Reason      string     `db:"reason"`
	Detail      string     `db:"detail"`
	Attempt     int        `db:"attempt"`
	RawSize     int64      `db:"raw_size"`
	MediaType   string     `db:"raw_media_type"`
	OccurredAt  time.Time  `db:"occurred_at"`
	ReceivedAt  time.Time  `db:"received_at"`
	// Decision is why an operator discarded it, DecidedBy who did.
	Decision      string      `db:"decision"`
	DecidedBy     id.Operator `db:"decided_by"`
	DecidedByName string      `db:"decided_by_name"`
	// From, Subject and Text are what could be read of it; Text is its beginning.
	From    string `db:"-"`
	Subject string `db:"-"`
	Text    string `db:"-"`
	Payload []byte `db:"payload"`
}

// EntryPage asks for a page of the quarantine, latest first.
type EntryPage struct {
	Channel id.Channel
	Reason  string
	Before  *EntryCursor
	// Size is at most 50.
	Size int
}

// EntryCursor is the key of the last row of a page.
type EntryCursor struct {
	At time.Time `json:"at"`
	ID id.Entry  `json:"id"`
}

// previewText is how much of a quarantined text is shown in a list, in bytes.
const previewText = 1000

const quarantineSQL = `
SELECT j.id, j.channel_id, c.name AS channel_name, c.adapter, j.kind, j.state, j.reason, j.detail, j.attempt, j.raw_size,
       j.raw_media_type, j.occurred_at, j.received_at, j.decision, j.decided_by, coalesce(o.name, '') AS decided_by_name, j.payload
FROM journal j JOIN channel c ON c.id = j.channel_id LEFT JOIN operator o ON o.id = j.decided_by
WHERE j.state = 'quarantined'
  AND (@everything OR c.office_id = ANY (@offices))
  AND (@any_channel OR j.channel_id = @channel)
  AND (@reason = '' OR j.reason = @reason)
  AND (NOT @after OR (j.received_at, j.id) < (@at, @id))
ORDER BY j.received_at DESC, j.id DESC
LIMIT @most`

// Quarantined lists what waits for a person. The cursor is nil on the last page. An operator who sees only some
// offices sees what came by their channels.
func (j *Journal) Quarantined(ctx context.Context, scope account.Scope, p EntryPage) ([]Entry, *EntryCursor, error) {
	if p.Size < 1 || p.Size > 50 {
		return nil, nil, fault.Invalid("limit", "limit.range", "a page holds 1 to 50 rows, not %d", p.Size)
	}
	args := pgx.NamedArgs{
		"everything": scope.All(), "offices": scope.Offices(), "any_channel": p.Channel.IsZero(), "channel": p.Channel,
		"reason": p.Reason, "after": p.Before != nil, "at": time.Time{}, "id": id.Entry{}, "most": p.Size + 1,
	}
	if p.Before != nil {
		args["at"], args["id"] = p.Before.At, p.Before.ID
	}
	rows, err := j.pool.Query(ctx, quarantineSQL, args)
	if err != nil {
		return nil, nil, fmt.Errorf("listing the quarantine: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Entry])
	if err != nil {
		return nil, nil, fmt.Errorf("reading the quarantine: %w", err)
	}
	for i := range list {
		list[i].describe()
	}
	if len(list) <= p.Size {
		return list, nil, nil
	}
	last := list[p.Size-1]
	return list[:p.Size], &EntryCursor{At: last.ReceivedAt, ID: last.ID}, nil
}

// describe fills in what can be read of the payload.
func (e *Entry) describe() {
	var event Event
	if json.Unmarshal(e.Payload, &event) != nil || event.Message == nil {
		return
	}
	m := event.Message
	e.From, e.Subject, e.Text = m.From.Value, m.Subject, clip(m.Text, previewText)
	if m.From.Name != "" {
		e.From = m.From.Name + " <" + m.From.Value + ">"
	}
}

// Quarantine reads one row in quarantine.
func (j *Journal) Quarantine(ctx context.Context, scope account.Scope, entry id.Entry) (*Entry, error) {
	rows, err := j.pool.Query(ctx, `
SELECT j.id, j.channel_id, c.name AS channel_name, c.adapter, j.kind, j.state, j.reason, j.detail, j.attempt, j.raw_size,
       j.raw_media_type, j.occurred_at, j.received_at, j.decision, j.decided_by, coalesce(o.name, '') AS decided_by_name, j.payload
FROM journal j JOIN channel c ON c.id = j.channel_id LEFT JOIN operator o ON o.id = j.decided_by
WHERE j.id = $1 AND j.state IN ('quarantined', 'discarded') AND ($2 OR c.office_id = ANY ($3))`, entry, scope.All(), scope.Offices())
	if err != nil {
		return nil, fmt.Errorf("reading a quarantined item: %w", err)
	}
	e, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[Entry])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.NotFound("no item %s is in quarantine", entry)
	}
	if err != nil {
		return nil, fmt.Errorf("reading a quarantined item: %w", err)
	}
	e.describe()
	return e, nil
}

// RawOf returns the original of a journal row, inline or by the hash of its blob.
func (j *Journal) RawOf(ctx context.Context, scope account.Scope, entry id.Entry) (Raw, error) {
	var r Raw
	err := j.pool.QueryRow(ctx, `
SELECT j.raw, j.raw_sha256, j.raw_size, j.raw_media_type
FROM journal j JOIN channel c ON c.id = j.channel_id LEFT JOIN ticket t ON t.id = j.ticket_id
WHERE j.id = $1 AND ($2 OR COALESCE(t.office_id, c.office_id) = ANY ($3))`, entry, scope.All(), scope.Offices()).
		Scan(&r.Inline, &r.SHA256, &r.Size, &r.MediaType)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, fault.NotFound("no journal row %s", entry)
	}
	if err != nil {
		return r, fmt.Errorf("reading an original: %w", err)
	}
	return r, nil
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
	rows, err := j.queries.Discard(ctx, j.pool, db.DiscardParams{DecidedBy: by, Decision: why, ID: entry})
	if err != nil {
		return fmt.Errorf("discarding: %w", err)
	}
	if rows == 0 {
		return fault.Conflict("the item is no longer in quarantine")
	}
	return nil
}

// Interpreter parses raw bytes again; the plugin host implements it.
type Interpreter interface {
	Interpret(ctx context.Context, c id.Channel, raw Raw) (Event, error)
}

// Retry parses a quarantined row's raw bytes again, where its adapter can, and lets intake try the same row once more.
func (j *Journal) Retry(ctx context.Context, scope account.Scope, again Interpreter, entry id.Entry) error {
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
		return fault.Conflict("the adapter still cannot read the item")
	}
	return j.requeue(ctx, entry, kind, payload)
}

func (j *Journal) requeue(ctx context.Context, entry id.Entry, kind string, payload []byte) error {
	rows, err := j.queries.Requeue(ctx, j.pool, db.RequeueParams{Kind: kind, Payload: payload, ID: entry})
	if err != nil {
		return fmt.Errorf("trying an item again: %w", err)
	}
	if rows == 0 {
		return fault.Conflict("the item is no longer in quarantine")
	}
	j.arrived.raise()
	return nil
}

// Prune empties the payload of rows that were settled 90 days ago; keys and raw bytes stay.
func (j *Journal) Prune(ctx context.Context, now time.Time) error {
	before := now.AddDate(0, 0, -90)
	for {
		rows, err := j.queries.PrunePayloads(ctx, j.pool, db.PrunePayloadsParams{Before: &before, Most: 1000})
		if err != nil {
			return fmt.Errorf("pruning the journal: %w", err)
		}
		if rows < 1000 {
			return nil
		}
	}
}
