package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/delivery"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
	"sportello.dev/hub/internal/thread"
	"sportello.dev/hub/internal/ticket"
)

// entry is a journal row that a worker has taken, with what filing needs of its channel.
type entry struct {
	ID         id.Entry   `db:"id"`
	Lane       int16      `db:"lane"`
	Seq        int64      `db:"seq"`
	Channel    id.Channel `db:"channel_id"`
	RawSHA256  []byte     `db:"raw_sha256"`
	MediaType  string     `db:"raw_media_type"`
	OccurredAt time.Time  `db:"occurred_at"`
	ReceivedAt time.Time  `db:"received_at"`
	// Attempt is how often a process died over it, Failures how often it could not be filed by its own fault.
	Attempt  int `db:"attempt"`
	Failures int `db:"failures"`
	// Reason tells that the row was in a worker's hands before, or in a person's, who may have changed its event.
	Reason string `db:"reason"`
	// Early rows are not due yet; Size is that of the event, in bytes.
	Early   bool   `db:"early"`
	Size    int64  `db:"size"`
	Adapter string `db:"adapter"`
	// Own is the channel's address, Office where its tickets begin: the town's first where the channel says nothing.
	Own    string    `db:"address_value"`
	Office id.Office `db:"office_id"`
	// Routing is the revision of the rules in force.
	Routing int64 `db:"routing"`
}

// work is one row on its way through the stages.
type work struct {
	entry

	event    Event
	sender   ticket.Address
	parties  []ticket.MessageParty
	class    ticket.Class
	contact  id.Contact
	decision thread.Decision
	// routed says which rule chose the office of a new ticket, priority, tags and kind (its request type) what it gave it; unset when
	// none did.
	routed   ticket.Routed
	priority ticket.Priority
	tags     []ticket.Tag
	kind     string
	ticket   *ticket.Ticket
	// answered is the question that an outside expert writes about.
	answered *ticket.Ask
	begun    bool
	idReused bool
	// heeded says that the hub has done what the message asks for, answer what is to be said about it.
	heeded  bool
	answer  delivery.Saying
	message id.Message

	// state is what became of the row, empty until that is known; reason and detail go with it.
	state  string
	reason string
	detail string
	// on is the ticket of a row that did not become a message of its own.
	on id.Ticket
}

// settle ends a row's way through the stages.
func (w *work) settle(state, reason, detail string) {
	w.state, w.reason, w.detail = state, reason, detail
}

// quarantine hands the row to a person.
func (w *work) quarantine(reason, detail string) { w.settle("quarantined", reason, detail) }

const settleEntries = `
	UPDATE journal j SET state = s.state, reason = s.reason, detail = s.detail, ticket_id = s.ticket_id,
	    message_id = s.message_id, settled_at = clock_timestamp()
	FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::uuid[])
	    AS s (id, state, reason, detail, ticket_id, message_id)
	WHERE j.id = s.id AND j.state IN ('pending', 'quarantined')`

// settle writes what became of rows.
func (j *Journal) settle(ctx context.Context, tx pgx.Tx, all ...*work) error {
	var r postgres.Rows
	for _, w := range all {
		t := w.on
		if w.ticket != nil {
			t = w.ticket.ID
		}
		r.Add(w.ID, w.state, w.reason, clip(w.detail, 500), t, w.message)
	}
	if r.Len() == 0 {
		return nil
	}
	tag, err := tx.Exec(ctx, settleEntries, r.Args()...)
	if err != nil {
		return fmt.Errorf("settling journal rows: %w", err)
	}
	if int(tag.RowsAffected()) != r.Len() {
		return errors.New("settling journal rows: one was settled already")
	}
	return nil
}

// read makes work of rows: what can be told of them without the database, and their events.
func (j *Journal) read(ctx context.Context, tx pgx.Tx, entries []entry) ([]*work, error) {
	batch := make([]*work, len(entries))
	missing := map[id.Entry]*work{}
	var wanted []id.Entry
	for i, e := range entries {
		w := &work{entry: e}
		batch[i] = w
		if e.Attempt > maxClaims {
			w.quarantine(ReasonCrash, "")
			continue
		}
		event, ok := j.recent.take(e.ID)
		if w.event = event; !ok || e.Reason != "" {
			w.event = Event{}
			missing[e.ID] = w
			wanted = append(wanted, e.ID)
		}
	}
	if err := j.decode(ctx, tx, missing, wanted); err != nil {
		return nil, err
	}
	for _, w := range batch {
		w.prepare()
	}
	return batch, nil
}

// decode fills in the events of rows from what the journal keeps.
func (j *Journal) decode(ctx context.Context, tx pgx.Tx, into map[id.Entry]*work, wanted []id.Entry) error {
	if len(wanted) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `SELECT id, payload FROM journal WHERE id = ANY ($1)`, wanted)
	if err != nil {
		return fmt.Errorf("reading events: %w", err)
	}
	var entry id.Entry
	var payload []byte
	_, err = pgx.ForEachRow(rows, []any{&entry, &payload}, func() error {
		if err := json.Unmarshal(payload, &into[entry].event); err != nil {
			return fmt.Errorf("reading an event: %w", err)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading events: %w", err)
	}
	return nil
}
