package delivery

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/channel"
	"sportello.dev/hub/internal/delivery/internal/db"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// wakeUp asks for attempt n of a transmission.
type wakeUp struct {
	transmission id.Transmission
	n            int
}

// begun is an attempt that is committed and may now be made. Without deliveries there is nothing to do, or not yet.
type begun struct {
	wakeUp
	channel    id.Channel
	message    id.Message
	ability    channel.Ability
	deliveries []db.LockTransmissionsRow
	wait       time.Duration
}

// hold says that the attempt has to wait.
func (b *begun) hold(wait time.Duration) { b.wait, b.deliveries = wait, nil }

// beginAll locks the deliveries of many transmissions and marks those that are due as sending, each under its attempt.
func (w *Worker) beginAll(ctx context.Context, all []wakeUp) (list []begun, err error) {
	err = postgres.InTx(ctx, w.pool, func(tx pgx.Tx) error {
		if list, err = w.due(ctx, tx, all); err != nil {
			return err
		}
		if err := w.takeBack(ctx, tx, list); err != nil {
			return err
		}
		if err := w.holdClosed(ctx, tx, list); err != nil {
			return err
		}
		if err := w.holdBehind(ctx, tx, list); err != nil {
			return err
		}
		return w.mark(ctx, tx, list)
	})
	return list, err
}

// due finds what each wake-up is for, gives up deliveries whose time is over, and holds those whose time has not come.
func (w *Worker) due(ctx context.Context, tx pgx.Tx, all []wakeUp) ([]begun, error) {
	locked, err := w.store.lockTransmissions(ctx, tx, all...)
	if err != nil {
		return nil, err
	}
	list := make([]begun, len(all))
	for i, u := range all {
		b := &list[i]
		b.wakeUp = u
		if b.deliveries, err = w.waiting(ctx, tx, locked[u.transmission], u.n); err != nil {
			return nil, err
		}
		if len(b.deliveries) == 0 {
			continue
		}
		b.channel, b.message = b.deliveries[0].ChannelID, b.deliveries[0].MessageID
		// A second wake-up of the same attempt has nothing left to do.
		delete(locked, u.transmission)
		b.holdUntilTime(w.store.now())
	}
	return list, nil
}

// waiting keeps the deliveries that attempt n is for.
func (w *Worker) waiting(ctx context.Context, tx pgx.Tx, rows []db.LockTransmissionsRow, n int) ([]db.LockTransmissionsRow, error) {
	var due []db.LockTransmissionsRow
	for _, r := range rows {
		if State(r.State) != Queued || int(r.Attempt) != n-1 {
			continue
		}
		if !r.ExpiresAt.After(w.store.now()) {
			if err := w.store.expire(ctx, tx, r.ID); err != nil {
				return nil, err
			}
			continue
		}
		due = append(due, r)
	}
	return due, nil
}

func (b *begun) holdUntilTime(now time.Time) {
	for _, d := range b.deliveries {
		if d.NextAttemptAt != nil && d.NextAttemptAt.After(now) {
			b.hold(d.NextAttemptAt.Sub(now) + time.Millisecond)
			return
		}
	}
}

// takeBack drops letters to experts whose question ended while an attempt at them was made that then failed for certain.
// Before their first attempt the end of the question finds them itself.
func (w *Worker) takeBack(ctx context.Context, tx pgx.Tx, list []begun) error {
	var again []uuid.UUID
	for _, b := range list {
		for _, d := range b.deliveries {
			if b.n > 1 {
				again = append(again, d.ID.UUID)
			}
		}
	}
	if len(again) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `SELECT take_back_letters($1)`, again)
	if err != nil {
		return fmt.Errorf("taking back letters: %w", err)
	}
	over, err := pgx.CollectRows(rows, pgx.RowTo[id.Delivery])
	if err != nil {
		return fmt.Errorf("taking back letters: %w", err)
	}
	for i := range list {
		list[i].deliveries = slices.DeleteFunc(list[i].deliveries, func(d db.LockTransmissionsRow) bool { return slices.Contains(over, d.ID) })
	}
	return nil
}

// holdClosed holds what a channel cannot take: it is disabled or suspended.
func (w *Worker) holdClosed(ctx context.Context, tx pgx.Tx, list []begun) error {
	var channels []uuid.UUID
	for _, b := range list {
		if len(b.deliveries) > 0 {
			channels = append(channels, b.channel.UUID)
		}
	}
	states, err := w.store.channelStates(ctx, tx, channels...)
	if err != nil {
		return err
	}
	for i := range list {
		b := &list[i]
		if len(b.deliveries) == 0 {
			continue
		}
		if c := states[b.channel]; c.open {
			b.ability = c.ability
		} else {
			b.hold(closedWait)
		}
	}
	return nil
}

