package audit

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/postgres"
)

// row is a row as it is stored.
type row struct {
	ID      int64     `db:"id"`
	At      time.Time `db:"at"`
	Kind    string    `db:"kind"`
	Actor   string    `db:"actor"`
	Act     string    `db:"act"`
	Route   string    `db:"route"`
	Object  string    `db:"object"`
	Outcome string    `db:"outcome"`
	Address string    `db:"address"`
	Slot    *int64    `db:"slot"`
	Place   *int64    `db:"place"`
	KeyID   *string   `db:"key_id"`
	Seal    []byte    `db:"seal"`
}

const columns = `id, at, kind, actor, act, route, object, outcome, address, slot, place, key_id, seal`

// mark is a place in the chain and the seal there; its zero value is the chain's beginning.
type mark struct {
	Place int64
	Seal  []byte
}

// sealed computes the seal of the row behind the mark.
func (r row) sealed(keys *keyring.Ring, keyID string, after mark) ([]byte, error) {
	slot := int64(-1)
	if r.Slot != nil {
		slot = *r.Slot
	}
	number := func(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }
	return keys.MACWith(keyring.Audit, keyID, []byte("seal"), after.Seal, number(after.Place+1), number(r.ID), number(r.At.UnixMicro()),
		[]byte(r.Kind), []byte(r.Actor), []byte(r.Act), []byte(r.Route), []byte(r.Object), []byte(r.Outcome), []byte(r.Address), number(slot))
}

// tail returns the end of the chain.
func tail(ctx context.Context, q postgres.Querier) (mark, error) {
	var m mark
	err := q.QueryRow(ctx, `SELECT place, seal FROM audit_entry WHERE place IS NOT NULL ORDER BY place DESC LIMIT 1`).Scan(&m.Place, &m.Seal)
	if err != nil && !postgres.IsNoRows(err) {
		return mark{}, fmt.Errorf("reading the end of the audit chain: %w", err)
	}
	return m, nil
}

func collect(rows pgx.Rows, _ error) ([]row, error) {
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[row])
	if err != nil {
		return nil, fmt.Errorf("reading the audit log: %w", err)
	}
	return list, nil
}
