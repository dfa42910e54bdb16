package audit

import (
	"context"
	"crypto/hmac"
	"fmt"
	"time"

	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/postgres"
)

const (
	verifyPage = 5000
	// sealLate is how old an unsealed row may be by the database's clock: the sealer comes each second.
	sealLate = 10 * time.Second
)

// Finding is what Verify found.
type Finding struct {
	// Sealed is how many rows the chain holds up to its end or its first fault.
	Sealed int64
	// Fault names the first bad row, or what else is wrong.
	Fault Fault
}

// Verify walks the whole chain in pages, so that its memory does not grow with the log. The error says that it could
// not be walked; a chain that does not hold is a finding. progress, if there is one, is told the place reached.
func Verify(ctx context.Context, q postgres.Querier, keys *keyring.Ring, head Head, progress func(place int64)) (Finding, error) {
	fault, err := before(ctx, q)
	if err != nil || !fault.None() {
		return Finding{Fault: fault}, err
	}
	var end mark
	for {
		rows, err := collect(q.Query(ctx, `SELECT `+columns+` FROM audit_entry WHERE place > $1 ORDER BY place LIMIT $2`, end.Place, verifyPage))
		if err != nil {
			return Finding{}, err
		}
		for _, r := range rows {
			next, fault := follow(keys, end, r)
			if !fault.None() {
				return Finding{Sealed: end.Place, Fault: fault}, nil
			}
			if next.Place == head.Place && !head.is(next) {
				return Finding{Sealed: end.Place, Fault: Fault{Code: FaultRewritten, Place: r.place(), Row: r.ID}}, nil
			}
			end = next
		}
		if progress != nil {
			progress(end.Place)
		}
		if len(rows) < verifyPage {
			break
		}
	}
	if end.Place < head.Place {
		return Finding{Sealed: end.Place, Fault: Fault{Code: FaultCut, Place: end.Place + 1, Until: head.Place}}, nil
	}
	fault, err = unsealed(ctx, q)
	if err == nil && fault.None() && end.Place > head.Place && head.Place > 0 {
		fault, err = lagging(ctx, q, head, end.Place)
	}
	return Finding{Sealed: end.Place, Fault: fault}, err
}

// before looks for a row before the chain's first: it was put there, lists would show it as sealed, the walk pass it by.
func before(ctx context.Context, q postgres.Querier) (Fault, error) {
	f := Fault{Code: FaultAltered}
	err := q.QueryRow(ctx, `SELECT place, id FROM audit_entry WHERE place < 1 ORDER BY place LIMIT 1`).Scan(&f.Place, &f.Row)
	if postgres.IsNoRows(err) {
		return Fault{}, nil
	}
	if err != nil {
		return Fault{}, fmt.Errorf("looking for the beginning of the audit chain: %w", err)
	}
	return f, nil
}

// lagging looks whether the exported head has been behind the chain for longer than an export takes. The place may be
// one that was sealed since the head was read: what is behind it then is seconds old.
func lagging(ctx context.Context, q postgres.Querier, head Head, end int64) (Fault, error) {
	var late bool
	err := q.QueryRow(ctx, `SELECT at < clock_timestamp() - make_interval(secs => $2) FROM audit_entry WHERE place = $1`,
		head.Place+1, headLate.Seconds()).Scan(&late)
	if err != nil {
		return Fault{}, fmt.Errorf("looking how old the exported head is: %w", err)
	}
	if !late {
		return Fault{}, nil
	}
	return Fault{Code: FaultHeadStale, Place: head.Place, Until: end}, nil
}

// follow checks that the row is the one behind the mark.
func follow(keys *keyring.Ring, end mark, r row) (mark, Fault) {
	if r.place() != end.Place+1 {
		return end, Fault{Code: FaultMissing, Place: end.Place + 1}
	}
	if r.KeyID == nil {
		return end, Fault{Code: FaultNoSeal, Place: r.place(), Row: r.ID}
	}
	want, err := r.sealed(keys, *r.KeyID, end)
	if err != nil {
		return end, Fault{Code: FaultKey, Place: r.place(), Row: r.ID}
	}
	if !hmac.Equal(want, r.Seal) {
		return end, Fault{Code: FaultAltered, Place: r.place(), Row: r.ID}
	}
	return mark{Place: r.place(), Seal: r.Seal}, Fault{}
}

func (r row) place() int64 {
	if r.Place == nil {
		return 0
	}
	return *r.Place
}

// unsealed looks for rows that should long have been sealed.
func unsealed(ctx context.Context, q postgres.Querier) (Fault, error) {
	f := Fault{Code: FaultUnsealed}
	err := q.QueryRow(ctx, `SELECT count(*), coalesce(min(id), 0) FROM audit_entry
		WHERE place IS NULL AND at < clock_timestamp() - make_interval(secs => $1)`, sealLate.Seconds()).Scan(&f.Rows, &f.Row)
	if err != nil {
		return Fault{}, fmt.Errorf("looking for unsealed rows: %w", err)
	}
	if f.Rows == 0 {
		return Fault{}, nil
	}
	return f, nil
}
