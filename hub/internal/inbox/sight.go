package inbox

import (
	"fmt"
	"slices"

	"sportello.dev/hub/internal/account"
	"sportello.dev/hub/internal/id"
)

// sight is which offices' tickets a list may show: those in scope, as far as the filter names offices. What is shared
// with the reader is few and found by itself: an alternative in the condition would cost the list its index.
type sight struct {
	scope account.Scope
	// named are the offices the filter asks for; nil means any.
	named []id.Office
	// work leaves out what is only shared: it is others' to work on.
	work bool
}

// within narrows to offices; several times narrows to those in common.
func (s *sight) within(offices []id.Office) {
	if s.named == nil {
		s.named = append([]id.Office{}, offices...)
		return
	}
	s.named = slices.DeleteFunc(s.named, func(o id.Office) bool { return !slices.Contains(offices, o) })
}

// offices are those to read, nil for any but the hidden ones.
func (s *sight) offices() []id.Office {
	switch {
	case s.named == nil && s.scope.AllBut():
		return nil
	case s.named == nil:
		return s.scope.Offices()
	}
	return slices.DeleteFunc(slices.Clone(s.named), func(o id.Office) bool { return !s.scope.Covers(o) })
}

// hidden are those not to read where any may be.
func (s *sight) hidden() []id.Office {
	if s.named != nil || !s.scope.AllBut() {
		return nil
	}
	return s.scope.Offices()
}

// shares tells whether something shared could be shown that is not shown anyway.
func (s *sight) shares() bool { return !s.work && !s.scope.All() && len(s.scope.Shares()) > 0 }

// held is the condition that an office is one of those to read; empty when any is.
func (c *conditions) held(office string) string {
	if offices := c.seen.offices(); offices != nil {
		return office + ` = ANY(` + c.arg(offices) + `)`
	}
	if hidden := c.seen.hidden(); len(hidden) > 0 {
		return `NOT ` + office + ` = ANY(` + c.arg(hidden) + `)`
	}
	return ""
}

// sees is the condition that another ticket than t is in scope; empty when every one is.
func (c *conditions) sees(row string) string {
	if c.seen.scope.All() {
		return ""
	}
	offices, allBut, shares := c.arg(c.seen.scope.Offices()), c.arg(c.seen.scope.AllBut()), c.arg(c.seen.scope.Shares())
	return fmt.Sprintf(`((%[1]s.office_id = ANY(%[2]s)) <> %[3]s::boolean OR %[1]s.shared_with && %[4]s)`, row, offices, allBut, shares)
}

// suggested is the condition that the suggestion s names a ticket in scope: that there is another one is not told to
// who may not see it.
func (c *conditions) suggested() string {
	if sees := c.sees("x"); sees != "" {
		return ` AND EXISTS (SELECT FROM ticket x WHERE x.id = ticket_root(s.other_id) AND ` + sees + `)`
	}
	return ""
}

// sharedIDs are the conversations with a live share that counts.
func (c *conditions) sharedIDs() string {
	return `ARRAY(SELECT DISTINCT CASE WHEN d.merged_into IS NULL THEN d.id ELSE ticket_root(d.id) END FROM ticket d WHERE d.id = ANY(ARRAY(
	    SELECT s.ticket_id FROM ticket_share s WHERE s.ended_at IS NULL AND s.office_id = ANY(` + c.arg(c.seen.scope.Shares()) + `))))`
}

// shared is the condition that t is shown for a share alone.
func (c *conditions) shared() string {
	text := `t.id = ANY(` + c.sharedIDs() + `) AND (t.office_id = ANY(` + c.arg(c.seen.scope.Offices()) + `)) = ` + c.arg(c.seen.scope.AllBut()) + `::boolean`
	if c.seen.named != nil {
		text += ` AND t.office_id = ANY(` + c.arg(c.seen.named) + `)`
	}
	return text
}
