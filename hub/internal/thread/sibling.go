package thread

import (
	"slices"

	"sportello.dev/hub/internal/id"
	"sportello.dev/hub/internal/ticket"
)

// beside minds the arrivals of the same mail at other addresses of ours: each address has its own ticket, linked to the
// others; where a token leads both to one ticket, the second is a copy of the first.
func (e *Evidence) beside(d Decision) Decision {
	if d.Outcome != Begin && d.Outcome != Attach && d.Outcome != Answer {
		return d
	}
	for _, s := range e.Siblings {
		c, ok := e.Candidates[s.Ticket]
		if !ok {
			continue
		}
		if d.Outcome != Begin && d.Ticket == c.ID {
			return Decision{Outcome: Repeat, Ticket: c.ID, Copied: s.Message, Reason: d.Reason, Confidence: d.Confidence}
		}
		d.linkSibling(c)
	}
	return d
}

// linkSibling links once. To join the two is no suggestion: whoever wrote to both wants both to answer.
func (d *Decision) linkSibling(c Candidate) {
	link := ticket.Link{Other: c.ID, Kind: ticket.LinkSameOriginal}
	if slices.Contains(d.Link, link) {
		return
	}
	d.Link = append(d.Link, link)
	d.unsuggest(c.ID)
	if d.Reason.Params[ticket.ParamSameOriginal] == "" {
		d.Reason.Params[ticket.ParamSameOriginal] = string(c.Number)
	}
}

func (d *Decision) unsuggest(other id.Ticket) {
	d.Suggest = slices.DeleteFunc(d.Suggest, func(s ticket.Suggested) bool { return s.Ticket == other })
	if len(d.Suggest) == 0 && d.Reason.Code == ticket.ReasonNewSuggested {
		d.Reason.Code = ticket.ReasonNew
		delete(d.Reason.Params, ticket.ParamNumber)
	}
}
