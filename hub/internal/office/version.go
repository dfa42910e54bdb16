package office

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sportello.dev/hub/internal/id"
)

// LockCalendars reads all calendars for changing one of them: who else does so waits until the transaction ends.
func (s *Store) LockCalendars(ctx context.Context, tx pgx.Tx) (*Calendars, error) {
	if err := s.queries.LockOffices(ctx, tx); err != nil {
		return nil, fmt.Errorf("locking calendars: %w", err)
	}
	return s.Calendars(ctx, tx)
}

// Own is what an active office does otherwise than the town.
func (c *Calendars) Own(o id.Office) (OwnCalendar, bool) {
	for _, own := range c.Offices {
		if own.Office == o {
			return own, true
		}
	}
	return OwnCalendar{}, false
}

// Version tells one state of the town's calendar from another: equal calendars have equal ones.
func (t *TownCalendar) Version() string {
	return versionOf(t.Hours, t.Holidays, t.Patron, t.Closures)
}

// Version tells one state of an office's calendar from another.
func (o *OwnCalendar) Version() string { return versionOf(o.Hours, o.Closures) }

func versionOf(parts ...any) string {
	h := sha256.New()
	// Strings, bools and lists of them are always encoded.
	_ = json.NewEncoder(h).Encode(parts)
	return hex.EncodeToString(h.Sum(nil)[:12])
}