// holdBehind holds replies that an earlier one on their ticket has to go before. A message with a code waits for nobody, and
// nobody for it: it is part of no conversation, and worth ten minutes. Nor does a question to an expert.
func (w *Worker) holdBehind(ctx context.Context, tx pgx.Tx, list []begun) error {
	const query = `
		SELECT a.n FROM unnest($1::int[], $2::uuid[], $3::uuid[], $4::timestamptz[]) AS a (n, ticket_id, message_id, created_at)
		WHERE EXISTS (
		    SELECT FROM delivery d
		    WHERE d.ticket_id = a.ticket_id AND d.state IN ('queued', 'sending') AND d.message_id <> a.message_id AND d.created_at < a.created_at
		      AND (SELECT m.class FROM message m WHERE m.id = d.message_id) NOT IN ('verification', 'question'))
		  AND (SELECT m.class FROM message m WHERE m.id = a.message_id) NOT IN ('verification', 'question')`
	var replies postgres.Rows
	for i, b := range list {
		if len(b.deliveries) > 0 {
			replies.Add(i, b.deliveries[0].TicketID, b.message, b.deliveries[0].CreatedAt)
		}
	}
	if replies.Len() == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, query, replies.Args()...)
	if err != nil {
		return fmt.Errorf("looking for earlier replies: %w", err)
	}
	var i int
	_, err = pgx.ForEachRow(rows, []any{&i}, func() error {
		list[i].hold(orderWait)
		return nil
	})
	if err != nil {
		return fmt.Errorf("looking for earlier replies: %w", err)
	}
	return nil
}

const (
	insertAttempts = `
		INSERT INTO attempt (transmission_id, n, replica, deadline)
		SELECT * FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::timestamptz[])`
	beginSending = `
		UPDATE delivery d SET state = 'sending', attempt = b.n, next_attempt_at = NULL, updated_at = clock_timestamp()
		FROM unnest($1::uuid[], $2::int[]) AS b (id, n)
		WHERE d.id = b.id AND d.state = 'queued' AND d.attempt + 1 = b.n`
	insertEvents = `
		INSERT INTO delivery_event (id, delivery_id, from_state, to_state, reason, detail)
		SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])`
)

// mark writes the attempts and the state sending: committed before the provider hears of them.
func (w *Worker) mark(ctx context.Context, tx pgx.Tx, list []begun) error {
	var attempts, deliveries, events postgres.Rows
	deadline := w.store.now().Add(attemptDeadline)
	for _, b := range list {
		if len(b.deliveries) > 0 {
			attempts.Add(b.transmission, b.n, w.replica, deadline)
		}
		for _, d := range b.deliveries {
			deliveries.Add(d.ID, b.n)
			events.Add(id.New[id.Entry](), d.ID, string(Queued), string(Sending), string(ByWorker), fmt.Sprintf("attempt %d", b.n))
		}
	}
	if attempts.Len() == 0 {
		return nil
	}
	batch := &pgx.Batch{}
	attempts.Queue(batch, insertAttempts)
	deliveries.Queue(batch, beginSending)
	events.Queue(batch, insertEvents)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("writing attempts: %w", err)
	}
	return nil
}

// lockTransmissions locks the deliveries of transmissions, in the order of their ids.
func (s *Store) lockTransmissions(ctx context.Context, tx pgx.Tx, all ...wakeUp) (map[id.Transmission][]db.LockTransmissionsRow, error) {
	ids := make([]uuid.UUID, len(all))
	for i, u := range all {
		ids[i] = u.transmission.UUID
	}
	rows, err := s.queries.LockTransmissions(ctx, tx, ids)
	if err != nil {
		return nil, fmt.Errorf("locking deliveries: %w", err)
	}
	locked := map[id.Transmission][]db.LockTransmissionsRow{}
	for _, r := range rows {
		locked[r.TransmissionID] = append(locked[r.TransmissionID], r)
	}
	return locked, nil
}

// standing is what a channel is able to do, and whether it works at all.
type standing struct {
	open    bool
	ability channel.Ability
}

func (s *Store) channelStates(ctx context.Context, tx pgx.Tx, channels ...uuid.UUID) (map[id.Channel]standing, error) {
	if len(channels) == 0 {
		return nil, nil
	}
	rows, err := s.queries.ChannelStates(ctx, tx, channels)
	if err != nil {
		return nil, fmt.Errorf("reading channels: %w", err)
	}
	states := map[id.Channel]standing{}
	for _, r := range rows {
		c := standing{open: r.Enabled && r.State == "active"}
		if err := json.Unmarshal(r.Ability, &c.ability); err != nil {
			return nil, fmt.Errorf("reading a channel's ability: %w", err)
		}
		states[r.ID] = c
	}
	return states, nil
}
