package ticket

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/postgres"
)

// CauseClosed is why the hub moves what an office had: it is closed down.
const CauseClosed = "closed"

// MoveLeft hands on what lies at offices that are closed down, to those that receive for them: tickets filed or opened
// again while the office was closing, and what it was asked. Replicas may do it at the same time: each takes other
// tickets, and what somebody is writing on comes with the next pass.
func (s *Store) MoveLeft(ctx context.Context, pool *pgxpool.Pool) error {
	for range looks {
		var n int
		err := postgres.InTx(ctx, pool, func(tx pgx.Tx) (err error) {
			n, err = s.moveLeft(ctx, tx)
			return err
		})
		if err != nil {
			return err
		}
		if n < lookedAt {
			break
		}
	}
	return s.moveAsks(ctx, pool)
}

const leftSQL = `SELECT ` + Columns + ` FROM ticket t
	WHERE t.office_id = ANY (ARRAY(SELECT o.id FROM office o WHERE NOT o.active AND o.received_by IS NOT NULL))
	  AND t.status NOT IN ('resolved', 'closed') AND t.merged_into IS NULL
	ORDER BY t.office_id, t.id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED`

func (s *Store) moveLeft(ctx context.Context, tx pgx.Tx) (int, error) {
	rows, err := tx.Query(ctx, leftSQL, lookedAt)
	if err != nil {
		return 0, fmt.Errorf("looking for what closed offices hold: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByName[Ticket])
	if err != nil {
		return 0, fmt.Errorf("looking for what closed offices hold: %w", err)
	}
	if len(list) == 0 {
		return 0, nil
	}
	w := &writer{now: s.clock(), book: s.book}
	for _, t := range list {
		from := t.Office
		if err := w.on(t).changeOffice(ctx, tx, account.System(), Change{Office: &from, cause: CauseClosed}); err != nil {
			return 0, err
		}
	}
	return len(list), w.send(ctx, tx)
}

// moveAsks hands on what closed offices are asked, each question in a transaction of its own.
func (s *Store) moveAsks(ctx context.Context, pool *pgxpool.Pool) error {
	rows, err := pool.Query(ctx, `SELECT r.id FROM side_request r
		WHERE r.state = 'open' AND r.office_id = ANY (ARRAY(SELECT o.id FROM office o WHERE NOT o.active AND o.received_by IS NOT NULL))
		ORDER BY r.office_id, r.due_at, r.id LIMIT $1`, lookedAt)
	if err != nil {
		return fmt.Errorf("looking for what closed offices are asked: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[id.Ask])
	if err != nil {
		return fmt.Errorf("looking for what closed offices are asked: %w", err)
	}
	for _, ask := range list {
		err := postgres.InTx(ctx, pool, func(tx pgx.Tx) error { return s.moveAsk(ctx, tx, ask) })
		// Another replica was faster, or it has ended since.
		if err != nil && fault.Kind(err) != fault.CodeConflict {
			return err
		}
	}
	return nil
}

// moveAsk asks who receives for the office asked. Where that is the one that asks, or one that is asked already, the
// question comes back to who asked it.
func (s *Store) moveAsk(ctx context.Context, tx pgx.Tx, ask id.Ask) error {
	t, a, err := s.lockAsk(ctx, tx, account.SystemScope(), ask)
	if err != nil {
		return err
	}
	to, err := Receiving(ctx, tx, "office_id", a.Office)
	if err != nil || !to.stands() {
		return err
	}
	asked, err := isAsked(ctx, tx, t.ID, to.ID)
	if err != nil {
		return err
	}
	w := s.writer(t, s.clock())
	if asked || to.ID == t.Office {
		w.record(actorOf(account.System()), EventReturned, with(a.params(), "cause", CauseClosed))
		if err := w.send(ctx, tx); err != nil {
			return err
		}
		return endAsk(ctx, tx, a, AskReturned, account.System(), w.now, id.Message{})
	}
	w.record(actorOf(account.System()), EventAskMoved,
		map[string]string{"ask": a.ID.String(), "office": to.ID.String(), "office_name": to.Name, "from": a.Office.String(), "from_name": a.OfficeName})
	if err := w.send(ctx, tx); err != nil {
		return err
	}
	b := &pgx.Batch{}
	b.Queue(`UPDATE side_request SET office_id = $2 WHERE id = $1`, a.ID, to.ID)
	b.Queue(`UPDATE ticket_share SET ended_at = $4 WHERE ticket_id = $1 AND office_id = $2 AND kind = 'ask' AND created_at = $3`,
		a.Ticket, a.Office, a.At, w.now)
	b.Queue(shareForAsk, a.Ticket, to.ID, a.At)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("handing a question on: %w", err)
	}
	return nil
}
