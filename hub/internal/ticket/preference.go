package ticket

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Bounds of codes: how long one holds, how often it may be typed, how many a ticket may ask for and an address be sent.
const (
	CodeLife      = 10 * time.Minute
	CodeTries     = 5
	codesPerHour  = 3
	codesPerDay   = 6
	codesToOneDay = 5
)

// Preference is where the citizen of a ticket, proved by a code, wants its answers.
type Preference struct {
	Kind  string    `db:"kind"`
	Value string    `db:"value"`
	Since time.Time `db:"since"`
}

// Preference reads that of a ticket, nil where there is none. One that was joined to others, or had others joined to it,
// has none: its secret says nothing of whose the others are.
func (s *Store) Preference(ctx context.Context, db postgres.Querier, scope account.Scope, ticket id.Ticket) (*Preference, error) {
	const query = `SELECT p.kind, p.value, p.since FROM ticket_preference p JOIN ticket t ON t.id = p.ticket_id
		WHERE ` + inScope + ` AND t.id = $4 AND t.merged_into IS NULL AND NOT EXISTS (SELECT FROM ticket j WHERE j.merged_into = t.id)`
	rows, err := db.Query(ctx, query, scope.AllBut(), scope.Offices(), scope.Shares(), ticket)
	if err != nil {
		return nil, fmt.Errorf("reading a ticket's preference: %w", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[Preference])
	if postgres.IsNoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading a ticket's preference: %w", err)
	}
	return p, nil
}

// TakesPreference tells whether a ticket stands for itself: see Preference.
func (s *Store) TakesPreference(ctx context.Context, db postgres.Querier, scope account.Scope, ticket id.Ticket) (bool, error) {
	all, err := s.conversation(ctx, db, scope, ticket)
	return len(all) == 1, err
}

// IsOwn tells whether an address is one of the town's channels.
func (s *Store) IsOwn(ctx context.Context, db postgres.Querier, a Address) (bool, error) {
	own, err := s.ownAddresses(ctx, db)
	return slices.ContainsFunc(own, a.untagged().Same), err
}

// CodeWait is how long it takes until a locked ticket may ask for another code to an address; zero: it may. Others who ask
// for the same address wait until this transaction ends.
func (s *Store) CodeWait(ctx context.Context, tx pgx.Tx, t *Ticket, to Address) (time.Duration, error) {
	// The lock comes as a statement of its own: the one after it sees what was made while it was waited for.
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 7304))`, to.untagged().Value); err != nil {
		return 0, fmt.Errorf("locking an address: %w", err)
	}
	now := s.clock()
	dayAgo := now.Add(-24 * time.Hour)
	mine, err := madeCodes(ctx, tx, `ticket_id = $1`, t.ID, dayAgo)
	if err != nil {
		return 0, err
	}
	all, err := madeCodes(ctx, tx, `sent AND mailbox = $1`, to.untagged().Value, dayAgo)
	if err != nil {
		return 0, err
	}
	wait := max(roomIn(mine, codesPerHour, time.Hour, now), roomIn(mine, codesPerDay, 24*time.Hour, now), roomIn(all, codesToOneDay, 24*time.Hour, now))
	return wait, nil
}

// madeCodes are the times of the last codes, newest first.
func madeCodes(ctx context.Context, tx pgx.Tx, where string, key any, since time.Time) ([]time.Time, error) {
	rows, err := tx.Query(ctx, `SELECT made_at FROM preference_code WHERE `+where+` AND made_at > $2 ORDER BY made_at DESC LIMIT 10`, key, since)
	if err != nil {
		return nil, fmt.Errorf("counting codes: %w", err)
	}
	times, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
	if err != nil {
		return nil, fmt.Errorf("counting codes: %w", err)
	}
	return times, nil
}

// roomIn is when fewer than most of the times will be within the span before it.
func roomIn(newestFirst []time.Time, most int, span time.Duration, now time.Time) time.Duration {
	if len(newestFirst) < most {
		return 0
	}
	return max(newestFirst[most-1].Add(span).Sub(now), 0)
}

// BookCode counts a code of a locked ticket under the id of the message that carries it; those before it hold no longer.
// What was asked for and not sent counts too, so that nobody learns of many addresses whether they can be written to.
func (s *Store) BookCode(ctx context.Context, tx pgx.Tx, t *Ticket, request id.Message, to Address, sent bool) error {
	now := s.clock()
	b := &pgx.Batch{}
	b.Queue(`UPDATE preference_code SET expires_at = $2 WHERE ticket_id = $1 AND expires_at > $2`, t.ID, now)
	b.Queue(`INSERT INTO preference_code (id, ticket_id, kind, value, mailbox, sent, made_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		request, t.ID, to.Kind, to.Value, to.untagged().Value, sent, now, now.Add(CodeLife))
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("booking a code: %w", err)
	}
	return nil
}

