package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	// SettledAt is when it was discarded.
	SettledAt *time.Time `db:"settled_at"`
	// Decision is why an operator discarded it, DecidedBy who did.
	Decision      string      `db:"decision"`
	DecidedBy     id.Operator `db:"decided_by"`
	DecidedByName string      `db:"decided_by_name"`
	// Ticket is the number of the ticket that it was filed on.
	Ticket string `db:"ticket_number"`
	// From, Subject and Text are what could be read of it; Text is its beginning.
	From    string `db:"-"`
	Subject string `db:"-"`
	Text    string `db:"-"`
	Payload []byte `db:"payload"`
}

// EntryPage asks for a page of the quarantine, latest first.
type EntryPage struct {
	// Discarded lists what was put aside instead, the latest decision first.
	Discarded bool
	Channel   id.Channel
	Reason    string
	Before    *EntryCursor
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

const entryColumns = `SELECT j.id, j.channel_id, c.name AS channel_name, c.adapter, j.kind, j.state, j.reason, j.detail, j.attempt, j.raw_size,
       j.raw_media_type, j.occurred_at, j.received_at, j.settled_at, j.decision, j.decided_by, coalesce(o.name, '') AS decided_by_name,
       coalesce(t.number, '') AS ticket_number, j.payload
FROM journal j JOIN channel c ON c.id = j.channel_id LEFT JOIN operator o ON o.id = j.decided_by LEFT JOIN ticket t ON t.id = j.ticket_id`

// sql is the query of a page; each condition stands there only when asked for, so that its index is seen.
func (p *EntryPage) sql() string {
	state, at := "quarantined", "j.received_at"
	if p.Discarded {
		state, at = "discarded", "j.settled_at"
	}
	query := entryColumns + ` WHERE j.state = '` + state + `' AND (c.office_id = ANY (@offices)) <> @all_but`
	if !p.Channel.IsZero() {
		query += ` AND j.channel_id = @channel`
	}
	if p.Reason != "" {
		query += ` AND j.reason = @reason`
	}
	if p.Before != nil {
		query += ` AND (` + at + `, j.id) < (@at, @id)`
	}
	return query + ` ORDER BY ` + at + ` DESC, j.id DESC LIMIT @most`
}

// Quarantined lists what waits for a person. The cursor is nil on the last page. An operator who sees only some
// offices sees what came by their channels.
func (j *Journal) Quarantined(ctx context.Context, scope account.Scope, p EntryPage) ([]Entry, *EntryCursor, error) {
	if p.Size < 1 || p.Size > 50 {
		return nil, nil, fault.Invalid("limit", "limit.range", "a page holds 1 to 50 rows, not %d", p.Size)
	}
	args := pgx.NamedArgs{
		"all_but": scope.AllBut(), "offices": scope.Offices(), "channel": p.Channel, "reason": p.Reason, "most": p.Size + 1,
	}
	if p.Before != nil {
		args["at"], args["id"] = p.Before.At, p.Before.ID
	}
	rows, err := j.pool.Query(ctx, p.sql(), args)
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
	next := &EntryCursor{At: last.ReceivedAt, ID: last.ID}
	if p.Discarded && last.SettledAt != nil {
		next.At = *last.SettledAt
	}
	return list[:p.Size], next, nil
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

// Quarantine reads one row in quarantine, or discarded from there.
func (j *Journal) Quarantine(ctx context.Context, scope account.Scope, entry id.Entry) (*Entry, error) {
	return j.one(ctx, scope, entry, `j.state IN ('quarantined', 'discarded')`)
}

// Former reads a row that is in quarantine, or was until somebody decided on it.
func (j *Journal) Former(ctx context.Context, scope account.Scope, entry id.Entry) (*Entry, error) {
	return j.one(ctx, scope, entry, `(j.state IN ('quarantined', 'discarded') OR EXISTS (SELECT FROM quarantine_act a WHERE a.journal_id = j.id))`)
}

func (j *Journal) one(ctx context.Context, scope account.Scope, entry id.Entry, where string) (*Entry, error) {
	rows, err := j.pool.Query(ctx, entryColumns+` WHERE j.id = $1 AND (c.office_id = ANY ($3)) <> $2 AND `+where,
		entry, scope.AllBut(), scope.Offices())
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
WHERE j.id = $1 AND ((COALESCE(t.office_id, c.office_id) = ANY ($3)) <> $2 OR t.shared_with && $4)`, entry, scope.AllBut(), scope.Offices(), scope.Shares()).
		Scan(&r.Inline, &r.SHA256, &r.Size, &r.MediaType)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, fault.NotFound("no journal row %s", entry)
	}
	if err != nil {
		return r, fmt.Errorf("reading an original: %w", err)
	}
	return r, nil
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
