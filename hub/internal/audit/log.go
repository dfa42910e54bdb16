package audit

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"sportello.dev/hub/internal/keyring"
	"sportello.dev/hub/internal/postgres"
)

// Kind tells what sort of thing a row records.
type Kind string

// The kinds of row.
const (
	SignIn Kind = "sign_in"
	Act    Kind = "act"
	Read   Kind = "read"
)

// Outcome tells how far it came. A read is written before it is answered, so that nothing is shown that is not logged;
// one that was refused has failed.
type Outcome string

// The outcomes.
const (
	Done   Outcome = "done"
	Failed Outcome = "failed"
	Asked  Outcome = "asked"
)

// slotLength is how long further reads of one object by one actor make no further row.
const slotLength = 10 * time.Minute

// Entry is one row as it is written.
type Entry struct {
	Kind  Kind
	Actor string
	// Act is the action of the policy, Route the operation of the API that was used for it.
	Act, Route string
	// Object is what it was done to, such as "tickets/2026-000123-7".
	Object  string
	Outcome Outcome
	// Address is the network address; only sign-ins carry it.
	Address string
}

// Log writes rows.
type Log struct {
	keys *keyring.Ring
	now  func() time.Time
}

// NewLog returns a log that hides unknown logins with a key of the ring.
func NewLog(keys *keyring.Ring, now func() time.Time) *Log { return &Log{keys: keys, now: now} }

// Record adds a row, in the caller's transaction where there is one. Of the reads of one object by one actor only the
// first in ten minutes is written, and the first that was refused; a further one costs a look at an index.
func (l *Log) Record(ctx context.Context, q postgres.Querier, e Entry) error {
	var slot *int64
	if e.Kind == Read {
		n := l.now().Unix() / int64(slotLength/time.Second)
		if e.Outcome == Failed { // its slots lie below zero: who was refused may be shown it later
			n = -n
		}
		slot = &n
	}
	_, err := q.Exec(ctx, `INSERT INTO audit_entry (kind, actor, act, route, object, outcome, address, slot)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (actor, object, slot) WHERE slot IS NOT NULL DO NOTHING`,
		e.Kind, e.Actor, e.Act, e.Route, e.Object, e.Outcome, e.Address, slot)
	if err != nil {
		return fmt.Errorf("writing the audit log: %w", err)
	}
	return nil
}

// Login names a login that failed without telling it: people type passwords into the wrong field.
func (l *Log) Login(login string) string {
	id, mac := l.keys.MAC(keyring.Audit, []byte("login"), []byte(strings.ToLower(strings.TrimSpace(login))))
	return "login:" + id + ":" + hex.EncodeToString(mac[:keyring.MinMAC])
}
