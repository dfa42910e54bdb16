package audit

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/postgres"
)

const (
	// glance is how many rows at the chain's end a look checks.
	glance = 200
	// headLate is how far the exported head may be behind before it is a fault.
	headLate = time.Minute
)

// Chain looks whether the log holds.
type Chain struct {
	db   *pgxpool.Pool
	keys *keyring.Ring
	path string
	now  func() time.Time
}

// NewChain returns the chain whose head is exported to the file at path.
func NewChain(db *pgxpool.Pool, keys *keyring.Ring, path string, now func() time.Time) *Chain {
	return &Chain{db: db, keys: keys, path: path, now: now}
}

// State is how the log stands.
type State struct {
	// Sealed is how many rows are sealed, Until when the last of them was written.
	Sealed int64
	Until  time.Time
	// Unsealed is how many rows wait, Oldest when the first of them was written.
	Unsealed int64
	Oldest   *time.Time
	// Head is the exported head; its zero value is none.
	Head  Head
	Fault Fault
}

// Look checks the chain's end and the exported head: enough to see that the log is alive, in milliseconds.
func (c *Chain) Look(ctx context.Context) (State, error) {
	head, err := ReadHead(c.path)
	if err != nil {
		return State{}, err
	}
	s := State{Head: head}
	last, err := collect(c.db.Query(ctx, `SELECT `+columns+` FROM audit_entry WHERE place IS NOT NULL ORDER BY place DESC LIMIT $1`, glance))
	if err != nil {
		return State{}, err
	}
	err = c.db.QueryRow(ctx, `SELECT count(*), min(at) FROM audit_entry WHERE place IS NULL`).Scan(&s.Unsealed, &s.Oldest)
	if err != nil {
		return State{}, fmt.Errorf("counting unsealed rows: %w", err)
	}
	if len(last) > 0 {
		s.Sealed, s.Until = last[0].place(), last[0].At
	}
	slices.Reverse(last)
	s.Fault, err = c.judge(ctx, head, last)
	return s, err
}

// judge walks the last rows, of which the first is believed.
func (c *Chain) judge(ctx context.Context, head Head, last []row) (Fault, error) {
	var end mark
	for i, r := range last {
		if i == 0 && r.place() > 1 {
			end = mark{Place: r.place(), Seal: r.Seal}
			continue
		}
		next, f := follow(c.keys, end, r)
		if !f.None() {
			return f, nil
		}
		end = next
	}
	if end.Place < head.Place {
		return Fault{Code: FaultCut, Place: end.Place + 1, Until: head.Place}, nil
	}
	holds, err := contains(ctx, c.db, head)
	if err != nil {
		return Fault{}, err
	}
	if !holds {
		return Fault{Code: FaultRewritten, Place: head.Place}, nil
	}
	if end.Place > head.Place && c.now().Sub(last[len(last)-1].At) > headLate {
		return Fault{Code: FaultHeadStale, Place: head.Place, Until: end.Place}, nil
	}
	return unsealed(ctx, c.db)
}

// Verify walks the whole chain.
func (c *Chain) Verify(ctx context.Context) (Finding, error) {
	head, err := ReadHead(c.path)
	if err != nil {
		return Finding{}, err
	}
	return Verify(ctx, c.db, c.keys, head, nil)
}

// Check is one walk of the whole chain.
type Check struct {
	AskedAt time.Time
	// AskedBy is empty for the daily walk.
	AskedBy    string
	FinishedAt *time.Time
	Sealed     int64
	Fault      Fault
}

// LastCheck is the latest walk; nil before the first.
func LastCheck(ctx context.Context, q postgres.Querier) (*Check, error) {
	var c Check
	err := q.QueryRow(ctx, `SELECT asked_at, asked_by, finished_at, sealed, fault FROM audit_check ORDER BY id DESC LIMIT 1`).
		Scan(&c.AskedAt, &c.AskedBy, &c.FinishedAt, &c.Sealed, &c.Fault)
	if postgres.IsNoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the last check of the audit log: %w", err)
	}
	return &c, nil
}

// Ask notes that somebody wants the whole chain walked; RunChecks walks it.
func (c *Chain) Ask(ctx context.Context, q postgres.Querier, actor string) error {
	if _, err := q.Exec(ctx, `INSERT INTO audit_check (asked_at, asked_by) VALUES ($1, $2)`, c.now(), actor); err != nil {
		return fmt.Errorf("asking for a check of the audit log: %w", err)
	}
	return nil
}

// RunChecks walks the chain when somebody asked for it, or when the last walk was a day ago.
func (c *Chain) RunChecks(ctx context.Context) error {
	last, err := LastCheck(ctx, c.db)
	if err != nil {
		return err
	}
	if last != nil && last.FinishedAt != nil && c.now().Sub(*last.FinishedAt) < checkEvery {
		return nil
	}
	if last == nil || last.FinishedAt != nil {
		if err := c.Ask(ctx, c.db, ""); err != nil {
			return err
		}
	}
	found, err := c.Verify(ctx)
	if err != nil {
		return err
	}
	_, err = c.db.Exec(ctx, `UPDATE audit_check SET finished_at = $1, sealed = $2, fault = $3 WHERE finished_at IS NULL`, c.now(), found.Sealed, found.Fault)
	if err != nil {
		return fmt.Errorf("noting the check of the audit log: %w", err)
	}
	return nil
}

// checkEvery leaves the daily walk some slack: a hub that starts again does not walk again.
const checkEvery = 23 * time.Hour
