package delivery

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// Detail is a delivery with all that happened to it.
type Detail struct {
	Trouble
	DecidedBy     id.Operator
	DecidedByName string
	DecidedAt     *time.Time
	Attempts      []Try       `db:"-"`
	Changes       []Change    `db:"-"`
	Proofs        []ProofInfo `db:"-"`
}

// Try is one attempt.
type Try struct {
	N          int
	StartedAt  time.Time
	FinishedAt *time.Time
	// Outcome is empty while it lasts.
	Outcome string
	Detail  string
}

// Change is one step from state to state.
type Change struct {
	From      string `db:"from_state"`
	To        string `db:"to_state"`
	Reason    string
	Detail    string
	Actor     id.Operator `db:"actor_id"`
	ActorName string
	At        time.Time
}

// ProofInfo is what is known of a stored proof, without its bytes.
type ProofInfo struct {
	Kind     string
	Verified bool
	At       time.Time
}

const detailSQL = `
SELECT d.id, d.message_id, d.channel_id, c.name AS channel_name, c.adapter AS channel_kind, d.address_kind, d.address_value,
       d.address_name, d.role, d.state, d.attempt, d.next_attempt_at, d.expires_at, d.failure_class, d.failure_code,
       d.provider_code, d.failure_detail, d.decision, d.decision_reason, d.replaced_by, d.created_at, d.updated_at, d.delayed_at, d.delayed_until,
       t.id AS ticket_id, t.number, t.subject, left(m.text, 200) AS preview,
       d.decided_by, COALESCE(o.name, '') AS decided_by_name, d.decided_at
FROM delivery d
JOIN ticket t ON t.id = d.ticket_id
JOIN message m ON m.id = d.message_id
JOIN channel c ON c.id = d.channel_id
LEFT JOIN operator o ON o.id = d.decided_by
WHERE d.id = $1 AND ((t.office_id = ANY ($3)) <> $2 OR t.shared_with && $4)`

// Detail reads one delivery with its attempts, steps and proofs.
func (s *Store) Detail(ctx context.Context, q postgres.Querier, scope account.Scope, d id.Delivery) (*Detail, error) {
	rows, err := q.Query(ctx, detailSQL, d, scope.AllBut(), scope.Offices(), scope.Shares())
	if err != nil {
		return nil, fmt.Errorf("reading a delivery: %w", err)
	}
	detail, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[Detail])
	if postgres.IsNoRows(err) {
		return nil, scope.Missing(fault.NotFound("delivery %s", d), func(sight account.Scope) error {
			_, err := s.Detail(ctx, q, sight, d)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("reading a delivery: %w", err)
	}
	return detail, detail.history(ctx, q)
}

// history reads the attempts at the transmission, the delivery's steps and its proofs, in one round trip.
func (d *Detail) history(ctx context.Context, q postgres.Querier) error {
	b := &pgx.Batch{}
	b.Queue(`SELECT a.n, a.started_at, a.finished_at, a.outcome, a.detail
		FROM attempt a JOIN delivery d ON d.transmission_id = a.transmission_id WHERE d.id = $1 ORDER BY a.n LIMIT 200`, d.ID).
		Query(func(rows pgx.Rows) (err error) {
			d.Attempts, err = pgx.CollectRows(rows, pgx.RowToStructByName[Try])
			return err
		})
	b.Queue(`SELECT e.from_state, e.to_state, e.reason, e.detail, e.actor_id, COALESCE(o.name, '') AS actor_name, e.at
		FROM delivery_event e LEFT JOIN operator o ON o.id = e.actor_id WHERE e.delivery_id = $1 ORDER BY e.at, e.id LIMIT 200`, d.ID).
		Query(func(rows pgx.Rows) (err error) {
			d.Changes, err = pgx.CollectRows(rows, pgx.RowToStructByName[Change])
			return err
		})
	b.Queue(`SELECT kind, verified, at FROM evidence WHERE delivery_id = $1 ORDER BY at LIMIT 50`, d.ID).
		Query(func(rows pgx.Rows) (err error) {
			d.Proofs, err = pgx.CollectRows(rows, pgx.RowToStructByName[ProofInfo])
			return err
		})
	if err := q.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("reading the history of a delivery: %w", err)
	}
	return nil
}
