package routing

import (
	"time"

	"sportello.dev/hub/internal/office"
	"sportello.dev/hub/internal/ticket"
)

// Roster knows who is there, how much each has to do, and who gets what next.
type Roster struct {
	offices *office.Store
	tickets *ticket.Store
	now     func() time.Time
}

// NewRoster returns a roster.
func NewRoster(offices *office.Store, tickets *ticket.Store, now func() time.Time) *Roster {
	return &Roster{offices: offices, tickets: tickets, now: now}
}
