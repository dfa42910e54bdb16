package ticket

import "github.com/google/uuid"

// Routed says which rule chose the office where a ticket begins. Names are kept as they were then.
type Routed struct {
	Rule   uuid.UUID
	Name   string
	Office string
	// Meant is the office that the one chosen stands in for, and Detour why.
	Meant  string
	Detour string
}

// gave are the parameters of the event that a tag came with the rule.
func (r Routed) gave(tag Tag) map[string]string {
	return map[string]string{"tag": tag.ID.String(), "name": tag.Name, "rule": r.Rule.String(), "rule_name": clean(r.Name)}
}

// onto adds what is to be remembered to the parameters of the event that opens the ticket.
func (r Routed) onto(params map[string]string) map[string]string {
	if r.Rule == uuid.Nil {
		return params
	}
	params["rule"], params["rule_name"], params["office_name"] = r.Rule.String(), clean(r.Name), clean(r.Office)
	if r.Detour != "" {
		params["meant_name"], params["detour"] = clean(r.Meant), r.Detour
	}
	return params
}
