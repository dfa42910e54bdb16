package account

import (
	"errors"
	"slices"

	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
)

// ErrShared says that a ticket is in sight for a share alone: it is read and remarked on, and everything else is up to
// those who hold it.
var ErrShared = errors.New("the ticket is only shared with your office")

// Scope is how much of the town's correspondence a query may touch. It is made
// by Allow, or by SystemScope for the hub's own work. Its zero value covers
// nothing, so a forgotten scope shows nothing.
//
// In SQL it stands as three parameters, AllBut, Offices and Shares:
//
//	((t.office_id = ANY(offices)) <> all_but OR t.shared_with && shares)
type Scope struct {
	// allBut turns the offices round: all are covered but these.
	allBut  bool
	offices []id.Office
	// shares are the offices whose live shares count.
	shares []id.Office
	// holding leaves shares out: only what the offices hold is covered.
	holding bool
}

// SystemScope covers everything; it is for the hub's own work, never for a request.
func SystemScope() Scope { return Scope{allBut: true} }

// OfficeScope covers the tickets that these offices hold, and those shared with them.
func OfficeScope(offices ...id.Office) Scope {
	return Scope{offices: slices.Clone(offices), shares: slices.Clone(offices)}
}

// TownScope covers the whole town but the hidden offices, and what of those is shared with the offices named.
func TownScope(hidden []id.Office, shares ...id.Office) Scope {
	return Scope{allBut: true, offices: slices.Clone(hidden), shares: slices.Clone(shares)}
}

// Holding is the part of the scope in which one may do what a share does not allow.
func (s Scope) Holding() Scope {
	s.holding = true
	return s
}

// Sight is all of the scope that one may look at, shares included.
func (s Scope) Sight() Scope {
	s.holding = false
	return s
}

// Missing is the error about something that was not found in scope: ErrShared when look finds it for a share, else
// absent, as if there were no such thing.
func (s Scope) Missing(absent error, look func(Scope) error) error {
	if !s.holding || len(s.shares) == 0 {
		return absent
	}
	err := look(s.Sight())
	switch fault.Kind(err) {
	case "":
		return fault.Forbidden("acting on what is out of scope: %w", ErrShared)
	case fault.CodeNotFound:
		return absent
	}
	return err
}

// All tells whether the scope covers every office.
func (s Scope) All() bool { return s.allBut && len(s.offices) == 0 }

// AllBut tells that the scope covers all offices but those that Offices lists.
func (s Scope) AllBut() bool { return s.allBut }

// Offices lists what the scope covers or, see AllBut, what it does not. It is never nil, so that it can stand in SQL as
// an array.
func (s Scope) Offices() []id.Office { return listed(s.offices) }

// Shares lists the offices with which a ticket may be shared to be covered; it is never nil.
func (s Scope) Shares() []id.Office {
	if s.holding {
		return []id.Office{}
	}
	return listed(s.shares)
}

func listed(offices []id.Office) []id.Office {
	if offices == nil {
		return []id.Office{}
	}
	return slices.Clone(offices)
}

// Covers tells whether something held by the office is within the scope.
func (s Scope) Covers(office id.Office) bool {
	return slices.Contains(s.offices, office) != s.allBut
}

// CoversShare tells whether something of another office, shared with this one, is within the scope.
func (s Scope) CoversShare(office id.Office) bool { return slices.Contains(s.Shares(), office) }

// Empty tells whether the scope covers nothing at all.
func (s Scope) Empty() bool { return !s.allBut && len(s.offices) == 0 }
