package httpapi

import (
	"sportello.dev/hub/internal/httpapi/api"
	"sportello.dev/hub/internal/ticket"
)

// standingOf reads what is said of a status.
func standingOf(s *api.Standing) ticket.Standing {
	if s == nil {
		return ticket.Standing{}
	}
	return ticket.Standing{
		Outcome: ticket.Ending(value(s.Outcome, "")), Basis: ticket.Basis(value(s.Basis, "")),
		Who: value(s.Who, ""), Note: value(s.Note, ""), Until: s.Until,
	}
}

// shownStanding is absent when there is nothing to say.
func shownStanding(s ticket.Standing) *api.Standing {
	if s.IsZero() {
		return nil
	}
	return &api.Standing{
		Outcome: optional(api.Outcome(s.Outcome)), Basis: optional(api.SuspensionBasis(s.Basis)),
		Who: optional(s.Who), Note: optional(s.Note), Until: s.Until,
	}
}
