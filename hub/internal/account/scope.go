package account

import (
	"slices"

	"sportello.dev/hub/internal/id"
)

// Scope is how much of the town's correspondence a query may touch. It is made
// by Allow, or by SystemScope for the hub's own work. Its zero value covers
// nothing, so a forgotten scope shows nothing.
type Scope struct {
	all     bool
	offices []id.Office
}

// SystemScope covers everything; it is for the hub's own work, never for a request.
func SystemScope() Scope { return Scope{all: true} }

// OfficeScope covers the tickets that these offices hold.
func OfficeScope(offices ...id.Office) Scope { return Scope{offices: slices.Clone(offices)} }

// All tells whether the scope covers every office.
func (s Scope) All() bool { return s.all }

// Offices lists what a scope covers that does not cover all; it is never nil,
// so that it can stand in SQL as an array.
func (s Scope) Offices() []id.Office {
	if s.offices == nil {
		return []id.Office{}
	}
	return slices.Clone(s.offices)
}

// Covers tells whether something held by the office is within the scope.
func (s Scope) Covers(office id.Office) bool {
	return s.all || slices.Contains(s.offices, office)
}

// Empty tells whether the scope covers nothing at all.
func (s Scope) Empty() bool { return !s.all && len(s.offices) == 0 }