// CodeOutcome is what became of a code that was typed.
type CodeOutcome string

// The outcomes.
const (
	CodeConfirmed CodeOutcome = "confirmed"
	CodeWrong     CodeOutcome = "wrong"
	// CodeExpired: too old, tried too often, or followed by another.
	CodeExpired CodeOutcome = "expired"
)

// Confirm makes the address to which a code was sent the preferred one of a locked ticket, if the code is right, and says
// how often it may still be typed. The code that was right is right again: pages are sent twice.
func (s *Store) Confirm(ctx context.Context, tx pgx.Tx, t *Ticket, codes *Codes, request id.Message, given string) (CodeOutcome, int, error) {
	var to Address
	var tries int
	var expires time.Time
	var used *time.Time
	const query = `SELECT kind, value, tries, expires_at, used_at FROM preference_code WHERE id = $1 AND ticket_id = $2 AND sent FOR UPDATE`
	err := tx.QueryRow(ctx, query, request, t.ID).Scan(&to.Kind, &to.Value, &tries, &expires, &used)
	switch {
	case postgres.IsNoRows(err):
		return CodeExpired, 0, nil
	case err != nil:
		return "", 0, fmt.Errorf("reading a code: %w", err)
	case !s.clock().Before(expires) || tries >= CodeTries:
		return CodeExpired, 0, nil
	}
	right := codes.Verify(request, given)
	if right && used != nil {
		return CodeConfirmed, 0, nil
	}
	if _, err := tx.Exec(ctx, `UPDATE preference_code SET tries = tries + 1, used_at = CASE WHEN $2 THEN $3::timestamptz ELSE used_at END WHERE id = $1`,
		request, right, s.clock()); err != nil {
		return "", 0, fmt.Errorf("counting a try: %w", err)
	}
	if !right {
		return CodeWrong, CodeTries - tries - 1, nil
	}
	return CodeConfirmed, 0, s.prefer(ctx, tx, t, to)
}

// prefer also puts the address on the ticket: who writes from it is its citizen.
func (s *Store) prefer(ctx context.Context, tx pgx.Tx, t *Ticket, to Address) error {
	w := s.writer(t, s.clock())
	b := &pgx.Batch{}
	b.Queue(`INSERT INTO ticket_preference (ticket_id, kind, value, since) VALUES ($1, $2, $3, $4)
		ON CONFLICT (ticket_id) DO UPDATE SET kind = EXCLUDED.kind, value = EXCLUDED.value, since = EXCLUDED.since`, t.ID, to.Kind, to.Value, w.now)
	b.Queue(`INSERT INTO ticket_party (ticket_id, kind, value, role, chosen) VALUES ($1, $2, $3, 'requester', true)
		ON CONFLICT (ticket_id, kind, value) DO UPDATE SET role = 'requester', chosen = ticket_party.chosen OR ticket_party.role = 'third'`,
		t.ID, to.Kind, to.Value)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("keeping a preference: %w", err)
	}
	w.record(citizen(t.Contact), EventPreferenceChosen, map[string]string{"kind": to.Kind, "address": to.Value})
	return w.send(ctx, tx)
}

// DropPreference ends the preference of a locked ticket; without one nothing happens. The address stays on the ticket.
func (s *Store) DropPreference(ctx context.Context, tx pgx.Tx, t *Ticket) error {
	var was Address
	err := tx.QueryRow(ctx, `DELETE FROM ticket_preference WHERE ticket_id = $1 RETURNING kind, value`, t.ID).Scan(&was.Kind, &was.Value)
	if postgres.IsNoRows(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("dropping a preference: %w", err)
	}
	w := s.writer(t, s.clock())
	w.record(citizen(t.Contact), EventPreferenceDropped, map[string]string{"kind": was.Kind, "address": was.Value})
	return w.send(ctx, tx)
}
