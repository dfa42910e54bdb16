package ticket

import (
	"slices"
	"strings"
	"time"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/fault"
)

// Ending is how a request ended.
type Ending string

// The ways in which a request ends.
const (
	EndedFirstLevel Ending = "answered_first_level"
	EndedOffice     Ending = "answered_office"
	EndedDone       Ending = "done"
	EndedRefused    Ending = "refused"
	EndedForwarded  Ending = "forwarded"
	EndedNotOurs    Ending = "not_ours"
	EndedDuplicate  Ending = "duplicate"
	EndedWithdrawn  Ending = "withdrawn"
	EndedNoAnswer   Ending = "no_answer"
)

var endings = []Ending{
	EndedFirstLevel, EndedOffice, EndedDone, EndedRefused, EndedForwarded, EndedNotOurs, EndedDuplicate, EndedWithdrawn, EndedNoAnswer,
}

// Basis is what allows the town to suspend a request.
type Basis string

// The bases: articles of law 241 of 1990 on administrative procedure, and what stands outside it. BasisOther needs a note.
const (
	BasisInformation Basis = "information"
	BasisRefusal     Basis = "refusal_notice"
	BasisOpinion     Basis = "opinion"
	BasisCourt       Basis = "court_order"
	BasisOther       Basis = "other"
)

var bases = []Basis{BasisInformation, BasisRefusal, BasisOpinion, BasisCourt, BasisOther}

// Bounds of what is said of a status, in runes.
const (
	maxWho          = 200
	maxStandingNote = 1000
	// maxAside is how far ahead a request may be put aside.
	maxAside = 5 * 366 * 24 * time.Hour
)

// Standing is what is to be said of a status beyond its name.
type Standing struct {
	// Outcome is how a request that is over ended.
	Outcome Ending `json:"outcome,omitempty"`
	// Basis is what suspends it.
	Basis Basis `json:"basis,omitempty"`
	// Who is the third party that is waited for, or to which the request was forwarded.
	Who  string `json:"who,omitempty"`
	Note string `json:"note,omitempty"`
	// Until is when what waits or is suspended comes back by itself.
	Until *time.Time `json:"until,omitempty"`
}

// IsZero tells whether nothing is said.
func (s Standing) IsZero() bool { return s == Standing{} }

// stored is the standing as the row keeps it.
func (s Standing) stored() any {
	if s.IsZero() {
		return nil
	}
	return s
}

// onto adds what is said to the parameters of an event.
func (s Standing) onto(params map[string]string) map[string]string {
	for name, v := range map[string]string{"outcome": string(s.Outcome), "basis": string(s.Basis), "who": s.Who, "note": s.Note} {
		if v != "" {
			params[name] = v
		}
	}
	if s.Until != nil {
		params["until"] = s.Until.UTC().Format(time.RFC3339)
	}
	return params
}

// For makes what an operator said fit a status: whoever ends a request without a word has answered it. What is missing or
// belongs to another status is a fault that names the field.
func (s Standing) For(status Status, by account.Actor, now time.Time) (Standing, error) {
	s.Who, s.Note = cutRunes(clean(strings.TrimSpace(s.Who)), maxWho), cutRunes(clean(strings.TrimSpace(s.Note)), maxStandingNote)
	if err := s.belongs(status); err != nil {
		return s, err
	}
	if s.Until != nil {
		at := s.Until.UTC().Truncate(time.Second)
		if s.Until = &at; !at.After(now) || at.After(now.Add(maxAside)) {
			return s, fault.Invalid("standing.until", "until.range", "a request is put aside until a time to come, at most five years ahead")
		}
	}
	switch {
	case !status.Open():
		return s.ended(by)
	case status == StatusWaitingThird && s.Who == "":
		return s, fault.Invalid("standing.who", "required", "say whom the request waits for")
	case status == StatusSuspended && !slices.Contains(bases, s.Basis):
		return s, fault.Invalid("standing.basis", "required", "a request is suspended on a legal basis")
	case status == StatusSuspended && s.Basis == BasisOther && s.Note == "":
		return s, fault.Invalid("standing.note", "required", "say on what basis the request is suspended")
	}
	return s, nil
}

// belongs refuses what says something of another status.
func (s Standing) belongs(status Status) error {
	aside := status == StatusWaitingThird || status == StatusSuspended
	refused := func(field string) error {
		return fault.Invalid("standing."+field, "not_allowed", "a ticket that is %q has no %s", status, field)
	}
	switch {
	case s.Outcome != "" && status.Open():
		return refused("outcome")
	case s.Basis != "" && status != StatusSuspended:
		return refused("basis")
	case s.Until != nil && !aside:
		return refused("until")
	case s.Who != "" && status != StatusWaitingThird && s.Outcome != EndedForwarded:
		return refused("who")
	case s.Note != "" && !aside && status.Open():
		return refused("note")
	}
	return nil
}

// ended completes what is said of a request that is over.
func (s Standing) ended(by account.Actor) (Standing, error) {
	switch {
	case s.Outcome == "" && (by.Role == account.FirstLevel || by.Role == account.Communications):
		s.Outcome = EndedFirstLevel
	case s.Outcome == "":
		s.Outcome = EndedOffice
	case !slices.Contains(endings, s.Outcome):
		return s, fault.Invalid("standing.outcome", "unknown", "no outcome %q", s.Outcome)
	case s.Outcome == EndedForwarded && s.Who == "":
		return s, fault.Invalid("standing.who", "required", "say to whom the request was forwarded")
	}
	return s, nil
}
